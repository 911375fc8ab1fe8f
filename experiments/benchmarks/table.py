"""What a benchmark says: rows of costs, mogan's beside its rivals', and the table of their ratios."""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

EAGER, COMPILED = "eager PyTorch", "torch.compile"  # the rivals that a table has columns for


class Rounds(NamedTuple):
    """How long is measured: so many rounds, in each of them every contender in turn for so many seconds."""

    number: int
    seconds: float


class Part(NamedTuple):
    """A benchmark: its name, as --only takes it, what it measures, in one line, and run(Rounds) -> list of Rows."""

    name: str
    measures: str
    run: Callable


class Row(NamedTuple):
    """One line of the table.

    what: what was measured
    unit: of the numbers that are shown: "s", "MiB", or a rate, "steps/s" or "images/s"
    mogan: costs, one a round: MiB, or seconds, of one step or image where the unit is a rate; the less the better
    rivals: {EAGER or COMPILED: costs as mogan's, or a sentence that says why there are none}
    share: of the peak of this machine's matrix products that mogan reaches, 0 to 1; None where that says nothing
    """

    what: str
    unit: str
    mogan: list[float]
    rivals: dict[str, list[float] | str]
    share: float | None = None


def shown(row: Row, costs: list[float]) -> float:
    """The median of costs, as a number of the row's unit."""
    cost = median(costs)
    return 1 / cost if row.unit.endswith("/s") else cost


def ratios(row: Row, rival: str) -> list[float]:
    """How many times better mogan is, a number a round: the rival's cost over mogan's of the same round.

    Empty where there is no such rival; of several rounds, the table shows the median.
    """
    costs = row.rivals.get(rival, "")
    return [] if isinstance(costs, str) else [its / own for its, own in zip(costs, row.mogan, strict=True)]


def record(row: Row) -> dict:
    """The row for a JSON file: its fields, and what the table shows."""
    found = {rival: ratios(row, rival) for rival in row.rivals}
    return row._asdict() | {
        "shown": shown(row, row.mogan),
        "ratio": {rival: median(values) if values else None for rival, values in found.items()},
    }


def markdown(rows: list[Row]) -> str:
    """The table. "times": how many times better mogan is, with the rounds' least and largest; or why none is known."""
    lines = [
        f"| | unit | mogan | {EAGER} | times | {COMPILED} | times | share of peak |",
        "| :-- | :-- | --: | --: | :-- | --: | :-- | --: |",
    ]
    for row in rows:
        cells = [row.what, row.unit, digits(shown(row, row.mogan)), *_cells(row, EAGER), *_cells(row, COMPILED)]
        lines.append(f"| {' | '.join(cells)} | {'' if row.share is None else f'{row.share:.0%}'} |")
    return "\n".join(lines) + "\n"


def _cells(row, rival):
    """The two cells of a rival: its number, and the ratio or the reason that there is none."""
    costs, found = row.rivals.get(rival, ""), ratios(row, rival)
    if not found:
        return "", costs
    spread = f" ({min(found):.2f} to {max(found):.2f})" if len(found) > 1 else ""
    return digits(shown(row, costs)), f"**{median(found):.2f}**{spread}"


def digits(value: float) -> str:
    """Three significant digits, or all that stand before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
