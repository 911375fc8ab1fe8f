"""Frechet distance between two sets of features, each taken for a Gaussian (Heusel et al. 2017, equation 6).

|mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)); with pool_3 features of Inception it is the FID.
"""

import logging
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, svdvals

from mogan.errors import InputError
from mogan.metrics.checks import checked_features, checked_pair

BLOCK = 4096  # rows that are widened to float64 at a time: of 50,000 by 2,048 all would be 0.8 GB


class Moments(NamedTuple):
    """Mean [d] and unbiased covariance [d, d] of features, float64: all of a reference set that is worth keeping."""

    mean: np.ndarray
    covariance: np.ndarray


def frechet_distance(feats_a, feats_b) -> float:
    """Squared Frechet distance of features [n, d] and [m, d], in their units squared; 0 for equal sets.

    It is biased upwards by a term of order 1/n: compare only scores of equally many samples (50,000 by custom). Logs a
    warning where n or m is not above d.

    Raises:
      InputError: fewer than 2 rows, numbers that are not finite, or widths that differ.
    """
    feats_a, feats_b = checked_pair({"feats_a": feats_a, "feats_b": feats_b}, least=2)
    return frechet_from_moments(moments(feats_a), moments(feats_b))


def moments(feats) -> Moments:
    """Mean and covariance of features [n, d]; logs a warning if n <= d. Raises InputError as `frechet_distance`."""
    feats = checked_features("feats", feats, least=2)
    count, width = feats.shape
    if count <= width:
        problem = "covariance of %d features is not of full rank, from %d samples; give more samples"
        logging.getLogger(__name__).warning(problem, width, count)
    mean = feats.mean(axis=0, dtype=np.float64)
    total = np.zeros((width, width))
    for start in range(0, count, BLOCK):
        centred = feats[start : start + BLOCK] - mean
        total += centred.T @ centred
    return Moments(mean, total / (count - 1))


def frechet_from_moments(a, b) -> float:
    """Squared Frechet distance of two Gaussians, each (mean [d], covariance [d, d]) as `moments` gives them.

    tr (A B)^(1/2) is the sum of the singular values of Fa' Fb, for any factors A = Fa Fa', B = Fb Fb'. Unlike sqrtm or
    the eigenvalues of A B or of A^(1/2) B A^(1/2) it never forms a product whose root is to be taken, which would lose
    half the digits (singular covariances 1e-8 of their norm for each dimension), and nothing can turn complex.

    Raises:
      InputError: shapes that do not fit, numbers that are not finite, a covariance that is not symmetric.
    """
    (mean_a, a), (mean_b, b) = checked_moments("a", a), checked_moments("b", b)
    if mean_a.shape != mean_b.shape:
        raise InputError(f"moments of {len(mean_a)} and of {len(mean_b)} features: give those of one network")
    overlap = svdvals(_factor(a).T @ _factor(b)).sum()
    distance = np.sum((mean_a - mean_b) ** 2) + np.trace(a) + np.trace(b) - 2 * overlap
    return max(float(distance), 0.0)  # below 0 only by rounding


def _factor(covariance):
    """F [d, d] with F F' = covariance, of which eigenvalues below 0 can only be rounding."""
    values, vectors = eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0))


def checked_moments(name: str, pair) -> Moments:
    """A pair (mean [d], covariance [d, d]) as float64. Raises InputError as `frechet_from_moments`."""
    mean, covariance = (np.asarray(part, np.float64) for part in pair)
    if mean.ndim != 1 or mean.size == 0 or covariance.shape != 2 * mean.shape:
        shapes = f"mean {list(mean.shape)}, covariance {list(covariance.shape)}"
        raise InputError(f"moments {name} of shapes {shapes}: give [d] and [d, d]")
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise InputError(f"moments {name} are not finite; take them of features that are")
    if not np.allclose(covariance, covariance.T, rtol=0, atol=1e-6 * np.abs(covariance).max()):
        raise InputError(f"covariance of moments {name} is not symmetric; give what `moments` returns")
    return Moments(mean, covariance)
