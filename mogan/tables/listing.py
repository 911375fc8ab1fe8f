"""A table described before it is made: its rows, data, weights and cost, the runs that exist, and the commands."""

import shlex
import textwrap

from mogan.evaluation.evaluator import plain
from mogan.evaluation.scores import METRICS
from mogan.evaluation.settings import Settings
from mogan.evaluation.work import INCEPTION
from mogan.metrics.networks.inception_weights import default_path
from mogan.runs import names
from mogan.tables import cost
from mogan.tables.rows import Cell, Request

WRAP = {"width": 100, "initial_indent": "  ", "subsequent_indent": "    ", "break_on_hyphens": False}


def listing(title: str, table, cells: list[Cell], request: Request) -> str:
    """Lines of text that describe a table, whose runs are `cells`."""
    ones = {(cell.file, cell.variant, cell.own.get("data.source")): cell for cell in cells}  # one of all seeds
    sources = dict.fromkeys(cell.config(request).data.source for cell in ones.values())
    finished = sum(names.summary(cell.folder).exists() for cell in cells)
    begun = sum(names.config(cell.folder).exists() for cell in cells) - finished
    seeds = f", {request.seeds} seeds each" if request.seeds > 1 else ""
    begun = f", {begun} begun" if begun else ""
    parts = {
        "rows": f"{', '.join(table.variants)}{seeds}",
        "on request": ", ".join(table.further),
        "data": ", ".join(sources),
        "weights": weights(cells),
        "cost": cost.told(cells),
        "there": f"{finished} of {len(cells)} runs finished{begun}, in {request.runs}",
    }
    lines = [textwrap.fill(f"{name}: {text}", **WRAP) for name, text in parts.items() if text]
    return "\n".join([f"{request.name}: {title}", *lines])


def title_of(table) -> str:
    """The heading of a table."""
    return table.about.strip().splitlines()[0].removeprefix("# ")


def commands(cells: list[Cell], request: Request) -> list[str]:
    """The commands that train and score each run without tables.py."""
    found = []
    for cell in cells:
        found.append(_line("run", training(cell, request)))
        if cell.settings:
            out = flag("out", str(cell.folder / "scores.json"))
            found.append(_line("evaluate", [*_asked(cell.settings), out]))
    return found


def training(cell: Cell, request: Request) -> list[str]:
    """The arguments of run.py that train a run."""
    changes = [flag(f"config.{name}", value) for name, value in (cell.own | request.overrides).items()]
    file = f"{request.experiments.name}/{cell.file}:{cell.variant}"
    return [flag("config", file), flag("workdir", str(cell.folder)), *changes]


def _line(program, flags):
    return shlex.join(["python", f"experiments/{program}.py", *flags])


def _asked(settings):
    """The settings that are not the default, as flags."""
    unsaid, own = plain(Settings(())), plain(settings)
    told = {name: value for name, value in own.items() if value != unsaid[name] and name != "data"}
    told |= {f"config.{name}": value for name, value in own["data"].items()}
    return [flag(name, value) for name, value in told.items()]


def flag(name: str, value) -> str:
    """An argument as it is typed; sequences of words or, of scores, of numbers have commas between them."""
    if value is True and not name.startswith("config."):
        return f"-{'-'}{name}"
    words = isinstance(value, tuple | list) and (not name.startswith("config.") or isinstance((*value, "")[0], str))
    return f"-{'-'}{name}={','.join(map(str, value)) if words else value}"


def weights(cells: list[Cell]) -> str:
    """The weight file that the scores of the runs need, and whether it is there."""
    asked = [cell.settings for cell in cells if cell.settings]
    if not any(INCEPTION in METRICS[name].networks(told) for told in asked for name in told.metrics):
        return "none"
    path = default_path()
    return f"Inception-v3, {path}, " + (
        "which is there" if path.is_file() else "which is not there: the first score fetches it"
    )
