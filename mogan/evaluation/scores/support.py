"""How many different images the samples are drawn from, by the birthday paradox."""

import math

import numpy as np

from mogan import metrics
from mogan.evaluation.metric import Metric, check_data, check_reference, check_two
from mogan.evaluation.reference import shuffled

MOST, NEAR = 5000, 0.01  # samples at most; share of the real images that lie nearer to another than the threshold


def _check(inputs):
    check_two(inputs)
    check_data(inputs)
    yield
    check_reference(inputs)


def _number(inputs):
    """Samples, and as many real images."""
    return min(MOST, inputs.source.count, len(inputs.reference.x))


def _threshold(inputs):
    """(the distance up to which two images are alike, pairs of real images that are)"""
    real = shuffled(inputs.reference.x, inputs.settings.seed)[: _number(inputs)]
    threshold = float(np.quantile(metrics.nearest_other(real), NEAR))
    return threshold, metrics.count_alike(real, threshold)


def _score(inputs):
    count, (threshold, alike_real) = _number(inputs), inputs.once(_threshold)
    size, real = (
        metrics.support_size(count, alike)
        for alike in (metrics.count_alike(inputs.images[:count], threshold), alike_real)
    )
    return {
        "size": _finite(size),
        "real_size": _finite(real),
        "batch": _finite(metrics.birthday_batch(size)),
        "threshold": threshold,
    }


def _finite(value):
    return value if math.isfinite(value) else None


def _protocol(inputs):
    count = _number(inputs)
    threshold = f"nearer in Euclidean distance of pixels than all but {NEAR:.0%} of as many real images are to another"
    return f"all pairs of {count} samples; alike: {threshold}"


SUPPORT = Metric(_check, _score, _protocol)
