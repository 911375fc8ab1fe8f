"""The networks that scores look at images with: Inception-v3, or a classifier trained on the reference data."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mogan.errors import InputError
from mogan.evaluation.metric import check_data, check_level, check_reference
from mogan.evaluation.work import CLASSIFIER, INCEPTION
from mogan.metrics.networks import classifier, inception
from mogan.metrics.networks.inception_weights import LOGITS, parameters, pick

HELDOUT = 0.1  # share of the reference, where data.holdout leaves nothing out of it


class Judge(NamedTuple):
    """A network to look at images with.

    features(inputs) -> [count, d] of the samples
    probs(inputs) -> class probabilities [count, classes] of these, float64
    real(inputs) -> features of the real images that it was trained on [n, d], and of others [m, d]: what data.holdout
        leaves out of the reference, else a share of it
    about: what to say of it beside a score
    """

    features: Callable
    probs: Callable
    real: Callable
    about: str


class Kind(NamedTuple):
    """check(inputs): as a Metric's; make(inputs) -> Judge; trained: whether that is, on the reference; networks: the
    names of those that look at images (evaluation.work)."""

    check: Callable
    make: Callable
    trained: bool
    networks: tuple[str, ...]


def kind_of(settings, default: str) -> Kind:
    """The one that the settings name, else the `default`."""
    return JUDGES[settings.classifier or default]


def judge_of(inputs, default: str) -> Judge:
    """A judge of that kind, the same for all samples."""
    return inputs.once(kind_of(inputs.settings, default).make)


def about_inception(inputs, level: int) -> str:
    """The network, the level of its features, its weights by their SHA-256, and the resize."""
    weights = inputs.weights.sha256[:8]
    return f"Inception-v3 of 2015-12-05, level {level}, weights {weights}, TF1 bilinear resize to 299"


def _check_inception(inputs):
    parameters(inputs.weights, inception.POOL_3)
    pick(inputs.weights, LOGITS, "logits")
    yield


def _inception(inputs):
    def real(inputs):
        *_, heldout = _real(inputs)
        if heldout == HELDOUT:
            order = np.random.default_rng(inputs.settings.seed).permutation(len(inputs.reference.x))
            heldout = order[: int(np.ceil(HELDOUT * len(order)))]
        return _split(_real_features(inputs), heldout)

    level, about = inputs.settings.features, about_inception(inputs, inception.POOL_3)
    return Judge(
        features=lambda inputs: inputs.features(level),
        probs=lambda inputs: inception.class_probs(inputs.features(inception.POOL_3), inputs.weights),
        real=real,
        about=f"its 1008 classes, without bias: {about}" + f"; features of level {level}" * (level != inception.POOL_3),
    )


def _check_cnn(inputs):
    check_data(inputs)
    yield
    _check_classes(inputs)


def _cnn(inputs):
    (x, y, heldout), settings = _real(inputs), inputs.settings
    options = {"seed": settings.seed, "epochs": settings.epochs, "heldout": heldout, "flip": inputs.fields.flip}
    own = classifier.cached(classifier.train_classifier, x, y, classes=len(inputs.reference.classes), **options)

    def seen(inputs):
        return classifier.activations(own, _real(inputs)[0])

    return Judge(
        features=lambda inputs: classifier.activations(own, inputs.images),
        probs=lambda inputs: classifier.predict(own, inputs.images),
        real=lambda inputs: _split(inputs.once(seen), own.heldout),
        about=f"convolutional classifier of {settings.epochs} epochs, layer pool, {_accuracy(inputs, own)}",
    )


def _check_linear(inputs):
    check_data(inputs)
    check_level(inputs)
    yield
    _check_classes(inputs)


def _linear(inputs):
    (_, y, heldout), level = _real(inputs), inputs.settings.features
    options = {"classes": len(inputs.reference.classes), "seed": inputs.settings.seed, "heldout": heldout}
    own = classifier.cached(classifier.train_linear, _real_features(inputs), y, **options)
    return Judge(
        features=lambda inputs: inputs.features(level),
        probs=lambda inputs: classifier.predict_linear(own, inputs.features(level)),
        real=lambda inputs: _split(_real_features(inputs), own.heldout),
        about=f"linear softmax, {_accuracy(inputs, own)}, on {about_inception(inputs, level)}",
    )


def _check_classes(inputs):
    check_reference(inputs)
    (_, labels, _), classes = _real(inputs), inputs.reference.classes
    remedy = "give another, or take the classifier inception, which is not trained on it"
    if labels is None:
        raise InputError(f"the reference has no labels to learn classes from; {remedy}")
    counts = np.bincount(inputs.reference.y, minlength=len(classes))
    if len(counts) < 2:
        raise InputError(f"the reference has a single class; {remedy}")
    if counts.min() < 2:
        few = f"class {classes[counts.argmin()]!r} of the reference has {counts.min()} images"
        raise InputError(f"{few}, and a classifier needs 2; {remedy}")


def _real(inputs):
    """(images, labels or None, what to hold out) of the reference with, behind it, what data.holdout leaves out of it:
    a range of those rows, or a share where there are none."""
    reference, unseen = inputs.reference, inputs.unseen
    if unseen is None:
        return reference.x, reference.y, HELDOUT
    x = np.concatenate([reference.x, unseen.x])
    y = None if reference.y is None else np.concatenate([reference.y, unseen.y])
    return x, y, range(len(reference.x), len(x))


def _real_features(inputs):
    """Inception's, of the same images, at the level that the settings name."""
    parts = (False,) if inputs.unseen is None else (False, True)
    return np.concatenate([inputs.real_features(inputs.settings.features, unseen) for unseen in parts])


def _split(features, heldout):
    """(features of the images trained on, features of those held out)"""
    rows = np.isin(np.arange(len(features)), heldout)
    return features[~rows], features[rows]


def _accuracy(inputs, own):
    found = f"{own.accuracy:.4f} of {len(own.heldout)} held-out images right"
    return f"{len(inputs.reference.classes)} classes, {found}"


JUDGES = {
    "inception": Kind(_check_inception, _inception, trained=False, networks=(INCEPTION,)),
    "cnn": Kind(_check_cnn, _cnn, trained=True, networks=(CLASSIFIER,)),
    "linear": Kind(_check_linear, _linear, trained=True, networks=(INCEPTION,)),
}
