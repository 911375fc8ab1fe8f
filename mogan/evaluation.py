"""Scores of a trained run, or of samples in a file, each beside the protocol that it was taken by."""

import difflib
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import jax
import numpy as np

from mogan import conditions, data
from mogan import config as configuration
from mogan.errors import InputError
from mogan.experiment import of_member
from mogan.judges import JUDGES, REFERENCE
from mogan.metrics import inception
from mogan.metrics.inception_net import LEVELS
from mogan.metrics.inception_weights import load_weights
from mogan.restore import load_run
from mogan.sampling import variables
from mogan.scores import METRICS, Context, Model, draw_images
from mogan.writers import atomic_write

NUM = 50_000  # samples of a run


class Settings(NamedTuple):
    """What is asked for; the names are the flags of experiments/evaluate.py, which say what they mean.

    Exactly one of workdir and samples is given; "" and None stand for what is not. data: {"data.field": value}, changes
    to the reference's fields.
    """

    metrics: tuple[str, ...]
    workdir: str = ""
    samples: str = ""
    reference: str = ""
    classifier: str = ""
    features: int = inception.POOL_3
    num: int | None = None
    splits: int = 10
    scales: tuple[float, ...] = ()
    epochs: int = 20
    seed: int = 0
    member: int = 0
    ema: bool = False
    data: Mapping = MappingProxyType({})


class Source(NamedTuple):
    """draw(scale) -> uint8 samples [count, h, w, c] in random order; shape [h, w, c]; about: the protocol's part on
    them; fields: {"data.field": value} of what they imitate; model as a Context's."""

    draw: Callable
    count: int
    shape: tuple[int, ...]
    about: str
    fields: dict
    model: Model | None


def evaluate(settings: Settings) -> dict:
    """{metric: {score: value, "protocol": str}}, of what `settings` ask for; the same for the same settings.

    Raises:
      InputError: a setting out of range, an unknown metric, samples, reference or weights that are missing or unfit, or
        a metric that cannot be had of them: all before any score is computed. RunError: a run whose checkpoints are
        damaged.
    """
    _check(settings)
    needs = {need: name for name in settings.metrics for need in _needs(settings, name)}
    draw_key, score_key = jax.random.split(jax.random.key(settings.seed))
    source = (_of_run if settings.workdir else _of_file)(settings, draw_key)
    _check_met(needs, conditions.OF_SAMPLES, settings, source)
    weights = load_weights() if needs.keys() & conditions.OF_WEIGHTS.keys() else None
    _check_met(needs, conditions.OF_WEIGHTS, settings, weights)
    fields = _reference_fields(settings, source)
    reference = _reference(fields, source) if "reference" in needs else None
    _check_met(needs, conditions.OF_REFERENCE, settings, reference)
    context = _context(settings, source, reference, fields.flip, weights, score_key)
    return {name: _scored(context, name, source, fields) for name in METRICS if name in settings.metrics}


def _scored(context, name, source, fields):
    metric, about = METRICS[name], [source.about, f"seed {context.settings.seed}"]
    if "reference" in _needs(context.settings, name):
        about.append(f"reference {len(context.reference.x)} images of {fields.source}, {fields.split}")
    return metric.score(context) | {"protocol": "; ".join([*about, metric.about(context)])}


def save(report: dict, settings: Settings, out) -> None:
    """Writes the report of `evaluate`, with the settings, as JSON; all of it or nothing."""
    asked = settings._asdict() | {"data": dict(settings.data)}
    atomic_write(out, json.dumps({"scores": report, "settings": asked}, indent=1, allow_nan=False) + "\n")


def check_out(out) -> None:
    """Raises InputError unless `save` can write there."""
    out = Path(out)
    if out.suffix != ".json":
        raise InputError(f"--out={out}: give a name that ends in .json")
    if not out.parent.is_dir():
        raise InputError(f"--out={out}: there is no folder {out.parent}; make it first")


def _check(settings):
    for name in settings.metrics:
        if name not in METRICS:
            near = difflib.get_close_matches(name, METRICS, n=1, cutoff=0.0)[0]
            raise InputError(f"--metrics={name} is none; did you mean {near}? There are {', '.join(METRICS)}")
    least = {"num": 1, "splits": 1, "epochs": 1, "seed": 0, "member": 0}
    for name, low in least.items():
        value = getattr(settings, name)
        if value is not None and not low <= value < 2**31:
            raise InputError(f"--{name}={value}: give a whole number, at least {low}")
    choices = {"classifier": ("", *JUDGES), "features": LEVELS}
    for name, known in choices.items():
        if getattr(settings, name) not in known:
            shown = ", ".join(str(value) for value in known if value)
            raise InputError(f"--{name}={getattr(settings, name)}: choose one of {shown}")
    if not settings.metrics:
        raise InputError(f"--metrics is empty: give some of {', '.join(METRICS)}")
    if bool(settings.workdir) == bool(settings.samples):
        raise InputError(f"--workdir={settings.workdir} --samples={settings.samples}: give one of the two")
    _check_options(settings)


def _check_options(settings):
    if settings.samples and (settings.ema or settings.member or settings.scales):
        raise InputError("--ema, --member and --scales choose what is drawn from a run; give --workdir, or leave them")
    if settings.scales and "qd" not in settings.metrics:
        raise InputError("--scales: only --metrics=qd sweeps them; leave it out")
    for scale in settings.scales:
        if not 0 < scale < float("inf"):
            raise InputError(f"--scales={scale}: give numbers above 0")
    for name in settings.data:
        if not name.startswith("data."):
            raise InputError(f"--config.{name}: only the fields of the reference, --config.data.*, can be set here")


def _needs(settings, name):
    """The conditions of one metric, its judge's among them."""
    metric = METRICS[name]
    return (*metric.needs, *(JUDGES[settings.classifier or metric.judge].needs if metric.judge else ()))


def _check_met(needs, known, settings, given):
    """Raises InputError, naming the metric, for the first of the `known` conditions that is needed and not met."""
    for need in known:
        if need in needs and (problem := known[need](settings, given)):
            raise InputError(f"--metrics={needs[need]}: {problem}")


def _of_run(settings, key):
    run = load_run(settings.workdir)
    _check_shape(f"--workdir={settings.workdir}", run.shape, "the scores of points are in the run's metrics.jsonl")
    seeds = run.config.train.seeds
    if settings.member >= seeds:
        raise InputError(f"--member={settings.member}: the run has members 0 to {seeds - 1}")
    state = of_member(run.state, run.config, settings.member)
    model = Model(run.gan, *variables(state, settings.ema))
    count = NUM if settings.num is None else settings.num

    def draw(scale):
        return _shuffled(draw_images(model, key, count, scale=scale), settings.seed)  # of the same noise at each scale

    average = "moving average" if settings.ema else "current weights"
    about = f"{count} samples of {settings.workdir}, member {settings.member}, step {run.step}, {average}"
    fields = {name: value for name, value in configuration.flatten(run.config).items() if name.startswith("data.")}
    return Source(draw, count, run.shape, about, fields, model)


def _of_file(settings, key):
    path = Path(settings.samples)
    scheme = "folder" if path.is_dir() else "npz"
    fields = {"data.source": f"{scheme}:{path}", "data.image_size": settings.data.get("data.image_size", 0)}
    x = data.load(_data(fields)).x
    _check_shape(f"--samples={path}", x.shape[1:])
    count = len(x) if settings.num is None else settings.num
    if count > len(x):
        raise InputError(f"--num={count}: {path} holds {len(x)} samples; give at most that many")
    about = f"{count} samples of {path}"
    return Source(lambda scale: _shuffled(x, settings.seed)[:count], count, x.shape[1:], about, {}, None)


def _shuffled(images, seed):
    return images[np.random.default_rng(seed).permutation(len(images))]


def _check_shape(name, shape, remedy="give uint8 [n, h, w, 1 or 3]"):
    if len(shape) != 3 or shape[-1] not in (1, 3):
        raise InputError(f"{name}: a sample has shape {tuple(shape)} and is no image; {remedy}")


def _reference_fields(settings, source):
    """The data group of the reference: the run's own, or --reference with defaults; changed by `settings.data`."""
    own = {"data.source": settings.reference} if settings.reference else source.fields
    return _data(own | dict(settings.data))


def _data(fields):
    # how a run makes batches is nothing to its images
    return configuration.update(configuration.base(), fields | {"data.batch_size": 1, "data.batch_size_g": 0}).data


def _reference(fields, source):
    dataset = data.load(fields)
    name = f"config.data.source = {fields.source!r}"
    _check_shape(name, dataset.x.shape[1:])
    if dataset.x.shape[1:] != source.shape:
        shapes = f"its images have shape {dataset.x.shape[1:]}, the samples {source.shape}"
        raise InputError(f"{name}: {shapes}; set config.data.image_size, or give images of that shape")
    return dataset


def _context(settings, source, reference, flip, weights, key):
    @functools.lru_cache(maxsize=2)
    def images(name):
        return reference.x if name == REFERENCE else source.draw(name)

    @functools.lru_cache(maxsize=4)
    def features(name, level):
        compute = inception.cached_features if name == REFERENCE else inception.features
        return compute(images(name), level, weights)

    @functools.cache
    def judge(default):
        return JUDGES[settings.classifier or default].make(context)

    context = Context(settings, key, source.count, source.model, reference, flip, weights, images, features, judge)
    return context
