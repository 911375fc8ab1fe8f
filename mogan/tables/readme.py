"""The part of README.md that shows what was measured: a line for each stored table of toys, and for each score of a
table of images that its paper prints, beside the paper's.

`python experiments/tables.py --readme` writes it between two markers; nobody types it.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from mogan.errors import InputError
from mogan.machine.files import atomic_write
from mogan.metrics.standard_error import mean_and_error
from mogan.tables import TABLES
from mogan.tables.image import MEASURED, PAPER, ImageTable
from mogan.tables.toy import ToyTable

START, END = "<!-- tables: written by experiments/tables.py --readme -->", "<!-- end of tables -->"
SHOWN = {"delifisher_toy": "mode_kl"}  # the column of a toy table that is shown, where it is not the first
# what a paper has of a toy, where it is no picture
PRINTED = {"delifisher_toy": "none", "modes": "a GAN: 17.3 (PacGAN)", "modes_full": "a GAN: 17.3 (PacGAN)"}


def write_readme(readme: Path, results: Path) -> None:
    """Puts the tables of the folder `results` between the markers of the file `readme`, in place of what stands there.

    Raises:
      InputError: the file has not both markers, once each.
    """
    text = readme.read_text(encoding="utf-8")
    if text.count(START) != 1 or text.count(END) != 1:
        raise InputError(f"{readme}: there must be one line {START!r} and, below it, one line {END!r}")
    before, rest = text.split(START)
    atomic_write(readme, f"{before}{START}\n{measured(results)}{rest[rest.index(END) :]}")


def measured(results: Path) -> str:
    """The stored tables of the folder `results` as one Markdown table of means over seeds."""
    lines = [["table", "score", "here", "paper"], 4 * [":--"]]
    for name, table in TABLES.items():
        for path in _stored(results, name) if isinstance(table, ToyTable | ImageTable) else ():
            rows = _of_toy if isinstance(table, ToyTable) else _of_images
            about = path.stem.removeprefix(name).strip("_") or "at its own size" * name.endswith("_full")
            title = f"[{_heading(table)}{f' ({about})' if about else ''}](experiments/results/{path.stem}.md)"
            lines += [[title, *line] for line in rows(name, table, json.loads(path.read_text(encoding="utf-8")))]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _stored(results, name):
    """The file of the table, and those of the same table on other data or seeds, NAME_other.json."""

    def table_of(stem):
        return max((known for known in TABLES if f"{stem}_".startswith(f"{known}_")), key=len, default="")

    return sorted(path for path in results.glob("*.json") if table_of(path.stem) == name)


def _heading(table) -> str:
    """Where a toy is in its paper, or what a table of images shows: the first line of what is said of it, or its part
    before a colon."""
    line = table.about.strip().split("\n")[0].removeprefix("# ")
    return line.split(":")[0] if isinstance(table, ToyTable) else line


def _of_toy(name, table, stored) -> Iterator[list[str]]:
    """One score of all models on the last density of the table. Of toys the four papers print no number."""
    score, source = SHOWN.get(name, table.columns[0]), table.sources[-1]
    rows = {key.split("/")[1]: found[score] for key, found in stored.items() if key.startswith(f"{source}/")}
    here = ", ".join(f"{row} {_mean(values)}" for row, values in rows.items())
    told = _runs([values for row, values in rows.items() if row != "truth"])
    yield [f"{score}, {source}, {told}", here, PRINTED.get(name, "a picture")]


def _of_images(name, table, stored) -> Iterator[list[str]]:
    """A line a score that the paper prints, of all rows measured; the first score where it prints none."""
    rows = {row: found for row, found in stored.items() if isinstance(found, dict) and MEASURED in found}
    printed = {column for found in rows.values() for column in found[PAPER] or {}}
    columns = list(dict.fromkeys(column for found in rows.values() for run in found[MEASURED] for column in run))
    for column in [name for name in columns if name in printed] if printed else columns[:1]:
        values = {row: [run[column][0] for run in rows[row][MEASURED] if run.get(column)] for row in rows}
        here = [f"{row} {_mean(numbers)}" for row, numbers in values.items() if numbers]
        paper = [(rows[row][PAPER] or {}).get(column, "-") for row, numbers in values.items() if numbers]
        told = _runs([numbers for numbers in values.values() if numbers])
        yield [f"{column}, {told}", ", ".join(here), ", ".join(paper) if printed else "none"]


def _runs(rows):
    """How many runs the rows are of: "3 runs", "1 to 3 runs"."""
    counts = sorted({len(numbers) for numbers in rows})
    return " to ".join(map(str, counts[:: max(1, len(counts) - 1)])) + (" run" if counts == [1] else " runs")


def _mean(values):
    return "not finite" if None in values else f"{mean_and_error(values)[0]:.3g}"
