"""Squared Euclidean distances of all pairs, as one matrix product."""

import math

import numpy as np


def squares(a, b) -> np.ndarray:
    """||a_i - b_j||^2 [n, m] of a [n, ...] and b [m, ...], float64, at least 0.

    By ||a||^2 - 2ab + ||b||^2: exact for whole numbers whose squares sum to less than 2^53, as those of uint8 images
    do; of others that lie far from 0 take their mean away first, or digits cancel.
    """
    a, b = (np.asarray(side, np.float64).reshape(len(side), math.prod(np.shape(side)[1:])) for side in (a, b))
    return np.maximum(np.sum(a * a, axis=1)[:, None] - 2 * a @ b.T + np.sum(b * b, axis=1), 0.0)
