"""Pictures of samples as uint8 arrays [H, W, 3]: grids of images, scatter plots of 2-D data and their latent space."""

import io
import math
import os
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from PIL import Image

from mogan.errors import InputError
from mogan.writers import atomic_write

SEPARATOR = 2  # pixels between tiles
SMALLEST_TILE = 32  # pixels
BACKGROUND = (150, 150, 150)  # neither the black of digits nor the white of sketches
RED = (220, 30, 30)
DATA_GREY = "#b0b0b0"
NOTE_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
LEGEND_LIMIT = 10  # components that a legend names; also the number of distinct colours


def nearest(samples: np.ndarray, train: np.ndarray, block: int = 1024) -> np.ndarray:
    """Index [n] of the image in `train` [m, ...] nearest in L2 to each of `samples` [n, ...]; the first among equals.

    Squared distances are exact for uint8: every term of ||a||^2 - 2ab + ||b||^2 is a whole number that float64 holds
    (float32 would not: at 32 x 32 x 3 they reach 2e8, and its whole numbers end at 1.7e7).

    Raises:
      InputError: the shapes differ, `train` is empty, or a number is not finite.
    """
    if train.shape[1:] != samples.shape[1:] or len(train) == 0:
        raise InputError(f"nearest: {list(samples.shape)} among {list(train.shape)}: give images of one shape")
    if not all(np.isfinite(images).all() for images in (samples, train) if images.dtype.kind == "f"):
        raise InputError("nearest: an image holds a number that is not finite")
    blocks = [_nearest_of_block(samples[i : i + block], train, block) for i in range(0, len(samples), block)]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int64)


def _nearest_of_block(samples, train, block):
    a = samples.reshape(len(samples), -1).astype(np.float64)
    best, index = np.full(len(a), np.inf), np.zeros(len(a), np.int64)
    for start in range(0, len(train), block):
        b = train[start : start + block]
        b = b.reshape(len(b), -1).astype(np.float64)
        distances = np.sum(a * a, axis=1, keepdims=True) - 2 * a @ b.T + np.sum(b * b, axis=1)
        closest = distances.min(axis=1)
        index = np.where(closest < best, start + distances.argmin(axis=1), index)
        best = np.minimum(best, closest)
    return index


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
    grid = _framed(samples[: rows * rows], rows, rows, BACKGROUND)
    if neighbours is None:
        return grid
    _check_images(neighbours, "neighbours")
    if neighbours.shape != (rows, *samples.shape[1:]):
        raise InputError(f"neighbours of shape {list(neighbours.shape)}: give {[rows, *samples.shape[1:]]}")
    gap = np.full((len(grid), 2 * SEPARATOR, 3), BACKGROUND, np.uint8)
    return np.concatenate([grid, gap, _framed(neighbours, rows, 1, RED)], axis=1)


def image_sheet(samples: np.ndarray, columns: int) -> np.ndarray:
    """All of samples (uint8 [n, h, w, c], c 1 or 3) in rows of `columns`, the last one filled up in grey; [H, W, 3].

    Raises:
      InputError: not uint8, or the wrong shape.
    """
    _check_images(samples, "samples")
    rows = math.ceil(len(samples) / columns)
    blank = np.full((rows * columns - len(samples), *samples.shape[1:]), BACKGROUND[: samples.shape[3]], np.uint8)
    return _framed(np.concatenate([samples, blank]), rows, columns, BACKGROUND)


def _check_images(images, name):
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or 0 in images.shape:
        raise InputError(f"{name}: {images.dtype} {list(images.shape)}: give uint8 [n, h, w, c] with c 1 or 3")


def _framed(images, rows, columns, colour):
    """rows * columns images, each enlarged and with a frame of `colour` around it that neighbours share."""
    factor = max(1, math.ceil(SMALLEST_TILE / min(images.shape[1:3])))
    tiles = np.broadcast_to(images.repeat(factor, 1).repeat(factor, 2), _enlarged_shape(images, factor))
    height, width = tiles.shape[1] + SEPARATOR, tiles.shape[2] + SEPARATOR
    canvas = np.empty((rows * height + SEPARATOR, columns * width + SEPARATOR, 3), np.uint8)
    canvas[:] = colour
    cells = canvas[SEPARATOR:, SEPARATOR:].reshape(rows, height, columns, width, 3)
    cells[:, :-SEPARATOR, :, :-SEPARATOR] = tiles.reshape(rows, columns, *tiles.shape[1:]).swapaxes(1, 2)
    return canvas


def _enlarged_shape(images, factor):
    n, h, w, _ = images.shape
    return n, h * factor, w * factor, 3


def scatter_figure(
    data: np.ndarray,
    samples: np.ndarray,
    component: np.ndarray,
    means: np.ndarray | None = None,
    stds: np.ndarray | None = None,
    title: str = "",
    density=None,
) -> np.ndarray:
    """Data [m, 2] (m may be 0) in grey under samples [n, 2] in the colour of their component [n]; uint8 [H, W, 3].

    With `means` and `stds` (both [K, d]; a deviation's sign is ignored) of a 2-D latent space, a second panel shows the
    latent mixture in the same colours: the means, and ellipses of 1 and 2 standard deviations; other latent spaces have
    no such panel. A `density` (anything with modes [M, 2] and a standard deviation std) adds circles of 4 std, within
    which `mogan.metrics` counts a sample to a mode.

    Raises:
      InputError: a wrong shape, or a sample that is not finite.
    """
    with_latent = means is not None and means.shape[1] == 2
    if with_latent and np.shape(stds) != means.shape:
        raise InputError(f"means {list(means.shape)}, stds {list(np.shape(stds))}: give the same shape [K, 2]")
    colours = _colours(len(means) if with_latent else int(np.max(component, initial=0)) + 1)
    figure = Figure(figsize=(10.4 if with_latent else 5.2, 5.4), dpi=100, layout="constrained")
    axes = figure.subplots(1, 2 if with_latent else 1, squeeze=False)[0]
    figure.suptitle(title)
    limit = _limits(data if len(data) else samples)
    _draw_samples(axes[0], data, samples, component, colours, limit, size=10)
    axes[0].set_title("data (grey) and samples" if len(data) else "samples")
    if density is not None:
        _draw_ellipses(axes[0], density.modes, np.full(np.shape(density.modes), density.std), 4, "black", "solid")
    if with_latent:
        _draw_latent(axes[1], means, np.abs(stds), colours)
    if 1 < len(colours) <= LEGEND_LIMIT:
        _draw_legend(figure, axes[0], colours)
    return _rendered(figure)


def model_panels(panels: Sequence[tuple[str, np.ndarray, np.ndarray]], data: np.ndarray, columns: int) -> np.ndarray:
    """One panel a model, (title, samples [n, 2], component [n]), and the data [m, 2] as the last; uint8 [H, W, 3].

    The panels fill rows of `columns` and share their limits (DeLiGAN, figure 3).

    Raises:
      InputError: a wrong shape, or a sample that is not finite.
    """
    rows = math.ceil((len(panels) + 1) / columns)
    figure = Figure(figsize=(2.6 * columns, 2.9 * rows), dpi=100, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axis, (title, samples, component) in zip(axes, panels, strict=False):
        colours = _colours(int(np.max(component, initial=0)) + 1)
        _draw_samples(axis, data, samples, component, colours, _limits(data), size=4)
        axis.set_title(title, fontsize=10)
    last = axes[len(panels)]
    _draw_samples(last, data, np.zeros((0, 2)), np.zeros(0, int), _colours(1), _limits(data), size=4)
    last.set_title("data", fontsize=10)
    for index in range(len(panels) + 1, len(axes)):
        axes[index].set_axis_off()
        axes[index - columns].tick_params(labelbottom=True)
    return _rendered(figure)


def _draw_samples(axis, data, samples, component, colours, limit, size):
    if data.ndim != 2 or data.shape[1] != 2 or samples.shape[1:] != (2,) or component.shape != samples.shape[:1]:
        shapes = f"data {list(data.shape)}, samples {list(samples.shape)}, component {list(component.shape)}"
        raise InputError(f"{shapes}: give [m, 2], [n, 2] and [n]")
    if not np.isfinite(samples).all():
        raise InputError("samples to draw are not finite: the generator has diverged")
    axis.scatter(*data.T, s=2.5 * size, c=DATA_GREY, alpha=0.6, linewidths=0)
    axis.scatter(*samples.T, s=size, c=colours[component], alpha=0.7, linewidths=0)
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    outside = int(np.sum(np.abs(samples).max(axis=1, initial=0) > limit))
    if outside:
        axis.text(
            0.02, 0.02, f"{outside} of {len(samples)} outside", transform=axis.transAxes, fontsize=8, bbox=NOTE_BOX
        )


def _draw_latent(axis, means, stds, colours):
    _draw_ellipses(axis, means, stds, 1, colours, "solid")
    _draw_ellipses(axis, means, stds, 2, colours, "dotted")
    axis.scatter(*means.T, s=18, c=colours, edgecolors="black", linewidths=0.5, zorder=3)
    reach = 1.05 * np.max(np.abs(means) + 2 * stds)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axis.set_title("latent mixture: means, 1 and 2 standard deviations")


def _draw_ellipses(axis, centres, stds, radius, colours, linestyle):
    widths, heights = 2 * radius * np.asarray(stds).T
    axis.add_collection(
        EllipseCollection(
            widths,
            heights,
            np.zeros(len(widths)),
            units="xy",
            offsets=np.asarray(centres),
            offset_transform=axis.transData,
            facecolors="none",
            edgecolors=colours,
            linestyles=linestyle,
            linewidths=0.9,
            alpha=0.8,
        )
    )


def _draw_legend(figure, axis, colours):
    marks = [axis.scatter([], [], s=24, c=[colour], label=str(index)) for index, colour in enumerate(colours)]
    figure.legend(handles=marks, title="component", ncols=len(marks), loc="outside lower center", handletextpad=0.1)


def _colours(count):
    """RGB [count, 3]: a qualitative map while that lasts, then hues around the circle, dark enough for white paper."""
    if count <= LEGEND_LIMIT:
        return np.asarray(colormaps["tab10"].colors)[:count]
    hues = np.arange(count) / count
    return hsv_to_rgb(np.stack([hues, np.full(count, 0.9), np.full(count, 0.82)], axis=1))


def _limits(data):
    """Half the side of a square around 0 that holds the data with a margin; 1.2 for data in [-1.2, 1.2]."""
    reach = float(np.max(np.abs(data), initial=0))
    return 1.2 if reach <= 1.2 else 1.1 * reach


def _rendered(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


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
