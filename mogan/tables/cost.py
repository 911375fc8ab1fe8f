"""What the runs of the papers' tables cost: the one home of these numbers, for tables.py and reproduce.py."""

from collections.abc import Iterable

from mogan.tables.rows import Cell

DEVICE = "1 CPU core"
HOURS = {  # of one seed on one CPU core, roughly, by the beginning of the name of a run's folder; from runs here:
    "deligan_toy": 0.003,
    "gmgan_toy": 0.009,
    "delifisher_toy": 0.005,
    "logan_toy": 0.005,
    "logan_bigan_toy": 0.01,
    "modes": 0.014,
    "modes_full": 2.0,
    "mnist500_deligan": 2.0,
    "sketches_deligan_similar": 6.5,
    "sketches_deligan_dissimilar": 8.7,
    "mnist_gmgan": 3.0,
    "signs_gmgan": 4.0,
    "small_data": 0.1,
    "own_images": 0.05,
    "stacked_mnist_small": 0.2,
    "fashion_gmgan": 2.0,  # by the speed of 3,000 steps
    # 1.5 times what two cores would take by the speed of some steps
    "logan_toy_full": 0.3,
    "logan_bigan_toy_full": 0.5,
    "cifar2k_deligan": 34.0,
    "cifar10_delifisher": 17.0,
    "cifar10_logan_bigan": 35.0,
    # by steps, networks and pixels, from those above
    "cifar10_gmgan": 11.0,
    "stl10_gmgan": 50.0,
    "cifar10_logan": 25.0,
    "stacked_mnist": 24.0,
}


def hours(cell: Cell) -> float:
    """Of a run from its first step to its last; its seeds are trained side by side, and each costs as much again."""
    known = max((start for start in HOURS if cell.folder.name.startswith(f"{start}_")), key=len)
    return HOURS[known] * cell.own.get("train.seeds", 1)


def told(cells: Iterable[Cell]) -> str:
    """The hours of all runs together, and of which device: "7.2 h (1 CPU core)"."""
    total = sum(hours(cell) for cell in cells)
    return f"{total:.{1 if total < 10 else 0}f} h ({DEVICE})"
