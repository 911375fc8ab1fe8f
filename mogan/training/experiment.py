"""config + data set -> everything a run needs, bound together; nothing here touches the disk."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np

from mogan import data
from mogan.algorithm.gan import make_gan
from mogan.algorithm.make import init_of, make_algorithm, step_of
from mogan.algorithm.model import Model, Samples, make_model
from mogan.algorithm.seeds import run_keys
from mogan.config import validate
from mogan.data import Dataset
from mogan.data.dataset import reference_points
from mogan.errors import InputError
from mogan.evaluation.evaluator import make_scores
from mogan.machine.uses_jax import uses_jax
from mogan.metrics import nearest, reconstruction_scores, toy_scores
from mogan.plots import pictures, sheets
from mogan.runs.best import check_best
from mogan.runs.load import TrainedRun
from mogan.runs.names import SAMPLES
from mogan.training import programs
from mogan.training.devices import choose_devices, streams
from mogan.training.programs import Parts, Program
from mogan.training.watch import make_watch
from mogan.types import GAN, Axis

# streams of a run's sampling: of what pictures show again at every step, of scores, of what warnings look at; those of
# the steps run from 0
FIXED, SCORES, WATCHED = 2**31 - 1, 2**31 - 2, 2**31 - 3


class Experiment(NamedTuple):
    """A run, before its first step.

    gan: the networks, for one device
    evaluate(host state, step) -> {name: float, or a list with one float a seed}
    pictures(host state, step) -> {tag: uint8 [h, w, 3]} of the first seed, its samples among them; {} for data that no
        picture shows
    """

    dataset: Dataset
    program: Program
    gan: GAN
    evaluate: Callable
    pictures: Callable


@uses_jax
def make_experiment(config) -> Experiment:
    """Loads the data and builds the networks, the step and the program on devices.

    Raises InputError for any value that the parts cannot work with, before anything is written.
    """
    validate(config)
    devices = choose_devices(config)
    dataset = data.load(config.data)
    _check_reach(config, dataset)
    stream = streams(config, dataset, devices)
    program = programs.make_program(lambda axis: build(config, dataset, axis, stream), config, devices)
    gan = make_gan(config, dataset.x.shape[1:], len(dataset.classes))
    return Experiment(dataset, program, gan, _make_evaluate(config, dataset, gan), _make_pictures(config, dataset, gan))


def _check_reach(config, dataset):
    """Refuses a user's own points where the generator's tanh cannot come."""
    bounded = config.model.name == "mlp" and config.model.output == "tanh"
    own = config.data.source.startswith("npz:")
    if bounded and own and (reach := float(np.abs(dataset.x).max(initial=0.0))) > 1:
        raise InputError(
            f"config.data.source = {config.data.source!r}: its points reach {reach:g}, and the generator ends in tanh, "
            "within -1 and 1; set config.model.output = linear, or scale the points"
        )


def build(config, dataset: Dataset, axis: Axis, stream: bool = False) -> Parts:
    """What one program runs, for arrays that are global (`axis.name` None) or a device's own; `stream`: the data stay
    on the host."""
    algorithm = make_algorithm(config, dataset.x.shape[1:], len(dataset.classes), axis)
    return Parts(
        init=init_of(algorithm),
        step=step_of(algorithm, axis),
        pipeline=data.make_pipeline(dataset, config.data.batch_size, config.data.flip, stream),
        batches=algorithm.schedule.batches,
    )


def _draw(model: Model, step, n) -> Samples:
    """n samples; the same for the same step."""
    return model.sample(jax.random.fold_in(run_keys(model.seed).sample, step), n)


def _make_evaluate(config, dataset, gan):
    if config.eval.metrics:
        score = _make_image_scores(config, dataset, gan)
    elif dataset.density is not None:
        score = _make_toy_scores(config, dataset, gan)
    else:
        score = None
    check_best(config, dataset, gan.encode is not None)
    watch = _make_watch(config, dataset, gan) if config.eval.warn else lambda state, model, step: {}
    if score is None and not config.eval.warn:
        return lambda state, step: {}

    def of_member(state, step, member):
        model = make_model(gan, state, config, member)
        return (score(model, step) if score else {}) | watch(state, model, step)

    def evaluate(state, step):
        scores = [of_member(state, step, member) for member in range(config.train.seeds)]
        if config.train.seeds == 1:
            return scores[0]
        names = dict.fromkeys(name for score in scores for name in score)  # what one lacks, another may have
        return {name: [score.get(name) for score in scores] for name in names}

    return evaluate


def _make_image_scores(config, dataset, gan):
    scores = make_scores(config, dataset, gan)

    def score(model, step):
        stream = jax.random.fold_in(run_keys(model.seed).sample, SCORES)
        return scores(model, jax.random.fold_in(stream, step))

    return score


def _make_watch(config, dataset, gan):
    look = make_watch(config, dataset, gan)

    def watch(state, model, step):
        stream = jax.random.fold_in(run_keys(model.seed).sample, WATCHED)
        current = make_model(gan, state, config, model.member, average=False)
        return look(model, current, jax.random.fold_in(stream, step))

    return watch


def _make_toy_scores(config, dataset, gan):
    density = dataset.density
    back_scores = _make_back_scores(dataset) if gan.encode else lambda model: {}

    def score(model, step):
        samples = _draw(model, step, config.eval.num_samples).x
        return toy_scores(samples, density.modes, density.std, density.weights, density.radius) | back_scores(model)

    return score


def _make_back_scores(dataset):
    """The scores of a model's reconstructions of reference points."""
    points, labels = reference_points(dataset)
    modes = len(dataset.density.modes)
    return lambda model: reconstruction_scores(points, model.reconstruct(points), labels, modes)


def _make_pictures(config, dataset, gan):
    def grid(model, step):
        rows = config.eval.grid
        samples = _draw(model, step, rows * rows).x
        last_column = samples[rows - 1 :: rows]
        told = "red: the training image nearest to the sample left of it"
        return sheets.image_grid(samples, rows, dataset.x[nearest(last_column, dataset.x)], told)

    def of_images(state, step):
        model = make_model(gan, state, config)
        keys = jax.random.split(jax.random.fold_in(run_keys(model.seed).sample, FIXED))
        shown = {SAMPLES: grid(model, step)}
        if gan.latent.components > 1:
            shown["components"] = pictures.components(model, lambda: dataset.x, keys[0])
        if gan.encode:
            shown["reconstructions"] = pictures.reconstructions(model, lambda: dataset.x, keys[1])
        return shown

    def of_points(state, step):
        # with them comes Matplotlib, which takes half a second: only where it draws
        from mogan.plots import contours, figures
        from mogan.plots.views import logit_panel

        samples = _draw(make_model(gan, state, config), step, min(config.eval.num_samples, 1000))
        moments = make_model(gan, state, config, average=False).moments()  # the current prior's
        points = dataset.x if len(dataset.x) else reference_points(dataset)[0]
        title = f"{config.data.source} {config.variant} step {step}"
        scatter = figures.scatter_figure(points, samples.x, samples.component, *moments, title, dataset.density)
        if not config.eval.report:
            return {SAMPLES: scatter}
        run = TrainedRun(config, gan, state, step, dataset.x.shape[1:], dataset.classes)
        panel = logit_panel(f"{config.variant} step {step}", run, points)
        return {SAMPLES: scatter, "contours": contours.contour_figure([panel], points)}

    if dataset.x.ndim == 4:
        return of_images
    return of_points if dataset.x.shape[1:] == (2,) else lambda state, step: {}
