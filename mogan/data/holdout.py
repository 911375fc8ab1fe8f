"""Which samples of a data set are held out: never trained on, for the scores that need data a model has not seen."""

from collections import Counter, defaultdict
from hashlib import blake2b

import numpy as np

from mogan.data.dataset import Dataset
from mogan.errors import InputError

STREAM = 1  # of data.seed: subsets are drawn from the seed itself


def heldout_rows(dataset: Dataset, holdout: float, seed: int, mirrored: bool = False) -> np.ndarray:
    """Whether each sample [n] is held out: of every class (of all, without labels) a random choice by `seed`.

    `holdout` in (0, 1) is a share, rounded up, and none of a class that is all one image, its copies or one track,
    where others are not; from 1 it is a number. Samples that `together` joins are held out
    together, so that it may be some more, and none is a copy of one that is trained on.

    Raises:
      InputError: a class would have nothing left to train on.
    """
    labels = np.zeros(len(dataset.x), np.int32) if dataset.y is None else dataset.y
    groups = together(dataset, mirrored)
    counts = np.bincount(labels)
    # less a hair: 0.1 * 30 is 3.0000000000000004
    wanted = np.ceil(holdout * counts - 1e-9) if holdout < 1 else np.where(counts > 0, holdout, 0)
    single = np.array([len(np.unique(groups[labels == label])) == 1 for label in range(len(counts))])
    if holdout < 1 and (~single[counts > 0]).any():
        wanted[single] = 0
    members, own = defaultdict(list), labels.tolist()
    for row, group in enumerate(groups.tolist()):
        members[group].append(row)
    order = np.random.default_rng([seed, STREAM]).permutation(len(members)).tolist()
    rows, held = np.zeros(len(labels), bool), _choose([members[group] for group in order], own, wanted.tolist())
    rows[held] = True
    left = counts - np.bincount(labels[held], minlength=len(counts))
    for label in np.flatnonzero((counts > 0) & (left == 0)):
        of = f"class {dataset.classes[label]!r} has" if dataset.classes else "the data has"
        apart = len(np.unique(groups[labels == label]))
        joined = f" in {apart} groups of copies or of frames of one track" if apart < counts[label] else ""
        problem = f"{of} {counts[label]} samples{joined}, of which none would be left to train on"
        raise InputError(f"config.data.holdout = {holdout:g}: {problem}; give more samples, or hold out fewer")
    return rows


def _choose(groups, labels, wanted):
    """The rows of some of the `groups` [[row, ...], ...], with at least `wanted` [classes] of every class, all of it
    where there are no more: what fits, in the order given; then, where some are lacking, the smallest that is left."""
    chosen, rest, missing = [], [], list(wanted)

    def take(group):
        chosen.extend(group)
        for row in group:
            missing[labels[row]] -= 1

    for group in groups:
        fits = all(missing[label] >= count for label, count in Counter(labels[row] for row in group).items())
        take(group) if fits else rest.append(group)
    for group in sorted(rest, key=len):
        if any(missing[labels[row]] > 0 for row in group):
            take(group)
    return chosen


def together(dataset: Dataset, mirrored: bool = False) -> np.ndarray:
    """Numbers [n] from 0: equal for samples that are copies of each other or of one track, and for what these join.

    `mirrored`: a sample's mirror image is a copy, too.
    """
    from scipy.sparse import coo_array  # both imported where they are used: they take long
    from scipy.sparse.csgraph import connected_components

    joins = [digests(dataset.x, mirrored)] + ([dataset.tracks] if dataset.tracks is not None else [])
    columns, width = [], 0
    for values in joins:
        numbers = np.unique(values, return_inverse=True)[1]
        columns.append(width + numbers)
        width += numbers.max(initial=-1) + 1
    n = len(dataset.x)
    rows = np.tile(np.arange(n), len(joins))
    edges = coo_array((np.ones(n * len(joins)), (rows, n + np.concatenate(columns))), shape=(n + width, n + width))
    return np.unique(connected_components(edges, directed=False)[1][:n], return_inverse=True)[1]


def digests(x: np.ndarray, mirrored: bool = False) -> np.ndarray:
    """A text [n] for each sample of x [n, ...] that is equal where all its numbers are; `mirrored`: and for images
    [n, h, w, c] where they are each other's mirror images."""

    def of(sample):
        return blake2b(np.ascontiguousarray(sample), digest_size=16).hexdigest()

    found = [min(of(sample), of(sample[:, ::-1])) if mirrored else of(sample) for sample in x]
    return np.array(found, "U32")
