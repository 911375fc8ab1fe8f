"""How many different images a generator makes, by the birthday paradox (Arora and Zhang 2017, "Do GANs learn the
distribution? Some theory and empirics", section 3).

Of N images, equally likely, a batch of about sqrt(N) holds two that are alike. The paper looks for the size of batch
that does so half of the time, by eye; here all pairs of the samples are counted that lie nearer than a threshold.
Blurred images lie near each other and count as alike, where an eye would tell them apart.
"""

import math
from collections.abc import Iterator

import numpy as np

from mogan.errors import InputError
from mogan.metrics.distances import squares

BLOCK = 1024


def nearest_other(images) -> np.ndarray:
    """Euclidean distance [n], float64, of each of the images [n, ...], n at least 2, to the nearest other; exact for
    uint8."""
    return np.sqrt(np.concatenate([block.min(axis=1) for block in _to_others(images)]))


def count_alike(images, threshold: float) -> int:
    """Unordered pairs of images [n, ...] whose Euclidean distance is at most `threshold`."""
    return sum(int((np.sqrt(block) <= threshold).sum()) for block in _to_others(images)) // 2


def support_size(count: int, alike: int) -> float:
    """1 / (share of the pairs of `count` samples that are `alike`), infinite where none is: N for N equally likely
    images, fewer than N for unequal ones.

    Raises InputError for fewer than 2 samples.
    """
    if count < 2:
        raise InputError(f"{count} samples have no pairs: give 2 or more")
    return math.comb(count, 2) / alike if alike else math.inf


def birthday_batch(size: float) -> float:
    """Samples of which two are alike with probability 1/2, of a support of that `size`: s with s (s - 1) / 2 = size
    ln 2."""
    return (1 + math.sqrt(1 + 8 * math.log(2) * size)) / 2


def _to_others(images) -> Iterator[np.ndarray]:
    """Squared distances [rows, n] of blocks of images to all, infinite to themselves."""
    images = np.asarray(images, np.float64)
    if len(images) < 2:
        raise InputError(f"{len(images)} images have no pairs: give 2 or more")
    for start in range(0, len(images), BLOCK):
        found = squares(images[start : start + BLOCK], images)
        rows = np.arange(len(found))
        found[rows, start + rows] = np.inf
        yield found
