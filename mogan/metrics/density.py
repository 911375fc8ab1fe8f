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
from mogan.metrics.checks import checked_labels

RADIUS = 4.0  # a true sample in 2-D lies further out with probability exp(-8) = 0.0003
MODES_NAMED = 25  # scores name a value for every mode up to this many


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


def toy_scores(samples, modes, std: float, weights, radius: float = RADIUS) -> dict[str, float]:
    """The scores of samples [n, d] against a density, floats by name.

    void, share_0 .. share_{M-1} (of up to 25 modes), log_likelihood, modes_captured, high_quality, mode_kl, and
    least_share: the smallest share_m / weights_m, of modes that have a weight; 1 is fair, 0 a lost mode.

    Raises:
      InputError: as `mode_shares`.
    """
    shares, void = mode_shares(samples, modes, std, radius)
    weights = _checked_weights(weights, len(shares))
    return {
        "void": void,
        **_by_mode("share", shares),
        "log_likelihood": log_likelihood(samples, modes, std, weights),
        "modes_captured": float(modes_captured(samples, modes, std, radius)),
        "high_quality": 1.0 - void,
        "mode_kl": mode_kl(samples, modes, std, weights, radius),
        "least_share": float(np.min(shares[weights > 0] / weights[weights > 0])),
    }


def reconstruction_error(points, reconstructions, labels, modes: int) -> np.ndarray:
    """Mean Euclidean distance [modes] from each mode's points to their reconstructions G(E(x)); nan without a point.

    `points` and `reconstructions` [n, d]; `labels` [n], the mode of each point, 0 to modes - 1. LOGAN (section 3.2): a
    lost mode is reconstructed in another.

    Raises:
      InputError: an array has the wrong shape or a number that is not finite, or a label is no mode.
    """
    distances, labels = _distances(points, reconstructions, labels, modes)
    counts = np.bincount(labels, minlength=modes)
    sums = np.bincount(labels, weights=distances, minlength=modes)
    return np.divide(sums, counts, out=np.full(modes, np.nan), where=counts > 0)


def reconstruction_scores(points, reconstructions, labels, modes: int) -> dict[str, float]:
    """`reconstruction_error` as floats by name, of the same arguments.

    reconstruction_0 .. reconstruction_{modes-1} (of up to 25 modes), reconstruction, the mean over all points, and
    reconstruction_worst, the largest over modes that have points. Raises as `reconstruction_error`.
    """
    errors = reconstruction_error(points, reconstructions, labels, modes)
    return {
        **_by_mode("reconstruction", errors),
        "reconstruction": float(np.mean(_distances(points, reconstructions, labels, modes)[0])),
        "reconstruction_worst": float(np.nanmax(errors)),
    }


def _by_mode(name, values):
    return {f"{name}_{mode}": float(value) for mode, value in enumerate(values)} if len(values) <= MODES_NAMED else {}


def _high_quality_counts(samples, modes, std, radius):
    samples, modes, std = _checked(samples, modes, std)
    if not radius > 0:
        raise InputError(f"radius = {radius}: give a number of standard deviations above 0")
    return np.bincount(_nearest_mode(samples, modes, std, radius), minlength=len(modes) + 1)[:-1], len(samples)


def _nearest_mode(samples, modes, std, radius):
    """Each sample's mode [n]; M for those in the void."""
    distances = cdist(samples, modes)
    return np.where(distances.min(axis=1) <= radius * std, distances.argmin(axis=1), len(modes))


def _distances(points, reconstructions, labels, modes):
    points, reconstructions = np.asarray(points, np.float64), np.asarray(reconstructions, np.float64)
    if points.ndim != 2 or points.size == 0 or points.shape != reconstructions.shape:
        shapes = f"points of shape {list(points.shape)}, reconstructions of shape {list(reconstructions.shape)}"
        raise InputError(f"{shapes}: give [n, d] both, with n at least 1")
    if not (np.isfinite(points).all() and np.isfinite(reconstructions).all()):
        raise InputError("points or reconstructions are not finite; score an encoder that has not diverged")
    return np.linalg.norm(points - reconstructions, axis=1), checked_labels("labels", labels, len(points), modes)


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
