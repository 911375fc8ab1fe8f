"""The papers' tables: every row trained and scored, what the paper printed beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mogan.config.choices import check_choice, given
from mogan.config.commands import check_writable
from mogan.errors import InputError
from mogan.machine.files import atomic_write
from mogan.plots import sheets
from mogan.tables import grids, image, sweeps, toy
from mogan.tables.grids import GRIDS, GridTable
from mogan.tables.image import ImageTable
from mogan.tables.papers import IMAGE_TABLES
from mogan.tables.rows import Request, departures
from mogan.tables.small_data import SMALL_DATA_TABLES
from mogan.tables.sweeps import SWEEPS, SweepTable
from mogan.tables.toy import TOY_TABLES, ToyTable

TABLES = TOY_TABLES | IMAGE_TABLES | SWEEPS | SMALL_DATA_TABLES | GRIDS
MAKE = {ToyTable: toy.make, ImageTable: image.make, SweepTable: sweeps.make, GridTable: grids.make}
CONFIGS = {ToyTable: toy.configs, ImageTable: image.configs, SweepTable: sweeps.configs, GridTable: grids.configs}


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
) -> None:
    """Writes a `table` of TABLES as NAME.json, NAME.md and NAME_*.png to the folder `out`.

    Its rows are trained with the config files in the folder `experiments`, in folders of their own in `runs`, where
    what is there already is gone on with, and not trained or scored again. rows: some of its variants, or further ones,
    () for its own; seeds: runs a row, None for the table's own number; overrides: {"group.field": value} of every row;
    scores: {field of settings.Settings: value} of an image table's scores. What departs from the set-up
    of the table stands in both files.

    Raises:
      InputError: an unknown name or row, a number out of range, or runs or scores that cannot be had. RunError: a run
        failed, or a signal stopped it.
    """
    check_choice("table", table, TABLES)
    whole = TABLES[table]
    known = *whole.variants, *whole.further
    for row in rows:
        if row not in known:
            raise InputError(f"{given('rows', ','.join(rows))}: {row!r} is none; choose of {', '.join(known)}")
    seeds = whole.seeds if seeds is None else seeds
    if seeds < 1:
        raise InputError(f"{given('seeds', seeds)}: give at least 1")
    if scores and isinstance(whole, ToyTable | GridTable):
        what = "the scores of a toy table have no choices" if isinstance(whole, ToyTable) else "a figure has no scores"
        raise InputError(f"`{next(iter(scores))}`: {what}; leave it out")
    out.mkdir(parents=True, exist_ok=True)
    check_writable(out, given("out", str(out)))
    chosen = whole._replace(variants=tuple(row for row in known if row in rows) or whole.variants)
    request = Request(table, experiments, runs, seeds, dict(overrides), scores or {})
    departed = departures(whole, chosen, request, CONFIGS[type(whole)])
    made = MAKE[type(whole)](chosen, request)
    for figure, picture in made.figures.items():
        sheets.save_png(out / f"{table}_{figure}.png", picture)
    atomic_write(out / f"{table}.json", json.dumps(made.results | {"departures": departed}, indent=1) + "\n")
    atomic_write(out / f"{table}.md", made.text + _note(departed))


def _note(departed):
    if not departed:
        return ""
    return "\n".join(["\n**This table departs from its set-up:**\n", *(f"- {what}" for what in departed)]) + "\n"
