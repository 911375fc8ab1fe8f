"""The features that distances are taken of, of samples and of the reference: Inception's, or those of another network,
which were computed elsewhere. Of a reference, the mean and the covariance may be all that is known."""

import hashlib
from typing import NamedTuple

import numpy as np

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.judges import about_inception
from mogan.evaluation.metric import check_data, check_level, check_reference
from mogan.evaluation.settings import feature_file, statistics_file
from mogan.machine.files import expanded
from mogan.machine.npz import read_numbers
from mogan.metrics.checks import checked_pair
from mogan.metrics.frechet import Moments
from mogan.metrics.networks.inception_net import LEVELS
from mogan.metrics.statistics_file import read_statistics

SAMPLES, REFERENCE = "samples", "reference"  # arrays of a file of features


class FeatureFile(NamedTuple):
    """Features of samples [n, d] and of the reference [m, d], which is None where the file has none."""

    samples: np.ndarray
    reference: np.ndarray | None


def read_features(path) -> FeatureFile:
    """The arrays `samples` and, if there, `reference` of an .npz, floats [n, d] and [m, d].

    Raises InputError: no such file, not a readable .npz, other arrays, or numbers that are not finite.
    """

    def bad(problem):
        return InputError(f"features = 'npz:{path}': {problem}; give an .npz with samples [n, d] and reference [m, d]")

    arrays = read_numbers(path, bad, [SAMPLES], [REFERENCE])
    try:
        samples, reference = checked_pair({SAMPLES: arrays[SAMPLES], REFERENCE: arrays.get(REFERENCE, arrays[SAMPLES])})
    except InputError as error:
        raise bad(str(error)) from error
    return FeatureFile(samples, reference if REFERENCE in arrays else None)


def check_features(inputs):
    """A Metric's check, of one that compares the features of samples with those of the reference."""
    settings = inputs.settings
    if statistics_file(settings):
        _check_width(inputs)
    if feature_file(settings):
        if not statistics_file(settings) and inputs.once(_file).reference is None:
            path = feature_file(settings)
            raise InputError(f"{path} holds no array `reference`; add it, or give reference = stats:FILE for fid")
    else:
        check_level(inputs)
        if not statistics_file(settings):
            check_data(inputs)
    yield
    if compares_images(settings):
        check_reference(inputs)


def compares_images(settings) -> bool:
    """Whether the features of the reference are made here, of its images."""
    return not (feature_file(settings) or statistics_file(settings))


def of_samples(inputs) -> np.ndarray:
    """Features of the samples [count, d]."""
    if feature_file(inputs.settings):
        return inputs.once(_file).samples[: inputs.source.count]
    return inputs.features(inputs.settings.features)


def of_reference(inputs) -> np.ndarray:
    """Features of the reference [n, d]."""
    if feature_file(inputs.settings):
        return inputs.once(_file).reference
    return inputs.real_features(inputs.settings.features)


def moments_of_reference(inputs) -> Moments:
    """Mean and covariance of the features of the reference."""
    return inputs.once(_moments)


def about_features(inputs) -> str:
    """The network, or the file; and the file of the reference's mean and covariance."""
    path, statistics = feature_file(inputs.settings), statistics_file(inputs.settings)
    if path:
        found = inputs.once(_file)
        own = "" if statistics else f"{len(found.reference)} of the reference, "
        about = f"features of width {found.samples.shape[1]}, {own}of {_named(path)}, computed elsewhere"
    else:
        about = about_inception(inputs, inputs.settings.features)
    return about + (f"; mean and covariance of the reference read from {_named(statistics)}" if statistics else "")


def _file(inputs):
    return read_features(feature_file(inputs.settings))


def _moments(inputs):
    path = statistics_file(inputs.settings)
    return read_statistics(path) if path else metrics.moments(of_reference(inputs))


def _check_width(inputs):
    width, path = len(moments_of_reference(inputs).mean), statistics_file(inputs.settings)
    if file := feature_file(inputs.settings):
        own = inputs.once(_file).samples.shape[1]
        if own != width:
            raise InputError(f"{path} is of {width} features, and {file} of {own}: give those of one network")
    elif width != inputs.settings.features:
        remedy = f"give features = {width}" if width in LEVELS else "that is no level of Inception; give another file"
        raise InputError(f"{path} is of {width} features, and `features` is {inputs.settings.features}: {remedy}")


def _named(path):
    """A file, and the start of the SHA-256 of its content."""
    return f"{path} ({hashlib.sha256(expanded(path).read_bytes()).hexdigest()[:8]})"
