"""A trained run, read back from its folder; and what is drawn from it, into a file."""

import inspect
import io
import json
from typing import NamedTuple

import jax
import numpy as np

from mogan import checkpoint, config, data, figures, parallel, pictures, plots
from mogan.algorithm import make_algorithm
from mogan.choices import MOST_SAMPLES, check_choice, check_whole
from mogan.commands import check_out, is_folder
from mogan.compilation import keep_programs
from mogan.errors import InputError
from mogan.paths import expanded
from mogan.sampling import latent_moments, of_member, variables
from mogan.steps import make_init
from mogan.types import GAN, TrainState
from mogan.uses_jax import uses_jax
from mogan.workdir import read_config
from mogan.writers import atomic_write

FOLDERS = {"last": "checkpoints", "best": "best"}  # of a run's checkpoints, by which of them is asked for


class TrainedRun(NamedTuple):
    """config; gan; state, on the host; step of that state; shape of a sample; names of the classes."""

    config: object
    gan: GAN
    state: TrainState
    step: int
    shape: tuple[int, ...]
    classes: tuple[str, ...]


@uses_jax
def load_run(workdir, which: str = "last") -> TrainedRun:
    """The newest good checkpoint of the run in `workdir`, with the networks to use it; `which`: of all ("last"), or of
    the best score ("best").

    Raises:
      InputError: another `which`, the folder holds no run, or no such checkpoint yet. RunError: all are damaged.
    """
    check_choice("--checkpoint", which, FOLDERS)
    folder = expanded(workdir)
    settings = config.update(config.base(), read_config(folder))
    keep_programs(settings.parallel.keep_programs)
    try:
        about = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        shape, classes = tuple(about["shape"]), tuple(about["classes"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{folder / 'data.json'} cannot be read ({error}); give the --workdir of a run") from error
    if len(shape) not in (1, 3) or not all(type(size) is int and size > 0 for size in shape):
        raise InputError(f"{folder / 'data.json'} has the shape {list(shape)}; put back that of the run's samples")
    algorithm = make_algorithm(settings, shape, len(classes))
    template = parallel.abstract_state(make_init(*algorithm, settings.optim.ema), settings, shape)
    found = checkpoint.restore_latest(folder / FOLDERS[which], template)
    if found is None:
        raise InputError(_no_checkpoint(folder, settings, which))
    return TrainedRun(settings, algorithm[0], *found, shape, classes)


def _no_checkpoint(folder, settings, which):
    if which == "best" and not settings.eval.best:
        return f"--checkpoint=best: {folder} has no best/, as its config.eval.best is empty; give --checkpoint=last"
    kind = "best checkpoint" if which == "best" else "checkpoint"
    return f"workdir {folder} holds no {kind} yet; let the run reach its first"


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
    state = member_state(run, member)
    model = pictures.Model(run.gan, *variables(state, ema), lambda: _images(run))
    key = jax.random.key(seed)
    if folder:
        _save_folder(path, run, pictures.draw(model, key, **options))
    elif path.suffix == ".npz":
        _save_npz(path, run, pictures.draw(model, key, **options))
    elif len(run.shape) == 3:
        plots.save_png(path, pictures.PICTURES[show](model, key, **options))
    else:
        plots.save_png(path, _scatter(run, state, pictures.draw(model, key, **options)))


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


def member_state(run: TrainedRun, index: int) -> TrainState:
    """The state of one of the seeds trained side by side. Raises InputError for one that the run does not have."""
    if not 0 <= index < run.config.train.seeds:
        raise InputError(f"--member={index}: the run has members 0 to {run.config.train.seeds - 1}")
    return of_member(run.state, run.config, index)


def _images(run):
    """What the run was trained on."""
    images = data.load(run.config.data).x
    if images.shape[1:] != run.shape:
        raise InputError(
            f"config.data.source = {run.config.data.source!r} holds samples of shape {images.shape[1:]} now, and the "
            f"run was trained on {run.shape}; put its data back"
        )
    return images


def _scatter(run, state, samples):
    title = f"{run.config.data.source} {run.config.variant} step {run.step}"
    moments = latent_moments(run.gan.latent, state.params["latent"])
    nothing = np.zeros((0, 2), np.float32)
    return figures.scatter_figure(nothing, samples.x, samples.component, *moments, title)


def _save_folder(folder, run, samples):
    """NUMBER.png, or NUMBER_component_K.png where the latent has several, a sample."""
    digits = len(str(len(samples.x) - 1))
    ends = [f"_component_{k}" if run.gan.latent.components > 1 else "" for k in samples.component]
    plots.save_folder(folder, data.to_uint8(samples.x), [f"{i:0{digits}}{end}" for i, end in enumerate(ends)])


def _save_npz(out, run, samples):
    x = data.to_uint8(samples.x) if len(run.shape) == 3 else samples.x
    buffer = io.BytesIO()
    np.savez(buffer, x=x, z=samples.z, component=samples.component)
    atomic_write(out, buffer.getvalue())
