"""A trained run, read back from its folder; the data set is not needed."""

import io
import json
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from mogan import checkpoint, config, data, figures, parallel, plots
from mogan.errors import InputError
from mogan.experiment import latent_moments, make_algorithm, of_member
from mogan.sampling import Samples, make_sampler, variables
from mogan.steps import make_init
from mogan.types import GAN, TrainState
from mogan.workdir import read_config
from mogan.writers import atomic_write


class TrainedRun(NamedTuple):
    """config; gan; state, on the host; step of that state; shape of a sample; names of the classes."""

    config: object
    gan: GAN
    state: TrainState
    step: int
    shape: tuple[int, ...]
    classes: tuple[str, ...]


def load_run(workdir) -> TrainedRun:
    """The newest good checkpoint of the run in `workdir`, with the networks to use it.

    Raises:
      InputError: the folder holds no run, or no checkpoint yet. RunError: all its checkpoints are damaged.
    """
    folder = Path(workdir)
    settings = config.update(config.base(), read_config(folder))
    try:
        about = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        shape, classes = tuple(about["shape"]), tuple(about["classes"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{folder / 'data.json'} cannot be read ({error}); give the --workdir of a run") from error
    algorithm = make_algorithm(settings, shape, len(classes))
    template = parallel.abstract_state(make_init(*algorithm, settings.optim.ema), settings, shape)
    found = checkpoint.restore_latest(folder / "checkpoints", template)
    if found is None:
        raise InputError(f"workdir {folder} holds no checkpoint yet; let the run reach its first")
    return TrainedRun(settings, algorithm[0], *found, shape, classes)


def sample_to_file(workdir, num: int, out, *, component=None, scale=1.0, seed=0, member=0, ema=False) -> None:
    """Draws `num` samples from the run in `workdir` into `out`, a .png or .npz (see experiments/sample.py).

    Raises:
      InputError: an argument out of range, a file name that is neither, or a folder without a run.
    """
    out = Path(out)
    if out.suffix not in WRITERS:
        raise InputError(f"--out={out}: give a name that ends in {' or '.join(WRITERS)}")
    if not out.parent.is_dir():
        raise InputError(f"--out={out}: there is no folder {out.parent}; make it first")
    if num < 1:
        raise InputError(f"--num={num}: give at least 1")
    if not 0 <= seed < 2**31:
        raise InputError(f"--seed={seed}: give a whole number from 0 to {2**31 - 1}")
    run = load_run(workdir)
    if out.suffix == ".png" and len(run.shape) != 3 and run.shape != (2,):
        raise InputError(f"--out={out}: a sample has shape {run.shape}, which no picture shows; give a name in .npz")
    state = _member(run, member)
    draw = make_sampler(run.gan)
    samples = draw(*variables(state, ema), jax.random.key(seed), num, scale=scale, component=component)
    WRITERS[out.suffix](out, run, state, samples)


def _member(run, index):
    if not 0 <= index < run.config.train.seeds:
        raise InputError(f"--member={index}: the run has members 0 to {run.config.train.seeds - 1}")
    return of_member(run.state, run.config, index)


def _write_png(out, run, state, samples: Samples):
    if len(run.shape) == 3:
        columns = int(np.ceil(np.sqrt(len(samples.x))))
        plots.save_png(out, plots.image_sheet(data.to_uint8(samples.x), columns))
        return
    title = f"{run.config.data.source} {run.config.variant} step {run.step}"
    moments = latent_moments(run.gan.latent, state.params["latent"])
    nothing = np.zeros((0, 2), np.float32)
    plots.save_png(out, figures.scatter_figure(nothing, samples.x, samples.component, *moments, title))


def _write_npz(out, run, state, samples: Samples):
    x = data.to_uint8(samples.x) if len(run.shape) == 3 else samples.x
    buffer = io.BytesIO()
    np.savez(buffer, x=x, z=samples.z, component=samples.component)
    atomic_write(out, buffer.getvalue())


WRITERS = {".png": _write_png, ".npz": _write_npz}
