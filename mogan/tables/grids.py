"""Figures of samples of several models side by side, each grid with the training images nearest to its last column
(DeLiGAN, figures 4 to 6)."""

from typing import NamedTuple

from mogan.plots import sheets
from mogan.tables.image import drawn
from mogan.tables.rows import Cell, Made, Request, place, train_row
from mogan.training.experiment import make_experiment


class GridTable(NamedTuple):
    """Runs on images, of which the grids that they drew after the last step are shown.

    config: a file of experiments/; variants: the models, from left to right; further: those that are shown only where
    they are asked for; about: the heading, and what is to be said of it; seeds: grids of a model, where no number is
    asked for
    """

    config: str
    variants: tuple[str, ...]
    about: str
    seeds: int = 1
    further: tuple[str, ...] = ()


def make(table: GridTable, request: Request) -> Made:
    """Trains the models, and shows what each drew; the runs are those of a table of the same config file."""
    runs = {cell.row: (cell.config(request), cell.folder) for cell in cells(table, request)}
    for config, _ in runs.values():
        make_experiment(config)  # what cannot be trained is found out before anything is
    for title, (config, folder) in runs.items():
        train_row(config, folder, place(title, list(runs)))
    figure = sheets.beside([drawn("samples", *run) for run in runs.values()], list(runs), len(table.variants))
    text = f"{table.about.strip()}\n\nWritten by `python experiments/tables.py --table={request.name}`.\n"
    image = f"\n![{', '.join(runs)}]({request.name}_grids.png)\n"
    return Made({title: {"run": folder.name} for title, (_, folder) in runs.items()}, text + image, {"grids": figure})


def cells(table: GridTable, request: Request) -> list[Cell]:
    """All runs, the first seed of every model first."""
    return [
        Cell(
            f"{variant}, seed {seed}" if request.seeds > 1 else variant,
            table.config,
            variant,
            {"train.seed": seed},
            request.folder(table.config, variant, seed),
        )
        for seed in range(request.seeds)
        for variant in table.variants
    ]


LAST = "Samples after the last step; in red, on the right, the training image nearest in L2 to each of the last column."

GRIDS = {
    "deligan_figure_4": GridTable(
        config="mnist500_deligan.py",
        variants=("gan", "deligan"),
        further=("gan_paper", "deligan_paper"),
        about=f"""
# DeLiGAN, figure 4: models of 500 images of MNIST

{LAST} The paper finds some of the GAN's almost identical to one another and some no digits, DeLiGAN's crisper and more
diverse.""",
    ),
    "deligan_figure_5": GridTable(
        config="cifar2k_deligan.py",
        variants=("gan", "deligan"),
        further=("gan++", "moe", "gan_released", "deligan_released"),
        about=f"""
# DeLiGAN, figure 5: models of 2,000 images of CIFAR-10

{LAST} The paper finds some of the GAN's nearly identical, and DeLiGAN's visibly diverse.""",
    ),
    "deligan_figure_6": GridTable(
        config="sketches_deligan.py",
        variants=("similar_gan", "similar_deligan", "dissimilar_gan", "dissimilar_deligan"),
        further=tuple(
            f"{classes}_{model}_paper" for classes in ("similar", "dissimilar") for model in ("gan", "deligan")
        ),
        about=f"""
# DeLiGAN, figure 6: models of sketches, similar classes and dissimilar ones

{LAST} The paper finds both models appealing on similar classes, and DeLiGAN's better and less hazy on dissimilar
ones.""",
    ),
}
