"""Scores of a trained run, or of samples in a file, each beside the protocol that it was taken by; and, by the same
functions, of a run while it trains."""

import json
import shutil
from collections.abc import Callable

import jax

from mogan import data
from mogan.algorithm.model import Model
from mogan.config.choices import given
from mogan.errors import InputError
from mogan.evaluation.features import moments_of_reference, read_features
from mogan.evaluation.inputs import Inputs
from mogan.evaluation.metric import named
from mogan.evaluation.reference import HELDOUT, check_shape, reference_fields, reference_of
from mogan.evaluation.scores import METRICS
from mogan.evaluation.settings import (
    Settings,
    asked_for,
    check_known,
    check_settings,
    feature_file,
    statistics_file,
)
from mogan.evaluation.source import of_features, of_files, of_model, of_run, others_of_run
from mogan.evaluation.work import at_work, planned
from mogan.machine.files import atomic_write, expanded
from mogan.machine.uses_jax import uses_jax
from mogan.metrics.statistics_file import write_statistics
from mogan.types import GAN


def _ignore(report):
    pass


@uses_jax
def evaluate(settings: Settings, finished: Callable = _ignore, swept: Callable = _ignore) -> dict:
    """{metric: {score: value, "protocol": str}}, of what `settings` ask for; the same for the same settings. With
    settings.scales, steps or members, "sweep" has the scores at every combination of the scales, of the checkpoints and
    of the seeds: [{"step": number, "member": number, "scale": number, score: value}].

    finished(report) is called after each metric with what is there by then, so that no later one can lose it, and
    swept(report) after each combination of a sweep. What networks are about to do is said on stderr, with one bar.
    Features of samples are in the cache until all is done: an evaluation that is interrupted goes on with them.

    Raises:
      InputError: a setting out of range, an unknown metric, samples, reference or weights that are missing or unfit, or
        a metric that cannot be had of them: all before any score is computed; after that, samples whose features are
        not finite. RunError: a run whose checkpoints are damaged.
    """
    check_settings(settings)
    settings = settings._replace(scales=tuple(settings.scales))
    check_told(settings)
    source = _source(settings)
    fields = reference_fields(settings, source.fields)
    inputs, report = Inputs(settings, source, fields, lambda: reference_of(settings, fields, source.shape)), {}
    _check(inputs, asked_for)
    asked, real = _asked(settings), len(inputs.reference.x) if _compares(settings) else 0
    with at_work(planned(settings, asked, source.count, real), source.count):
        for name, metric in asked.items():
            with named(asked_for(name)):
                report[name] = metric.score(inputs) | {"protocol": _protocol(inputs, metric)}
            finished(report)
        for condition, other in _sweep(inputs):
            for name, metric in asked.items():
                if not ("scale" in condition and metric.unswept):
                    with named(asked_for(name)):
                        report[name].setdefault("sweep", []).append(condition | metric.score(other))
            swept(report)
    if settings.save_stats:
        write_statistics(expanded(settings.save_stats), moments_of_reference(inputs))
    for folder in inputs.unfinished:
        shutil.rmtree(folder, ignore_errors=True)
    return report


def make_scores(config, dataset: data.Dataset, gan: GAN) -> Callable:
    """score(model, key) -> {"metric/score": float}, of eval.num_samples samples of a model of `gan`: those of
    config.eval.metrics, against the `dataset` of images that it is trained on and what the config holds out of it.

    Of scores, only plain numbers. What is made of the dataset is made once for all calls. Classifiers and orders are
    those of seed 0, whatever the run's seed.

    Raises:
      InputError, naming config.eval.metrics: the data are no images, a metric is unknown or cannot be had of so many
        samples, of this model or of these data, or Inception's weights are missing or unfit.
    """
    own, shape = config.eval, dataset.x.shape[1:]
    field = f"config.eval.metrics = {own.metrics!r}"
    settings = Settings(own.metrics, classifier=own.classifier, features=own.features, num=own.num_samples)

    def asked(name):
        return f"{field}: {name}"

    check_shape(field, shape, "leave it empty, the scores of points need no asking")
    check_known(settings, asked)
    untrained = Model(gan, None, None)  # what can be had of a model shows before it is trained
    source = of_model(untrained, jax.random.key(0), settings, config, shape)
    inputs = Inputs(settings, source, reference_fields(settings, source.fields), lambda: dataset)
    _check(inputs, asked)

    def score(model, key):
        scored = inputs.of(of_model(model, key, settings, config, shape))
        found = {name: metric.score(scored) for name, metric in _asked(settings).items()}
        return {
            f"{name}/{score}": float(value)
            for name, scores in found.items()
            for score, value in scores.items()
            if isinstance(value, float)
        }

    return score


def save(report: dict, settings: Settings, out) -> None:
    """Writes the report of `evaluate`, with the settings, as JSON; all of it or nothing."""
    atomic_write(out, json.dumps({"scores": report, "settings": plain(settings)}, indent=1, allow_nan=False) + "\n")


def plain(settings: Settings) -> dict:
    """The settings as `save` writes them."""
    return settings._asdict() | {"data": dict(settings.data)}


def _source(settings):
    if path := feature_file(settings):
        return of_features(settings, len(read_features(path).samples))
    return of_run(settings) if settings.workdir else of_files(settings)


def _asked(settings):
    """{name: Metric} of what is asked for, in the order of METRICS."""
    return {name: metric for name, metric in METRICS.items() if name in settings.metrics}


def _compares(settings):
    """Whether any metric that is asked for looks at the reference."""
    return any(metric.compares(settings) for metric in _asked(settings).values())


def check_told(settings):
    """Raises InputError for scales that no score sweeps, and for what is told of the reference where no score asked for
    makes use of it."""
    if settings.scales and all(metric.unswept for metric in _asked(settings).values()):
        name, metric = next(iter(_asked(settings).items()))
        raise InputError(f"`scales`: {asked_for(name)} has none: {metric.unswept}; leave it out")
    for name, metric in _asked(settings).items():
        if feature_file(settings) and not metric.of_features:
            served = ", ".join(other for other, metric in METRICS.items() if metric.of_features)
            raise InputError(f"{asked_for(name)}: it needs images, not features alone; of those there are {served}")
        looks = metric.compares(settings) or metric.of_features
        if statistics_file(settings) and looks and not metric.of_statistics:
            told = given("reference", settings.reference)
            raise InputError(f"{asked_for(name)}: {told} holds a mean and a covariance, which are enough for fid alone")
    if path := feature_file(settings):
        served = settings.reference if statistics_file(settings) else ""
        _check_untold(settings, f"{path} holds the features of the reference, too", served)
    elif settings.workdir and "memorization" in settings.metrics and not _compares(settings):
        _check_untold(settings, "what a run was trained on, its own config says, and what it was not, `heldout`")


def _check_untold(settings, why, served=""):
    """Raises InputError, which says `why`, for what is told of the reference, unless that is what is `served`."""
    told = {f"config.{name}": value for name, value in settings.data.items() if name != "data.dir"}
    for name, value in ({"reference": settings.reference} | told).items():
        if value not in ("", served):
            raise InputError(f"`{given(name, value)}`: no score asked for makes use of it: {why}; leave it out")


def _check(inputs, asked):
    """Raises InputError, which starts with asked(metric), for the first check that fails: those of settings, source
    and weights before those of data."""
    checks = {name: metric.check(inputs) for name, metric in _asked(inputs.settings).items()}
    _go_on(checks, asked)
    if _compares(inputs.settings):
        _ = inputs.reference  # outside of `named`: its own errors name the field
    _go_on(checks, asked)


def _go_on(checks, asked):
    """Runs the checks up to where they next yield."""
    for name, check in checks.items():
        with named(asked(name)):
            next(check, None)


def _sweep(inputs):
    """(what is changed, Inputs with samples of that) of all that the settings sweep over."""
    settings = inputs.settings
    if settings.steps or settings.members:
        others = ((about, inputs.of(source)) for about, source in others_of_run(settings))
    else:
        others = [({}, inputs)] if settings.scales else []
    for about, other in others:
        if not settings.scales:
            yield about, other
        for scale in settings.scales:
            yield about | {"scale": scale}, other.at(scale)


def _protocol(inputs, metric):
    source = inputs.source
    own = source.about if metric.draws else f"{source.count} samples of {source.about}"
    about = [own, f"seed {inputs.settings.seed}"]
    if metric.compares(inputs.settings):
        fields = inputs.fields
        held = " held out" if inputs.settings.reference == HELDOUT else ""
        told = inputs.settings.data.get("data.classes")
        classes = f", classes {told} alone" if told else ""
        about.append(f"reference {len(inputs.reference.x)} images{held} of {fields.source}, {fields.split}{classes}")
    return "; ".join([*about, metric.protocol(inputs)])
