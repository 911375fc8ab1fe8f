"""Pictures of images as uint8 arrays [H, W, 3]: grids, sheets and maps of them; and any picture as a file."""

import io
import math
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mogan.errors import InputError
from mogan.machine.files import atomic_write

SEPARATOR = 2  # pixels between tiles
LARGEST_TILE, LARGEST_SHEET = 128, 1280  # pixels up to which small images are enlarged, by whole factors
TEXT_SIZE, CAPTION = 16, 26  # pixels: of letters, and of the height of a line beneath a sheet
BACKGROUND = (150, 150, 150)  # neither the black of digits nor the white of sketches
RED = (220, 30, 30)  # around real images
MAP_SPREAD = 2  # sides of a map, in those of a square that its tiles would fill


def image_grid(samples: np.ndarray, rows: int, neighbours: np.ndarray | None = None, caption: str = "") -> np.ndarray:
    """The first rows * rows of `samples` (uint8 [n, h, w, c], c 1 or 3) as a square grid, uint8 [H, W, 3].

    Small images are enlarged by a whole number. `neighbours` (uint8 [rows, h, w, c]), the nearest
    training images of the last column, samples[rows-1 : rows*rows : rows], stand beside it in red (DeLiGAN, figure 4).
    A `caption` stands beneath.

    Raises:
      InputError: not uint8, the wrong shape, or fewer than rows * rows samples.
    """
    _check_images(samples, "samples")
    if rows < 1 or len(samples) < rows * rows:
        raise InputError(f"a grid of {rows} rows needs {rows * rows} samples, and at least 1 row; got {len(samples)}")
    factor = _factor(samples, rows)
    grid = _framed(samples[: rows * rows], rows, rows, np.zeros(rows * rows, bool), factor)
    if neighbours is None:
        return _with_caption(grid, caption)
    _check_images(neighbours, "neighbours")
    if neighbours.shape != (rows, *samples.shape[1:]):
        raise InputError(f"neighbours of shape {list(neighbours.shape)}: give {[rows, *samples.shape[1:]]}")
    gap = np.full((len(grid), 2 * SEPARATOR, 3), BACKGROUND, np.uint8)
    column = _framed(neighbours, rows, 1, np.ones(rows, bool), factor)
    return _with_caption(np.concatenate([grid, gap, column], axis=1), caption)


def image_sheet(
    samples: np.ndarray,
    columns: int,
    marked: np.ndarray | None = None,
    labels: Sequence[str] = (),
    caption: str = "",
) -> np.ndarray:
    """All of samples (uint8 [n, h, w, c], c 1 or 3) in rows of `columns`, the last one filled up in grey; [H, W, 3].

    Small images are enlarged by a whole number. Those that are `marked` (bool [n]) have a frame of red; `labels`, one a
    row, stand left of the rows, a `caption` beneath.

    Raises:
      InputError: not uint8, or the wrong shape.
    """
    _check_images(samples, "samples")
    marked = np.zeros(len(samples), bool) if marked is None else marked
    rows = math.ceil(len(samples) / columns)
    marked = np.pad(marked, (0, rows * columns - len(marked)))
    sheet = _framed(filled(samples, columns), rows, columns, marked, _factor(samples, max(rows, columns)))
    sheet = np.concatenate([_margin(labels, len(sheet), rows), sheet], axis=1) if labels else sheet
    return _with_caption(sheet, caption)


def filled(images: np.ndarray, columns: int) -> np.ndarray:
    """`images` (uint8 [n, h, w, c], c 1 or 3) and as many grey ones as make rows of `columns` whole."""
    blank = np.full((-len(images) % columns, *images.shape[1:]), BACKGROUND[: images.shape[3]], np.uint8)
    return np.concatenate([images, blank])


def image_map(images: np.ndarray, places: np.ndarray, labels: Sequence[str] = ()) -> np.ndarray:
    """Each of `images` (uint8 [n, h, w, c], c 1 or 3) at its place (finite [n, 2]: to the right, upwards); [H, W, 3].

    Small images are enlarged by a whole number; `labels`, one an image, stand above them. Both axes have one unit, so
    that distances are to scale; where images overlap, the later one is on top, and labels are on top of all images.

    Raises:
      InputError: not uint8, the wrong shape, or a place that is not finite.
    """
    _check_images(images, "images")
    if places.shape != (len(images), 2) or not np.isfinite(places).all():
        raise InputError(f"places {list(places.shape)}: give finite ones, {[len(images), 2]}")
    side = math.ceil(math.sqrt(len(images)))
    plain = _enlarged(images, _factor(images, MAP_SPREAD * side))
    tiles = _captioned(plain, labels) if labels else plain
    above = tiles.shape[1] - plain.shape[1]  # rows of a label
    size = np.array(tiles.shape[1:3])
    reach = max(np.ptp(places, axis=0).max(), np.finfo(np.float32).tiny)
    length = MAP_SPREAD * side * size.max()
    right, up = np.round((places - places.min(axis=0)) / reach * length).astype(int).T
    corners = np.stack([up.max() - up, right], axis=1)
    canvas = np.empty((*(corners.max(axis=0) + size + 2 * SEPARATOR), 3), np.uint8)
    canvas[:] = BACKGROUND
    for tile, (top, left) in zip(tiles, corners, strict=True):
        frame = canvas[top : top + size[0] + 2 * SEPARATOR, left : left + size[1] + 2 * SEPARATOR]
        frame[:] = BACKGROUND  # keeps an image apart from one beneath
        frame[SEPARATOR:-SEPARATOR, SEPARATOR:-SEPARATOR] = tile
    for tile, (top, left) in zip(tiles, corners + SEPARATOR, strict=True):
        canvas[top : top + above, left : left + size[1]] = tile[:above]
    return canvas


def beside(pictures: Sequence[np.ndarray], titles: Sequence[str], columns: int) -> np.ndarray:
    """Pictures (uint8 [h, w, 3], of sizes of their own), a title above each, in rows of `columns`; uint8 [H, W, 3]."""
    height, width = (max(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    tiles = np.empty((len(pictures), height + 2 * TEXT_SIZE, width + 2 * TEXT_SIZE, 3), np.uint8)
    tiles[:] = BACKGROUND
    for tile, picture in zip(tiles, pictures, strict=True):
        tile[TEXT_SIZE : TEXT_SIZE + picture.shape[0], TEXT_SIZE : TEXT_SIZE + picture.shape[1]] = picture
    tiles = filled(_captioned(tiles, titles), columns)
    rows = tiles.reshape(-1, columns, *tiles.shape[1:])
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])


def _check_images(images, name):
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or 0 in images.shape:
        raise InputError(f"{name}: {images.dtype} {list(images.shape)}: give uint8 [n, h, w, c] with c 1 or 3")


def _framed(images, rows, columns, marked, factor):
    """rows * columns images, each enlarged and with a frame that neighbours share, red around those `marked`."""
    tiles = _enlarged(images, factor)
    height, width = tiles.shape[1] + SEPARATOR, tiles.shape[2] + SEPARATOR
    canvas = np.empty((rows * height + SEPARATOR, columns * width + SEPARATOR, 3), np.uint8)
    canvas[:] = BACKGROUND
    for row, column in np.argwhere(marked.reshape(rows, columns)):
        top, left = row * height, column * width
        canvas[top : top + height + SEPARATOR, left : left + width + SEPARATOR] = RED
    cells = canvas[SEPARATOR:, SEPARATOR:].reshape(rows, height, columns, width, 3)
    cells[:, :-SEPARATOR, :, :-SEPARATOR] = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2)
    return canvas


def _factor(images, across):
    """The whole number by which images of which so many stand across are enlarged."""
    return max(1, min(LARGEST_TILE, LARGEST_SHEET // across) // max(images.shape[1:3]))


def _enlarged(images, factor):
    """The images `factor` times larger, and in three channels."""
    tiles = images.repeat(factor, 1).repeat(factor, 2)
    return np.broadcast_to(tiles, (*tiles.shape[:3], 3))


def _margin(labels, height, rows):
    """A strip [height, w, 3] with a label in the middle of each of `rows`."""
    font = ImageFont.load_default(TEXT_SIZE)
    strip = Image.new("RGB", (math.ceil(max(map(font.getlength, labels))) + TEXT_SIZE, height), BACKGROUND)
    step = (height - SEPARATOR) / rows
    for row, label in enumerate(labels):
        ImageDraw.Draw(strip).text((strip.width - 6, (row + 0.5) * step), label, "black", font, "rm")
    return np.asarray(strip)


def _with_caption(sheet, caption):
    """`sheet` and a line of text beneath it, in letters as small as its width needs."""
    if not caption:
        return sheet
    width = ImageFont.load_default(TEXT_SIZE).getlength(caption)
    font = ImageFont.load_default(max(6, min(TEXT_SIZE, int(TEXT_SIZE * (sheet.shape[1] - 8) / width))))
    strip = Image.new("RGB", (sheet.shape[1], CAPTION), BACKGROUND)
    ImageDraw.Draw(strip).text((4, CAPTION / 2), caption, "black", font, "lm")
    return np.concatenate([sheet, np.asarray(strip)])


def _captioned(tiles, labels):
    """The tiles [n, h, w, 3] with a label above each."""
    font = ImageFont.load_default(min(TEXT_SIZE, max(8, tiles.shape[2] // 3)))
    above = []
    for label in labels:
        strip = Image.new("RGB", (tiles.shape[2], math.ceil(1.2 * font.size)), BACKGROUND)
        ImageDraw.Draw(strip).text((strip.width / 2, strip.height / 2), label, "black", font, "mm")
        above.append(np.asarray(strip))
    return np.concatenate([np.stack(above), tiles], axis=1)


def save_png(path: str | os.PathLike, picture: np.ndarray) -> None:
    """Writes picture (uint8 [H, W, 3]) as a PNG file, atomically.

    Raises:
      InputError: not uint8 [H, W, 3].
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise InputError(f"{path}: picture {picture.dtype} {list(picture.shape)}: give uint8 [H, W, 3]")
    atomic_write(path, png(picture))


def png(picture: np.ndarray) -> bytes:
    """A picture, uint8 [H, W, 3], as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def save_folder(folder: str | os.PathLike, images: np.ndarray, names: Sequence[str]) -> None:
    """Writes each of `images` (uint8 [n, h, w, c], c 1 or 3) as NAME.png to a new or empty `folder`: all or none.

    Raises:
      InputError: not uint8, or the wrong shape. OSError: the disk fails, or the folder is not empty.
    """
    _check_images(images, str(folder))
    folder = Path(folder)
    unfinished = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.tmp")
    unfinished.mkdir(parents=True)
    try:
        for image, name in zip(images, names, strict=True):
            Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image).save(unfinished / f"{name}.png")
        unfinished.replace(folder)  # which an empty folder gives way to
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
