"""Kernel Inception Distance (Binkowski et al. 2018): unbiased MMD^2 of features under a cubic polynomial kernel."""

import math

import numpy as np

from mogan.errors import InputError
from mogan.metrics.checks import checked_count, checked_pair

SUBSET = 1000  # Binkowski et al.'s


def kid_subset_size(n: int, m: int) -> int:
    """Samples of a subset of sets of n and m: 1,000, or half of the smaller set where that is fewer; at least 2.

    Subsets that are nearly all of a set are nearly the same, and how they differ tells nothing.
    """
    return max(2, min(SUBSET, min(n, m) // 2))


def kernel_inception_distance(
    feats_a, feats_b, subsets: int = 100, subset_size: int | None = None, seed: int = 2020
) -> tuple[float, float]:
    """Mean and (population) standard deviation of MMD^2 over random subsets of features [n, d] and [m, d].

    `subset_size` None: that of `kid_subset_size`, 1,000 of sets of 2,000 or more.

    The mean is unbiased, so about 0, and as often below, for sets of one distribution. The standard deviation is about
    that of sets of `subset_size` samples (somewhat below it where a subset is half of its set), not the error of the
    mean. It is NaN where a subset is the whole of a set, as all would have that in common. The subsets, drawn without
    replacement, are those of torch-fidelity for the same seed (2020 is its default) and size, and so are the results.

    Raises:
      InputError: numbers that are not finite, widths that differ, subsets < 1, subset_size < 2, fewer samples than
        subset_size, or a seed that is not from 0 to 2^32 - 1.
    """
    checked_count("subsets", subsets, least=1)
    if subset_size is not None:
        checked_count("subset_size", subset_size, least=2)
    feats_a, feats_b = checked_pair({"feats_a": feats_a, "feats_b": feats_b})
    fewest = min(len(feats_a), len(feats_b))
    subset_size = kid_subset_size(len(feats_a), len(feats_b)) if subset_size is None else subset_size
    if fewest < subset_size:
        raise InputError(f"subset_size = {subset_size}: the smaller set has {fewest} samples; give at most that many")
    if checked_count("seed", seed, least=0) >= 2**32:
        raise InputError(f"seed = {seed}: give a whole number below 2^32")
    rng = np.random.RandomState(seed)  # not default_rng: the draws are to be torch-fidelity's

    def subset(feats):
        return feats[rng.choice(len(feats), subset_size, replace=False)].astype(np.float64)

    distances = [squared_mmd(subset(feats_a), subset(feats_b)) for _ in range(subsets)]
    return float(np.mean(distances)), float(np.std(distances)) if subset_size < fewest else math.nan


def squared_mmd(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased estimate of MMD^2 from a [n, d] and b [m, d] (Gretton et al. 2012, equation 3): it may be below 0."""
    return _mean_of_others(a) + _mean_of_others(b) - 2 * float(np.mean(_kernel(a, b)))


def _mean_of_others(x):
    """Mean of k(x_i, x_j) over i != j: a sample's kernel with itself is what would bias the estimate."""
    kernel = _kernel(x, x)
    return float((kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1)))


def _kernel(a, b):
    """(a_i . b_j / d + 1)^3 [n, m]."""
    return (a @ b.T / a.shape[1] + 1) ** 3
