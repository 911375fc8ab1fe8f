"""Under which conditions scores can be had, checked before any is computed.

A condition is a function (settings, what it is about) -> what is wrong and the remedy, or None; those of weight files
raise InputError themselves.
"""

import numpy as np

from mogan.metrics.inception import POOL_3
from mogan.metrics.inception_weights import LOGITS, parameters, pick
from mogan.scores import DENSITY_K


def _splits(settings, source):
    if source.count < settings.splits:
        return f"{source.count} samples are fewer than --splits={settings.splits}; give fewer splits or more samples"


def _two(settings, source):
    if source.count < 2:
        return "1 sample has nothing to be compared with; give 2 or more"


def _neighbours(settings, source):
    if source.count <= DENSITY_K:
        return f"{source.count} samples have no {DENSITY_K} neighbours each; give {DENSITY_K + 1} or more"


def _encoder(settings, source):
    if source.model is None or source.model.gan.encode is None:
        return "there is no encoder to reconstruct with; give the --workdir of a run with config.model.encoder = True"


def _components(settings, source):
    count = source.model.gan.latent.components if source.model else 0
    if count < 2:
        return "there are no components to label by; give the --workdir of a run with config.latent.components above 1"
    if source.count < 2 * count:
        return f"{source.count} samples of {count} components; give at least 2 each, --num={2 * count}"


def _named(settings, source):
    if not (settings.reference or source.fields or "data.source" in settings.data):
        return "it compares with real data; give --reference=SOURCE, such as digits, tfds:NAME, npz:FILE or folder:DIR"


def _level(settings, weights):
    parameters(weights, settings.features)


def _logits(settings, weights):
    parameters(weights, POOL_3)
    pick(weights, LOGITS, "logits")


def _enough(settings, reference):
    if len(reference.x) <= DENSITY_K:
        return f"the reference has {len(reference.x)} images; give more than {DENSITY_K}"


def _labels(settings, reference):
    if reference.y is None:
        return "the reference has no labels; give one that has"


def _classes(settings, reference):
    remedy = "give another --reference, or --classifier=inception, which is not trained on it"
    if reference.y is None:
        return f"the reference has no labels to learn classes from; {remedy}"
    counts = np.bincount(reference.y, minlength=len(reference.classes))
    if len(counts) < 2:
        return f"the reference has a single class; {remedy}"
    if counts.min() < 2:
        name = reference.classes[counts.argmin()]
        return f"class {name!r} of the reference has {counts.min()} images, and a classifier needs 2; {remedy}"


OF_SAMPLES = {
    "splits": _splits,
    "two": _two,
    "neighbours": _neighbours,
    "encoder": _encoder,
    "components": _components,
    "reference": _named,
}
OF_WEIGHTS = {"level": _level, "logits": _logits}
OF_REFERENCE = {"reference": _enough, "labels": _labels, "classes": _classes}
