"""How far the samples are from the reference, in Inception's features: Frechet and kernel distance, and precision,
recall, density and coverage."""

import math

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.judges import about_inception
from mogan.evaluation.metric import NEIGHBOURS, Metric, check_data, check_level, check_reference, check_two, number

PRECISION_K, DENSITY_K = 3, NEIGHBOURS


def _check(inputs):
    check_two(inputs)
    check_data(inputs)
    check_level(inputs)
    yield
    check_reference(inputs)


def _features(inputs):
    level = inputs.settings.features
    return inputs.real_features(level), inputs.features(1.0, level)


def _about_features(inputs):
    return about_inception(inputs, inputs.settings.features)


def _fid(inputs):
    return {"fid": metrics.frechet_distance(*_features(inputs))}


def _kid(inputs):
    mean, std = metrics.kernel_inception_distance(*_features(inputs), seed=inputs.settings.seed)
    return {"mean": mean, "std": None if math.isnan(std) else std}


def _about_kid(inputs):
    sizes = inputs.source.count, len(inputs.reference.x)
    size = metrics.kid_subset_size(*sizes)
    note = ", all of the smaller set, so without a deviation" if size == min(sizes) else ""
    return f"100 subsets of {size}{note}; {_about_features(inputs)}"


def _check_prdc(inputs):
    count, settings = inputs.source.count, inputs.settings
    if count <= DENSITY_K:
        remedy = f"give {DENSITY_K + 1} or more ({number(settings)})"
        raise InputError(f"{count} samples have no {DENSITY_K} neighbours each; {remedy}")
    yield from _check(inputs)


def _prdc(inputs):
    real, fake = _features(inputs)
    precision, recall = metrics.precision_recall(real, fake, PRECISION_K)
    density, coverage = metrics.density_coverage(real, fake, DENSITY_K)
    return {"precision": precision, "recall": recall, "density": density, "coverage": coverage}


def _about_prdc(inputs):
    neighbours = f"k = {PRECISION_K} for precision and recall, {DENSITY_K} for density and coverage"
    return f"{neighbours}; {_about_features(inputs)}"


FID = Metric(_check, _fid, _about_features)
KID = Metric(_check, _kid, _about_kid)
PRDC = Metric(_check_prdc, _prdc, _about_prdc)
