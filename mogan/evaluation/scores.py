"""The scores that experiments/evaluate.py knows: each a function of a Context, what it needs, and what to say of it."""

import logging
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from mogan import metrics
from mogan.algorithm.model import Model
from mogan.data import Dataset, digests
from mogan.evaluation.judges import REFERENCE, about_inception
from mogan.metrics.networks.classifier import cached, predict, train_classifier

PART = 5000  # samples drawn by one key
PRECISION_K, DENSITY_K = 3, 5
MEMORIZED, NEAR = 10_000, 0.01  # images on each side at most; share of held-out images that count as near
INTRA_IMAGES, INTRA_PAIRS = 5000, 100_000  # at most; pairs leave a standard error below 0.002


class Known(NamedTuple):
    """What a model was trained on, images uint8 [n, h, w, c], mirrored at random if `flip`; heldout: real images
    [m, h, w, c] that it was not, in random order; about: where both are from."""

    images: np.ndarray
    heldout: np.ndarray
    flip: bool
    about: str


class Context(NamedTuple):
    """What scores are made of; whatever is costly is a function that remembers what it gave.

    settings: settings.Settings
    key: for draws beside the samples themselves; each score that draws folds in a number of its own
    count: samples
    model: where the samples come from, None for a file
    reference: the reference data, None if no score asks for them; flip: whether their mirror images are of them too
    unseen: what data.holdout leaves out of the reference, None without it or if no judge asks for it
    known: what the model was trained on, None if no score asks for it
    weights: Inception's, None likewise
    images(name) -> uint8 [n, h, w, c]: the reference (REFERENCE), what is held out of it (UNSEEN), or samples at a
        scale of the latent's covariance, 1.0 for the model's own; samples come in random order
    features(name, level) -> [n, level], of Inception
    judge(default) -> judges.Judge: the one that the settings name, or the `default`
    """

    settings: Any
    key: jax.Array
    count: int
    model: Model | None
    reference: Dataset | None
    unseen: Dataset | None
    flip: bool
    known: Known | None
    weights: Any
    images: Callable
    features: Callable
    judge: Callable


class Metric(NamedTuple):
    """score(context) -> {score: value}, None standing for what there are too few samples for; about(context) -> the
    protocol; needs: conditions (conditions.py); judge: the default judge, whose needs come on top."""

    score: Callable
    about: Callable
    needs: tuple[str, ...] = ()
    judge: str = ""


def draw_images(model: Model, key, n: int, **options) -> np.ndarray:
    """n samples, uint8 [n, h, w, c], each PART of them by a key of its own; options as of Model.sample."""
    sizes = [min(PART, n - start) for start in range(0, n, PART)]
    keys = jax.random.split(key, len(sizes))
    return np.concatenate([model.sample(*at, **options).x for at in zip(keys, sizes, strict=True)])


def _is(context):
    probs = context.judge("inception").probs(1.0)
    return dict(zip(("mean", "std"), metrics.inception_score(probs, context.settings.splits), strict=True))


def _mis(context):
    found = metrics.modified_inception_score(context.judge("linear").probs(1.0), context.settings.splits)
    per_class = [None if math.isnan(mean) else [mean, std] for mean, std in found["per_class"]]
    return found | {"per_class": per_class, "classes_left_out": per_class.count(None)}


def _about_splits(default, note=""):
    def about(context):
        return f"{context.settings.splits} splits{note}; {context.judge(default).about}"

    return about


def _fid(context):
    return {"fid": metrics.frechet_distance(*_features(context))}


def _kid(context):
    mean, std = metrics.kernel_inception_distance(*_features(context), seed=context.settings.seed)
    return {"mean": mean, "std": None if math.isnan(std) else std}


def _about_kid(context):
    size = metrics.kid_subset_size(context.count, len(context.reference.x))
    whole = size == min(context.count, len(context.reference.x))
    note = ", all of the smaller set, so without a deviation" if whole else ""
    return f"100 subsets of {size}{note}; {_about_features(context)}"


def _prdc(context):
    real, fake = _features(context)
    precision, recall = metrics.precision_recall(real, fake, PRECISION_K)
    density, coverage = metrics.density_coverage(real, fake, DENSITY_K)
    return {"precision": precision, "recall": recall, "density": density, "coverage": coverage}


def _about_prdc(context):
    neighbours = f"k = {PRECISION_K} for precision and recall, {DENSITY_K} for density and coverage"
    return f"{neighbours}; {_about_features(context)}"


def _features(context):
    return [context.features(name, context.settings.features) for name in (REFERENCE, 1.0)]


def _about_features(context):
    return about_inception(context, context.settings.features)


def _memorization(context):
    known, images = context.known, context.images(1.0)[:MEMORIZED]
    trained = np.concatenate([known.images, known.images[:, :, ::-1]]) if known.flip else known.images
    samples, heldout = (metrics.nearest_distance(x, trained) for x in (images, known.heldout[:MEMORIZED]))
    of_heldout = np.isin(*(digests(x, known.flip) for x in (images, known.heldout)))
    if of_heldout.any():
        logging.getLogger(__name__).warning(
            "memorization: %d of %d samples are held-out images, pixel for pixel: a model that gives those has seen "
            "them, and its rate is higher than this; hold out what it was not trained on",
            of_heldout.sum(),
            len(images),
        )
    return {
        "rate": metrics.rate_of_distances(samples, heldout, NEAR),
        "copies": float(np.mean(samples == 0)),
        "heldout_copies": float(np.mean(of_heldout)),
        "distance": float(np.median(samples)),
        "heldout_distance": float(np.median(heldout)),
    }


def _about_memorization(context):
    mirrored = " or their mirror images" if context.known.flip else ""
    samples, heldout = min(MEMORIZED, context.count), min(MEMORIZED, len(context.known.heldout))
    pixels = f"Euclidean distance of pixels, 0 to 255, to the nearest of the training images{mirrored}"
    medians = f"median over {samples} samples, {heldout} held out; rate: nearer than all but {NEAR:.0%} of those"
    return f"{context.known.about}; {pixels}, {medians}"


def _ssim(context):
    order = np.random.default_rng(context.settings.seed).permutation(len(context.reference.x))
    real = context.reference.x[order[: context.count]]
    similarity = metrics.ssim(real, context.model.reconstruct(real))
    return {"mean": float(similarity.mean()), "std": float(similarity.std()), "images": len(real)}


def _about_ssim(context):
    return "x against G(E(x)); 11 x 11 Gaussian window of sigma 1.5; standard deviation over images"


def _clustering(context):
    """GM-GAN, algorithm 2: a classifier of samples by their component says which cluster each real image is of."""
    labels, real = context.reference.y, context.reference.x
    count = context.model.gan.latent.components
    classifier = _cluster_classifier(context, count, context.count // count)
    found = _agreement(labels, predict(classifier, real).argmax(axis=1))
    pixels = real.reshape(len(real), -1).astype(np.float32) / 255
    codes = metrics.cached_codes(real, context.settings.seed, context.settings.epochs)
    accuracy = {"component_accuracy": classifier.accuracy}  # on samples held out: how far components are told apart
    baselines = {
        f"{name}_{score}": value
        for name, features in (("kmeans", pixels), ("autoencoder", codes))
        for score, value in _agreement(labels, metrics.kmeans(features, count, context.settings.seed)).items()
    }
    return found | accuracy | baselines


def _cluster_classifier(context, count, each):
    keys = jax.random.split(jax.random.fold_in(context.key, 1), count)
    drawn = [draw_images(context.model, key, each, component=component) for component, key in enumerate(keys)]
    options = {"seed": context.settings.seed, "epochs": context.settings.epochs, "flip": context.flip}
    components = np.repeat(np.arange(count, dtype=np.int32), each)
    return cached(train_classifier, np.concatenate(drawn), components, classes=count, **options)


def _agreement(labels, clusters):
    return {
        "acc": metrics.clustering_accuracy(labels, clusters),
        "nmi": metrics.nmi(labels, clusters),
        "ari": metrics.adjusted_rand_index(labels, clusters),
    }


def _about_clustering(context):
    count = context.model.gan.latent.components
    trained = f"convolutional classifier of {context.settings.epochs} epochs on {context.count // count} samples"
    codes = (
        f"their codes of {metrics.CODE_DIM} numbers by a convolutional autoencoder of {context.settings.epochs} epochs"
    )
    return f"{trained} of each of {count} components; baselines K-means of the reference's pixels and {codes}"


def _qd(context):
    judge = context.judge("cnn")
    real = judge.features(REFERENCE)
    heldout = np.zeros(len(real), bool)
    heldout[judge.heldout] = True
    log_a = metrics.default_log_a(real[heldout], real[~heldout])

    def at(scale):
        images = context.images(scale)[:INTRA_IMAGES]
        pairs, seed = min(INTRA_PAIRS, math.comb(len(images), 2)), context.settings.seed
        quality = metrics.quality_score(judge.features(scale), real[~heldout], log_a=log_a)
        intra = metrics.diversity_intra(images, pairs=pairs, seed=seed)
        inter = metrics.diversity_inter(judge.probs(scale))
        diversity = metrics.diversity(intra, inter)
        scores = {"quality": quality, "intra": intra, "inter": inter, "diversity": diversity}
        return scores | {"combined": metrics.combined(quality, diversity)}

    sweep = [{"scale": scale} | at(scale) for scale in context.settings.scales]
    return at(1.0) | {"log_a": log_a} | ({"sweep": sweep} if sweep else {})


def _about_qd(context):
    images = min(INTRA_IMAGES, context.count)
    pairs = min(INTRA_PAIRS, math.comb(images, 2))
    quality = "quality by the nearest real image that the classifier was trained on, 1/2 at held-out ones' median"
    return f"{quality}; MS-SSIM of {pairs} pairs of {images} samples; {context.judge('cnn').about}"


# the sweep of qd, which looks at many sets of samples, comes last: what the others share is then still remembered
METRICS = {
    "is": Metric(_is, _about_splits("inception"), ("splits",), judge="inception"),
    "mis": Metric(
        _mis, _about_splits("linear", " of each class, against the whole class"), ("splits",), judge="linear"
    ),
    "fid": Metric(_fid, _about_features, ("two", "level", "reference")),
    "kid": Metric(_kid, _about_kid, ("two", "level", "reference")),
    "prdc": Metric(_prdc, _about_prdc, ("neighbours", "level", "reference")),
    "memorization": Metric(_memorization, _about_memorization, ("known",)),
    "ssim": Metric(_ssim, _about_ssim, ("encoder", "reference")),
    "clustering": Metric(_clustering, _about_clustering, ("components", "reference", "labels", "clusters", "codes")),
    "qd": Metric(_qd, _about_qd, ("two", "reference"), judge="cnn"),
}
