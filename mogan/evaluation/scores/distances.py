"""How far the samples are from the reference, in the features of a network: Frechet and kernel distance, and precision,
recall, density and coverage."""

import math

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.features import (
    about_features,
    check_features,
    compares_images,
    moments_of_reference,
    of_reference,
    of_samples,
)
from mogan.evaluation.metric import NEIGHBOURS, Metric, check_two, number
from mogan.evaluation.settings import feature_file
from mogan.evaluation.work import INCEPTION

PRECISION_K, DENSITY_K = 3, NEIGHBOURS


def _check(inputs):
    check_two(inputs)
    yield from check_features(inputs)


def _fid(inputs):
    return {"fid": metrics.frechet_from_moments(moments_of_reference(inputs), metrics.moments(of_samples(inputs)))}


def _pair(inputs):
    return of_reference(inputs), of_samples(inputs)


def _kid(inputs):
    mean, std = metrics.kernel_inception_distance(*_pair(inputs), seed=inputs.settings.seed)
    return {"mean": mean, "std": None if math.isnan(std) else std}


def _about_kid(inputs):
    sizes = inputs.source.count, len(of_reference(inputs))
    size = metrics.kid_subset_size(*sizes)
    note = ", all of the smaller set, so without a deviation" if size == min(sizes) else ""
    return f"100 subsets of {size}{note}; {about_features(inputs)}"


def _check_prdc(inputs):
    count, settings = inputs.source.count, inputs.settings
    if count <= DENSITY_K:
        remedy = f"give {DENSITY_K + 1} or more ({number(settings)})"
        raise InputError(f"{count} samples have no {DENSITY_K} neighbours each; {remedy}")
    yield from _check(inputs)


def _prdc(inputs):
    return metrics.prdc(*_pair(inputs), PRECISION_K, DENSITY_K)._asdict()


def _about_prdc(inputs):
    neighbours = f"k = {PRECISION_K} for precision and recall, {DENSITY_K} for density and coverage"
    return f"{neighbours}; {about_features(inputs)}"


def _networks(settings):
    return () if feature_file(settings) else (INCEPTION,)


SHARED = {"compares": compares_images, "networks": _networks, "of_features": True}
FID = Metric(_check, _fid, about_features, **SHARED, of_statistics=True)
KID = Metric(_check, _kid, _about_kid, **SHARED)
PRDC = Metric(_check_prdc, _prdc, _about_prdc, **SHARED)
