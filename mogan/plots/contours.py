"""Pictures of what a discriminator makes of the plane, as uint8 arrays [H, W, 3]: the figures 3 and 4 of LOGAN."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mogan.errors import InputError
from mogan.plots.canvas import Figure, MaxNLocator, legend_below, new_figure, picture, room_for, wrapped
from mogan.plots.figures import check_points, note_outside

LEVELS = 16  # contours, at most
COLUMNS = 4  # panels side by side, at most
SAMPLE_RED = "#e11d48"
ORANGE, GREEN = "#f59e0b", "#15803d"  # LOGAN's yellow would be lost on white


class Terrain(NamedTuple):
    """The discriminator's logit over the plane: values[i, j] at (x[j], y[i]); x [m] and y [k] increase."""

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray


class LogitPanel(NamedTuple):
    """One model: title, terrain of D(x), and generated samples [n, 2]."""

    title: str
    terrain: Terrain
    samples: np.ndarray


class JointPanel(NamedTuple):
    """One model with an encoder and a latent space of one dimension.

    terrain: D(x, E(x)). x [n, 2] and its codes E(x) [n]. generated G(z) [m, 2] and its z [m].
    """

    title: str
    terrain: Terrain
    x: np.ndarray
    codes: np.ndarray
    generated: np.ndarray
    z: np.ndarray


@picture
def contour_figure(panels: Sequence[LogitPanel], data: np.ndarray) -> Figure:
    """The logit's contours under samples in red and data [m, 2] in black, one panel a model; uint8 [H, W, 3].

    Every panel has a colour bar of its own: a logit and a Wasserstein critic differ in scale (LOGAN, figure 3).

    Raises:
      InputError: no panel, a wrong shape, or a number that is not finite.
    """
    figure, axes = _panels(panels, 3.7, 3.25)
    for axis, (title, terrain, samples) in zip(axes, panels, strict=True):
        check_points(data=data, samples=samples)
        filled = axis.contourf(*terrain, levels=_levels(terrain), cmap="Blues_r")
        figure.colorbar(filled, cax=axis.inset_axes([1.04, 0, 0.05, 1]))
        axis.scatter(*samples.T, s=9, c=SAMPLE_RED, alpha=0.6, linewidths=0, label="samples")
        # above and smaller, so that perfect samples frame the data
        axis.scatter(*data.T, s=2.5, c="black", linewidths=0, label="data")
        axis.set(xlim=terrain.x[[0, -1]], ylim=terrain.y[[0, -1]], aspect="equal")
        axis.set_title(wrapped(title, 0.8 * 3.7), fontsize=10)
        note_outside(axis, samples)
    legend_below(figure, *axes[0].get_legend_handles_labels(), markerscale=2, title="shades: the discriminator's logit")
    return figure


@picture
def joint_figure(panels: Sequence[JointPanel]) -> Figure:
    """Pairs (x, E(x)) in orange and (G(z), z) in green, z upwards, over the contours of D(x, E(x)); uint8 [H, W, 3].

    Where encoder and generator invert each other, and no mode is lost, every orange dot lies on the green string
    (LOGAN, figure 4).

    Raises:
      InputError: no panel, a wrong shape, or a number that is not finite.
    """
    figure, axes = _panels(panels, 3.8, 3.8, projection="3d", computed_zorder=False)
    for axis, (title, terrain, x, codes, generated, z) in zip(axes, panels, strict=True):
        check_points(x=x, generated=generated)
        _check_codes(x, codes, "codes")
        _check_codes(generated, z, "z")
        heights = np.concatenate([codes, z])
        low, high = _with_slack(*_range(heights))
        floor = low - 0.35 * (high - low)
        axis.contourf(*terrain, levels=_levels(terrain), zdir="z", offset=floor, cmap="Blues_r")
        axis.set(xlim=terrain.x[[0, -1]], ylim=terrain.y[[0, -1]], zlim=(floor, high))
        within = note_outside(axis, generated)  # in three dimensions nothing clips what is not
        axis.scatter(*generated[within].T, z[within], s=4, c=GREEN, depthshade=False, linewidths=0, label="(G(z), z)")
        axis.scatter(*x.T, codes, s=8, c=ORANGE, depthshade=False, linewidths=0, label="(x, E(x))")
        axis.set_zlabel("z", labelpad=-6)
        axis.locator_params(nbins=5)
        axis.set_zticks(_ticks(low, high))  # none at the floor, which is at no z
        axis.tick_params(labelsize=8, pad=0)
        axis.set_box_aspect((1, 1, 1), zoom=0.9)
        axis.set_title(wrapped(title, 0.8 * 3.8), fontsize=10, y=0.98)
    told = "shades: the logit of D(x, E(x))"
    legend_below(figure, *axes[0].get_legend_handles_labels(), markerscale=3, title=told)
    return figure


def _with_slack(low, high):
    """A little more to both sides: samples of a prior on [-1, 1] reach these only nearly, and their ticks are shown."""
    slack = 0.02 * (high - low)
    return low - slack, high + slack


def _ticks(low, high):
    """Round numbers from low to high; where there are fewer than two, the ends."""
    ticks = [tick for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]
    return ticks if len(ticks) > 1 else [low, high]


def _panels(panels, width, height, **subplot):
    if not panels:
        raise InputError("no panel to draw: give at least one model")
    height += room_for(wrapped(panel.title, 0.8 * width) for panel in panels)
    rows = math.ceil(len(panels) / COLUMNS)
    columns = math.ceil(len(panels) / rows)  # six are two rows of three
    figure = new_figure(width * columns, height * rows)
    figure.get_layout_engine().set(w_pad=0.1)
    axes = figure.subplots(rows, columns, squeeze=False, subplot_kw=subplot).ravel()
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    return figure, axes[: len(panels)]


def _levels(terrain):
    x, y, values = terrain
    if x.ndim != 1 or y.ndim != 1 or min(len(x), len(y)) < 2 or values.shape != (len(y), len(x)):
        raise InputError(f"terrain of x {list(x.shape)}, y {list(y.shape)}, values {list(values.shape)}: give [k, m]")
    if not np.isfinite(values).all():
        raise InputError("the terrain's values are not finite: the discriminator has diverged")
    return MaxNLocator(LEVELS).tick_values(*_range(values))


def _check_codes(points, codes, name):
    if codes.shape != points.shape[:1]:
        raise InputError(f"{name} {list(codes.shape)} of {len(points)} points: give [n], of a z of one dimension")
    if not np.isfinite(codes).all():
        raise InputError(f"{name} to draw are not finite: the encoder has diverged")


def _range(values):
    """(smallest, largest) value, set apart where they are equal; (-0.5, 0.5) of no values."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    return (low, high) if high - low > 1e-6 * max(1.0, abs(low), abs(high)) else (low - 0.5, high + 0.5)
