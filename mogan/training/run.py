"""A trained run in use: what mogan.train and mogan.load return. Each method is a thin layer over a function below."""

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import ml_collections
import numpy as np

from mogan.algorithm.model import Model, Samples, make_model
from mogan.config.choices import MOST_SAMPLES, check_whole
from mogan.config.commands import check_out
from mogan.errors import InputError, nearest
from mogan.evaluation import evaluator
from mogan.evaluation.settings import Settings
from mogan.machine.files import expanded
from mogan.machine.uses_jax import uses_jax
from mogan.plots.colours import colours_of, colours_of_models, hex_of
from mogan.plots.drawings import draw
from mogan.plots.picture import Picture
from mogan.runs import names
from mogan.runs.load import TrainedRun, load_run
from mogan.runs.log import read_metrics, series
from mogan.training import train as training
from mogan.training.devices import make_ready

OWN = ("metrics", "workdir", "samples", "member", "checkpoint", "ema")  # settings of an evaluation that a Run knows


def train(config: ml_collections.ConfigDict, workdir: str | os.PathLike) -> "Run":
    """Trains what `config` describes in the folder `workdir`, and returns the run; goes on where one there has stopped.

    Progress is a bar in a terminal or a notebook. A finished run is not trained again. Interrupting the kernel stops
    the training after the steps under way, and the same call goes on from there.

    Raises:
      InputError: bad input, before any work is done. RunError: training produced a number that is not finite, or the
        disk failed. Stopped, a KeyboardInterrupt: it was interrupted.
    """
    if not isinstance(config, ml_collections.ConfigDict):
        raise InputError(f"config = {config!r}: give what mogan.load_config returns")
    folder = _folder(workdir)
    make_ready(config)
    training.train(config, folder)
    return load(folder)


def load(workdir: str | os.PathLike, *, checkpoint: str = "last", member: int = 0, ema: bool | None = None) -> "Run":
    """The run in the folder `workdir`, as its newest checkpoint has it.

    checkpoint: "last", or "best": that with the best score config.eval.best
    member: which of the config.train.seeds runs that were trained side by side
    ema: use the moving average of the generator (config.optim.ema), or with False its current weights; None: the
        average where the run keeps one, by which it was scored and drawn while it trained

    Raises:
      InputError: the folder holds no run, or not what is asked for. RunError: all its checkpoints are damaged.
    """
    folder = _folder(workdir)
    check_whole("member", member)
    if ema is not None and type(ema) is not bool:
        raise InputError(f"ema = {ema!r}: give True or False")
    trained = load_run(folder, checkpoint)
    model = make_model(trained.gan, trained.state, trained.config, member, ema)
    return Run(folder, checkpoint, trained, model)


@dataclasses.dataclass(frozen=True, repr=False)
class Run:
    """A trained run: one member of it, at one checkpoint, read from its folder `workdir`.

    Images are uint8 [n, h, w, c], points float32 [n, d], all arrays numpy's. Bad arguments raise InputError, a
    ValueError, before any work is done.
    """

    workdir: Path
    checkpoint: str
    trained: TrainedRun
    model: Model

    @property
    def config(self) -> ml_collections.ConfigDict:
        """The config that the run was trained with."""
        return self.trained.config

    @property
    def step(self) -> int:
        """The step of the checkpoint."""
        return self.trained.step

    @property
    def params(self) -> dict[str, Any]:
        """The parameters in use, a tree of arrays by group: generator, latent, discriminator and, if any, encoder."""
        return self.model.params

    @property
    def colour(self) -> str:
        """The colour of its model in every picture that compares models, as "#rrggbb"."""
        return hex_of(*colours_of_models([self.config.variant]))

    @property
    def component_colours(self) -> np.ndarray:
        """The colours of its latent's K components in every picture, RGB [K, 3] in [0, 1]."""
        return colours_of(self.model.gan.latent.components)

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each number that the run had logged by `step`; nan for what was not finite."""
        records = [record for record in read_metrics(self.workdir) if record["step"] <= self.step]
        return {name: self._own(value) for record in records for name, value in record.items() if name != "step"}

    def history(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """(steps [n] int64, values [n] float64) of a number that the run has logged, at whatever step."""
        records = read_metrics(self.workdir)
        known = {logged for record in records for logged in record} - {"step"}
        if not isinstance(name, str) or name not in known:
            others = (
                f"; did you mean {nearest(str(name), known)}? There are {', '.join(sorted(known))}" if known else ""
            )
            raise InputError(f"name = {name!r}: the run has logged no such number{others}")
        steps, values = series(records, name)
        return steps, values[:, self.model.member if values.shape[1] > 1 else 0]

    @uses_jax
    def sample(self, n: int, *, component: int | None = None, scale: float = 1.0, seed: int = 0) -> Samples:
        """n samples x, with the z [n, d] and the component [n] that each is made from.

        `component`: all of this one, else as the prior chooses; `scale` multiplies the covariance of every component.
        The same arguments give the same samples.
        """
        check_whole("n", n, 1, MOST_SAMPLES)
        check_whole("seed", seed)
        return self.model.sample(jax.random.key(seed), n, component=component, scale=scale)

    def encode(self, x) -> np.ndarray:
        """z = E(x) [n, d] of images or points x, for a run with an encoder."""
        return self.model.encode(self._checked(x))

    def reconstruct(self, x) -> np.ndarray:
        """G(E(x)) of images or points x, for a run with an encoder."""
        return self.model.reconstruct(self._checked(x))

    def show(self, show: str = "samples", *, seed: int = 0, **options) -> Picture:
        """A picture, which a notebook displays; numpy.asarray gives its pixels, uint8 [H, W, 3].

        show: of images, samples, components, sweep, reconstructions, interpolations, means, neighbours or augmented; of
            points in the plane, samples or components
        options: num, component, scale and scales, where the picture takes them, as for experiments/sample.py
        """
        return Picture(draw(self.trained, self.model, show, seed=seed, **options))

    def evaluate(self, metrics: str | Sequence[str], **options) -> dict[str, dict[str, Any]]:
        """{metric: {score: value, "protocol": how it was taken}} of a run on images, for `metrics` as "qd,clustering".

        options: num (samples, 50,000 by default), seed, reference, data, heldout, classifier, features, splits, scales,
            steps, members, epochs, window, batch_stats and save_stats, as for experiments/evaluate.py
        """
        for name, value in options.items():
            if name not in Settings._fields or name in OWN:
                known = [field for field in Settings._fields if field not in OWN]
                raise InputError(
                    f"{name} = {value!r}: evaluate has no such option; did you mean {nearest(name, known)}?"
                )
        asked = metrics.split(",") if isinstance(metrics, str) else metrics
        if not isinstance(asked, Sequence) or not all(isinstance(name, str) for name in asked):
            raise InputError(f"metrics = {metrics!r}: give names, as 'qd,clustering'")
        place = {"workdir": str(self.workdir), "checkpoint": self.checkpoint}
        which = {"member": self.model.member, "ema": self.model.average}
        return evaluator.evaluate(Settings(tuple(filter(None, asked)), **place, **which, **options))

    def report(self, out: str | os.PathLike = "") -> Path:
        """Writes a page for the browser, all of the run in one file, as FILE.html, by default report.html in the run's
        folder; returns where it is."""
        from mogan.plots.report.runs import write  # takes half a second to import

        path = check_out(out or names.report(self.workdir), ".html")
        write([self.workdir], path, self.trained, self.model)
        return path

    def __repr__(self):
        average = ", moving average" if self.model.average else ""
        trained = f"{self.config.data.source} {self.config.variant}, seed {self.model.seed}"
        seeds = self.config.train.seeds
        member = f" (member {self.model.member} of {seeds})" if seeds > 1 else ""
        return f"<Run {self.workdir}: {trained}{member}, step {self.step} of {self.config.train.steps}{average}>"

    def _own(self, value):
        """What was logged of this member, as a float."""
        own = value[self.model.member] if isinstance(value, list) else value
        return math.nan if own is None else float(own)

    def _checked(self, x):
        """Images or points as the run was trained on."""
        shape = self.trained.shape
        kind = np.dtype(np.uint8 if len(shape) == 3 else np.float32)
        found = np.asarray(x)
        fit = found.dtype == kind or (kind == np.float32 and found.dtype.kind in "fiu")
        if self.model.gan.encode is None:
            raise InputError("the run has no encoder; give one with config.model.encoder = True")
        if found.shape[1:] != shape or not len(found) or not fit:
            sizes = ", ".join(map(str, shape))
            raise InputError(f"x is {found.dtype} {list(found.shape)}; give {kind} [n, {sizes}], n at least 1")
        return found.astype(kind)


def _folder(workdir) -> Path:
    """The path of a run's folder; raises InputError for what is none."""
    if not isinstance(workdir, str | os.PathLike) or not os.fspath(workdir):
        raise InputError(f"workdir = {workdir!r}: give the folder of the run")
    return expanded(workdir)
