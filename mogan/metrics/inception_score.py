"""Inception Score (Salimans et al. 2016, section 4): exp(E_x KL(p(y|x) || p(y))), from 1 to the number of classes.

Every split must be a fair draw of the whole, and samples of a mixture often come ordered by component: shuffle them
first (`probs[np.random.RandomState(2020).permutation(n)]` is torch-fidelity's order). Sorted samples score far too low.
"""

import numpy as np
from scipy.special import rel_entr

from mogan.metrics.checks import checked_probs


def inception_score(probs, splits: int = 10) -> tuple[float, float]:
    """Mean and (population) standard deviation of the score over contiguous splits of probs [n, classes].

    p(y) is the mean over the split. A probability of 0 needs no clipping: 0 log 0 = 0. The result is the reference
    program's but for rounding.

    Raises:
      InputError: probs are not probabilities (finite, none negative, rows of sum 1), or n < splits.
    """
    scores = [_score(part) for part in contiguous_splits(checked_probs(probs, splits), splits)]
    return float(np.mean(scores)), float(np.std(scores))


def contiguous_splits(samples: np.ndarray, splits: int) -> list[np.ndarray]:
    """Samples [n, ...] cut at i n // splits: all of them used, the splits' sizes at most one apart.

    The reference program's cut, which is not np.array_split's where n is no multiple of splits.
    """
    return np.split(samples, [i * len(samples) // splits for i in range(1, splits)])


def _score(probs):
    return np.exp(rel_entr(probs, probs.mean(axis=0)).sum(axis=1).mean())
