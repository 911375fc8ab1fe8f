"""Classifiers trained on a data set of one's own, for scores that ask what class a sample is of.

`train_classifier` is a small convolutional network on pixels (GM-GAN, section 3.2), `train_linear` a softmax on frozen
features (DeLiGAN, section 5.1). Both are functions of their arguments alone, keep a part of the data out of training
and say how much of it they get right: quote that accuracy beside every score. `cached` keeps either on disk.
"""

import functools
import hashlib
import io
import os
from pathlib import Path
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import numpy as np
import optax
from flax import traverse_util
from scipy.special import softmax

from mogan.data.pipeline import from_uint8
from mogan.errors import InputError
from mogan.machine.cache import arrays_of, cache_folder, keep
from mogan.machine.jit import jit
from mogan.metrics.checks import checked_count, checked_features, checked_labels
from mogan.metrics.networks.fitting import fit, in_blocks
from mogan.metrics.networks.inception import checked_images
from mogan.nets.layers import BatchNorm, Conv
from mogan.nets.levels import sizes_of

VERSION = 1  # of the networks and their training: raise it with any change to them, and no file of before is read
WIDTH, WIDEST = 32, 128  # channels
ITERATIONS = 2000  # of L-BFGS, at most


class Classifier(NamedTuple):
    """A convolutional network: params and stats as nested dicts of numpy arrays, its share of right answers on the
    images kept out of training, in [0, 1], and which rows [k] of the data those are."""

    params: Any
    stats: Any
    accuracy: float
    heldout: np.ndarray


class Linear(NamedTuple):
    """softmax((features - mean) / scale @ weights + bias): [d], [d], [d, classes], [classes], float64; accuracy and
    heldout as a Classifier's."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    accuracy: float
    heldout: np.ndarray


class Network(nn.Module):
    """uint8 images [n, h, w, c] -> {layer: float32 activations}: conv_0, conv_1, ..., pool [n, d] and logits.

    3 x 3 convolutions with batch norm and relu, the first at the images' size, then one for each halving down to 6
    pixels a side or fewer; the mean over all positions; one dense layer.
    """

    classes: int

    @nn.compact
    def __call__(self, images, train: bool):
        x, found = from_uint8(images), {}
        for level in range(len(sizes_of(images.shape[1:]))):
            x = Conv(min(WIDTH * 2**level, WIDEST), kernel=3, stride=min(1 + level, 2))(x)
            x = found[f"conv_{level}"] = nn.relu(BatchNorm()(x, train))
        found["pool"] = x.mean((1, 2))
        found["logits"] = nn.Dense(self.classes)(found["pool"])
        return found


def train_classifier(x, y, classes: int, *, seed: int, epochs: int, heldout=0.1, flip=False) -> Classifier:
    """A network that tells `classes` classes of uint8 images x [n, h, w, 1 or 3] with labels y [n] in 0..classes-1.

    Adam, `epochs` passes in batches of 64; `flip` mirrors images at random. The share `heldout` of each class, rounded
    up, is kept out of training, or the rows of a range. The same for the same arguments on one platform.

    Raises:
      InputError: x is no such images, y no such labels (None for unlabelled data), fewer than 2 classes, a class
        without a sample, or seed, epochs or heldout out of range.
    """
    x, y = checked_images(x), _labels_of_every_class(y, len(x), classes)
    checked_count("epochs", epochs, least=1)
    kept, held = _split(y, heldout, seed)
    key = jax.random.key(seed)
    params, stats = fit(Network(classes), _cross_entropy, x[kept], y[kept], key=key, epochs=epochs, flip=flip)
    classifier = Classifier(params, stats, 0.0, held)
    return classifier._replace(accuracy=_accuracy(predict(classifier, x[held]), y[held]))


def predict(classifier: Classifier, images) -> np.ndarray:
    """Class probabilities [n, classes] float64 of uint8 images [n, h, w, c]. Raises InputError for other images."""
    return softmax(activations(classifier, images, "logits").astype(np.float64), axis=1)


def activations(classifier: Classifier, images, layer: str = "pool") -> np.ndarray:
    """Activations [n, d] float32 of `layer` (see Network; those of a convolution are flattened) for uint8 images.

    Raises:
      InputError: an unknown layer, images of another type, or of other channels than the network was trained on.
    """
    images = checked_images(images)
    channels = classifier.params["Conv_0"]["kernel"].shape[2]
    if images.shape[-1] != channels:
        raise InputError(f"images of shape {list(images.shape)}: the classifier was trained on {channels} channels")
    layers = [f"conv_{level}" for level in range(len(sizes_of(images.shape[1:])))] + ["pool", "logits"]
    if layer not in layers:
        raise InputError(f"layer = {layer!r}: choose one of {', '.join(layers)}")
    network = Network(len(classifier.params["Dense_0"]["bias"]))
    return in_blocks(images, lambda block: _see(network, layer, classifier.params, classifier.stats, block))


@functools.partial(jit, static_argnums=(0, 1))
def _see(network, layer, params, stats, images):
    found = network.apply({"params": params, "batch_stats": stats}, images, train=False)[layer]
    return found.reshape(len(images), -1)


def _cross_entropy(found, labels):
    return optax.softmax_cross_entropy_with_integer_labels(found["logits"], labels)


def train_linear(features, labels, classes: int, *, seed: int, heldout=0.1) -> Linear:
    """Multinomial logistic regression on features [n, d], each standardised, with labels [n] in 0..classes-1.

    Scikit-learn's, with its L2 penalty of weight 1; float64 throughout. `heldout` as for `train_classifier`.

    Raises:
      InputError: features are not finite numbers [n, d]; else as `train_classifier`.
    """
    from sklearn.linear_model import LogisticRegression  # takes a second to import

    features = checked_features("features", features, least=2).astype(np.float64)
    labels = _labels_of_every_class(labels, len(features), classes)
    kept, held = _split(labels, heldout, seed)
    mean, scale = features[kept].mean(axis=0), features[kept].std(axis=0)
    scale[scale == 0] = 1  # a feature that never changes tells nothing, and says nothing
    fit = LogisticRegression(max_iter=ITERATIONS).fit((features[kept] - mean) / scale, labels[kept])
    weights, bias = fit.coef_.T, fit.intercept_
    if classes == 2:  # scikit-learn then has one column, of the log odds
        weights, bias = np.hstack([-weights, weights]) / 2, np.hstack([-bias, bias]) / 2
    linear = Linear(mean, scale, weights, bias, 0.0, held)
    return linear._replace(accuracy=_accuracy(predict_linear(linear, features[held]), labels[held]))


def predict_linear(linear: Linear, features) -> np.ndarray:
    """Class probabilities [n, classes] float64 of features [n, d]. Raises InputError for features of another width."""
    features = checked_features("features", features)
    if features.shape[1] != len(linear.mean):
        raise InputError(f"features of shape {list(features.shape)}: the classifier was trained on {len(linear.mean)}")
    return softmax((features - linear.mean) / linear.scale @ linear.weights + linear.bias, axis=1)


KINDS = {train_classifier: Classifier, train_linear: Linear}


def cached(train, *data, folder: str | os.PathLike | None = None, **settings) -> Classifier | Linear:
    """train(*data, **settings), kept on disk for the next call with equal arguments: `train` is one of KINDS.

    One .npz each, named by the SHA-256 of them all, in `folder`, by default `classifiers` in $MOGAN_CACHE or
    ~/.cache/mogan. A file that is damaged is made anew. Raises InputError as `train`.
    """
    path = Path(folder or cache_folder() / "classifiers") / f"{_key(train, data, settings)}.npz"
    found = _read(path, KINDS[train])
    if found is None:
        found = train(*data, **settings)
        buffer = io.BytesIO()
        np.savez(buffer, **traverse_util.flatten_dict(found._asdict(), sep="/"))
        keep(path, buffer.getvalue())
    return found


def _key(train, data, settings):
    digest = hashlib.sha256(repr((VERSION, train.__name__, sorted(settings.items()))).encode())
    for array in map(np.asarray, data):
        digest.update(f"|{array.dtype}{array.shape}|".encode() + array.tobytes())
    return digest.hexdigest()


def _read(path, kind):
    """The classifier in the file, or None if there is no whole one."""
    try:
        fields = traverse_util.unflatten_dict(arrays_of(path.read_bytes(), path), sep="/")
        return kind(**fields | {"accuracy": float(fields["accuracy"])})
    except (OSError, InputError, KeyError, TypeError):  # the last two: other arrays than were written
        return None


def _accuracy(probs, labels):
    return float(np.mean(probs.argmax(axis=1) == labels))


def _labels_of_every_class(y, count, classes):
    if y is None:
        raise InputError("labels: None, and a classifier is trained on classes; give data with labels")
    checked_count("classes", classes, least=2)
    y = checked_labels("labels", y, count, classes)
    empty = np.flatnonzero(np.bincount(y, minlength=classes) == 0)
    if len(empty):
        raise InputError(
            f"labels: class {empty[0]} of {classes} has no sample; leave it out and number the others anew"
        )
    return y.astype(np.int32)


def _split(labels, share, seed):
    """Rows to train on and rows held out, each ascending: of every class the given share, rounded up, but not all; or
    those of a range."""
    if isinstance(share, range):
        held = np.isin(np.arange(len(labels)), share)
        if not held.any() or len(np.unique(labels[~held])) < len(np.unique(labels)):
            raise InputError(f"heldout = {share} of {len(labels)} samples: give some, and leave some of every class")
        return np.flatnonzero(~held), np.flatnonzero(held)
    if not 0 < share < 1:
        raise InputError(f"heldout = {share}: give a share between 0 and 1")
    checked_count("seed", seed, least=0)
    rng = np.random.default_rng(seed)
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        held[rows[: min(int(np.ceil(share * len(rows))), len(rows) - 1)]] = True
    if not held.any():
        raise InputError(f"labels: {len(labels)} samples, one a class; give more, so that some can be held out")
    return np.flatnonzero(~held), np.flatnonzero(held)
