"""What tables of toys and of images share: the request, the result, and the training of a row."""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from mogan.config import flatten
from mogan.config.commands import load_config
from mogan.tables.report import counted
from mogan.training.devices import make_ready
from mogan.training.train import train


class Request(NamedTuple):
    """name: the table's; experiments: the folder of the config files; runs: the folder where runs are kept; seeds: runs
    a row; overrides: {"group.field": value} of every row; scores: {field of settings.Settings: value},
    for images."""

    name: str
    experiments: Path
    runs: Path
    seeds: int
    overrides: dict[str, Any]
    scores: dict

    def folder(self, file: str, variant: str, seed: int) -> Path:
        """Of one run on images; tables of the same config file share it."""
        return self.runs / f"{Path(file).stem}_{variant}_{seed}"


class Cell(NamedTuple):
    """One run of a table: its row, as `place` names it; the config file, its variant and what is changed in it; the
    folder of the run; and the scores that are asked of it (a settings.Settings), None where training has them all."""

    row: str
    file: str
    variant: str
    own: dict[str, Any]
    folder: Path
    settings: Any = None

    def config(self, request: Request):
        """The config of the run."""
        return config_of(request, self.file, self.variant, self.own)


class Made(NamedTuple):
    """A table: what is written as JSON, as Markdown, and as figures {name: uint8 image [h, w, 3]}."""

    results: dict
    text: str
    figures: dict[str, np.ndarray]


def config_of(request: Request, file: str, variant: str, own: dict[str, Any]):
    """The config of a row, with its `own` overrides and, over these, those of the request."""
    return load_config(f"{request.experiments / file}:{variant}", own | request.overrides)


def configs_of(cells: list[Cell], request: Request) -> list:
    """The configs of all runs."""
    return [cell.config(request) for cell in cells]


def departures(table, chosen, request: Request, cells: list[Cell]) -> list[str]:
    """What differs from the set-up of `table`: rows left out of it (`chosen` has the others), seeds, scores, fields.

    cells: the runs of `chosen`; where the data lie is no difference.
    """
    found = []
    if chosen.variants != table.variants:
        own = ", ".join(table.variants)
        found.append(f"rows {', '.join(chosen.variants)} alone, of {own}" + _more(table, chosen))
    if request.seeds != table.seeds:
        found.append(f"{counted(request.seeds, 'run')} a row, not {table.seeds}")
    usual = getattr(table, "scored", {})
    found += [f"{name} = {value} of the scores" for name, value in request.scores.items() if value != usual.get(name)]
    asked = request._replace(overrides={}), request
    own, changed = (list(map(flatten, configs_of(cells, one))) for one in asked)
    for name in request.overrides:
        before = [str(old[name]) for old, new in zip(own, changed, strict=True) if old[name] != new[name]]
        if before and name != "data.dir":
            found.append(f"config.{name} = {changed[0][name]}, not {' or '.join(dict.fromkeys(before))}")
    return found


def _more(table, chosen):
    further = [row for row in chosen.variants if row in table.further]
    return f" and, on request, {', '.join(further)}" if further else ""


def place(row: str, rows: list[str]) -> str:
    """Where `row` stands among all: "row 2 of 6: gan++"."""
    return f"row {rows.index(row) + 1} of {len(rows)}: {row}"


def train_row(config, folder: Path, at_work: str) -> dict:
    """The summary of the run in `folder`, which is trained to its end first, or on from where it stopped; `at_work`, as
    `place` has it, is said first.

    Raises Stopped if a signal stops it: the table, run again, goes on.
    """
    print(f"{at_work} ({folder})", file=sys.stderr, flush=True)
    make_ready(config)
    summary = train(config, folder)
    jax.clear_caches()  # JAX keeps 1.3 MB of each program, and with thousands of them the next takes far longer
    return summary
