"""GM-GAN, algorithm 2: a classifier of samples by their component says which cluster each real image is of; beside it
K-means on pixels and on an autoencoder's codes."""

import jax
import numpy as np

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.metric import Metric, check_components, check_data, check_reference
from mogan.evaluation.source import draw_images
from mogan.evaluation.work import AUTOENCODER, CLASSIFIER
from mogan.metrics.networks.classifier import cached, predict, train_classifier
from mogan.nets.levels import SMALLEST as SMALLEST_SIDE


def _check(inputs):
    check_components(inputs)
    check_data(inputs)
    yield
    check_reference(inputs)
    n, height, width, _ = inputs.reference.x.shape
    if inputs.reference.y is None:
        raise InputError("the reference has no labels; give one that has")
    if max(height, width) <= SMALLEST_SIDE:
        sides = f"a side above {SMALLEST_SIDE} pixels, and these are {width}x{height}"
        raise InputError(f"its autoencoder takes images with {sides}; set config.data.image_size")
    count = _components(inputs)
    if count > n:
        few = f"{count} components (config.latent.components) are more clusters than the reference has images, {n}"
        raise InputError(f"{few}; give fewer components, or a larger reference")


def _components(inputs):
    return inputs.source.model.gan.latent.components


def _score(inputs):
    count = _components(inputs)
    classifier = _classifier(inputs, count, inputs.source.count // count)
    accuracy = {"component_accuracy": classifier.accuracy}  # on samples held out: how far components are told apart
    found = _agreement(inputs.reference.y, predict(classifier, inputs.reference.x).argmax(axis=1))
    return found | accuracy | inputs.once(_baselines)


def _baselines(inputs):
    """The agreement of clusters that K-means makes of real images, of their pixels and of their codes."""
    labels, real = inputs.reference.y, inputs.reference.x
    settings, count = inputs.settings, _components(inputs)
    pixels = real.reshape(len(real), -1).astype(np.float32) / 255
    codes = metrics.cached_codes(real, settings.seed, settings.epochs)
    return {
        f"{name}_{score}": value
        for name, features in (("kmeans", pixels), ("autoencoder", codes))
        for score, value in _agreement(labels, metrics.kmeans(features, count, settings.seed)).items()
    }


def _classifier(inputs, count, each):
    """A classifier of the components, by `each` samples of all of them."""
    source = inputs.source
    keys = jax.random.split(jax.random.fold_in(source.key, 1), count)
    drawn = [draw_images(source.model, key, each, component=k, scale=source.scale) for k, key in enumerate(keys)]
    options = {"seed": inputs.settings.seed, "epochs": inputs.settings.epochs, "flip": inputs.fields.flip}
    components = np.repeat(np.arange(count, dtype=np.int32), each)
    return cached(train_classifier, np.concatenate(drawn), components, classes=count, **options)


def _agreement(labels, clusters):
    return {
        "acc": metrics.clustering_accuracy(labels, clusters),
        "nmi": metrics.nmi(labels, clusters),
        "ari": metrics.adjusted_rand_index(labels, clusters),
    }


def _protocol(inputs):
    count, epochs = _components(inputs), inputs.settings.epochs
    each = f"{inputs.source.count // count} samples of each of {count} components"
    codes = f"their codes of {metrics.CODE_DIM} numbers by a convolutional autoencoder of {epochs} epochs"
    baselines = f"baselines K-means of the reference's pixels and {codes}"
    return f"convolutional classifier of {epochs} epochs on {each}; {baselines}"


CLUSTERING = Metric(_check, _score, _protocol, networks=lambda settings: (CLASSIFIER, AUTOENCODER))
