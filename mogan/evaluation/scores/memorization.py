"""The share of samples that lie nearer to the training images than nearly all held-out images do."""

import logging
import math

import numpy as np

from mogan import metrics
from mogan.config.choices import given
from mogan.data import digests
from mogan.errors import InputError
from mogan.evaluation.metric import Metric, check_data, is_asked_for

MOST, NEAR = 10_000, 0.01  # images on each side at most; share of held-out images that count as near
HELDOUT = math.ceil(1 / NEAR) - 1  # as many as a quantile needs to be one of them


def _check(inputs):
    check_data(inputs)
    yield
    settings, known = inputs.settings, inputs.known
    where = f" of {given('heldout', settings.heldout)}" if settings.heldout else ""
    if where and (copies := np.isin(*(digests(x, known.flip) for x in (known.heldout, known.images)))).any():
        raise InputError(
            f"{copies.sum()} of {len(known.heldout)} images{where} are in the training data, pixel for pixel; give "
            "images that were not trained on"
        )
    if len(known.heldout) < HELDOUT:
        remedy = "more of them" if where else _remedy(settings)
        few = f"{len(known.heldout)} real images{where} were not trained on"
        raise InputError(f"{few}; give at least {HELDOUT}: {remedy}")


def _remedy(settings):
    if not is_asked_for(settings):
        return "set config.data.holdout, a share or a number of each class"
    others = "heldout = SPLIT or SOURCE, as test or folder:DIR"
    if settings.workdir:
        return f"{others}; runs to come hold some out by config.data.holdout"
    return f"{others}, or what was held out when the samples' model was trained, by config.data.holdout and .seed"


def _score(inputs):
    known, images = inputs.known, inputs.images[:MOST]
    trained = np.concatenate([known.images, known.images[:, :, ::-1]]) if known.flip else known.images
    samples, heldout = (metrics.nearest_distance(x, trained) for x in (images, known.heldout[:MOST]))
    of_heldout = np.isin(*(digests(x, known.flip) for x in (images, known.heldout)))
    if of_heldout.any():
        logging.getLogger(__name__).warning(
            "memorization: %d of %d samples are held-out images, pixel for pixel: a model that gives those has seen "
            "them, and its rate is higher than this; hold out what it was not trained on",
            of_heldout.sum(),
            len(images),
        )
    return {
        "rate": metrics.rate_of_distances(samples, heldout, NEAR),
        "copies": float(np.mean(samples == 0)),
        "heldout_copies": float(np.mean(of_heldout)),
        "distance": float(np.median(samples)),
        "heldout_distance": float(np.median(heldout)),
    }


def _protocol(inputs):
    mirrored = " or their mirror images" if inputs.known.flip else ""
    samples, heldout = min(MOST, inputs.source.count), min(MOST, len(inputs.known.heldout))
    pixels = f"Euclidean distance of pixels, 0 to 255, to the nearest of the training images{mirrored}"
    medians = f"median over {samples} samples, {heldout} held out; rate: nearer than all but {NEAR:.0%} of those"
    return f"{inputs.known.about}; {pixels}, {medians}"


MEMORIZATION = Metric(_check, _score, _protocol, compares=lambda settings: False)
