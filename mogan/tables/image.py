"""Tables of images: the variants of a config file, each scored as by experiments/evaluate.py, beside the paper's."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from PIL import Image

from mogan.config import update
from mogan.evaluation import evaluator
from mogan.evaluation.settings import Settings, check_settings
from mogan.evaluation.source import NUM
from mogan.runs import names
from mogan.runs.folder import read_data, read_summary
from mogan.runs.log import read_jsonl
from mogan.tables import report
from mogan.tables.rows import Cell, Made, Request, config_of, place, train_row
from mogan.training.experiment import make_experiment
from mogan.training.train import chosen

MEASURED, PAPER, ABSENT = "measured", "paper", []
READING = re.compile("_(paper|released)$")  # of a row that reads the set-up otherwise: the figure is the same
SHOWN = {"samples": "Samples", "components": "One row of samples a component", "reconstructions": "Reconstructions"}
SPREAD = "± is the standard deviation over splits; over classes of an overall m-IS, over images of SSIM."
ERROR = "± is the standard error of their mean."


class ImageTable(NamedTuple):
    """config: a file of experiments/, and its variants that are rows
    metrics: scores of evaluate.py; read(scores, row, classes) -> {row: {column: [value, spread or None], or None where
        there were too few samples}}, of one run and the baselines that its scores bring along
    paper: {row: {column: figure}}, as printed
    about: the heading, and what is to be said of it
    seeds: runs a row, where no number is asked for
    further: variants that are rows only where they are asked for
    scored: further fields of settings.Settings
    check(config, classes): raises InputError for a row that the table cannot be made of, `classes` being its data's
    picture: the tag of what the runs drew that is shown: samples, components or reconstructions
    timed: whether the minutes that a run trained for are a column
    of_mixtures: further scores, of rows whose latent has several components
    changes: {"group.field": value} in the config of every row
    logged(records of metrics.jsonl) -> {column: [value, None]}, further columns of what a run logged
    """

    config: str
    variants: tuple[str, ...]
    metrics: tuple[str, ...]
    read: Callable
    paper: dict[str, dict[str, str]]
    about: str
    seeds: int = 1
    scored: Mapping = MappingProxyType({})
    picture: str = "samples"
    further: tuple[str, ...] = ()
    check: Callable = lambda config, classes: None
    timed: bool = False
    of_mixtures: tuple[str, ...] = ()
    changes: Mapping = MappingProxyType({})
    logged: Callable | None = None


def make(table: ImageTable, request: Request) -> Made:
    """Trains and scores the rows of the table: what cannot be scored is found out before anything is trained."""
    check_rows(table, request)
    runs = {variant: runs_of(table, request, variant) for variant in table.variants}
    run_names = [f"{variant}, seed {seed}" for variant in runs for seed in range(request.seeds)]
    reports = {
        variant: [score_run(request, place(f"{variant}, seed {seed}", run_names), *run) for seed, run in enumerate(row)]
        for variant, row in runs.items()
    }
    measured, data = {}, {}
    for variant, row in runs.items():
        for seed, (found, (config, folder, _)) in enumerate(zip(reports[variant], row, strict=True)):
            trained_on = read_data(folder)
            classes = trained_on["classes"]
            table.check(config, classes)
            data[_named(config.data, trained_on)] = None
            for name, columns in table.read(found, variant, classes).items():
                further = _minutes(folder, config.train.steps) if table.timed else {}
                if table.logged and names.metrics(folder).exists():
                    further |= table.logged(read_jsonl(names.metrics(folder)))
                measured.setdefault(name, {})[seed] = columns | further  # a baseline comes with every variant
    figures = {f"{variant}_{table.picture}": drawn(table.picture, *row[0][:2]) for variant, row in runs.items()}
    measured = {name: list(runs.values()) for name, runs in measured.items()}
    results = {name: {MEASURED: runs, PAPER: table.paper.get(name)} for name, runs in measured.items()}
    return Made(results | {"scores": reports}, _text(table, request, measured, reports, data), figures)


def check_rows(table: ImageTable, request: Request) -> None:
    """Raises InputError for rows that are not trained yet and cannot be, or cannot be scored."""
    for variant in table.variants:
        config, folder, settings = runs_of(table, request, variant)[0]
        if not names.summary(folder).exists():
            table.check(config, _check(config, settings))


def runs_of(table: ImageTable, request: Request, variant: str) -> list:
    """[(config, folder, settings of its scores)] of a row, one a seed; tables of the same config file share folders."""
    return [(cell.config(request), cell.folder, cell.settings) for cell in _cells_of(table, request, variant)]


def cells(table: ImageTable, request: Request) -> list[Cell]:
    """All runs, a row after the other."""
    return [cell for variant in table.variants for cell in _cells_of(table, request, variant)]


def _cells_of(table, request, variant):
    config = config_of(request, table.config, variant, dict(table.changes))
    several = config.latent.components > 1 or "latent.components" in config.auto  # which the data then choose
    metrics = table.metrics + (table.of_mixtures if several else ())
    found = []
    for seed in range(request.seeds):
        own, folder = {"train.seed": seed, **table.changes}, request.folder(table.config, variant, seed)
        asked = {"metrics": metrics, "workdir": str(folder), **table.scored, **request.scores}
        found.append(Cell(f"{variant}, seed {seed}", table.config, variant, own, folder, Settings(**asked)))
    return found


def _check(config, settings):
    """The classes of the data. Raises InputError for scores that cannot be had, as of a run that is scored while it
    trains."""
    check_settings(settings)
    evaluator.check_told(settings)
    asked = {"metrics": ",".join(settings.metrics), "classifier": settings.classifier, "features": settings.features}
    count = NUM if settings.num is None else settings.num
    asked = {f"eval.{name}": value for name, value in asked.items()} | {"eval.num_samples": count, "eval.best": ""}
    return make_experiment(update(chosen(config), asked)).dataset.classes


def score_run(request: Request, at_work: str, config, folder: Path, settings: Settings) -> dict:
    """The scores of a run, which is trained if it is not yet; they are kept in its folder as TABLE.json."""
    train_row(config, folder, at_work)
    path = folder / f"{request.name}.json"
    kept = _kept(path, settings)
    if kept is None:
        kept = evaluator.evaluate(settings)
        evaluator.save(kept, settings, path)
    return kept


def _kept(path, settings):
    """The scores stored in the file, or None if it has none that were taken with these settings."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        own, unsaid = (json.loads(json.dumps(evaluator.plain(told))) for told in (settings, Settings(())))
        return kept["scores"] if unsaid | kept["settings"] == own else None  # older files lack newer settings
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # but the first: not what is written here
        return None


def drawn(tag: str, config, folder: Path) -> np.ndarray:
    """What the run drew after its last step: samples, components or reconstructions; uint8 [H, W, 3]."""
    with Image.open(names.picture(folder, config.train.steps, tag)) as picture:
        return np.asarray(picture.convert("RGB"))


def _minutes(folder, steps):
    """A column: the minutes that a run trained for; of one that was resumed, by its last part."""
    summary = read_summary(folder, steps)
    return {"minutes": [summary["wall_seconds"] / 60 * steps / (steps - summary.get("first_step", 0)), None]}


def _named(data, about):
    """What a run was trained on, in words, of its config.data and data.json; of very many classes a few."""
    classes = about["classes"]
    told = classes if len(classes) <= 100 else [*classes[:3], "...", classes[-1]]
    named = f" of {len(classes)} classes: {', '.join(told)}" if classes else ""
    return f"{about.get('samples', 'unknown')} samples of {data.source}{named}."


def _text(table, request, measured, reports, data):
    columns = list(dict.fromkeys(column for runs in measured.values() for run in runs for column in run))
    rows = []
    for name, runs in measured.items():
        rows.append([name, *(_cell([run.get(column, ABSENT) for run in runs]) for column in columns)])
        if printed := table.paper.get(name) or table.paper.get(READING.sub("", name)):
            rows.append([f"{name}, {PAPER}", *(printed.get(column, "") for column in columns)])
    protocols = [
        f"- {variant}: {metric} of {scores['protocol']}"
        for variant, runs in reports.items()
        for metric, scores in runs[0].items()
    ]
    parts = [
        table.about.strip(),
        f"{_how(request, measured)} Written by `python experiments/tables.py --table={request.name}`.",
        report.markdown_table(["", *columns], rows).strip(),
        f"Data: {' '.join(data)}",
        "Protocols of the first runs:",
        "\n".join(protocols),
        f"{SHOWN[table.picture]} of the first runs:",
        *(f"![{variant}]({request.name}_{variant}_{table.picture}.png)" for variant in reports),
    ]
    return "\n\n".join(parts) + "\n"


def _how(request, measured):
    if request.seeds > 1:
        return f"{request.seeds} runs a row; {ERROR}"
    spread = any(entry and entry[1] is not None for (run,) in measured.values() for entry in run.values())
    return f"One run a row; {SPREAD}" if spread else "One run a row."


def _cell(entries):
    """Of one [value, spread or None] a run; None where there were too few samples, ABSENT where a row has none."""
    if ABSENT in entries:
        return ""
    if None in entries:
        return "too few"
    if len(entries) > 1:
        return report.cell([value for value, _ in entries], 3)
    ((value, spread),) = entries
    return f"{value:.3f}" if spread is None else f"{value:.3f} ± {spread:.3f}"
