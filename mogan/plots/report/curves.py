"""Curves of all that runs have logged, to be zoomed and pointed at."""

from collections.abc import Sequence

import numpy as np
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure

from mogan.metrics.meanings import explained
from mogan.plots.report.page import Section, html, joined
from mogan.plots.report.shown import Shown
from mogan.runs.log import series
from mogan.runs.summary import order

MOST = 120_000  # numbers of all curves together; of more, every so many are left out
DOTS = 40  # points of a curve, up to which each has a dot


def curves(runs: Sequence[Shown]) -> Section | None:
    """A plot of each number, over the steps: a colour a run, a thin line a seed and a strong one their mean."""
    every_number = {name: [series(run.records, name) for run in runs] for name in logged(runs)}
    found = {name: lines for name, lines in every_number.items() if _is_curve(lines)}
    count = sum(values.size for lines in found.values() for _, values in lines)
    every = -(-count // MOST)
    steps = [record["step"] for run in runs for record in run.records]
    span = Range1d(0, 1.02 * max(steps, default=1) or 1)
    parts = [_key(runs), html("<p class=note>{note}</p>", note=_note(runs, every))] if found else []
    if alone := [name for name in every_number if name not in found]:
        note = f"Without a curve, which takes two points, and among the scores alone: {', '.join(alone)}."
        parts.append(html("<p class=note>{note}</p>", note=note))
    parts.append(html('<div class="grid">'))
    for name, lines in found.items():
        told = html("<b>{name}</b> {about}", name=name, about=explained(name))
        label = f"{name} over the steps: {_in_words(runs, lines)}"
        parts += [html('<figure aria-label="{label}"><figcaption>{told}</figcaption>', label=label, told=told)]
        parts += [_plot(runs, name, lines, every, span), html("</figure>")]
    return Section("Curves", (*parts, html("</div>"))) if every_number else None


def _is_curve(lines):
    """Whether any of them has two finite points to join: a plot of one dot says less than a number."""
    return any(np.isfinite(values).any(axis=1).sum() > 1 for _, values in lines)


def logged(runs: Sequence[Shown]) -> list[str]:
    """The names of all numbers that any of the runs has logged, scores first."""
    return sorted(
        dict.fromkeys(name for run in runs for record in run.records for name in record if name != "step"), key=order
    )


def _plot(runs, name, lines, every, span):
    plot = figure(
        name=name,
        height=230,
        sizing_mode="stretch_width",
        x_range=span,
        tools="box_zoom,xpan,xwheel_zoom,reset,save",
        active_drag="box_zoom",
        active_scroll=None,
        toolbar_location="above",
        min_border_right=16,  # the last number beneath the axis is as long
    )
    plot.toolbar.logo = None
    plot.xaxis.axis_label = "step"
    plot.xaxis.formatter.use_scientific = False
    plot.xaxis.ticker.desired_num_ticks = 4
    for run, (steps, values) in zip(runs, lines, strict=True):
        if len(steps):
            _draw(plot, run, name, *_thinned(steps, values, every), several=len(runs) > 1)
    return plot


def _thinned(steps, values, every):
    """Every so many of the points, the last among them."""
    chosen = np.arange(len(steps) - 1, -1, -every)[::-1]
    return steps[chosen], values[chosen]


def _draw(plot, run, name, steps, values, several):
    seeds = values.shape[1]
    if seeds > 1:
        for own in values.T:
            plot.line(steps, own, color=run.colour, alpha=0.5, line_width=1)
    mean = values.mean(axis=1)
    source = ColumnDataSource({"step": steps, "value": mean, "low": values.min(axis=1), "high": values.max(axis=1)})
    line = plot.line("step", "value", source=source, color=run.colour, line_width=2)
    if len(steps) <= DOTS:
        plot.scatter("step", "value", source=source, color=run.colour, size=5)
    rows = [("run", run.name)] if several else []
    rows += [("step", "@step{0}"), (name if seeds == 1 else f"mean of {name}", "@value{%.5g}")]
    rows += [(f"of {seeds} seeds", "@low{%.4g} to @high{%.4g}")] if seeds > 1 else []
    formatters = {f"@{column}": "printf" for column in ("value", "low", "high")}
    hover = HoverTool(renderers=[line], tooltips=rows, formatters=formatters, mode="vline", line_policy="nearest")
    plot.add_tools(hover)


def _key(runs):
    """Which colour is whose, where there are several."""
    if len(runs) == 1:
        return html("")
    lines = [html('<li><i style="color:{colour}"></i>{name}</li>', colour=run.colour, name=run.name) for run in runs]
    return html('<ul class="key" aria-label="colours of the runs">{lines}</ul>', lines=joined(lines))


def _note(runs, every):
    note = "Point at a curve for step and value; drag over a plot to zoom into it, all follow; reset is in its corner."
    if any(run.seeds > 1 for run in runs):
        note += " A thin line is a seed, the strong one their mean."
    return note + (f" One point of every {every} is shown." if every > 1 else "")


def _in_words(runs, lines):
    told = [
        f"{run.name} from {values[0].mean():.4g} at step {steps[0]} to {values[-1].mean():.4g} at step {steps[-1]}"
        for run, (steps, values) in zip(runs, lines, strict=True)
        if len(steps)
    ]
    return "; ".join(told)
