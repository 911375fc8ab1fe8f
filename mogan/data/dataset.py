"""A data set in memory: what every source is loaded into."""

from typing import NamedTuple

import jax
import numpy as np

from mogan.data.toy import Density


class Dataset(NamedTuple):
    """Samples on the host.

    x: images [n, h, w, c] uint8, or points [n, d] float32; n = 0 where `density` gives fresh points for every batch
    y: class labels [n] int32 in 0..len(classes)-1, or None
    classes: the name of each class; () without labels
    density: what toy points are drawn from, else None
    notes: lines on how the samples were read, for people
    tracks: numbers [n], equal for frames of one track, which are near-duplicates; None where nothing is known of any
    """

    x: np.ndarray
    y: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    density: Density | None = None
    notes: tuple[str, ...] = ()
    tracks: np.ndarray | None = None


def take(dataset: Dataset, rows) -> Dataset:
    """The samples at `rows`, numbers or booleans [n]; the other fields stay."""
    own = {name: value[rows] for name in ("x", "y", "tracks") if (value := getattr(dataset, name)) is not None}
    return dataset._replace(**own)


def reference_points(dataset: Dataset, n: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """n points of the density and their modes, the same every time: to be shown and sent through an encoder."""
    return jax.device_get(dataset.density.sample(jax.random.key(0), n))


def shown_points(dataset: Dataset, n: int = 1000) -> np.ndarray:
    """At most n points [n, d] of a data set, for a picture: its first, or points of its density."""
    return dataset.x[:n] if len(dataset.x) else reference_points(dataset, n)[0]
