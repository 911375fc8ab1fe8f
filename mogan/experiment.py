"""config + data set -> everything a run needs, bound together; nothing here touches the disk."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np

from mogan import data, figures, parallel, plots
from mogan.config import validate
from mogan.data import Dataset
from mogan.gan import make_gan
from mogan.losses import make_loss, make_penalty
from mogan.metrics import reconstruction_scores, toy_scores
from mogan.optim import make_optimizers
from mogan.parallel import ONE_DEVICE, Axis, Parts, Program
from mogan.sampling import Samples, make_reconstructor, make_sampler, variables
from mogan.schedules import make_schedule
from mogan.steps import make_init, make_train_step
from mogan.types import Latent


class Experiment(NamedTuple):
    """A run, before its first step.

    evaluate(host state, step) -> {name: float, or a list with one float a seed}
    picture(host state, step) -> uint8 [h, w, 3], of the first seed's samples; None for data that no picture shows
    """

    dataset: Dataset
    program: Program
    evaluate: Callable
    picture: Callable | None


def make_experiment(config) -> Experiment:
    """Loads the data and builds the networks, the step and the program on devices.

    Raises InputError for any value that the parts cannot work with, before anything is written.
    """
    validate(config)
    devices = parallel.choose_devices(config)
    dataset = data.load(config.data)
    program = parallel.make_program(lambda axis: build(config, dataset, axis), config, devices)
    gan = make_gan(config, dataset.x.shape[1:], len(dataset.classes))
    draw = functools.partial(_draw, config, make_sampler(gan))
    picture = _make_picture(config, dataset, gan.latent, draw)
    return Experiment(dataset, program, _make_evaluate(config, dataset, gan, draw), picture)


def make_algorithm(config, shape, classes: int = 0, axis: Axis = ONE_DEVICE):
    """(GAN, Loss, optimizers, Schedule) of `config` for samples of `shape` in so many classes."""
    gan = make_gan(config, shape, classes, axis.name)
    loss = make_loss(config, classes, axis.reduce)
    return gan, loss, make_optimizers(config), make_schedule(config.schedule)


def build(config, dataset: Dataset, axis: Axis) -> Parts:
    """What one program runs, for arrays that are global (`axis.name` None) or a device's own."""
    algorithm = make_algorithm(config, dataset.x.shape[1:], len(dataset.classes), axis)
    schedule = algorithm[-1]
    sizes = config.data.batch_size, config.data.batch_size_g
    options = {"penalty": make_penalty(config), "ema": config.optim.ema, "place": axis.place, "reduce": axis.reduce}
    return Parts(
        init=make_init(*algorithm, config.optim.ema),
        step=make_train_step(*algorithm, *sizes, **options),
        pipeline=data.make_pipeline(dataset, config.data.batch_size, config.data.flip),
        batches=schedule.batches,
    )


def of_member(state, config, index: int):
    """The state of one of the seeds trained side by side."""
    return state if config.train.seeds == 1 else jax.tree.map(lambda leaf: leaf[index], state)


def _draw(config, sampler, state, step, index, n) -> Samples:
    """n samples of one seed's generator, of its moving average where it keeps one; the same for the same step."""
    params, stats = variables(of_member(state, config, index), use_ema=config.optim.ema > 0)
    key = parallel.run_keys(config.train.seed + index).sample
    return sampler(params, stats, jax.random.fold_in(key, step), n)


def _make_evaluate(config, dataset, gan, draw):
    density = dataset.density
    if density is None:
        return lambda state, step: {}
    reconstruct = make_reconstructor(gan) if gan.encode else None
    points, labels = reference_points(dataset)

    def score(state, step, index):
        samples = draw(state, step, index, config.eval.num_samples).x
        scores = toy_scores(samples, density.modes, density.std, density.weights)
        if reconstruct is None:
            return scores
        used = variables(of_member(state, config, index), use_ema=config.optim.ema > 0)
        return scores | reconstruction_scores(points, reconstruct(*used, points)[1], labels, len(density.modes))

    def evaluate(state, step):
        scores = [score(state, step, index) for index in range(config.train.seeds)]
        if config.train.seeds == 1:
            return scores[0]
        return {name: [score[name] for score in scores] for name in scores[0]}

    return evaluate


def _make_picture(config, dataset, latent, draw):
    def image_picture(state, step):
        rows = config.eval.grid
        samples = data.to_uint8(draw(state, step, 0, rows * rows).x)
        last_column = samples[rows - 1 :: rows]
        return plots.image_grid(samples, rows, dataset.x[plots.nearest(last_column, dataset.x)])

    def point_picture(state, step):
        samples = draw(state, step, 0, min(config.eval.num_samples, 1000))
        moments = latent_moments(latent, of_member(state, config, 0).params["latent"])
        points = dataset.x if len(dataset.x) else reference_points(dataset)[0]
        title = f"{config.data.source} {config.variant} step {step}"
        return figures.scatter_figure(points, samples.x, samples.component, *moments, title, dataset.density)

    if dataset.x.ndim == 4:
        return image_picture
    return point_picture if dataset.x.shape[1:] == (2,) else None


def latent_moments(latent: Latent, params):
    """(means [K, d], standard deviations [K, d]) of a mixture's parameters, (None, None) of a prior without any."""
    return jax.device_get(latent.moments(params)) if params else (None, None)


def reference_points(dataset: Dataset, n: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """n points of the density and their modes, the same every time: to be shown and sent through an encoder."""
    return jax.device_get(dataset.density.sample(jax.random.key(0), n))
