"""What a trained run is asked to draw: as a picture, or as a file (experiments/sample.py)."""

import inspect
import io

import jax
import numpy as np

from mogan import data
from mogan.algorithm.model import Model, by_batch_statistics, make_model
from mogan.config.choices import MOST_SAMPLES, check_choice, check_scales, check_whole, given
from mogan.config.commands import check_out, is_folder
from mogan.data.dataset import shown_points
from mogan.errors import InputError
from mogan.machine.files import atomic_write
from mogan.machine.uses_jax import uses_jax
from mogan.plots import pictures, sheets
from mogan.runs.load import TrainedRun, load_run


@uses_jax
def draw(run: TrainedRun, model: Model, show: str = "samples", *, seed: int = 0, **options) -> np.ndarray:
    """A picture `show` of a `model` of the run, uint8 [H, W, 3]; one of PICTURES of images, of POINTS in the plane.

    `options` are num, component, scale and scales, where the picture takes them; None stands for its own default.

    Raises:
      InputError: an argument out of range, an option that the picture does not take, a run that it cannot show, or data
        that is needed and not there.
    """
    options = _told(options)
    _check(show, seed, options)
    key = jax.random.key(seed)
    if len(run.shape) == 3:
        return pictures.PICTURES[show](model, lambda: _images(run), key, **options)
    if run.shape != (2,):
        raise InputError(f"{given('show', show)}: a sample has shape {run.shape}, which no picture shows")
    if show not in POINTS:
        known = " or ".join(given("show", name) for name in POINTS)
        raise InputError(f"{given('show', show)}: a sample has shape {run.shape} and is no image; give {known}")
    x, component = POINTS[show](model, key, **options)
    title = f"{run.config.data.source} {run.config.variant} step {run.step}"
    moments = make_model(run.gan, run.state, run.config, model.member, average=False).moments()  # the current prior's
    from mogan.plots import figures  # Matplotlib is imported where it draws: it takes half a second

    known, density = _points_of(run)
    return figures.scatter_figure(known, x, component, *moments, title, density)


@uses_jax
def sample_to_file(
    workdir, out, *, show="samples", seed=0, member=0, ema=None, checkpoint="last", batch_stats=False, **options
) -> None:
    """Draws from the run in `workdir` into `out`: a .png of `show`, an .npz of samples, or a new folder/ of samples as
    .png files (see experiments/sample.py).

    `options` are as of `draw`; None stands for the picture's own default. `ema`: by the moving average of the
    generator; None: where the run keeps one. `batch_stats`: batch norm by the samples made
    at once, and not by its running averages.

    Raises:
      InputError: as `draw`; a file name that is neither, a folder without a run, or samples that no image shows.
    """
    path, folder = check_out(out, ".png", ".npz", "/", argument="out"), is_folder(out)
    options = _told(options)
    if show != "samples" and (folder or path.suffix == ".npz"):
        raise InputError(
            f"out = {str(out)!r}: an .npz or a folder/ holds samples, and {given('show', show)} is a picture; give a "
            "name in .png"
        )
    _check(show, seed, options)
    run = load_run(workdir, checkpoint)
    if path.suffix != ".npz" and len(run.shape) != 3 and (folder or run.shape != (2,)):
        raise InputError(
            f"out = {str(out)!r}: a sample has shape {run.shape}, which no picture shows; give a name in .npz"
        )
    model = make_model(run.gan, run.state, run.config, member, ema)
    if batch_stats:
        model = model._replace(gan=by_batch_statistics(model.gan))
    if folder or path.suffix == ".npz":
        (_save_folder if folder else _save_npz)(path, model, _samples(model, jax.random.key(seed), **options))
    else:
        sheets.save_png(path, draw(run, model, show, seed=seed, **options))


def _samples(model, key, *, num=64, scale=1.0, component=None):
    return model.sample(key, num, scale=scale, component=component)


def _points(model, key, *, num=64, scale=1.0, component=None):
    """`num` samples, and their components."""
    drawn = _samples(model, key, num=num, scale=scale, component=component)
    return drawn.x, drawn.component


def _points_of_components(model, key, *, num=64):
    """`num` samples of each component, however seldom the prior chooses it."""
    return pictures.of_each_component(model, key, num)


POINTS = {"samples": _points, "components": _points_of_components}


def _told(options):
    return {name: value for name, value in options.items() if value is not None}


def _check(show, seed, options):
    """Each of `options` must be a keyword of the picture."""
    check_choice("show", show, pictures.PICTURES)
    check_whole("seed", seed)
    taken = inspect.signature(pictures.PICTURES[show]).parameters.values()
    known = [parameter.name for parameter in taken if parameter.kind is parameter.KEYWORD_ONLY]
    for name, value in options.items():
        if name not in known:
            raise InputError(f"{given(name, value)}: {given('show', show)} makes no use of it; leave it out")
    check_whole("num", options.get("num"), 1, MOST_SAMPLES)
    if "scales" in options:
        check_scales("scales", options["scales"])
        if not len(options["scales"]):
            raise InputError("`scales` is empty: give one or more, or leave them to the picture")


def _images(run):
    """What the run was trained on."""
    images = data.load(run.config.data).x
    if images.shape[1:] != run.shape:
        raise InputError(
            f"config.data.source = {run.config.data.source!r} holds samples of shape {images.shape[1:]} now, and the "
            f"run was trained on {run.shape}; put its data back"
        )
    return images


def _points_of(run):
    """Points [n, 2] that the run was trained on, and their density, if any; none where they are not at hand."""
    try:
        dataset = data.load(run.config.data)
    except InputError:
        return np.zeros((0, 2), np.float32), None  # the samples are shown all the same
    return shown_points(dataset), dataset.density


def _save_folder(folder, model, samples):
    """NUMBER.png, or NUMBER_component_K.png where the latent has several, a sample."""
    digits = len(str(len(samples.x) - 1))
    ends = [f"_component_{k}" if model.gan.latent.components > 1 else "" for k in samples.component]
    sheets.save_folder(folder, samples.x, [f"{i:0{digits}}{end}" for i, end in enumerate(ends)])


def _save_npz(out, model, samples):
    buffer = io.BytesIO()
    np.savez(buffer, **samples._asdict())
    atomic_write(out, buffer.getvalue())
