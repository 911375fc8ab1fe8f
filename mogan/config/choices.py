"""What the programs offer by name, and the checks of their arguments: before anything is imported that takes a second.

The functions behind the names are elsewhere (PICTURES in `pictures`, FIGURES in `views`, METRICS in `scores`, TABLES in
`tables`, AUGMENTATIONS in `augment`, CHOSEN in `auto`); tests hold the names here against them.
"""

import numbers
from collections.abc import Collection

from mogan.errors import InputError

PICTURES = ("samples", "components", "sweep", "reconstructions", "interpolations", "means", "neighbours", "augmented")
FIGURES = ("samples", "sweep", "curves", "contours", "joint", "line")
METRICS = (
    "is",
    "mis",
    "fid",
    "kid",
    "prdc",
    "untrained",
    "memorization",
    "ssim",
    "clustering",
    "qd",
    "components",
    "modes",
    "support",
)
TABLES = (
    "deligan_toy",
    "gmgan_toy",
    "delifisher_toy",
    "logan_toy",
    "logan_bigan_toy",
    "modes",
    "logan_toy_full",
    "logan_bigan_toy_full",
    "modes_full",
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
    "gmgan_figure_2",
    "gmgan_figure_2_cifar10",
    "gmgan_figure_2_stl10",
    "gmgan_figure_7",
    "gmgan_figure_7_cifar10",
    "gmgan_figure_7_stl10",
    "gmgan_figure_7_fashion",
    "gmgan_figure_7_mnist",
    "small_data",
    "small_data_sketches",
    "small_data_mnist",
    "small_data_cifar",
    "small_data_signs",
    "own_images",
    "own_images_scales",
    "stacked_mnist",
    "stacked_mnist_full",
    "deligan_figure_4",
    "deligan_figure_5",
    "deligan_figure_6",
)
FAMILIES = ("normal", "uniform", "laplace", "logistic", "student_t")  # of latent.family
AUGMENTATIONS = ("color", "translation", "cutout")
CHOSEN = (  # fields that the data can choose
    "data.image_size",
    "data.strokes",
    "data.channels",
    "data.holdout",
    "data.batch_size",
    "eval.metrics",
    "model.width_g",
    "model.width_d",
    "latent.components",
)
FEWEST_HELDOUT = 99  # images, whose nearest to the training images is memorization's quantile
SMALLEST_SCALE, LARGEST_SCALE = 1e-30, 1e30  # of a covariance; float32 holds it and what is made of it
MOST_SAMPLES = 10**7  # in a file
LARGEST = 2**31 - 1  # of whole numbers: those on devices have 32 bits


def check_choice(argument: str, value, known) -> None:
    """Raises InputError, naming the `argument`, unless `value` is one of `known`; "" is not told."""
    if value not in tuple(known):
        names = ", ".join(str(name) for name in known if name != "")
        raise InputError(f"{given(argument, value)}: choose one of {names}")


def check_whole(argument: str, value: int | None, low: int = 0, high: int = LARGEST) -> None:
    """Raises InputError, naming the `argument`, unless `value` is None or a whole number from `low` to `high`."""
    if value is not None and (not is_whole(value) or not low <= value <= high):
        raise InputError(f"{given(argument, value)}: give a whole number from {low} to {high}")


def check_scales(argument: str, scales) -> None:
    """Raises InputError, naming the `argument`, unless `scales` is a list, tuple or array of scales of a latent."""
    listed = isinstance(scales, Collection) and not isinstance(scales, str | bytes)
    if not listed or not all(isinstance(scale, numbers.Real) for scale in scales):
        raise InputError(f"{given(argument, scales)}: give several numbers, as (0.5, 1)")
    for scale in scales:
        if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
            raise InputError(f"{given(argument, scale)}: give numbers from {SMALLEST_SCALE} to {LARGEST_SCALE}")


def is_whole(value) -> bool:
    """Whether it is a whole number, numpy's too, and no truth value."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def given(argument: str, value) -> str:
    """An argument as errors name it: num = 3. Programs print it as their flag."""
    return f"{argument} = {value!r}"
