"""Tables of toy densities: every model on every density, many seeds side by side."""

from collections.abc import Callable
from typing import NamedTuple

import jax

from mogan import data
from mogan.machine.uses_jax import uses_jax
from mogan.metrics import toy_scores
from mogan.plots import views
from mogan.tables import report
from mogan.tables.rows import Cell, Made, Request, config_of, place, train_row


class ToyTable(NamedTuple):
    """Runs on toy densities: each variant of a config file on each source, and what is said of them.

    columns: final metrics, each where the density has it; figures: {view (plots.views): the variants it shows, None
    for all}; changes(config) -> {"group.field": value} for a row's config, so that many seeds fit on a small machine,
    and `size`, what is said of that; seeds: runs a row, where no number is asked for; further: variants that are rows
    only where they are asked for; num: samples that are scored
    """

    config: str
    variants: tuple[str, ...]
    sources: tuple[str, ...]
    columns: tuple[str, ...]
    figures: dict[str, tuple[str, ...] | None]
    about: str
    changes: Callable = lambda config: {}
    size: str = ""
    seeds: int = 10
    further: tuple[str, ...] = ()
    num: int = 10_000


def make(table: ToyTable, request: Request) -> Made:
    """Trains the rows of the table; beside them the truth is scored."""
    written = f"Written by `python experiments/tables.py --table={request.name}`."
    about = filter(None, (table.about.strip(), table.size.strip(), written))
    results, text, figures = {}, ["\n\n".join(about)], {}
    names = [f"{variant} on {source}" for source in table.sources for variant in table.variants]
    for source in table.sources:
        runs = {variant: _cell_of(table, source, variant, request) for variant in table.variants}
        folders = {variant: cell.folder for variant, cell in runs.items()}
        scores = {
            variant: _values(train_row(cell.config(request), cell.folder, place(cell.row, names)))
            for variant, cell in runs.items()
        }
        scores["truth"] = _truth(runs[table.variants[0]].config(request), table.num)
        results |= {f"{source}/{variant}": found for variant, found in scores.items()}
        columns = [column for column in table.columns if any(column in found for found in scores.values())]
        rows = [[row, *(_cell(found.get(column)) for column in columns)] for row, found in scores.items()]
        heading = f"\n## {source}, {report.counted(request.seeds, 'seed')}\n"
        text += [heading, report.markdown_table(["model", *columns], rows)]
        for view, variants in table.figures.items():
            shown = [folders[variant] for variant in variants or table.variants if variant in folders]
            if shown:
                figures[f"{source}_{view}"] = views.VIEWS[view](shown)
                text.append(f"\n![{view}, of the first seed]({request.name}_{source}_{view}.png)\n")
    return Made(results, "\n".join(text), figures)


def cells(table: ToyTable, request: Request) -> list[Cell]:
    """All runs, each of several seeds."""
    return [_cell_of(table, source, variant, request) for source in table.sources for variant in table.variants]


def _cell_of(table, source, variant, request):
    own = {"data.source": f"toy:{source}", "train.seeds": request.seeds, "eval.num_samples": table.num}
    as_written = config_of(request._replace(overrides={}), table.config, variant, own)
    folder = request.runs / f"{request.name}_{source}_{variant}"
    return Cell(f"{variant} on {source}", table.config, variant, own | table.changes(as_written), folder)


def _values(summary):
    """{metric: [one value a seed]}"""
    metrics = summary["metrics"]
    return {name: value if isinstance(value, list) else [value] for name, value in metrics.items()}


@uses_jax
def _truth(config, num):
    """The metrics of `num` samples of the density itself."""
    truth = data.load(config.data).density
    points = truth.sample(jax.random.key(0), num)[0]
    return {
        name: [value] for name, value in toy_scores(points, truth.modes, truth.std, truth.weights, truth.radius).items()
    }


def _cell(values):
    """Mean and standard error over seeds; what JSON wrote as null is not finite."""
    if values is None:
        return ""
    return "not finite" if None in values else report.cell(values, 3)
