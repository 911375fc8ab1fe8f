"""How far the samples are from real images that were not trained on, as a network of random weights sees both: scores
that cost little and need no download."""

from mogan import metrics
from mogan.config.choices import FEWEST_HELDOUT
from mogan.errors import InputError
from mogan.evaluation.metric import NEIGHBOURS, Metric, check_data, check_reference, check_two, number
from mogan.metrics.networks.untrained import standardized, untrained_features


def _check(inputs):
    check_two(inputs)
    check_data(inputs)
    if inputs.source.count <= NEIGHBOURS:
        remedy = f"give {NEIGHBOURS + 1} or more ({number(inputs.settings)})"
        raise InputError(f"{inputs.source.count} samples have no {NEIGHBOURS} neighbours each; {remedy}")
    yield
    check_reference(inputs)


def _real(inputs):
    """(images, what they are): those held out where they are enough, else the reference."""
    if inputs.unseen is not None and len(inputs.unseen.x) > NEIGHBOURS:
        return inputs.unseen.x, "held out"
    return inputs.reference.x, "of the reference"


def _real_features(inputs):
    return untrained_features(_real(inputs)[0])


def _score(inputs):
    real = inputs.once(_real_features)
    fake = standardized(untrained_features(inputs.images), real)
    real = standardized(real, real)
    kernel, _ = metrics.kernel_inception_distance(real, fake, seed=inputs.settings.seed)
    density, coverage = metrics.density_coverage(real, fake, NEIGHBOURS)
    return {"kernel": kernel, "density": density, "coverage": coverage}


def _protocol(inputs):
    images, what = _real(inputs)
    distances = f"kernel distance over 100 subsets, density and coverage with k = {NEIGHBOURS}"
    few = ", of which density and coverage say little" if len(images) < FEWEST_HELDOUT else ""
    network = "mean and deviation of the channels of a network of random weights, standardized by these images"
    return f"{distances}, to {len(images)} images {what}{few}; {network}"


UNTRAINED = Metric(_check, _score, _protocol)
