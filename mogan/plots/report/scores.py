"""The scores of runs: the last of each number that they logged, and those that evaluate.py wrote into their folders."""

import json
import math
from collections.abc import Sequence

import numpy as np

from mogan.config.fields import FIELDS
from mogan.metrics.meanings import explained
from mogan.metrics.standard_error import mean_and_error
from mogan.plots.report.curves import logged
from mogan.plots.report.page import Section, html, table
from mogan.plots.report.shown import Shown
from mogan.runs.best import BETTER, best_step
from mogan.runs.log import series

OF_HELDOUT = {
    "untrained": "against images that were held out, where these are more than a few",
    "memorization": "against the images that were trained on, beside those held out",
}
FREE = ("train.seed", "data.dir")  # runs that differ in these alone are runs of one model


def scores(runs: Sequence[Shown]) -> Section | None:
    """A table of the last numbers, mean and standard error over seeds, and one of those in files of evaluate.py."""
    names = logged(runs)
    groups = _groups(runs)
    rows = [[name, *(_cell(name, group) for group in groups.values()), explained(name)] for name in names]
    kinds = ["number"] * len(groups) + ["about"]
    parts = [html("<p>{text}</p>", text=_protocol(runs))]
    if rows:
        parts.append(table(["number", *groups, "range and meaning"], rows, kinds))
    if evaluated := [row for run in runs for row in _evaluated(run, len(runs) > 1)]:
        parts.append(html("<h3>Scores of experiments/evaluate.py, each with its protocol</h3>"))
        kinds = ["number", "about", "about"]
        parts.append(table(["score", "value", "range and meaning", "protocol"], evaluated, kinds))
    return Section("Scores", tuple(parts)) if rows or evaluated else None


def _groups(runs):
    """{title: runs of one model}"""
    found = {}
    for run in runs:
        key = tuple(sorted((name, repr(value)) for name, value in run.config.items() if name not in FREE))
        found.setdefault(key, []).append(run)
    return {_title(group): group for group in found.values()}


def _title(group):
    seeds = sum(run.seeds for run in group)
    if len(group) == 1:
        return group[0].name if seeds == 1 else f"{group[0].name}, {seeds} seeds"
    return f"{', '.join(run.name for run in group)}: {seeds} seeds"


def _cell(name, group):
    """The last value, mean ± standard error over all seeds of the runs; and of one run where it was best."""
    last = [values[-1] for steps, values in (series(run.records, name) for run in group) if len(steps)]
    if not last:
        return ""
    mean, error = mean_and_error(np.concatenate(last))
    told = _number(mean) + ("" if math.isnan(error) or math.isnan(mean) else f" ± {error:.2g}")
    if len(group) > 1 or name not in BETTER:
        return told
    best = best_step(group[0].records, name)
    steps, values = series(group[0].records, name)
    if best is None or _number(found := values[steps == best][0].mean()) == _number(mean):
        return told
    return html(
        "{told}<br><small>best {value} at step {step}</small>",
        told=told,
        step=best,
        value=_number(found),
    )


def _number(value):
    return f"{value:.4g}" if math.isfinite(value) else "not finite"


def _protocol(runs):
    """How the numbers of a log were taken, in words."""
    config = {name: field.default for name, field in FIELDS.items()} | runs[0].config
    model = "moving average of the generator" if config["optim.ema"] or config["optim.ema_half_life"] else "generator"
    often = f"every {config['train.eval_every']} steps and at the end" if config["train.eval_every"] else "at the end"
    told = [
        f"Last values of the log. Scores are of {config['eval.num_samples']} samples of the {model}, {often}; numbers "
        "of training are means over the steps since the line before."
    ]
    metrics = config["eval.metrics"]
    if others := [name for name in metrics if name not in OF_HELDOUT]:
        told.append(
            f"{', '.join(others)}: against the images that were trained on; classifier: "
            f"{config['eval.classifier'] or 'the default of each'}; Inception features: {config['eval.features']}."
        )
    told += [f"{name}: {against}." for name, against in OF_HELDOUT.items() if name in metrics]
    if len(runs) > 1:
        told.append(f"These settings are those of {runs[0].name}.")
    if sum(run.seeds for run in runs) > len(_groups(runs)):
        told.append("± is the standard error of the mean over seeds.")
    return " ".join(told)


def _evaluated(run, several):
    """[score, value, meaning, protocol] of each score in a file of evaluate.py that lies in the run's folder; the first
    of a metric has the protocol of all."""
    rows = []
    for path in sorted(run.folder.glob("*.json")):
        for metric, found in _read(path).items():
            protocol = f"{found.get('protocol', '')} ({path.name})"
            for score, value in found.items():
                if isinstance(value, float | int):
                    name = f"{metric}/{score}"
                    rows.append([f"{run.name}: {name}" if several else name, _number(value), explained(name), protocol])
                    protocol = ""
    return rows


def _read(path):
    """{metric: {score: value, "protocol": text}} of a file of evaluate.py; {} of any other."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    whole = isinstance(found, dict) and "settings" in found and isinstance(found.get("scores"), dict)
    return {name: own for name, own in found["scores"].items() if isinstance(own, dict)} if whole else {}
