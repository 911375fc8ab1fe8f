"""Pictures of what a discriminator makes of a line, as uint8 arrays [H, W, 3]: LOGAN's figure 2b."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mogan.errors import InputError
from mogan.plots.canvas import Figure, legend_below, new_figure, picture, room_for, wrapped

COLUMNS = 3  # panels side by side, at most
PAIRS = 150  # ways from data to their reconstructions, at most
BLUE, ORANGE, RED = "#1d4ed8", "#ea8a0c", "#e11d48"


class LinePanel(NamedTuple):
    """One model of numbers: title; the line x [m] with the discriminator's logit and its slope there [m]; data [n];
    samples [k]; back [n], the data's reconstructions G(E(x)), None without an encoder."""

    title: str
    x: np.ndarray
    logit: np.ndarray
    slope: np.ndarray
    data: np.ndarray
    samples: np.ndarray
    back: np.ndarray | None = None


@picture
def line_figure(panels: Sequence[LinePanel]) -> Figure:
    """Over x, one column a model: the logit and its gradient; beneath, the density of data and of samples; beneath
    these, the way from data to their reconstructions, upright where a mode is kept, slanted where it is lost.

    Raises:
      InputError: no panel, a wrong shape, or a number that is not finite.
    """
    if not panels:
        raise InputError("no panel to draw: give at least one model")
    for panel in panels:
        _check(panel)
    columns = min(COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    titles = [wrapped(panel.title, 3.0) for panel in panels]
    figure = new_figure(3.8 * columns, (4.6 + room_for(titles)) * rows)
    axes = figure.subplots(3 * rows, columns, squeeze=False, sharex=True, height_ratios=[3, 1.4, 0.9] * rows)
    for index, (panel, title) in enumerate(zip(panels, titles, strict=True)):
        row, column = divmod(index, columns)
        shown = axes[3 * row : 3 * row + 3, column]
        shown[0].set_title(title, fontsize=10)
        handles = [*_draw_logit(shown[0], panel), *_draw_densities(shown[1], panel)]
        _draw_ways(shown[2], panel)
        shown[2].tick_params(labelbottom=True)
        shown[2].set_xlabel("x")
    for index in range(len(panels), rows * columns):
        for axis in axes[3 * (index // columns) : 3 * (index // columns) + 3, index % columns]:
            axis.set_axis_off()
    legend_below(figure, handles, [handle.get_label() for handle in handles])
    return figure


def _check(panel):
    size = np.shape(panel.x)
    if len(size) != 1 or np.shape(panel.logit) != size or np.shape(panel.slope) != size:
        raise InputError(f"{panel.title}: x {list(size)}, logit {list(np.shape(panel.logit))}: give [m] each")
    if panel.back is not None and np.shape(panel.back) != np.shape(panel.data):
        raise InputError(f"{panel.title}: reconstructions {list(np.shape(panel.back))} of {len(panel.data)} data")
    for name in ("logit", "slope", "data", "samples", "back"):
        values = getattr(panel, name)
        if values is not None and not np.isfinite(values).all():
            raise InputError(f"{panel.title}: {name} to draw is not finite: the model has diverged")


def _draw_logit(axis, panel):
    (logit,) = axis.plot(panel.x, panel.logit, color=BLUE, linewidth=1.6, label="logit D(x, E(x))")
    beside = axis.twinx()
    (slope,) = beside.plot(panel.x, panel.slope, color=ORANGE, linewidth=1.0, label="its gradient in x")
    beside.axhline(0, color=ORANGE, linewidth=0.5, linestyle="dotted")
    axis.tick_params(axis="y", labelcolor=BLUE)
    beside.tick_params(axis="y", labelcolor=ORANGE)
    return logit, slope


def _draw_densities(axis, panel):
    bins = np.linspace(panel.x[0], panel.x[-1], 81)
    *_, data = axis.hist(panel.data, bins, density=True, color="black", alpha=0.5, label="data")
    *_, samples = axis.hist(panel.samples, bins, density=True, color=RED, alpha=0.5, label="samples")
    axis.set_yticks([])
    return data.patches[0], samples.patches[0]  # of all the bars, those that have the label


def _draw_ways(axis, panel):
    axis.set(ylim=(0, 1), yticks=[0, 1], yticklabels=["G(E(x))", "x"])
    if panel.back is None:
        axis.set_axis_off()
        return
    step = max(1, len(panel.data) // PAIRS)
    start, end = panel.data[::step], panel.back[::step]
    axis.plot(np.stack([start, end]), np.tile([[1.0], [0.0]], len(start)), color="black", alpha=0.15, linewidth=0.8)
    axis.set_xlim(panel.x[0], panel.x[-1])
