"""Fidelity and coverage of samples apart from each other, by balls about samples in feature space.

A sample's ball reaches to its k-th nearest neighbour within its own set (itself not counted), the border included.
Distances are |x|^2 - 2 x.y + |y|^2 in float64 about the real samples' mean, in blocks of rows, so that two sets of
50,000 need 128 MB for each of a few blocks; on an accelerator, where there is one. Distances below 3e-7 of the norms,
which float32 features cannot tell from 0, are 0: equal samples lie in each other's ball even if its radius is 0. Every
score lies from 0 to 1 but the density.
"""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.metrics.checks import checked_count, checked_pair

BLOCK = 2**24  # distances held at once
ROUNDING = 1e-13  # of squared norms


class Scores(NamedTuple):
    """Of `prdc`."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(real, fake, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall (Kynkaanniemi et al. 2019, equations 1 and 2) of features [n, d] and [m, d].

    precision: share of fake samples within some real sample's ball
    recall: share of real samples within some fake sample's ball

    Raises:
      InputError: k is no whole number from 1, a set has no more than k samples, numbers are not finite, widths differ.
    """
    real, fake = _checked(real, fake, k)
    ((caught, _),), (reached,) = _counted(real, fake, (k,), (k,))
    return float(np.mean(caught > 0)), float(np.mean(reached > 0))


def density_coverage(real, fake, k: int = 5) -> tuple[float, float]:
    """Density and coverage (Naeem et al. 2020, equations 3 and 4) of features real [n, d] and fake [m, d].

    density: number of real samples' balls that a fake sample lies in, on average, over k; about 1 if the two sets are
      of one distribution, and above where samples crowd
    coverage: share of real samples whose ball holds a fake sample

    Raises InputError as `precision_recall`.
    """
    real, fake = _checked(real, fake, k)
    ((caught, held),), _ = _counted(real, fake, (k,), ())
    return _density_coverage(caught, held, k)


def prdc(real, fake, k: int = 3, neighbours: int = 5) -> Scores:
    """`precision_recall` by k, and `density_coverage` by `neighbours`, of the same distances, so in half of the time.

    Raises InputError as they do.
    """
    checked_count("k", k, least=1)
    real, fake = _checked(real, fake, max(k, checked_count("neighbours", neighbours, least=1)))
    ((caught, _), (caught_widely, held)), (reached,) = _counted(real, fake, (k, neighbours), (k,))
    precision, recall = float(np.mean(caught > 0)), float(np.mean(reached > 0))
    return Scores(precision, recall, *_density_coverage(caught_widely, held, neighbours))


def _density_coverage(caught, held, k):
    return float(caught.sum() / (k * len(caught))), float(np.mean(held > 0))


def _checked(real, fake, k):
    checked_count("k", k, least=1)
    real, fake = checked_pair({"real": real, "fake": fake}, least=k + 1)
    return real, fake


def _counted(real, fake, of_real, of_fake):
    """([(how many real samples' balls each fake sample lies in [m], how many fake samples lie in each real one's ball
    [n]) for k of `of_real`], [in how many fake samples' balls each real sample lies [n] for k of `of_fake`])."""
    with _module() as xp:
        mean = real.mean(axis=0, dtype=np.float64)  # far from the origin the squared norms would swallow the distances
        own = _radii(xp, fake, mean, of_fake) if of_fake else ()
        radii = _radii(xp, real, mean, of_real)
        caught, held, reached = [[] for _ in of_real], [0] * len(of_real), [0] * len(of_fake)
        for rows, squares in _squares(xp, fake, real, mean):
            for at, radius in enumerate(radii):
                inside = squares <= radius
                caught[at].append(np.asarray(inside.sum(axis=1)))
                held[at] = held[at] + inside.sum(axis=0)
            for at, radius in enumerate(own):
                reached[at] = reached[at] + (squares <= radius[rows, None]).sum(axis=0)
        found = [(np.concatenate(counts), np.asarray(total)) for counts, total in zip(caught, held, strict=True)]
        return found, list(map(np.asarray, reached))


@contextlib.contextmanager
def _module():
    """NumPy on a CPU, which needs no compilation; else JAX's, with 64 bits."""
    if jax.default_backend() == "cpu":
        yield np
    else:
        with jax.enable_x64(True):
            yield jnp


def _radii(xp, samples, mean, ks):
    """The squared radius of the ball of each sample [n], for each of ks."""
    found = [[] for _ in ks]
    for _, squares in _squares(xp, samples, samples, mean):
        least = xp.partition(squares, max(ks), axis=1)[:, : max(ks) + 1]
        least = xp.sort(least, axis=1)
        for radii, k in zip(found, ks, strict=True):
            radii.append(least[:, k])
    return [xp.concatenate(radii) for radii in found]


def _squares(xp, a, b, mean) -> Iterator[tuple[slice, np.ndarray]]:
    """(rows, squared distances of a[rows] to b [m, d]: blocks [rows, m]), which follow each other along a [n, d]."""
    b = xp.asarray(b - mean)
    norms = (b**2).sum(axis=1)
    step = max(1, BLOCK // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, start + step)
        part = xp.asarray(a[rows] - mean)
        sums = (part**2).sum(axis=1, keepdims=True) + norms
        squares = sums - 2 * part @ b.T
        yield rows, xp.where(squares > ROUNDING * sums, squares, 0)
