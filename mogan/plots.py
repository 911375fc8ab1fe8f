"""Pictures of images as uint8 arrays [H, W, 3]: grids, sheets and maps of them; and any picture as a file."""

import io
import math
import os

import numpy as np
from PIL import Image

from mogan.errors import InputError
from mogan.writers import atomic_write

SEPARATOR = 2  # pixels between tiles
SMALLEST_TILE = 32  # pixels
BACKGROUND = (150, 150, 150)  # neither the black of digits nor the white of sketches
RED = (220, 30, 30)  # around real images
MAP_SPREAD = 2  # sides of a map, in those of a square that its tiles would fill


def image_grid(samples: np.ndarray, rows: int, neighbours: np.ndarray | None = None) -> np.ndarray:
    """The first rows * rows of `samples` (uint8 [n, h, w, c], c 1 or 3) as a square grid, uint8 [H, W, 3].

    Images smaller than 32 pixels are enlarged by a whole number. `neighbours` (uint8 [rows, h, w, c]), the nearest
    training images of the last column, samples[rows-1 : rows*rows : rows], stand beside it in red (DeLiGAN, figure 4).

    Raises:
      InputError: not uint8, the wrong shape, or fewer than rows * rows samples.
    """
    _check_images(samples, "samples")
    if rows < 1 or len(samples) < rows * rows:
        raise InputError(f"a grid of {rows} rows needs {rows * rows} samples, and at least 1 row; got {len(samples)}")
    grid = _framed(samples[: rows * rows], rows, rows, np.zeros(rows * rows, bool))
    if neighbours is None:
        return grid
    _check_images(neighbours, "neighbours")
    if neighbours.shape != (rows, *samples.shape[1:]):
        raise InputError(f"neighbours of shape {list(neighbours.shape)}: give {[rows, *samples.shape[1:]]}")
    gap = np.full((len(grid), 2 * SEPARATOR, 3), BACKGROUND, np.uint8)
    return np.concatenate([grid, gap, _framed(neighbours, rows, 1, np.ones(rows, bool))], axis=1)


def image_sheet(
    samples: np.ndarray, columns: int, marked: np.ndarray | None = None, smallest: int = SMALLEST_TILE
) -> np.ndarray:
    """All of samples (uint8 [n, h, w, c], c 1 or 3) in rows of `columns`, the last one filled up in grey; [H, W, 3].

    Those that are `marked` (bool [n]) have a frame of red. Images smaller than `smallest` pixels are enlarged by a
    whole number.

    Raises:
      InputError: not uint8, or the wrong shape.
    """
    _check_images(samples, "samples")
    marked = np.zeros(len(samples), bool) if marked is None else marked
    rows = math.ceil(len(samples) / columns)
    marked = np.pad(marked, (0, rows * columns - len(marked)))
    return _framed(filled(samples, columns), rows, columns, marked, smallest)


def filled(images: np.ndarray, columns: int) -> np.ndarray:
    """`images` (uint8 [n, h, w, c], c 1 or 3) and as many grey ones as make rows of `columns` whole."""
    blank = np.full((-len(images) % columns, *images.shape[1:]), BACKGROUND[: images.shape[3]], np.uint8)
    return np.concatenate([images, blank])


def image_map(images: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Each of `images` (uint8 [n, h, w, c], c 1 or 3) at its place (finite [n, 2]: to the right, upwards); [H, W, 3].

    Both axes have one unit, so that distances are to scale; where images overlap, the later one is on top.

    Raises:
      InputError: not uint8, the wrong shape, or a place that is not finite.
    """
    _check_images(images, "images")
    if places.shape != (len(images), 2) or not np.isfinite(places).all():
        raise InputError(f"places {list(places.shape)}: give finite ones, {[len(images), 2]}")
    tiles = _enlarged(images)
    size = np.array(tiles.shape[1:3])
    reach = max(np.ptp(places, axis=0).max(), np.finfo(np.float32).tiny)
    length = MAP_SPREAD * math.ceil(math.sqrt(len(tiles))) * size.max()
    right, up = np.round((places - places.min(axis=0)) / reach * length).astype(int).T
    corners = np.stack([up.max() - up, right], axis=1)
    canvas = np.empty((*(corners.max(axis=0) + size + 2 * SEPARATOR), 3), np.uint8)
    canvas[:] = BACKGROUND
    for tile, (top, left) in zip(tiles, corners, strict=True):
        frame = canvas[top : top + size[0] + 2 * SEPARATOR, left : left + size[1] + 2 * SEPARATOR]
        frame[:] = BACKGROUND  # keeps an image apart from one beneath
        frame[SEPARATOR:-SEPARATOR, SEPARATOR:-SEPARATOR] = tile
    return canvas


def _check_images(images, name):
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or 0 in images.shape:
        raise InputError(f"{name}: {images.dtype} {list(images.shape)}: give uint8 [n, h, w, c] with c 1 or 3")


def _framed(images, rows, columns, marked, smallest=SMALLEST_TILE):
    """rows * columns images, each enlarged and with a frame that neighbours share, red around those `marked`."""
    tiles = _enlarged(images, smallest)
    height, width = tiles.shape[1] + SEPARATOR, tiles.shape[2] + SEPARATOR
    canvas = np.empty((rows * height + SEPARATOR, columns * width + SEPARATOR, 3), np.uint8)
    canvas[:] = BACKGROUND
    for row, column in np.argwhere(marked.reshape(rows, columns)):
        top, left = row * height, column * width
        canvas[top : top + height + SEPARATOR, left : left + width + SEPARATOR] = RED
    cells = canvas[SEPARATOR:, SEPARATOR:].reshape(rows, height, columns, width, 3)
    cells[:, :-SEPARATOR, :, :-SEPARATOR] = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2)
    return canvas


def _enlarged(images, smallest=SMALLEST_TILE):
    """The images by a whole number larger, if they are small, and in three channels."""
    factor = max(1, math.ceil(smallest / min(images.shape[1:3])))
    tiles = images.repeat(factor, 1).repeat(factor, 2)
    return np.broadcast_to(tiles, (*tiles.shape[:3], 3))


def save_png(path: str | os.PathLike, picture: np.ndarray) -> None:
    """Writes picture (uint8 [H, W, 3]) as a PNG file, atomically.

    Raises:
      InputError: not uint8 [H, W, 3].
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise InputError(f"{path}: picture {picture.dtype} {list(picture.shape)}: give uint8 [H, W, 3]")
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    atomic_write(path, buffer.getvalue())
