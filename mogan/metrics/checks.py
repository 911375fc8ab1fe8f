"""Checks of the arguments of scores, done before any work: probabilities, features, labels, counts."""

import numbers

import numpy as np

from mogan.errors import InputError

SUM_TOLERANCE = 1e-4  # a float32 softmax over 1008 classes misses 1 by up to 1e-5
HALF_TOLERANCE = 2e-2  # of float16 and bfloat16


def checked_probs(probs, splits: int) -> np.ndarray:
    """Class probabilities [n, classes] as float64, each row divided by its sum, so that float32's rounding is gone.

    Raises:
      InputError: no such shape, a number that is not finite or is negative, a row whose sum is not 1 to within 1e-4
        (2e-2 of 16 bits), splits that are no whole number from 1, or fewer rows than splits.
    """
    checked_count("splits", splits, least=1)
    tolerance = HALF_TOLERANCE if np.asarray(probs).dtype.itemsize == 2 else SUM_TOLERANCE
    probs = checked_features("probs", probs, least=splits).astype(np.float64)
    if probs.min() < 0:
        raise InputError(f"probs hold {probs.min():.3g}: give probabilities (a softmax), not logits")
    sums = probs.sum(axis=1, keepdims=True)
    worst = float(sums[np.argmax(np.abs(sums - 1)), 0])
    if abs(worst - 1) > tolerance:
        raise InputError(f"a row of probs sums to {worst:.6g}: give probabilities (a softmax) of sum 1")
    return probs / sums


def checked_features(name: str, feats, least: int = 1) -> np.ndarray:
    """Finite numbers [n, d], n at least `least` and d at least 1, in the floating type given; float64 if none was.

    50,000 rows of 2,048 are 0.4 GB in float32, so what they are widened to is left to the score. Raises InputError.
    """
    feats = np.asarray(feats)
    feats = feats if feats.dtype.kind == "f" else feats.astype(np.float64)
    if feats.ndim != 2 or len(feats) < least or feats.shape[1] == 0:
        raise InputError(f"{name} of shape {list(feats.shape)}: give [n, d], with n at least {least}")
    bad = int(np.sum(~np.isfinite(feats).all(axis=1)))
    if bad:
        raise InputError(f"{bad} of {len(feats)} rows of {name} are not finite; score a model that has not diverged")
    return feats


def checked_pair(named: dict, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of features by name, each as `checked_features` gives it, of one width. Raises InputError."""
    (name_a, a), (name_b, b) = ((name, checked_features(name, feats, least)) for name, feats in named.items())
    if a.shape[1] != b.shape[1]:
        shapes = f"{name_a} of shape {list(a.shape)}, {name_b} of shape {list(b.shape)}"
        raise InputError(f"{shapes}: give features of one network, equally wide")
    return a, b


def checked_labels(name: str, labels, count: int | None = None, classes: int | None = None) -> np.ndarray:
    """Whole numbers [n], n at least 1; as many as `count` says, and 0 to classes - 1, where these are given.

    Raises InputError.
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.size == 0 or labels.dtype.kind not in "iu" or count not in (None, len(labels)):
        found = f"{name}: {labels.dtype} of shape {list(labels.shape)}"
        shape = "[n], with n at least 1" if count is None else f"[{count}], one a sample"
        raise InputError(f"{found}: give whole numbers {shape}")
    if classes is not None and (labels.min() < 0 or labels.max() >= classes):
        raise InputError(f"{name} run from {labels.min()} to {labels.max()}: give 0 to {classes - 1}")
    return labels


def checked_count(name: str, value, least: int) -> int:
    """A whole number, `least` or more. Raises InputError."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        raise InputError(f"{name} = {value}: give a whole number, at least {least}")
    return int(value)
