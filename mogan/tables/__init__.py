"""The papers' tables: every row trained and scored, what the paper printed beside it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from mogan.config.choices import check_choice, check_whole, given
from mogan.config.commands import make_writable
from mogan.config.fields import FIELDS
from mogan.errors import InputError
from mogan.machine.compilation import hasty
from mogan.machine.files import atomic_write
from mogan.plots import sheets
from mogan.plots.report import table as page
from mogan.tables import grids, image, listing, report, sweeps, toy
from mogan.tables.grids import GRIDS, GridTable
from mogan.tables.image import ImageTable
from mogan.tables.papers import IMAGE_TABLES
from mogan.tables.quick import Quick, described
from mogan.tables.quick import quick as make_quick
from mogan.tables.rows import Cell, Request, departures, place, train_row
from mogan.tables.small_data import SMALL_DATA_TABLES
from mogan.tables.stacked_mnist import STACKED_MNIST_TABLES
from mogan.tables.sweeps import SWEEPS, SweepTable
from mogan.tables.toy import ToyTable
from mogan.tables.toy_tables import TOY_TABLES

TABLES = TOY_TABLES | IMAGE_TABLES | SWEEPS | SMALL_DATA_TABLES | STACKED_MNIST_TABLES | GRIDS
MAKE = {ToyTable: toy.make, ImageTable: image.make, SweepTable: sweeps.make, GridTable: grids.make}
CELLS = {ToyTable: toy.cells, ImageTable: image.cells, SweepTable: sweeps.cells, GridTable: grids.cells}


def make_table(
    table: str,
    out: Path,
    *,
    experiments: Path,
    runs: Path,
    seeds: int | None = None,
    rows: tuple[str, ...] = (),
    overrides: Mapping[str, Any] = MappingProxyType({}),
    scores: dict | None = None,
    quick: bool = False,
) -> None:
    """Writes a `table` of TABLES as NAME.json, NAME.md, NAME.tex, NAME.html and NAME_*.png to the folder
    `out`.

    Its rows are trained with the config files in the folder `experiments`, in folders of their own in `runs`, where
    what is there already is gone on with, and not trained or scored again. rows: some of its variants, or further ones,
    () for its own; seeds: runs a row, None for the table's own number; overrides: {"group.field": value} of every row;
    scores: {field of settings.Settings: value} of an image table's scores; quick: the small version of it, which says
    that it is one. What departs from the set-up of the table stands in its files.

    Raises:
      InputError: an unknown name or row, a number out of range, or runs or scores that cannot be had. RunError: a run
        failed, or a signal stopped it.
    """
    plan = plan_table(table, experiments, runs, seeds, rows, overrides, scores, quick)
    make_writable(out, given("out", str(out)))
    with hasty(quick):
        made, departed = MAKE[type(plan.whole)](plan.chosen, plan.request), _departures(plan)
    for figure, picture in made.figures.items():
        sheets.save_png(out / f"{table}_{figure}.png", picture)
    runs = {cell.row: os.path.relpath(cell.folder, out) for cell in plan.cells}
    results = made.results | {"departures": departed, "runs": runs}
    atomic_write(out / f"{table}.json", json.dumps(results, indent=1) + "\n")
    text = _marked(made.text, plan) + _note(departed)
    atomic_write(out / f"{table}.md", text)
    atomic_write(out / f"{table}.tex", report.latex(text))
    page.write(out / f"{table}.json", out / f"{table}.html")


def train_table(table: str, **asked) -> str:
    """Trains the runs of a `table` and scores none; says how many, and which weights their scores need. Arguments as of
    `make_table`, but `out`. Raises as it does."""
    plan = plan_table(table, **asked)
    rows = [cell.row for cell in plan.cells]
    with hasty(bool(plan.quick)):
        for cell in plan.cells:
            train_row(cell.config(plan.request), cell.folder, place(cell.row, rows))
    return f"trained {report.counted(len(rows), 'run')}; weights that their scores need: {listing.weights(plan.cells)}"


def table_commands(table: str, **asked) -> list[str]:
    """The commands that train and score each run of a `table`; arguments as of `train_table`. Raises InputError."""
    plan = plan_table(table, **asked)
    return listing.commands(plan.cells, plan.request)


def list_tables(experiments: Path, runs: Path) -> list[str]:
    """A description of each table: rows, data, weights, cost, and which of its runs the folder `runs` holds."""
    plans = [plan_table(table, experiments, runs) for table in TABLES]
    return [listing.listing(listing.title_of(plan.whole), plan.whole, plan.cells, plan.request) for plan in plans]


class Plan(NamedTuple):
    """The whole table, the rows chosen of it, the request, its runs, and how a quick version is described."""

    whole: Any
    chosen: Any
    request: Request
    cells: list[Cell]
    quick: str


def plan_table(
    table, experiments, runs, seeds=None, rows=(), overrides=MappingProxyType({}), scores=None, quick=False
) -> Plan:
    """What is to be made of a `table` of TABLES; arguments as of `make_table`. Raises InputError as it does."""
    check_choice("table", table, TABLES)
    whole = TABLES[table]
    known = *whole.variants, *whole.further
    for row in rows:
        if row not in known:
            raise InputError(f"{given('rows', ','.join(rows))}: {row!r} is none; choose of {', '.join(known)}")
    small = make_quick(whole) if quick else Quick(whole, {}, {})
    seeds = (1 if quick else whole.seeds) if seeds is None else seeds
    check_whole("seeds", seeds, 1, FIELDS["train.seeds"].high)
    if scores and isinstance(whole, ToyTable | GridTable):
        what = "the scores of a toy table have no choices" if isinstance(whole, ToyTable) else "a figure has no scores"
        raise InputError(f"`{next(iter(scores))}`: {what}; leave it out")
    chosen = small.table._replace(variants=tuple(row for row in known if row in rows) or small.table.variants)
    request = Request(table, experiments, runs, seeds, small.overrides | dict(overrides), small.scores | (scores or {}))
    about = described(whole, chosen, request) if quick else ""
    return Plan(whole, chosen, request, CELLS[type(whole)](chosen, request), about)


def _departures(plan):
    own = departures(plan.whole, plan.chosen, plan.request, plan.cells)
    return [f"a quick version: {plan.quick}", *own] if plan.quick else own


def _marked(text, plan):
    """The text of a table, of which a quick version says beneath its heading that it is one."""
    if not plan.quick:
        return text
    command = listing.flag("table", plan.request.name)
    heading, rest = text.replace(f"{command}`", f"{command} {listing.flag('quick', True)}`").split("\n", 1)
    says = (
        f"This is a quick version: {plan.quick}. It shows that all of it runs; its numbers say nothing of the paper's."
    )
    return f"{heading} (quick version)\n\n**{says}**\n{rest}"


def _note(departed):
    if not departed:
        return ""
    return "\n".join(["\n**This table departs from its set-up:**\n", *(f"- {what}" for what in departed)]) + "\n"
