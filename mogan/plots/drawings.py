"""What a trained run is asked to draw, as a file: experiments/sample.py."""

import inspect
import io

import jax
import numpy as np

from mogan import data
from mogan.algorithm.model import make_model
from mogan.config.choices import MOST_SAMPLES, check_choice, check_whole
from mogan.config.commands import check_out, is_folder
from mogan.errors import InputError
from mogan.machine.files import atomic_write
from mogan.machine.uses_jax import uses_jax
from mogan.plots import figures, pictures, sheets
from mogan.runs.load import load_run


@uses_jax
def sample_to_file(workdir, out, *, show="samples", seed=0, member=0, ema=False, checkpoint="last", **options) -> None:
    """Draws from the run in `workdir` into `out`: a .png of `show`, an .npz of samples, or a new folder/ of samples as
    .png files (see experiments/sample.py).

    `options` are num, component and scale; None stands for the picture's own default.

    Raises:
      InputError: an argument out of range, an option that the picture does not take, a file name that is neither, a
        folder without a run, a run that the picture cannot show, or data that is needed and not there.
    """
    path, folder = check_out(out, ".png", ".npz", "/"), is_folder(out)
    options = {name: value for name, value in options.items() if value is not None}
    check_choice("--show", show, pictures.PICTURES)
    if show != "samples" and (folder or path.suffix == ".npz"):
        raise InputError(
            f"--out={out}: an .npz or a folder/ holds samples, and --show={show} is a picture; give a name in .png"
        )
    _check_options(show, options)
    check_whole("--seed", seed)
    run = load_run(workdir, checkpoint)
    if path.suffix != ".npz" and len(run.shape) != 3:
        _check_points(run, out, show, folder)
    model = make_model(run.gan, run.state, run.config, member, ema)
    key = jax.random.key(seed)
    if folder:
        _save_folder(path, run, _draw(model, key, **options))
    elif path.suffix == ".npz":
        _save_npz(path, _draw(model, key, **options))
    elif len(run.shape) == 3:
        sheets.save_png(path, pictures.PICTURES[show](model, lambda: _images(run), key, **options))
    else:
        moments = make_model(run.gan, run.state, run.config, member).moments()  # of the current prior, always
        sheets.save_png(path, _scatter(run, moments, _draw(model, key, **options)))


def _check_options(show, options):
    """Each of `options` must be a keyword of the picture."""
    taken = inspect.signature(pictures.PICTURES[show]).parameters
    for name, value in options.items():
        if name not in taken:
            raise InputError(f"--{name}={value}: --show={show} makes no use of it; leave it out")
    check_whole("--num", options.get("num"), 1, MOST_SAMPLES)


def _check_points(run, out, show, folder):
    if run.shape != (2,) or folder:
        raise InputError(f"--out={out}: a sample has shape {run.shape}, which no picture shows; give a name in .npz")
    if show != "samples":
        raise InputError(f"--show={show}: a sample has shape {run.shape} and is no image; give --show=samples")


def _draw(model, key, *, num=64, **options):
    return model.sample(key, num, **options)


def _images(run):
    """What the run was trained on."""
    images = data.load(run.config.data).x
    if images.shape[1:] != run.shape:
        raise InputError(
            f"config.data.source = {run.config.data.source!r} holds samples of shape {images.shape[1:]} now, and the "
            f"run was trained on {run.shape}; put its data back"
        )
    return images


def _scatter(run, moments, samples):
    title = f"{run.config.data.source} {run.config.variant} step {run.step}"
    nothing = np.zeros((0, 2), np.float32)
    return figures.scatter_figure(nothing, samples.x, samples.component, *moments, title)


def _save_folder(folder, run, samples):
    """NUMBER.png, or NUMBER_component_K.png where the latent has several, a sample."""
    digits = len(str(len(samples.x) - 1))
    ends = [f"_component_{k}" if run.gan.latent.components > 1 else "" for k in samples.component]
    sheets.save_folder(folder, samples.x, [f"{i:0{digits}}{end}" for i, end in enumerate(ends)])


def _save_npz(out, samples):
    buffer = io.BytesIO()
    np.savez(buffer, **samples._asdict())
    atomic_write(out, buffer.getvalue())
