"""Fidelity and coverage of samples apart from each other, by balls about samples in feature space.

A sample's ball reaches to its k-th nearest neighbour within its own set (itself not counted), the border included.
Distances are |x|^2 - 2 x.y + |y|^2 in float64 about the real samples' mean, in blocks of rows, so that two sets of
50,000 need 128 MB for each of a few blocks. Distances below 3e-7 of the norms, which float32 features cannot tell from
0, are 0: equal samples lie in each other's ball even if its radius is 0. Every score lies from 0 to 1 but the density.
"""

from collections.abc import Iterator

import numpy as np

from mogan.metrics.checks import checked_count, checked_pair

BLOCK = 2**24  # distances held at once
ROUNDING = 1e-13  # of squared norms


def precision_recall(real, fake, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall (Kynkaanniemi et al. 2019, equations 1 and 2) of features [n, d] and [m, d].

    precision: share of fake samples within some real sample's ball
    recall: share of real samples within some fake sample's ball

    Raises:
      InputError: k is no whole number from 1, a set has no more than k samples, numbers are not finite, widths differ.
    """
    real, fake = _checked(real, fake, k)
    return _share_inside(fake, real, k), _share_inside(real, fake, k)


def density_coverage(real, fake, k: int = 5) -> tuple[float, float]:
    """Density and coverage (Naeem et al. 2020, equations 3 and 4) of features real [n, d] and fake [m, d].

    density: number of real samples' balls that a fake sample lies in, on average, over k; about 1 if the two sets are
      of one distribution, and above where samples crowd
    coverage: share of real samples whose ball holds a fake sample

    Raises InputError as `precision_recall`.
    """
    real, fake = _checked(real, fake, k)
    held = sum(inside.sum(axis=0) for inside in _inside(fake, real, k))
    return float(held.sum() / (k * len(fake))), float(np.mean(held > 0))


def _checked(real, fake, k):
    checked_count("k", k, least=1)
    real, fake = checked_pair({"real": real, "fake": fake}, least=k + 1)
    mean = real.mean(axis=0, dtype=np.float64)  # far from the origin the squared norms would swallow the distances
    return real - mean, fake - mean


def _share_inside(points, centres, k):
    return float(np.mean(np.concatenate([inside.any(axis=1) for inside in _inside(points, centres, k)])))


def _inside(points, centres, k) -> Iterator[np.ndarray]:
    """Whether points lie in the centres' balls: blocks [b, n_centres] that follow each other along the points."""
    radii = np.concatenate([np.partition(block, k, axis=1)[:, k] for block in _squares(centres, centres)])
    return (block <= radii for block in _squares(points, centres))


def _squares(a, b) -> Iterator[np.ndarray]:
    """Squared distances from a [n, d] to b [m, d]: blocks [rows, m] that follow each other along a."""
    norms = np.sum(b**2, axis=1)
    rows = max(1, BLOCK // len(b))
    for start in range(0, len(a), rows):
        part = a[start : start + rows]
        sums = np.sum(part**2, axis=1, keepdims=True) + norms
        squares = sums - 2 * part @ b.T
        yield np.where(squares > ROUNDING * sums, squares, 0)
