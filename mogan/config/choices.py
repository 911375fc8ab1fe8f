"""What the programs offer by name, and the checks of their arguments: before anything is imported that takes a second.

The functions behind the names are elsewhere (PICTURES in `pictures`, FIGURES in `views`, METRICS in `scores`, TABLES in
`tables`, AUGMENTATIONS in `augment`); tests hold the names here against them.
"""

from pathlib import Path

from mogan.errors import InputError
from mogan.machine.files import expanded

PICTURES = ("samples", "components", "sweep", "reconstructions", "interpolations", "means", "neighbours")
FIGURES = ("samples", "sweep", "curves", "contours", "joint")
METRICS = ("is", "mis", "fid", "kid", "prdc", "memorization", "ssim", "clustering", "qd")
TABLES = (
    "deligan_toy",
    "gmgan_toy",
    "delifisher_toy",
    "logan_toy",
    "logan_bigan_toy",
    "deligan_1",
    "deligan_2",
    "deligan_3",
    "delifisher",
    "logan_1",
    "logan_2",
    "logan_3",
    "gmgan_2_cifar10",
    "gmgan_2_stl10",
    "gmgan_3_mnist",
    "gmgan_3_fashion",
    "gmgan_3_signs",
)
CHECKPOINTS = ("last", "best")
AUGMENTATIONS = ("color", "translation", "cutout")
SMALLEST_SCALE, LARGEST_SCALE = 1e-30, 1e30  # of a covariance; float32 holds it and what is made of it
MOST_SAMPLES = 10**7  # in a file
LARGEST = 2**31 - 1  # of whole numbers: those on devices have 32 bits


def check_choice(argument: str, value, known) -> None:
    """Raises InputError, naming the `argument` as --show, unless `value` is one of `known`; "" is not told."""
    if value not in known:
        raise InputError(f"{argument}={value}: choose one of {', '.join(str(name) for name in known if name != '')}")


def check_whole(argument: str, value: int | None, low: int = 0, high: int = LARGEST) -> None:
    """Raises InputError, naming the `argument` as --num, unless `value` is None or from `low` to `high`."""
    if value is not None and not low <= value <= high:
        raise InputError(f"{argument}={value}: give a whole number from {low} to {high}")


def check_run(workdir: str | Path) -> None:
    """Raises InputError unless `workdir` is the folder of a run."""
    if not (expanded(workdir) / "config.json").exists():
        raise InputError(f"workdir {workdir} holds no config.json; give the --workdir of a run")
