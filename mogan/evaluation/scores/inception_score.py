"""The Inception Score and DeLiGAN's modified one, of a judge's class probabilities."""

import math
from collections.abc import Callable

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.judges import judge_of, kind_of
from mogan.evaluation.metric import Metric, number


def _metric(score: Callable, default: str, note: str = "") -> Metric:
    """Of score(probs [n, classes], splits), by the `default` judge; `note`: on splits, for the protocol."""

    def check(inputs):
        settings, count = inputs.settings, inputs.source.count
        if count < settings.splits:
            remedy = f"give fewer splits or more samples ({number(settings)})"
            raise InputError(f"{count} samples are fewer than {settings.splits} splits; {remedy}")
        yield from kind_of(settings, default).check(inputs)

    def scores(inputs):
        return score(judge_of(inputs, default).probs(inputs), inputs.settings.splits)

    def protocol(inputs):
        return f"{inputs.settings.splits} splits{note}; {judge_of(inputs, default).about}"

    def compares(settings):
        return kind_of(settings, default).trained

    def networks(settings):
        return kind_of(settings, default).networks

    return Metric(check, scores, protocol, compares, networks=networks)


def _is(probs, splits):
    return dict(zip(("mean", "std"), metrics.inception_score(probs, splits), strict=True))


def _mis(probs, splits):
    found = metrics.modified_inception_score(probs, splits)
    per_class = [None if math.isnan(mean) else [mean, std] for mean, std in found["per_class"]]
    return found | {"per_class": per_class, "classes_left_out": per_class.count(None)}


IS = _metric(_is, "inception")
MIS = _metric(_mis, "linear", " of each class, against the whole class")
