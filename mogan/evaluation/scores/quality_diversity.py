"""GM-GAN's quality, its diversity within and between classes, and the two combined."""

import math

from mogan import metrics
from mogan.evaluation.judges import judge_of, kind_of
from mogan.evaluation.metric import Metric, check_data, check_reference, check_two

JUDGE = "cnn"  # by default
IMAGES, PAIRS = 5000, 100_000  # at most; pairs leave a standard error below 0.002


def _check(inputs):
    check_two(inputs)
    check_data(inputs)
    yield from kind_of(inputs.settings, JUDGE).check(inputs)
    check_reference(inputs)


def _pairs(images: int) -> int:
    return min(PAIRS, math.comb(images, 2))


def _log_a(inputs):
    """Of real images alone, and so the same at every scale of a sweep."""
    trained, heldout = judge_of(inputs, JUDGE).real(inputs)
    return metrics.default_log_a(heldout, trained)


def _score(inputs):
    judge, log_a = judge_of(inputs, JUDGE), inputs.once(_log_a)
    images = inputs.images[:IMAGES]
    quality = metrics.quality_score(judge.features(inputs), judge.real(inputs)[0], log_a=log_a)
    intra = metrics.diversity_intra(images, pairs=_pairs(len(images)), seed=inputs.settings.seed)
    inter = metrics.diversity_inter(judge.probs(inputs))
    diversity = metrics.diversity(intra, inter)
    scores = {"quality": quality, "intra": intra, "inter": inter, "diversity": diversity}
    return scores | {"combined": metrics.combined(quality, diversity), "log_a": log_a}


def _protocol(inputs):
    images = min(IMAGES, inputs.source.count)
    quality = "quality by the nearest real image that the classifier was trained on, 1/2 at held-out ones' median"
    return f"{quality}; MS-SSIM of {_pairs(images)} pairs of {images} samples; {judge_of(inputs, JUDGE).about}"


QD = Metric(_check, _score, _protocol, networks=lambda settings: kind_of(settings, JUDGE).networks)
