"""Modified Inception Score, m-IS (DeLiGAN, section 5.1): how diverse the samples of one class are to the classifier.

For the samples whose most probable class is c, exp(E_i E_j KL(p(y|x_i) || p(y|x_j))), 1 if all are alike. With
E_j KL(p_i || p_j) = sum_y p_i log p_i - p_i . E_j log p_j the double mean needs no double loop. Shuffle the samples
first, as for the Inception Score.
"""

import numpy as np

from mogan.errors import InputError
from mogan.metrics.checks import checked_probs
from mogan.metrics.inception_score import contiguous_splits

AGAINST = ("class", "split")
LEAST = float(np.finfo(np.float32).tiny)  # 1.2e-38, for a probability that underflowed to 0, whose log is infinite


def modified_inception_score(probs, splits: int = 10, against: str = "class") -> dict:
    """m-IS of probs [n, classes], by class and over all.

    per_class: for every class, (mean, standard deviation) over `splits` contiguous splits of its samples, as in the
      columns of DeLiGAN's tables 1 to 3; (nan, nan) for a class that has fewer samples than splits
    mean, std: the table's "overall", over the classes that are not nan, each scored as a whole: exp of the mean of
      E_j KL over its samples, not the mean of its splits

    `against`: the x_j that x_i is held against, those of its whole "class", as in the program that the authors released
    (src/modified_inception_scores of val-iisc/deligan), or those of its own "split" only. A class left out is a mode
    lost or nearly so: report how many of per_class are nan beside the mean.

    Standard deviations are the population's. Probabilities below 1.2e-38 count as that inside the logarithm, so a score
    is at most exp(87.4).

    Raises:
      InputError: as `inception_score`; an unknown `against`; no class has as many samples as splits.
    """
    probs = checked_probs(probs, splits)
    if against not in AGAINST:
        raise InputError(f"against = {against!r}: give one of {', '.join(AGAINST)}")
    classes = probs.argmax(axis=1)
    counts = np.bincount(classes, minlength=probs.shape[1])
    if counts.max() < splits:
        most = f"the largest class has {counts.max()} of {len(probs)} samples"
        raise InputError(f"splits = {splits}: {most}; give fewer splits or more samples")
    scores = np.array([_class_scores(probs[classes == c], splits, against) for c in range(len(counts))])
    return {
        "per_class": [(float(mean), float(std)) for mean, std, _ in scores],
        "mean": float(np.nanmean(scores[:, 2])),
        "std": float(np.nanstd(scores[:, 2])),
    }


def _class_scores(probs, splits, against):
    """Mean and standard deviation over the splits, and the score of the whole, for one class's probs [n, classes]."""
    if len(probs) < splits:
        return np.nan, np.nan, np.nan
    parts = contiguous_splits(probs, splits)
    divergences = [_divergences(part, {"class": probs, "split": part}[against]) for part in parts]
    scores = [np.exp(part.mean()) for part in divergences]
    return np.mean(scores), np.std(scores), np.exp(np.concatenate(divergences).mean())


def _divergences(probs, others):
    """E_j KL(p_i || p_j) [n], in nats: i over probs [n, classes], j over others [m, classes]."""
    return np.sum(probs * _log(probs), axis=1) - probs @ _log(others).mean(axis=0)


def _log(probs):
    return np.log(np.maximum(probs, LEAST))
