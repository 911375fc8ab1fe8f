"""Where the samples that are scored come from: a run, a model in training, or files."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from mogan import config as configuration
from mogan import data
from mogan.algorithm.model import Model, by_batch_statistics, make_model
from mogan.config.choices import given
from mogan.errors import InputError
from mogan.evaluation.reference import check_shape, data_group, shuffled
from mogan.machine.files import expanded
from mogan.runs import names
from mogan.runs.checkpoint import saved_steps
from mogan.runs.load import load_run

NUM = 50_000  # samples of a run
PART = 5000  # samples drawn by one key


class Source(NamedTuple):
    """Where samples come from.

    draw(scale) -> `count` of `shape` [h, w, c], uint8 [count, h, w, c] in random order
    about: where from, the protocol's part on them
    fields: {"data.field": value} of what they imitate, {} if that is not known
    model, key: of a model, for further draws; each metric that draws folds in a number of its own
    scale: multiplies the covariance of the latent in all draws
    """

    draw: Callable
    count: int
    shape: tuple[int, ...]
    about: str
    fields: dict
    model: Model | None = None
    key: Any = None
    scale: float = 1.0


def of_run(settings) -> Source:
    """Samples of settings.workdir. Raises InputError: it holds no such run of images, checkpoint, member or average;
    RunError: its checkpoints are damaged."""
    run = load_run(settings.workdir, settings.checkpoint)
    check_shape(given("workdir", settings.workdir), run.shape, f"the scores of points are in the run's {names.METRICS}")
    return _of_loaded(run, settings, settings.member)


def others_of_run(settings) -> Iterator[tuple[dict, Source]]:
    """({"step": number, "member": number}, samples of these) of what settings.steps and settings.members ask for: every
    checkpoint of settings.workdir, every seed; one and {} where they ask for neither."""
    steps = saved_steps(names.checkpoints(expanded(settings.workdir))) if settings.steps else [None]
    for step in steps:
        run = load_run(settings.workdir, settings.checkpoint) if step is None else load_run(settings.workdir, step=step)
        for member in range(run.config.train.seeds) if settings.members else [settings.member]:
            about = {"step": run.step} if settings.steps else {}
            about |= {"member": member} if settings.members else {}
            yield about, _of_loaded(run, settings, member)


def _of_loaded(run, settings, member):
    model = make_model(run.gan, run.state, run.config, member, settings.ema)
    if settings.batch_stats:
        model = model._replace(gan=by_batch_statistics(model.gan))
    step = f"step {run.step}" + (f", the best by {run.config.eval.best}" if settings.checkpoint == "best" else "")
    average = "moving average" if model.average else "current weights"
    batch = ", normalised by the statistics of each block of samples" if settings.batch_stats else ""
    about = f"{settings.workdir}, member {model.member}, {step}, {average}{batch}"
    return of_model(model, jax.random.key(settings.seed), settings, run.config, run.shape, about)


def of_model(model: Model, key, settings, config, shape: tuple[int, ...], about: str = "") -> Source:
    """Samples of a model that is trained by `config`."""
    draw_key, score_key = jax.random.split(key)
    count = NUM if settings.num is None else settings.num

    def draw(scale):
        return draw_shuffled(model, draw_key, count, settings.seed, scale=scale)  # of one noise at all scales

    fields = {name: value for name, value in configuration.flatten(config).items() if name.startswith("data.")}
    return Source(draw, count, shape, about, fields, model, score_key)


def of_files(settings) -> Source:
    """Samples in settings.samples, an .npz or a folder. Raises InputError: they are missing, unfit or too few."""
    path = expanded(settings.samples)
    fields = {"data.source": f"{'folder' if path.is_dir() else 'npz'}:{path}"}
    reading = ("data.image_size", "data.background", "data.skip_broken", "data.channels")
    x = data.load(data_group(fields | {name: settings.data[name] for name in reading if name in settings.data})).x
    check_shape(given("samples", str(path)), x.shape[1:])
    count = len(x) if settings.num is None else settings.num
    if count > len(x):
        raise InputError(f"{given('num', count)}: {path} holds {len(x)} samples; give at most that many")
    return Source(lambda scale: shuffled(x, settings.seed)[:count], count, x.shape[1:], str(path), {})


def of_features(settings, held: int) -> Source:
    """Samples of which a file holds the features alone, `held` of them: no score can draw any. Raises InputError if
    that is fewer than settings.num."""
    count = held if settings.num is None else settings.num
    if count > held:
        raise InputError(f"{given('num', count)}: {settings.features} is of {held} samples; give at most that many")

    def draw(scale):
        raise InputError(f"{settings.features} holds features, and no samples")

    return Source(draw, count, (), f"{settings.features}, which holds their features", {})


def draw_images(model: Model, key, n: int, **options) -> np.ndarray:
    """n samples, uint8 [n, h, w, c], each PART of them by a key of its own; options as of Model.sample."""
    return _filled(model, key, np.arange(n), options)


def draw_shuffled(model: Model, key, n: int, seed: int, **options) -> np.ndarray:
    """shuffled(draw_images(model, key, n, **options), seed), in the memory of one such array."""
    return _filled(model, key, np.argsort(shuffled(np.arange(n), seed)), options)


def _filled(model, key, places, options):
    """Samples, of which number i is in the place places[i]; no more than PART of them are in memory twice."""
    starts = range(0, len(places), PART)
    images = None
    for start, part_key in zip(starts, jax.random.split(key, len(starts)), strict=True):
        own = places[start : start + PART]
        x = model.sample(part_key, len(own), **options).x
        images = np.empty((len(places), *x.shape[1:]), x.dtype) if images is None else images
        images[own] = x
    return images
