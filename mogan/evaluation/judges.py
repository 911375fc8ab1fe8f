"""Whose eyes a score is taken with: Inception-v3, or a classifier trained on the reference data."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mogan.metrics.networks import inception
from mogan.metrics.networks.classifier import (
    activations,
    cached,
    predict,
    predict_linear,
    train_classifier,
    train_linear,
)

# the names of real images: the reference's, and what data.holdout leaves out of it; samples are named by the scale of
# their latent, 1.0, ...
REFERENCE, UNSEEN = "reference", "unseen"
HELDOUT = 0.1  # share of the reference, where data.holdout leaves nothing out of it


class Judge(NamedTuple):
    """What a network makes of a set of images, which is named by the scale of the samples in it, or REFERENCE: that is
    here the reference with, behind it, what data.holdout leaves out of it.

    features(name) -> [n, d]
    probs(name) -> class probabilities [n, classes], float64
    heldout: rows [k] of these that it was not trained on: what data.holdout left out, else a share of the reference;
        none where there is no reference
    about: what to say of it beside a score
    """

    features: Callable
    probs: Callable
    heldout: np.ndarray
    about: str


class Kind(NamedTuple):
    """make(context: scores.Context) -> Judge; needs: the conditions (conditions.py) under which it can."""

    make: Callable
    needs: tuple[str, ...]


def about_inception(context, level: int) -> str:
    """The network, the level of its features, its weights by their SHA-256, and the resize."""
    weights = context.weights.sha256[:8]
    return f"Inception-v3 of 2015-12-05, level {level}, weights {weights}, TF1 bilinear resize to 299"


def _inception(context):
    level, n = context.settings.features, 0 if context.reference is None else len(context.reference.x)
    order = np.random.default_rng(context.settings.seed).permutation(n)
    heldout = _heldout(context)
    about = f"its 1008 classes, without bias: {about_inception(context, inception.POOL_3)}"
    return Judge(
        features=lambda name: _of_real(context, name, lambda name: context.features(name, level)),
        probs=lambda name: inception.class_probs(context.features(name, inception.POOL_3), context.weights),
        heldout=np.sort(order[: int(np.ceil(HELDOUT * n))]) if heldout == HELDOUT else np.array(heldout),
        about=about if level == inception.POOL_3 else f"{about}; features of level {level}",
    )


def _cnn(context):
    settings, classes = context.settings, len(context.reference.classes)
    options = {"seed": settings.seed, "epochs": settings.epochs, "heldout": _heldout(context), "flip": context.flip}
    images = _of_real(context, REFERENCE, context.images)
    own = cached(train_classifier, images, _labels(context), classes=classes, **options)
    return Judge(
        features=lambda name: activations(own, _of_real(context, name, context.images)),
        probs=lambda name: predict(own, context.images(name)),
        heldout=own.heldout,
        about=f"convolutional classifier of {settings.epochs} epochs, layer pool, {_about(own, context)}",
    )


def _linear(context):
    settings, level = context.settings, context.settings.features
    options = {"classes": len(context.reference.classes), "seed": settings.seed, "heldout": _heldout(context)}

    def features(name):
        return _of_real(context, name, lambda name: context.features(name, level))

    own = cached(train_linear, features(REFERENCE), _labels(context), **options)
    return Judge(
        features=features,
        probs=lambda name: predict_linear(own, context.features(name, level)),
        heldout=own.heldout,
        about=f"linear softmax, {_about(own, context)}, on {about_inception(context, level)}",
    )


def _heldout(context):
    """The rows behind the reference, if any; else the share of it."""
    if context.unseen is None:
        return HELDOUT
    count = len(context.reference.x)
    return range(count, count + len(context.unseen.x))


def _of_real(context, name, make):
    """make(name); of the reference with what is held out of it behind."""
    if name != REFERENCE or context.unseen is None:
        return make(name)
    return np.concatenate([make(REFERENCE), make(UNSEEN)])


def _labels(context):
    parts = (context.reference, context.unseen)
    return np.concatenate([part.y for part in parts if part is not None])


def _about(classifier, context):
    found = f"{classifier.accuracy:.4f} of {len(classifier.heldout)} held-out images right"
    return f"{len(context.reference.classes)} classes, {found}"


JUDGES = {
    "inception": Kind(_inception, ("logits",)),
    "cnn": Kind(_cnn, ("reference", "classes")),
    "linear": Kind(_linear, ("level", "reference", "classes")),
}
