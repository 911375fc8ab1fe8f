"""Figures of scores over the scale of the latent's covariance (GM-GAN, figures 2 and 7; the recipe for own images):
every model trained with several seeds, and scored at every scale."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mogan.plots import curves
from mogan.tables import image, report
from mogan.tables.image import ImageTable
from mogan.tables.rows import Cell, Made, Request, place


class SweepTable(NamedTuple):
    """data: {data set: its config file in experiments/}, in the order of the figure's rows
    panels: {title: the variants that it compares, where they are trained}, in the order of its columns
    variants: those that are trained unless others are asked for
    shown: {column: (score of evaluate.py, which of its numbers, factor)}; one is drawn over the scales, of several the
        first two against each other, the first upwards
    scales: factors of every component's covariance; seeds: runs a model, where no number is asked for
    about: the heading, and what is to be said of it
    further: variants on request
    scored: further fields of settings.Settings
    """

    data: dict[str, str]
    panels: dict[str, tuple[str, ...]]
    variants: tuple[str, ...]
    shown: Mapping[str, tuple[str, str, float]]
    scales: tuple[float, ...]
    about: str
    seeds: int = 10
    further: tuple[str, ...] = ()
    scored: Mapping = MappingProxyType({})

    @property
    def metrics(self) -> tuple[str, ...]:
        """The scores that are asked of evaluate.py."""
        return tuple(dict.fromkeys(metric for metric, _, _ in self.shown.values()))


def make(table: SweepTable, request: Request) -> Made:
    """Trains and scores every model on every data set: what cannot be scored is found out before anything is
    trained."""
    sets = {title: _of(table, title) for title in table.data}
    for rows in sets.values():
        image.check_rows(rows, request)
    names = [f"{variant} on {title}" for title in sets for variant in table.variants]
    found = {}
    for title, rows in sets.items():
        own = request._replace(name=f"{request.name.removesuffix('_' + title)}_{title}")  # one file of scores for both
        for variant in table.variants:
            at_work = place(f"{variant} on {title}", names)
            reports = [image.score_run(own, at_work, *run) for run in image.runs_of(rows, request, variant)]
            found[title, variant] = _values(reports, table.shown)
    results = {
        f"{title}/{variant}": {"scales": list(table.scales), **values} for (title, variant), values in found.items()
    }
    return Made(results, _text(table, request, found), {"sweep": _draw(table, found)})


def cells(table: SweepTable, request: Request) -> list[Cell]:
    """All runs, a data set after the other."""
    return [
        cell._replace(row=f"{cell.row} on {title}")
        for title in table.data
        for cell in image.cells(_of(table, title), request)
    ]


def _of(table, title):
    """The table of images of one data set, of which the rows are trained and scored."""
    scored = {"scales": table.scales, **table.scored}
    return ImageTable(table.data[title], table.variants, table.metrics, None, {}, "", table.seeds, scored)


def _values(reports, shown):
    """{column: [runs, scales] as lists}"""
    return {
        column: [[factor * row[name] for row in scores[metric]["sweep"]] for scores in reports]
        for column, (metric, name, factor) in shown.items()
    }


def _draw(table, found):
    panels = {}
    for title in table.data:
        for panel, variants in table.panels.items():
            shown = [name for name in variants if name in table.variants]
            models = {name: tuple(map(np.asarray, found[title, name].values()))[:2] for name in shown}
            panels |= {f"{title}, {panel}" if panel else title: models} if models else {}
    upwards, *across = table.shown
    if across:
        return curves.tradeoff_panels(panels, len(table.panels), upwards, across[0])
    lines = {title: {name: values for name, (values,) in models.items()} for title, models in panels.items()}
    return curves.curve_panels(np.array(table.scales), lines, len(panels), "scale of the covariance", upwards)


def _text(table, request, found):
    parts = [table.about.strip()]
    for title in table.data:
        rows = [
            [
                variant,
                f"{scale:g}",
                *(report.cell(np.asarray(found[title, variant][name])[:, at], 3) for name in table.shown),
            ]
            for variant in table.variants
            for at, scale in enumerate(table.scales)
        ]
        parts += [f"## {title}", report.markdown_table(["model", "scale", *table.shown], rows).strip()]
    how = f"{request.seeds} runs a model; {image.ERROR}" if request.seeds > 1 else "One run a model."
    parts.insert(1, f"{how} Written by `python experiments/tables.py --table={request.name}`.")
    return "\n\n".join([*parts, f"![over the scales]({request.name}_sweep.png)"]) + "\n"


CIFAR10, STL10 = {"cifar10": "cifar10_gmgan.py"}, {"stl10": "stl10_gmgan.py"}
FASHION, MNIST = {"fashion": "fashion_gmgan.py"}, {"mnist": "mnist_gmgan.py"}

FIGURE_7 = SweepTable(
    data=CIFAR10 | STL10 | FASHION | MNIST,
    panels={
        "supervised": ("acgan", "gmgan_supervised_dynamic", "gmgan_supervised", "gmgan_supervised_std"),
        "unsupervised": ("gan", "gmgan_dynamic", "gmgan", "gmgan_std"),
    },
    variants=("acgan", "gmgan_supervised_dynamic", "gan", "gmgan_dynamic"),
    shown={"quality": ("qd", "quality", 1), "diversity": ("qd", "diversity", 1)},
    scales=tuple(round(0.5 + 0.1 * step, 1) for step in range(16)),
    further=("gmgan", "gmgan_supervised", "gmgan_std", "gmgan_supervised_std"),
    about="""
# GM-GAN, figure 7: quality against diversity as the latent's covariance is scaled

Dynamic mixtures, as section 4 says of this figure alone ("Dynamic GM-GAN was only used in Figure 7"), of full
covariances, against models of one normal. The paper gives a picture and no numbers, nor the constant a of its quality
score: here held-out images have quality 1/2 in the middle.""",
)

FIGURE_2 = SweepTable(
    data=CIFAR10 | STL10,
    panels={"": ("gmgan", "gan", "gmgan_std", "gmgan_dynamic", "acgan", "gmgan_supervised")},
    variants=("gmgan",),
    shown={"is/mean": ("is", "mean", 1)},
    scales=tuple(round(0.2 * step, 1) for step in range(1, 11)),
    further=("gan", "gmgan_std", "gmgan_dynamic", "acgan", "gmgan_supervised"),
    about="""
# GM-GAN, figure 2: Inception Score as the latent's covariance is scaled

Of the static GM-GAN, trained at scale 1. The paper finds the best score below 1. It gives a picture and no numbers; the
scales are ours.""",
)

SWEEPS = {
    "gmgan_figure_2": FIGURE_2,
    **{f"gmgan_figure_2_{name}": FIGURE_2._replace(data={name: file}) for name, file in FIGURE_2.data.items()},
    "gmgan_figure_7": FIGURE_7,
    **{f"gmgan_figure_7_{name}": FIGURE_7._replace(data={name: file}) for name, file in FIGURE_7.data.items()},
}
