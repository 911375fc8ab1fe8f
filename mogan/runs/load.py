"""A trained run, read back from its folder."""

from typing import NamedTuple

from mogan import config
from mogan.algorithm.make import init_of, make_algorithm
from mogan.algorithm.seeds import abstract_state
from mogan.config.choices import check_choice
from mogan.errors import InputError
from mogan.machine.compilation import keep_programs
from mogan.machine.files import expanded
from mogan.machine.uses_jax import uses_jax
from mogan.runs import checkpoint, names
from mogan.runs.folder import read_config, read_data
from mogan.types import GAN, TrainState


class TrainedRun(NamedTuple):
    """config; gan; state, on the host; step of that state; shape of a sample; names of the classes."""

    config: object
    gan: GAN
    state: TrainState
    step: int
    shape: tuple[int, ...]
    classes: tuple[str, ...]


@uses_jax
def load_run(workdir, which: str = "last", step: int | None = None) -> TrainedRun:
    """The newest good checkpoint of the run in `workdir`, with the networks to use it; `which`: of all ("last"), or of
    the best score ("best"); `step`: the one of that step.

    Raises:
      InputError: another `which`, the folder holds no run, or no such checkpoint yet. RunError: all are damaged.
    """
    check_choice("checkpoint", which, names.CHECKPOINTS)
    folder = expanded(workdir)
    settings = config.update(config.base(), read_config(folder))
    keep_programs(settings.parallel.keep_programs)
    about = read_data(folder)
    shape, classes = about["shape"], about["classes"]
    algorithm = make_algorithm(settings, shape, len(classes))
    template = abstract_state(init_of(algorithm), settings, shape)
    found = checkpoint.restore_latest(names.checkpoints(folder, which), template, step)
    if found is None:
        raise InputError(_no_checkpoint(folder, settings, which))
    return TrainedRun(settings, algorithm.gan, *found, shape, classes)


def _no_checkpoint(folder, settings, which):
    if which == "best" and not settings.eval.best:
        return f"checkpoint = 'best': {folder} has none, as its config.eval.best is empty; give checkpoint = 'last'"
    kind = "best checkpoint" if which == "best" else "checkpoint"
    return f"workdir {folder} holds no {kind} yet; let the run reach its first"
