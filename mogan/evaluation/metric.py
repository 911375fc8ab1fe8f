"""What a metric is, and the checks that several share: these raise InputError, to which `named` adds the metric."""

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from mogan.errors import InputError
from mogan.evaluation.settings import feature_file, statistics_file
from mogan.metrics.networks.inception_weights import parameters

NEIGHBOURS = 5  # the most that a metric looks at of each image


class Metric(NamedTuple):
    """One of METRICS (scores); its functions take an inputs.Inputs.

    check(inputs): a generator that raises InputError if the metric cannot be had. It yields once: before that it looks
        at settings, source and weights, after that at data, so that nothing is read where a cheap check fails
    score(inputs) -> {score: value}, None standing for what there are too few samples for
    protocol(inputs) -> how that was taken
    compares(settings) -> whether it looks at the reference
    unswept: why no scale of the latent's covariance has a meaning for it, "" if one has
    draws: whether it looks at samples of its own alone, of which its protocol tells how many
    networks(settings) -> the names (evaluation.work) of the networks that look at images, or are trained on some
    of_features: whether it can be had of a file of features, without images; of_statistics: and of a reference of which
        only the moments are known
    """

    check: Callable
    score: Callable
    protocol: Callable
    compares: Callable = lambda settings: True
    unswept: str = ""
    draws: bool = False
    networks: Callable = lambda settings: ()
    of_features: bool = False
    of_statistics: bool = False


@contextlib.contextmanager
def named(name: str):
    """Context in which an InputError is said to be of `name`."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def is_asked_for(settings) -> bool:
    """Whether a user asks for the scores, and not a run in training."""
    return bool(settings.workdir or settings.samples or feature_file(settings))


def number(settings) -> str:
    """What sets the number of samples."""
    return "`num`" if is_asked_for(settings) else "config.eval.num_samples"


def of_a_run(source) -> str:
    """The remedy where only some runs have a metric."""
    return "that takes a run" if source.model else "give the `workdir` of a run"


def check_two(inputs) -> None:
    """One sample has no statistics."""
    if inputs.source.count < 2:
        raise InputError(f"1 sample has nothing to be compared with; give 2 or more ({number(inputs.settings)})")


def check_components(inputs) -> None:
    """A model with several components, and two samples of each."""
    source = inputs.source
    count = source.model.gan.latent.components if source.model else 0
    if count < 2:
        remedy = f"{of_a_run(source)} with config.latent.components above 1"
        raise InputError(f"there are no components to label by; {remedy}")
    if source.count < 2 * count:
        remedy = f"give at least 2 each, {2 * count} samples ({number(inputs.settings)})"
        raise InputError(f"{source.count} samples of {count} components; {remedy}")


def check_data(inputs) -> None:
    """A run names its data itself; samples in a file need a reference."""
    settings = inputs.settings
    named = settings.reference and not statistics_file(settings)
    if not (named or inputs.source.fields or "data.source" in settings.data):
        example = "such as digits, tfds:NAME, npz:FILE or folder:DIR"
        raise InputError(f"it compares with real data; give reference = SOURCE, {example}")


def check_level(inputs) -> None:
    """The weight file holds the network up to the level of the features."""
    parameters(inputs.weights, inputs.settings.features)


def check_reference(inputs) -> None:
    """The reference has more images than neighbours are looked at."""
    if len(inputs.reference.x) <= NEIGHBOURS:
        raise InputError(f"the reference has {len(inputs.reference.x)} images; give more than {NEIGHBOURS}")
