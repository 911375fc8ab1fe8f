"""Scores of a trained run, or of samples in a file, each beside the protocol that it was taken by; and, by the same
functions, of a run while it trains."""

import functools
import json
from collections.abc import Callable
from typing import NamedTuple

import jax

from mogan import config as configuration
from mogan import data
from mogan.algorithm.model import Model, make_model
from mogan.errors import InputError
from mogan.evaluation import conditions
from mogan.evaluation.judges import JUDGES, REFERENCE, UNSEEN
from mogan.evaluation.scores import METRICS, Context, draw_images
from mogan.evaluation.settings import Settings, check_known, check_settings
from mogan.evaluation.standard import check_shape, data_group, load_reference, make_standard, reference_fields, shuffled
from mogan.machine.files import atomic_write, expanded
from mogan.machine.uses_jax import uses_jax
from mogan.metrics.networks import inception
from mogan.runs import names
from mogan.runs.load import load_run
from mogan.types import GAN

NUM = 50_000  # samples of a run


class Source(NamedTuple):
    """draw(scale) -> uint8 samples [count, h, w, c] in random order; shape [h, w, c]; about: the protocol's part on
    them; fields: {"data.field": value} of what they imitate; model as a Context's."""

    draw: Callable
    count: int
    shape: tuple[int, ...]
    about: str
    fields: dict
    model: Model | None


@uses_jax
def evaluate(settings: Settings, finished: Callable = lambda report: None) -> dict:
    """{metric: {score: value, "protocol": str}}, of what `settings` ask for; the same for the same settings.

    finished(report) is called after each metric with what is there by then, so that no later one can lose it.

    Raises:
      InputError: a setting out of range, an unknown metric, samples, reference or weights that are missing or unfit, or
        a metric that cannot be had of them: all before any score is computed; after that, samples whose features are
        not finite. RunError: a run whose checkpoints are damaged.
    """
    check_settings(settings)
    conditions.check_asked(settings)
    draw_key, score_key = jax.random.split(jax.random.key(settings.seed))
    source = (_of_run if settings.workdir else _of_file)(settings, draw_key)
    fields = reference_fields(settings, source.fields)
    standard = make_standard(settings, source, lambda: load_reference(fields, source.shape), fields, "--metrics=")
    context, report = _context(standard, source, score_key), {}
    for name in METRICS:
        if name in settings.metrics:
            with conditions.named(f"--metrics={name}"):
                report[name] = _scored(context, name, source, fields)
            finished(report)
    return report


def make_scores(config, dataset: data.Dataset, gan: GAN) -> Callable:
    """score(model, key) -> {"metric/score": float}, of eval.num_samples samples of a model of `gan`: those of
    config.eval.metrics, against the `dataset` of images that it is trained on and what the config holds out of it.

    Of scores, only plain numbers. What is made of the dataset is kept from one call to the next. Classifiers and
    orders are those of seed 0, whatever the run's seed.

    Raises:
      InputError, naming config.eval.metrics: the data are no images, a metric is unknown or cannot be had of so many
        samples, of this model or of these data, or Inception's weights are missing or unfit.
    """
    asked = config.eval
    names = f"config.eval.metrics = {asked.metrics!r}"
    settings = Settings(asked.metrics, classifier=asked.classifier, features=asked.features, num=asked.num_samples)
    shape, fields = dataset.x.shape[1:], _data_fields(config)

    def source(model, key):
        return _of_model(model, settings, key, shape, "", fields)

    check_shape(names, shape, "leave it empty, the scores of points need no asking")
    check_known(settings, f"{names}: ")
    untrained = source(Model(gan, None, None), None)  # what can be had of the model shows before it is trained
    standard = make_standard(settings, untrained, lambda: dataset, reference_fields(settings, fields), f"{names}: ")

    def score(model, key):
        draw_key, score_key = jax.random.split(key)
        context = _context(standard, source(model, draw_key), score_key)
        found = {name: METRICS[name].score(context) for name in METRICS if name in settings.metrics}
        return {
            f"{name}/{score}": float(value)
            for name, scores in found.items()
            for score, value in scores.items()
            if isinstance(value, float)
        }

    return score


def _scored(context, name, source, fields):
    metric, about = METRICS[name], [source.about, f"seed {context.settings.seed}"]
    if "reference" in conditions.needs_of(context.settings, name):
        about.append(f"reference {len(context.reference.x)} images of {fields.source}, {fields.split}")
    return metric.score(context) | {"protocol": "; ".join([*about, metric.about(context)])}


def save(report: dict, settings: Settings, out) -> None:
    """Writes the report of `evaluate`, with the settings, as JSON; all of it or nothing."""
    atomic_write(out, json.dumps({"scores": report, "settings": plain(settings)}, indent=1, allow_nan=False) + "\n")


def plain(settings: Settings) -> dict:
    """The settings as `save` writes them."""
    return settings._asdict() | {"data": dict(settings.data)}


def _of_run(settings, key):
    run = load_run(settings.workdir, settings.checkpoint)
    check_shape(f"--workdir={settings.workdir}", run.shape, f"the scores of points are in the run's {names.METRICS}")
    model = make_model(run.gan, run.state, run.config, settings.member, settings.ema)
    step = f"step {run.step}" + (f", the best by {run.config.eval.best}" if settings.checkpoint == "best" else "")
    average = "moving average" if model.average else "current weights"
    about = f"{settings.workdir}, member {model.member}, {step}, {average}"
    return _of_model(model, settings, key, run.shape, about, _data_fields(run.config))


def _of_model(model, settings, key, shape, about, fields):
    count = NUM if settings.num is None else settings.num

    def draw(scale):
        return shuffled(draw_images(model, key, count, scale=scale), settings.seed)  # of the same noise at each scale

    return Source(draw, count, shape, f"{count} samples of {about}", fields, model)


def _data_fields(config):
    return {name: value for name, value in configuration.flatten(config).items() if name.startswith("data.")}


def _of_file(settings, key):
    path = expanded(settings.samples)
    scheme = "folder" if path.is_dir() else "npz"
    reading = ("data.image_size", "data.background", "data.skip_broken")
    fields = {"data.source": f"{scheme}:{path}"} | {
        name: settings.data[name] for name in reading if name in settings.data
    }
    x = data.load(data_group(fields)).x
    check_shape(f"--samples={path}", x.shape[1:])
    count = len(x) if settings.num is None else settings.num
    if count > len(x):
        raise InputError(f"--num={count}: {path} holds {len(x)} samples; give at most that many")
    about = f"{count} samples of {path}"
    return Source(lambda scale: shuffled(x, settings.seed)[:count], count, x.shape[1:], about, {}, None)


def _context(standard, source, key):
    settings, reference, unseen, flip, known, weights, once = standard
    real = {REFERENCE: reference, UNSEEN: unseen}

    @functools.lru_cache(maxsize=2)
    def images(name):
        return real[name].x if name in real else source.draw(name)

    @functools.lru_cache(maxsize=4)
    def of_samples(name, level):
        return inception.features(images(name), level, weights)

    def features(name, level):
        if name not in real:
            return of_samples(name, level)
        return once((name, level), lambda: inception.cached_features(real[name].x, level, weights))

    @functools.cache
    def judge(default):
        kind = settings.classifier or default
        made = JUDGES[kind].make(context)

        def seen(name):
            return made.features(name) if name != REFERENCE else once(kind, lambda: made.features(REFERENCE))

        return made._replace(features=seen)

    context = Context(
        settings, key, source.count, source.model, reference, unseen, flip, known, weights, images, features, judge
    )
    return context
