"""Whether samples copy the training set: their distances to it, beside those of real data it does not hold.

Samples [n, ...] and real data [m, ...] are images (pixels, uint8 or float) or features, all of one shape and dtype.
"""

import math

import numpy as np

from mogan.errors import InputError
from mogan.metrics.nearest import nearest


def nearest_distance(samples, train) -> np.ndarray:
    """Euclidean distance [n], float64, of each of `samples` [n, ...] to the nearest of `train` [m, ...].

    Raises:
      InputError: the shapes or dtypes differ, an array is empty, or holds a number that is not finite.
    """
    samples, train = np.asarray(samples), np.asarray(train)
    if samples.dtype != train.dtype:
        raise InputError(f"{samples.dtype} samples among {train.dtype} training data: scale and store both alike")
    if len(samples) == 0:
        raise InputError("samples are empty: give at least 1")
    neighbours = train[nearest(samples, train)]
    # From the difference: the expanded square that finds the neighbour would not give an exact copy the distance 0.
    differences = samples.astype(np.float64) - neighbours
    return np.linalg.norm(differences.reshape(len(samples), -1), axis=1)


def memorization_rate(samples, train, heldout, quantile: float = 0.01) -> float:
    """Share of `samples` [n, ...] nearer to `train` [m, ...] than all but the nearest of `heldout` [k, ...] are.

    As `rate_of_distances` of the distances to the nearest training data.

    Raises:
      InputError: as `nearest_distance` and `rate_of_distances`.
    """
    _check(quantile)
    return rate_of_distances(nearest_distance(samples, train), nearest_distance(heldout, train), quantile)


def rate_of_distances(distances, heldout_distances, quantile: float = 0.01) -> float:
    """Share of the samples' `distances` [n] to their nearest training data that are below the given quantile of those
    of held-out real data [k].

    A generator that draws from the data's distribution scores `quantile`, up to the noise of n and k draws; a rate far
    above it is memorisation (the comparison of Meehan, Chaudhuri and Dasgupta 2020, cut to one threshold). One that
    gives training data back scores exactly 1: the threshold is above 0, the distance of a copy.

    Raises:
      InputError: distances are none or not finite; `quantile` is not between 0 and 1, or too extreme for k distances;
        or some held-out data are in the training data.
    """
    _check(quantile)
    named = {"distances": np.asarray(distances), "heldout_distances": np.asarray(heldout_distances)}
    for name, values in named.items():
        if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
            raise InputError(f"{name} of shape {list(values.shape)}: give finite numbers [n], n at least 1")
    least = math.ceil(1 / min(quantile, 1 - quantile) - 1 - 1e-9)
    if len(heldout_distances) < least:
        count = len(heldout_distances)
        raise InputError(f"quantile = {quantile} of {count} held-out data: give at least {least} of them")
    if copies := int(np.sum(np.equal(heldout_distances, 0))):
        raise InputError(f"{copies} of {len(heldout_distances)} held-out data are in the training data: take them out")
    # Weibull's quantile: the i-th smallest of k is exceeded downwards by another draw with probability i / (k + 1).
    threshold = np.quantile(heldout_distances, quantile, method="weibull")
    return float(np.mean(named["distances"] < threshold))


def _check(quantile):
    if not 0 < quantile < 1:
        raise InputError(f"quantile = {quantile}: give a number between 0 and 1")
