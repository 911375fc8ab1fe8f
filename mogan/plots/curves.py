"""Pictures of scores as uint8 arrays [H, W, 3]: over training, over the scale of a latent, and one against another."""

import math
from collections.abc import Mapping

import numpy as np

from mogan.errors import InputError
from mogan.metrics.standard_error import mean_and_error
from mogan.plots.canvas import Figure, legend_below, new_figure, picture, room_for, wrapped
from mogan.plots.colours import colours_of_models

# a model's values at its points: x [points] and values [runs, points]
Curve = tuple[np.ndarray, np.ndarray]


@picture
def curves_figure(curves: Mapping[str, Curve], xlabel: str, ylabel: str) -> Figure:
    """The mean over runs, and a band of one standard error, of each of the curves; uint8 [H, W, 3].

    curves[model] = (x [points], values [runs, points]) (GM-GAN, figure 5; LOGAN, figure 5). A value that is not finite
    leaves a gap in its model's curve: a mean over the other runs would be one of other runs.

    Raises:
      InputError: no curve, or a wrong shape.
    """
    figure = new_figure(6.4, 4.2)
    _draw_curves(figure.subplots(), curves, xlabel, ylabel)
    legend_below(figure, *figure.axes[0].get_legend_handles_labels())
    return figure


@picture
def curve_panels(
    x: np.ndarray, panels: Mapping[str, Mapping[str, np.ndarray]], columns: int, xlabel: str, ylabel: str
) -> Figure:
    """A panel of curves, as of `curves_figure`, for each title; panels[title][model] = values [runs, points] at x
    (GM-GAN, figure 2); uint8 [H, W, 3]. Raises as `curves_figure`."""
    figure, axes = _panels(panels, columns)
    for axis, models in zip(axes, panels.values(), strict=True):
        _draw_curves(axis, {name: (x, values) for name, values in models.items()}, xlabel, ylabel)
        legend_of(axis)
    return figure


@picture
def tradeoff_figure(models: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Quality over diversity of each model, points joined in the order of their scales; uint8 [H, W, 3].

    models[name] = (quality [runs, scales], diversity [runs, scales]); crosses are one standard error over the runs each
    way, and the first scale has a ring (GM-GAN, figure 7).

    Raises:
      InputError: no model, or a wrong shape.
    """
    figure = new_figure(6.4, 4.8)
    axis = figure.subplots()
    _draw_tradeoff(axis, models, "quality", "diversity")
    legend_below(figure, *axis.get_legend_handles_labels())
    return figure


@picture
def tradeoff_panels(
    panels: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]],
    columns: int,
    upwards: str = "quality",
    across: str = "diversity",
) -> Figure:
    """A panel, as of `tradeoff_figure`, for each title, in rows of `columns` (GM-GAN, figure 7); uint8 [H, W, 3].
    upwards, across: what the two scores are, of which more is better.

    Raises:
      InputError: no panel, no model, or a wrong shape.
    """
    figure, axes = _panels(panels, columns)
    for axis, models in zip(axes, panels.values(), strict=True):
        _draw_tradeoff(axis, models, upwards, across)
        legend_of(axis)
    return figure


def legend_of(axis) -> None:
    """A legend within the axis, where there is most room."""
    axis.legend(fontsize=8, framealpha=0.8)


def _panels(panels, columns):
    """A figure, and an axis for each of the titles."""
    if not panels:
        raise InputError("no panel to draw: give at least one")
    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    titles = [wrapped(title, 4.0) for title in panels]
    figure = new_figure(4.4 * columns, (3.4 + room_for(titles)) * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title, fontsize=10)
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    return figure, axes[: len(panels)]


def _draw_curves(axis, curves, xlabel, ylabel):
    if not curves:
        raise InputError("0 curves to draw: give at least one")
    for (name, (x, values)), colour in zip(curves.items(), colours_of_models(list(curves)), strict=True):
        x = np.asarray(x, np.float64)
        if x.ndim != 1:
            raise InputError(f"curve {name!r} over x {list(x.shape)}: give x [points]")
        mean, error = _mean_and_error(name, values, len(x))
        axis.fill_between(x, mean - error, mean + error, color=colour, alpha=0.2, linewidth=0)
        marker = "o" if len(x) == 1 else None  # a line of one point shows nothing
        axis.plot(x, mean, color=colour, linewidth=1.5, marker=marker, label=name)
    if any(len(values) > 1 for _, values in curves.values()):
        xlabel += " (bands: one standard error over seeds)"
    axis.set(xlabel=wrapped(xlabel, 4.0), ylabel=wrapped(ylabel, 3.0))
    axis.grid(alpha=0.3)


def _draw_tradeoff(axis, models, upwards, across):
    if not models:
        raise InputError("no model to draw; give at least one")
    for (name, scores), colour in zip(models.items(), colours_of_models(list(models)), strict=True):
        (y, y_error), (x, x_error) = (_mean_and_error(name, values, np.shape(scores[0])[-1]) for values in scores)
        axis.errorbar(x, y, y_error, x_error, color=colour, marker=".", linewidth=1.5, elinewidth=0.8, label=name)
        axis.scatter(x[:1], y[:1], s=60, facecolors="none", edgecolors=[colour])
    axis.set(xlabel=f"{across}, higher is better (ring: the first scale)", ylabel=f"{upwards}, higher is better")
    axis.grid(alpha=0.3)


def _mean_and_error(name, values, points):
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or values.shape[1] != points or len(values) == 0:
        raise InputError(f"curve {name!r} of shape {list(values.shape)}: give [runs, {points}]")
    mean, error = mean_and_error(np.where(np.isfinite(values), values, np.nan))
    return mean, error if len(values) > 1 else np.zeros(points)  # one run has a line and no band
