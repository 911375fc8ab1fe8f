"""Quality and diversity of samples by a classifier trained on the same training set (GM-GAN, section 3.2).

`feats` [n, d] are a layer's activations for the samples, `train_feats` [m, d] for the training set. Every score is a
float in [0, 1]; larger is better.
"""

import math
import numbers

import numpy as np
from scipy.special import entr, expit

from mogan.errors import InputError
from mogan.metrics.checks import checked_pair
from mogan.metrics.memorization import nearest_distance
from mogan.metrics.ssim import ms_ssim_of_pairs


def quality_score(feats, train_feats, a: float | None = None, *, log_a: float | None = None) -> float:
    """Mean over the samples of 1 - e^d / (e^d + a), d the distance to the nearest training sample (eqs. 6 and 7).

    It is computed as the sigmoid of log a - d, which no distance overflows. The paper does not give the constant a:
    pass it, or its logarithm (`default_log_a`), the distance at which quality is 1/2. Training data themselves score
    a / (1 + a).

    Raises:
      InputError: features are not finite, of different widths, or empty; not exactly one of a and log_a is given; a is
        not above 0; or either is not finite.
    """
    return float(np.mean(expit(_logarithm(a, log_a) - _distances(feats, "feats", train_feats))))


def default_log_a(heldout_feats, train_feats) -> float:
    """log a for `quality_score`: the median distance of held-out real samples [k, d] to the training set [m, d].

    The median real sample then has the quality 1/2. A logarithm because a itself, e^distance, overflows beyond 709.
    Raises as `quality_score`.
    """
    return float(np.median(_distances(heldout_feats, "heldout_feats", train_feats)))


def diversity_intra(images, data_range: int | None = None, pairs: int | None = None, seed: int = 0) -> float:
    """1 - the mean MS-SSIM over all n^2 ordered pairs of images [n, h, w, c], each with itself too (eq. 8).

    MS-SSIM is symmetric, and 1 for the n pairs of an image with itself, so n (n - 1) / 2 are computed: for 1,000 images
    of 32 x 32 x 3, 10 s on 2 CPU cores; of 96 x 96 x 3, 150 s. For larger n, `pairs` of them are drawn without
    replacement by `seed`: an unbiased estimate, whose standard error is at most 0.5 / sqrt(pairs) beside all pairs'.
    uint8 images need no data_range; `mogan.metrics.ssim` has those of floats, and how small images are treated.

    Raises:
      InputError: as `ssim`, there are fewer than 2 images, or `pairs` is not from 1 to n (n - 1) / 2.
    """
    images = np.asarray(images)
    if images.ndim != 4 or len(images) < 2:
        raise InputError(f"images of shape {list(images.shape)}: give [n, h, w, c], with n at least 2 to compare")
    count, total = len(images), math.comb(len(images), 2)
    if pairs is not None and not 1 <= pairs <= total:
        raise InputError(f"pairs = {pairs} of {count} images: give 1 to {total}, or None for all of them")
    numbers = np.arange(total) if pairs is None else np.random.default_rng(seed).choice(total, pairs, replace=False)
    similarity = np.mean(ms_ssim_of_pairs(images, *_pair(numbers), data_range))
    return float((1 - 1 / count) * (1 - similarity))


def diversity_inter(preds, classes: int | None = None) -> float:
    """Entropy of the mean one-hot prediction, over log N (eq. 9): 1 if all N classes are predicted equally often.

    `preds` are classes [n], whole numbers from 0 to N - 1 with `classes` = N; or probabilities [n, N], one-hot ones of
    any type among them, whose largest (the first among equals) is the prediction.

    Raises:
      InputError: preds are neither, `classes` is missing or does not fit, or N is below 2.
    """
    preds, classes = _checked_predictions(np.asarray(preds), classes)
    shares = np.bincount(preds, minlength=classes) / len(preds)
    return float(min(1.0, entr(shares).sum() / math.log(classes)))


def diversity(intra: float, inter: float) -> float:
    """sqrt(d_intra d_inter) (eq. 10). Raises InputError if either is not in [0, 1]."""
    return _geometric_mean(intra=intra, inter=inter)


def combined(quality: float, diversity: float) -> float:
    """sqrt(quality * diversity), one score of a model (eq. 11). Raises InputError if either is not in [0, 1]."""
    return _geometric_mean(quality=quality, diversity=diversity)


def _pair(numbers):
    """The pairs i < j, two lists, of whole numbers that count (0, 1), (0, 2), (1, 2), (0, 3), (1, 3), ..."""
    second = ((1 + np.sqrt(1 + 8 * numbers)) / 2).astype(np.int64)  # exact: 1 + 8 * number is far below 2^53
    return numbers - second * (second - 1) // 2, second


def _geometric_mean(**scores):
    for name, score in scores.items():
        if not 0 <= score <= 1:
            raise InputError(f"{name} = {score}: give a score in [0, 1]")
    return math.sqrt(math.prod(scores.values()))


def _logarithm(a, log_a):
    if (a is None) == (log_a is None):
        raise InputError(f"a = {a} and log_a = {log_a}: give one of them")
    if a is not None and not (isinstance(a, numbers.Real) and 0 < a < math.inf):
        raise InputError(f"a = {a!r}: give a finite number above 0, or log_a where it overflows")
    if log_a is not None and not (isinstance(log_a, numbers.Real) and math.isfinite(log_a)):
        raise InputError(f"log_a = {log_a!r}: give a finite number")
    return math.log(a) if log_a is None else log_a


def _distances(feats, name, train_feats):
    pair = checked_pair({name: feats, "train_feats": train_feats})
    return nearest_distance(*(features.astype(np.float64) for features in pair))


def _checked_predictions(preds, classes):
    if preds.ndim == 2 and preds.size and preds.dtype.kind in "fiub":
        if not ((preds >= 0).all() and np.allclose(preds.sum(axis=1, dtype=np.float64), 1, atol=1e-3)):
            raise InputError(f"preds of shape {list(preds.shape)}: give probabilities, in rows of sum 1")
        if classes not in (None, preds.shape[1]):
            raise InputError(f"classes = {classes}, preds of shape {list(preds.shape)}: leave classes out")
        preds, classes = preds.argmax(axis=1), preds.shape[1]
    if preds.ndim != 1 or preds.size == 0 or preds.dtype.kind not in "iu":
        found = f"preds: {preds.dtype} of shape {list(preds.shape)}"
        raise InputError(f"{found}: give whole numbers [n] or probabilities [n, N], n at least 1")
    if classes is None or classes < 2:
        raise InputError(f"classes = {classes}: give the number of classes, at least 2")
    if preds.min() < 0 or preds.max() >= classes:
        raise InputError(f"preds run from {preds.min()} to {preds.max()}: give 0 to {classes - 1}")
    return preds, classes
