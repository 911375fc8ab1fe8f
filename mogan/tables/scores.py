"""Scores of a run over the latent's scale, its checkpoints and its seeds, as experiments/evaluate.py sweeps them: a
table, and a picture."""

import math
from collections.abc import Mapping

import numpy as np

from mogan.metrics.meanings import meaning
from mogan.plots import curves
from mogan.tables.report import markdown_table

SWEPT = ("step", "member", "scale")
COLUMNS = 3  # panels in a row of the picture


def is_swept(report: Mapping) -> bool:
    """Whether any metric of an evaluation's report has been swept."""
    return any("sweep" in scores for scores in report.values())


def sweep_table(report: Mapping) -> str:
    """A row for each combination of what was swept, a column for each number; Markdown."""
    found, axes = _by_condition(report)
    columns = list(dict.fromkeys(name for scores in found.values() for name in scores))
    rows = [
        [*(f"{value:g}" for value in condition), *(_shown(scores.get(name)) for name in columns)]
        for condition, scores in found.items()
    ]
    return markdown_table([*axes, *columns], rows)


def sweep_figure(report: Mapping) -> np.ndarray:
    """A panel for each number of which one end is good, over the scale, else the step, else the seed; of several seeds
    the mean and standard error, of several steps a line each; uint8 [H, W, 3]."""
    found, axes = _by_condition(report)
    across = next(axis for axis in ("scale", "step", "member") if axis in axes)
    lines = [axis for axis in axes if axis == "step" and across != "step"]
    x = _values(found, axes, across)
    panels = {}
    for name in dict.fromkeys(name for scores in found.values() for name in scores if _is_good(name)):
        for line in _values(found, axes, *lines) if lines else [None]:
            runs = {}
            for condition, scores in found.items():
                own = dict(zip(axes, condition, strict=True))
                if line is None or own["step"] == line:
                    run = own["member"] if across != "member" and "member" in own else 0
                    value = scores.get(name)
                    runs.setdefault(run, {})[own[across]] = math.nan if value is None else value
            values = np.array([[run.get(at, math.nan) for at in x] for run in runs.values()])
            panels.setdefault(name, {})["all" if line is None else f"step {line:g}"] = values
    return curves.curve_panels(np.array(x, float), panels, COLUMNS, across, "score")


def _by_condition(report):
    """({(value of each axis): {"metric/score": number or None}}, the axes)"""
    rows = [(metric, row) for metric, scores in report.items() for row in scores.get("sweep", [])]
    axes = [axis for axis in SWEPT if any(axis in row for _, row in rows)]
    found = {}
    for metric, row in rows:
        numbers = {
            f"{metric}/{name}": value
            for name, value in row.items()
            if name not in SWEPT and (value is None or isinstance(value, int | float))
        }
        found.setdefault(tuple(row[axis] for axis in axes), {}).update(numbers)
    return found, axes


def _values(found, axes, axis):
    at = axes.index(axis)
    return sorted({condition[at] for condition in found})


def _is_good(name):
    known = meaning(name)
    return known is not None and bool(known.better)


def _shown(value):
    return "" if value is None else f"{value:.5g}"
