"""Pictures of 2-D data and samples as uint8 arrays [H, W, 3]: scatter plots, panels of them, sweeps over the scale."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mogan.errors import InputError
from mogan.plots.canvas import (
    EllipseCollection,
    Figure,
    legend_below,
    new_figure,
    note_below,
    picture,
    room_for,
    withStroke,
    wrapped,
)
from mogan.plots.colours import PALETTE, colours_of

DATA_GREY = "#b0b0b0"
NOTE_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
COLOURS = "colours: components of the prior"
LEGEND_LIMIT = len(PALETTE)  # components that a legend names; of more, each has its number beside it
NUMBER_EDGE = [withStroke(linewidth=2, foreground="white")]
CIRCLE_LIMIT = 25  # modes that get a circle each; those of a curve of Gaussians would hide it


@picture
def scatter_figure(
    data: np.ndarray,
    samples: np.ndarray,
    component: np.ndarray,
    means: np.ndarray | None = None,
    stds: np.ndarray | None = None,
    title: str = "",
    density=None,
    shown: str = "samples",
    kind: str = "component",
) -> Figure:
    """Data [m, 2] (m may be 0) in grey under samples [n, 2] in the colour of their component [n]; uint8 [H, W, 3].

    With `means` and `stds` (both [K, d]; a deviation's sign is ignored) of a 2-D latent space, a second panel shows the
    prior in the same colours (in black if its one Gaussian serves all components): the means, and ellipses of 1 and 2
    standard deviations; other latent spaces have no such panel. A legend names up to 9 components; each of more has its
    number at its mean in the latent space, or else amid its samples. A `density` (anything with modes [M, 2], a
    standard deviation std and a `radius` in units of it) of up to 25 modes adds circles of that radius, within which
    `mogan.metrics` counts a sample to a mode. The titles say what grey points and circles are, what is `shown`, and
    what `kind` of thing has a colour.

    Raises:
      InputError: a wrong shape, or a sample that is not finite.
    """
    with_latent = means is not None and means.shape[1] == 2
    if with_latent and np.shape(stds) != means.shape:
        raise InputError(f"means {list(means.shape)}, stds {list(np.shape(stds))}: give the same shape [K, 2]")
    colours = colours_of(max(len(means) if with_latent else 1, int(np.max(component, initial=0)) + 1))
    width = 10.4 if with_latent else 5.2
    title = wrapped(title, 0.8 * width)  # it is larger than the others
    figure = new_figure(width, 5.9 + room_for([title]))
    axes = figure.subplots(1, 2 if with_latent else 1, squeeze=False)[0]
    figure.suptitle(title)
    limit = limits(data if len(data) else samples)
    _draw_samples(axes[0], data, samples, component, colours, limit, size=10)
    with_circles = density is not None and len(density.modes) <= CIRCLE_LIMIT
    circles = ""  # of an empty line
    shown += f", coloured by {kind}" if len(colours) > 1 else ""
    if with_circles:
        circles = f"circles: {density.radius:g} standard deviations around a mode"
        deviations = np.full(np.shape(density.modes), density.std)
        _draw_ellipses(axes[0], density.modes, deviations, density.radius, "black", "solid")
    axes[0].set_title(f"{shown}; data in grey\n{circles}" if len(data) else f"{shown}\n{circles}", fontsize=10)
    only_labels = with_latent and len(means) < len(colours)  # the prior is one Gaussian, whose component is but a label
    if with_latent:
        _draw_latent(axes[1], means, np.abs(stds), "black" if only_labels else colours)
    if len(colours) > LEGEND_LIMIT:
        at_means = with_latent and not only_labels
        _draw_numbers(axes[int(at_means)], means if at_means else _middles(samples, component, len(colours)), colours)
    elif len(colours) > 1:
        _draw_legend(figure, axes[0], colours, kind)
    return figure


@picture
def model_panels(panels: Sequence[tuple[str, np.ndarray, np.ndarray]], data: np.ndarray, columns: int) -> Figure:
    """One panel a model, (title, samples [n, 2], component [n]), and the data [m, 2] as the last; uint8 [H, W, 3].

    The panels fill rows of `columns` and share their limits (DeLiGAN, figure 3).

    Raises:
      InputError: a wrong shape, or a sample that is not finite.
    """
    rows = math.ceil((len(panels) + 1) / columns)
    titles = [wrapped(title, 2.4) for title, _, _ in panels]
    figure = new_figure(2.6 * columns, (2.9 + room_for(titles)) * rows)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axis, title, (_, samples, component) in zip(axes, titles, panels, strict=False):
        colours = colours_of(int(np.max(component, initial=0)) + 1)
        _draw_samples(axis, data, samples, component, colours, limits(data), size=4)
        axis.set_title(title, fontsize=10)
    last = axes[len(panels)]
    _draw_samples(last, data, np.zeros((0, 2)), np.zeros(0, int), colours_of(1), limits(data), size=4)
    last.set_title("data (grey in every panel)", fontsize=10)
    if any(np.max(component, initial=0) > 0 for _, _, component in panels):
        note_below(figure, COLOURS)
    for index in range(len(panels) + 1, len(axes)):
        axes[index].set_axis_off()
        axes[index - columns].tick_params(labelbottom=True)
    return figure


@picture
def sweep_figure(rows: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]], data: np.ndarray) -> Figure:
    """Samples of each model (columns) at each scale of the latent's covariance (rows); uint8 [H, W, 3].

    rows[row title][column title] = (samples [n, 2], component [n]); every row names the same columns. All panels share
    their limits and show the data [m, 2] in grey (GM-GAN, figure 4).

    Raises:
      InputError: no row, rows of different columns, a wrong shape, or a sample that is not finite.
    """
    titles = list(next(iter(rows.values()), ()))
    if not titles or any(list(row) != titles for row in rows.values()):
        raise InputError(f"sweep_figure: rows of {[list(row) for row in rows.values()]}: give all the same columns")
    wide = {title: wrapped(title, 2.4) for title in titles}
    figure = new_figure(2.6 * len(titles) + 0.4, 2.6 * len(rows) + 0.3 + room_for(wide.values()))
    axes = figure.subplots(len(rows), len(titles), squeeze=False, sharex=True, sharey=True)
    for column, title in enumerate(titles):
        axes[0, column].set_title(wide[title], fontsize=10)
        components = [row[title][1] for row in rows.values()]
        colours = colours_of(1 + max(int(np.max(component, initial=0)) for component in components))
        for axis, (name, row) in zip(axes[:, column], rows.items(), strict=True):
            _draw_samples(axis, data, *row[title], colours, limits(data), size=4)
            if column == 0:
                axis.set_ylabel(name)
    note_below(figure, f"grey: data; {COLOURS}")
    return figure


def _draw_samples(axis, data, samples, component, colours, limit, size):
    check_points(data=data, samples=samples)
    if component.shape != samples.shape[:1]:
        raise InputError(f"component {list(component.shape)} of samples {list(samples.shape)}: give [n] and [n, 2]")
    faint = min(0.6, 1000 / max(1, len(data)))  # thousands of points would be one grey area
    axis.scatter(*data.T, s=2.5 * size, c=DATA_GREY, alpha=faint, linewidths=0)
    axis.scatter(*samples.T, s=size, c=colours[component], alpha=0.7, linewidths=0)
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    note_outside(axis, samples)


def _draw_latent(axis, means, stds, colours):
    _draw_ellipses(axis, means, stds, 1, colours, "solid")
    _draw_ellipses(axis, means, stds, 2, colours, "dotted")
    axis.scatter(*means.T, s=18, c=colours, edgecolors="black", linewidths=0.5, zorder=3)
    reach = 1.05 * np.max(np.abs(means) + 2 * stds)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axis.set_title("latent space: means (dots),\n1 (solid) and 2 (dotted) standard deviations", fontsize=10)


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


def _draw_legend(figure, axis, colours, kind):
    marks = [axis.scatter([], [], s=24, c=[colour], label=str(index)) for index, colour in enumerate(colours)]
    legend_below(figure, marks, [mark.get_label() for mark in marks], title=kind)


def _draw_numbers(axis, places, colours):
    """The number of each component at its place [K, 2], where it has one."""
    for index in np.flatnonzero(np.isfinite(places).all(axis=1)):
        axis.annotate(
            str(index),
            places[index],
            xytext=(3, 3),
            textcoords="offset points",
            fontsize=8,
            color=0.6 * colours[index],
            path_effects=NUMBER_EDGE,
            annotation_clip=True,
        )


def _middles(samples, component, count):
    """The median [count, 2] of each component's samples, of one that has none nan."""
    own = [samples[component == index] for index in range(count)]
    return np.array([np.median(points, axis=0) if len(points) else (np.nan, np.nan) for points in own])


def check_points(**points: np.ndarray) -> None:
    """Raises InputError unless every one of `points` is [n, 2] and finite."""
    for name, array in points.items():
        if array.ndim != 2 or array.shape[1] != 2:
            raise InputError(f"{name} {list(array.shape)}: give points [n, 2]")
        if not np.isfinite(array).all():
            raise InputError(f"{name} to draw are not finite: the model has diverged, or the data is broken")


def note_outside(axis, points: np.ndarray) -> np.ndarray:
    """Whether each of points [n, 2] is within the limits of `axis`; a note in its corner says how many are not."""
    low, high = np.transpose([axis.get_xlim(), axis.get_ylim()])
    within = ((points >= low) & (points <= high)).all(axis=1)
    if not within.all():
        write = getattr(axis, "text2D", axis.text)  # of three dimensions, it has one for the corner
        note = f"{np.sum(~within)} of {len(points)} outside"
        write(0.02, 0.02, note, transform=axis.transAxes, fontsize=8, bbox=NOTE_BOX)
    return within


def limits(data: np.ndarray) -> float:
    """Half the side of a square around 0 that holds the data with a margin; 1.2 for data in [-1.2, 1.2]."""
    reach = float(np.max(np.abs(data), initial=0))
    return 1.2 if reach <= 1.2 else 1.1 * reach
