"""Drawn shapes: a small, diverse set of colour images that needs no download, the example of a folder of one's own."""

import numpy as np

from mogan.data.dataset import Dataset

SIDE, FINE, EACH = 32, 4, 100  # pixels; of them, as many again in each direction while drawing; images of a kind
COLOURS = np.array([(214, 64, 54), (236, 158, 40), (66, 150, 84), (52, 104, 190), (126, 76, 160)])  # red to violet
PAPER = 246  # grey level


def load() -> Dataset:
    """500 images [32, 32, 3] uint8 in 5 classes: a disc, ring, square, triangle or star in one of five colours on light
    paper, of random size, place and turn. The same at every call."""
    rng = np.random.default_rng(0)
    images = [drawn(inside, rng) for inside in KINDS.values() for _ in range(EACH)]
    return Dataset(np.stack(images), np.repeat(np.arange(len(KINDS), dtype=np.int32), EACH), tuple(KINDS))


def drawn(inside, rng) -> np.ndarray:
    """An image [32, 32, 3] of inside(x, y) -> bool, which is given coordinates about the shape's centre, its size 1."""
    size, angle = rng.uniform(8, 13), rng.uniform(0, 2 * np.pi)
    centre = SIDE / 2 + rng.uniform(-1, 1, 2) * (SIDE / 2 - size - 1)
    fine = (np.arange(SIDE * FINE) + 0.5) / FINE
    across, down = np.meshgrid((fine - centre[0]) / size, (fine - centre[1]) / size)
    x, y = np.cos(angle) * across + np.sin(angle) * down, np.cos(angle) * down - np.sin(angle) * across
    share = inside(x, y).reshape(SIDE, FINE, SIDE, FINE).mean((1, 3))[..., None]  # of each pixel that is covered
    colour = COLOURS[rng.integers(len(COLOURS))] * rng.uniform(0.85, 1.1)
    return np.round(np.clip(PAPER + share * (colour - PAPER), 0, 255)).astype(np.uint8)


def _radius(x, y):
    return np.hypot(x, y)


def _polygon(corners: int):
    """Whether points lie in the regular polygon with its corners at distance 1."""

    def inside(x, y):
        sector = np.pi / corners
        off = (np.arctan2(y, x) % (2 * sector)) - sector  # from the middle of the nearest side
        return _radius(x, y) * np.cos(off) <= np.cos(sector)

    return inside


def _star(x, y):
    """Five points at distance 1, and between them corners at distance 0.4."""
    tip, sector = 1.0, np.pi / 5
    off = np.abs((np.arctan2(y, x) % (2 * sector)) - sector)  # 0 at an inner corner, `sector` at a point
    inner, point = 0.4 * np.array([1, 0]), tip * np.array([np.cos(sector), np.sin(sector)])
    along, r = point - inner, _radius(x, y)
    return along[1] * (r * np.cos(off) - inner[0]) - along[0] * (r * np.sin(off) - inner[1]) <= 0


KINDS = {
    "disc": lambda x, y: _radius(x, y) <= 0.9,
    "ring": lambda x, y: np.abs(_radius(x, y) - 0.72) <= 0.2,
    "square": _polygon(4),
    "star": _star,
    "triangle": _polygon(3),
}
