"""Whose eyes a score is taken with: Inception-v3, or a classifier trained on the reference data."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mogan.metrics import inception
from mogan.metrics.classifier import activations, cached, predict, predict_linear, train_classifier, train_linear

REFERENCE = "reference"  # the name of the reference's images; samples are named by the scale of their latent, 1.0, ...
HELDOUT = 0.1  # share of the reference


class Judge(NamedTuple):
    """What a network makes of a set of images, which is named REFERENCE or by the scale of the samples in it.

    features(name) -> [n, d]
    probs(name) -> class probabilities [n, classes], float64
    heldout: rows [k] of the reference that it was not trained on; none where there is no reference
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
    about = f"its 1008 classes, without bias: {about_inception(context, inception.POOL_3)}"
    return Judge(
        features=lambda name: context.features(name, level),
        probs=lambda name: inception.class_probs(context.features(name, inception.POOL_3), context.weights),
        heldout=np.sort(order[: int(np.ceil(HELDOUT * n))]),
        about=about if level == inception.POOL_3 else f"{about}; features of level {level}",
    )


def _cnn(context):
    settings, data = context.settings, context.reference
    options = {"seed": settings.seed, "epochs": settings.epochs, "heldout": HELDOUT, "flip": context.flip}
    own = cached(train_classifier, data.x, data.y, classes=len(data.classes), **options)
    return Judge(
        features=lambda name: activations(own, context.images(name)),
        probs=lambda name: predict(own, context.images(name)),
        heldout=own.heldout,
        about=f"convolutional classifier of {settings.epochs} epochs, layer pool, {_about(own, context)}",
    )


def _linear(context):
    settings, data = context.settings, context.reference
    level = settings.features
    options = {"classes": len(data.classes), "seed": settings.seed, "heldout": HELDOUT}
    own = cached(train_linear, context.features(REFERENCE, level), data.y, **options)
    return Judge(
        features=lambda name: context.features(name, level),
        probs=lambda name: predict_linear(own, context.features(name, level)),
        heldout=own.heldout,
        about=f"linear softmax, {_about(own, context)}, on {about_inception(context, level)}",
    )


def _about(classifier, context):
    found = f"{classifier.accuracy:.4f} of {len(classifier.heldout)} held-out images right"
    return f"{len(context.reference.classes)} classes, {found}"


JUDGES = {
    "inception": Kind(_inception, ("logits",)),
    "cnn": Kind(_cnn, ("reference", "classes")),
    "linear": Kind(_linear, ("level", "reference", "classes")),
}
