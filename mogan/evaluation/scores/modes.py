"""How many classes of the reference the samples reach, and how evenly, by a classifier; on Stacked MNIST 1,000, by a
classifier of single digits that looks at each channel."""

import math

import numpy as np

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.judges import judge_of, kind_of
from mogan.evaluation.metric import Metric, check_data
from mogan.metrics.networks.classifier import cached, predict, train_classifier

JUDGE, STACKED = "cnn", "stacked_mnist"  # the judge by default; a data source
MOST = 20_000  # images that the classifier of digits is trained on, at most


def _check(inputs):
    check_data(inputs)
    asked, stacked = inputs.settings.classifier, inputs.fields.source == STACKED
    if stacked and asked not in ("", JUDGE):
        problem = f"the digits of {STACKED} are told by a convolutional classifier of its own"
        raise InputError(f"classifier = {asked!r}: {problem}; give {JUDGE}, or leave it empty")
    kind = kind_of(inputs.settings, JUDGE)
    if not kind.trained:
        problem = "it counts the reference's own classes, which that network has not learned"
        raise InputError(f"classifier = {asked!r}: {problem}; give cnn or linear")
    if stacked:
        yield
    else:
        yield from kind.check(inputs)


def _digits(inputs):
    """A classifier of the digits of the reference's first channel."""
    reference, settings = inputs.reference, inputs.settings
    first = np.array([int(name[0]) for name in reference.classes], np.int32)[reference.y]
    x, y = reference.x[:MOST, ..., :1], first[:MOST]
    return cached(train_classifier, x, y, classes=10, seed=settings.seed, epochs=settings.epochs)


def _labels(inputs):
    """The class of each sample; of Stacked MNIST the number that its three digits make."""
    if inputs.fields.source != STACKED:
        return judge_of(inputs, JUDGE).probs(inputs).argmax(axis=1)
    own, images = inputs.once(_digits), inputs.images
    digits = (predict(own, images[..., channel : channel + 1]).argmax(axis=1) for channel in range(3))
    return sum(digit * value for digit, value in zip(digits, (100, 10, 1), strict=True))


def _real_labels(inputs):
    """(the class of each real image, how many there may be)"""
    reference = inputs.reference
    if inputs.fields.source != STACKED:
        return reference.y, len(reference.classes)
    return np.array([int(name) for name in reference.classes])[reference.y], 1000


def _score(inputs):
    captured, kl = metrics.class_coverage(_labels(inputs), *_real_labels(inputs))
    return {"captured": float(captured), "kl": kl if math.isfinite(kl) else None}


def _protocol(inputs):
    real, _ = _real_labels(inputs)
    if inputs.fields.source == STACKED:
        own = inputs.once(_digits)
        right = f"{own.accuracy:.4f} of {len(own.heldout)} held-out digits right"
        about = f"convolutional classifier of the digit in each channel, {inputs.settings.epochs} epochs, {right}"
    else:
        about = judge_of(inputs, JUDGE).about
    return f"of {len(np.unique(real))} classes; {about}"


MODES = Metric(_check, _score, _protocol, networks=lambda settings: kind_of(settings, JUDGE).networks)
