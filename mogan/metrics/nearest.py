"""Nearest neighbours of images, exact to the grey level."""

import numpy as np

from mogan.errors import InputError
from mogan.metrics.distances import squares


def nearest(samples, train, block: int = 1024) -> np.ndarray:
    """Index [n] of the image in `train` [m, ...] nearest in L2 to each of `samples` [n, ...]; the first among equals.
    Arrays of numpy or jax.

    Squared distances are exact for uint8, in float64 (float32 would not do: at 32 x 32 x 3 they reach 2e8, and its
    whole numbers end at 1.7e7).

    Raises:
      InputError: the shapes differ, `train` is empty, or a number is not finite.
    """
    samples, train = np.asarray(samples), np.asarray(train)  # jax would round to float32 what float64 holds
    if train.shape[1:] != samples.shape[1:] or len(train) == 0:
        raise InputError(f"nearest: {list(samples.shape)} among {list(train.shape)}: give images of one shape")
    if not all(np.isfinite(images).all() for images in (samples, train) if images.dtype.kind == "f"):
        raise InputError("nearest: an image holds a number that is not finite")
    blocks = [_nearest_of_block(samples[i : i + block], train, block) for i in range(0, len(samples), block)]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int64)


def _nearest_of_block(samples, train, block):
    best, index = np.full(len(samples), np.inf), np.zeros(len(samples), np.int64)
    for start in range(0, len(train), block):
        distances = squares(samples, train[start : start + block])
        closest = distances.min(axis=1)
        index = np.where(closest < best, start + distances.argmin(axis=1), index)
        best = np.minimum(best, closest)
    return index
