"""What the tests of pictures share: points to draw, and what a picture shows."""

import numpy as np


def points(n=60, components=3, seed=0):
    """Data [n, 2] around two modes, samples [n, 2] where no data is, and their component [n]."""
    rng = np.random.default_rng(seed)
    data = 0.6 * rng.choice([-1, 1], (n, 1)) + 0.1 * rng.normal(size=(n, 2))
    return data, data * [1, -1], np.arange(n) % components


def is_picture(picture):
    return picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3


def cells(picture, rows, columns):
    """A picture cut into rows * columns parts, row by row."""
    return [cell for row in np.array_split(picture, rows, axis=0) for cell in np.array_split(row, columns, axis=1)]


def shows(picture, colour, alpha=1.0, within=40):
    """Number of pixels near `colour` (RGB in [0, 1]) as it looks on white with that opacity."""
    blend = 255 * (alpha * np.asarray(colour) + 1 - alpha)
    return int(np.sum(np.abs(picture - blend).max(axis=2) < within))
