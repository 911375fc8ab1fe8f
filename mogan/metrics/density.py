"""How well samples cover a toy density, an isotropic Gaussian mixture of M modes that share one standard deviation.

A sample is of high quality if it lies within `radius` standard deviations of its nearest mode; the others lie in the
void between the modes, which DeLiGAN's figure 3 is about. Samples [n, d], modes [M, d], weights [M] may be
numpy or jax arrays; the arithmetic is numpy's in float64.
"""

import math

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp, rel_entr

from mogan.errors import InputError

RADIUS = 4.0  # a true sample in 2-D lies further out with probability exp(-8) = 0.0003


def log_likelihood(samples, modes, std: float, weights) -> float:
    """Mean over the samples [n, d] of log sum_m weights_m N(x; modes_m, std^2 I), in nats.

    Raises:
      InputError: an array has the wrong shape or a number that is not finite; std or weights are not a mixture's.
    """
    samples, modes, std = _checked(samples, modes, std)
    weights = _checked_weights(weights, len(modes))
    exponents = -0.5 * (cdist(samples, modes) / std) ** 2
    normalizer = samples.shape[1] * (0.5 * math.log(2 * math.pi) + math.log(std))
    return float(np.mean(logsumexp(exponents, b=weights, axis=1)) - normalizer)


def mode_shares(samples, modes, std: float, radius: float = RADIUS) -> tuple[np.ndarray, float]:
    """Shares [M] of the samples [n, d] that each mode holds, and the share in the void; together they are 1.

    A sample belongs to its nearest mode, if within radius * std of it, else to the void.

    Raises:
      InputError: as `log_likelihood`, or a radius that is not above 0.
    """
    counts, total = _high_quality_counts(samples, modes, std, radius)
    return counts / total, float((total - counts.sum()) / total)


def high_quality_share(samples, modes, std: float, radius: float = RADIUS) -> float:
    """Share of the samples [n, d] that lie within radius * std of a mode: 1 - void. Raises as `mode_shares`."""
    return 1.0 - mode_shares(samples, modes, std, radius)[1]


def modes_captured(samples, modes, std: float, radius: float = RADIUS, least: int = 1) -> int:
    """Number of modes that hold at least `least` (1 or more) high-quality samples. Raises as `mode_shares`."""
    if least < 1:
        raise InputError(f"least = {least}: give at least 1")
    counts, _ = _high_quality_counts(samples, modes, std, radius)
    return int(np.sum(counts >= least))


def mode_kl(samples, modes, std: float, weights, radius: float = RADIUS) -> float:
    """KL(histogram of the high-quality samples over the modes || weights), in nats; infinite if there are none.

    Raises:
      InputError: as `log_likelihood` and `mode_shares`.
    """
    counts, _ = _high_quality_counts(samples, modes, std, radius)
    weights = _checked_weights(weights, len(counts))
    if counts.sum() == 0:
        return math.inf
    return float(np.sum(rel_entr(counts / counts.sum(), weights)))


def toy_scores(samples, modes, std: float, weights) -> dict[str, float]:
    """void, share_0 .. share_{M-1}, log_likelihood, modes_captured and high_quality of samples [n, d], as floats.

    Raises:
      InputError: as `log_likelihood`.
    """
    shares, void = mode_shares(samples, modes, std)
    return {
        "void": void,
        **{f"share_{mode}": float(share) for mode, share in enumerate(shares)},
        "log_likelihood": log_likelihood(samples, modes, std, weights),
        "modes_captured": float(modes_captured(samples, modes, std)),
        "high_quality": 1.0 - void,
    }


def _high_quality_counts(samples, modes, std, radius):
    samples, modes, std = _checked(samples, modes, std)
    if not radius > 0:
        raise InputError(f"radius = {radius}: give a number of standard deviations above 0")
    distances = cdist(samples, modes)
    nearest = distances.argmin(axis=1)
    held = nearest[distances.min(axis=1) <= radius * std]
    return np.bincount(held, minlength=len(modes)), len(samples)


def _checked(samples, modes, std):
    samples, modes, std = np.asarray(samples, np.float64), np.asarray(modes, np.float64), np.asarray(std, np.float64)
    if modes.ndim != 2 or modes.size == 0 or not np.isfinite(modes).all():
        raise InputError(f"modes of shape {list(modes.shape)}: give finite numbers [M, d]")
    if samples.ndim != 2 or samples.size == 0 or samples.shape[1] != modes.shape[1]:
        raise InputError(f"samples of shape {list(samples.shape)}: give [n, {modes.shape[1]}], with n at least 1")
    bad = int(np.sum(~np.isfinite(samples).all(axis=1)))
    if bad:
        raise InputError(f"{bad} of {len(samples)} samples are not finite; score a generator that has not diverged")
    if std.ndim or not 0 < std < math.inf:
        raise InputError(f"std = {std}: give one finite number above 0")
    return samples, modes, float(std)


def _checked_weights(weights, count):
    weights = np.asarray(weights, np.float64)
    if weights.shape != (count,) or not (weights >= 0).all() or not abs(weights.sum() - 1) < 1e-5:
        raise InputError(f"weights of shape {list(weights.shape)}: give {count} numbers, none negative, of sum 1")
    return weights / weights.sum()  # float32 weights miss 1 by enough to make a KL divergence negative
