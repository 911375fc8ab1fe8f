"""The papers' tables as one queue, in the order of what an hour teaches: the next job, and what is left."""

import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mogan.machine.pool import Ended, Job
from mogan.runs import checkpoint, names
from mogan.runs.log import read_metrics
from mogan.tables import cost, plan_table
from mogan.tables.listing import flag, training


class Task(NamedTuple):
    """A table, of so many `seeds`; what it would teach."""

    table: str
    seeds: int
    teaches: str


TASKS = (
    Task("deligan_toy", 10, "whether DeLiGAN covers a density that its baselines miss"),
    Task("gmgan_toy", 10, "the same of GM-GAN's nine modes, and quality against diversity over sigma"),
    Task("delifisher_toy", 10, "which part of Deli-Fisher's model gives modes their weights"),
    Task("logan_toy", 4, "LOGAN's contours and modes, in smaller networks"),
    Task("logan_bigan_toy", 4, "its BiGANs' rare modes, likewise"),
    Task("logan_toy_full", 3, "whether LOGAN's contours and modes come out at its own size"),
    Task("logan_bigan_toy_full", 3, "whether its BiGANs recover rare modes"),
    Task("deligan_3", 1, "whether DeLiGAN's sketches of dissimilar classes score higher than the GAN's"),
    Task("deligan_2", 1, "the same of similar classes"),
    Task("deligan_figure_6", 1, "DeLiGAN's figure of both"),
    Task("small_data_sketches", 3, "whether a mixture still helps under a modern baseline"),
    Task("own_images", 3, "whether the recipe for own images beats the papers' priors, on drawn shapes"),
    Task("own_images_scales", 3, "whether one Gaussian at another scale would do as well as the mixture"),
    Task("modes", 3, "which losses keep all modes, with one Gaussian and with a mixture"),
    Task("gmgan_3_fashion", 1, "whether GM-GAN clusters Fashion-MNIST"),
    Task("gmgan_3_signs", 3, "whether GM-GAN clusters traffic signs, and how often it collapses"),
    Task("gmgan_3_mnist", 1, "whether it clusters MNIST by either reading of its sigma"),
    Task("deligan_figure_4", 1, "DeLiGAN's figure of 500 digits"),
    Task("small_data_mnist", 3, "whether a mixture still helps, on digits"),
    Task("small_data_signs", 3, "the same on traffic signs"),
    Task("small_data_cifar", 3, "the same on photographs"),
    Task("stacked_mnist", 3, "how many of 1,000 modes each loss keeps, with one Gaussian and with a mixture"),
    Task("modes_full", 3, "mode coverage at PacGAN's size"),
    Task("stacked_mnist_full", 3, "the 1,000 modes at VEEGAN's size"),
    Task("deligan_1", 1, "m-IS of 2,000 images of CIFAR-10"),
    Task("deligan_figure_5", 1, "DeLiGAN's figure of them"),
    Task("delifisher", 5, "Inception Score of Deli-Fisher's mixtures"),
    Task("logan_1", 1, "Inception Score under LOGAN's losses"),
    Task("logan_3", 1, "the same of its BiGANs, and with them table 2"),
    Task("logan_2", 1, "SSIM of their reconstructions"),
    Task("gmgan_2_cifar10", 10, "Inception Score of GM-GAN"),
    Task("gmgan_figure_2", 1, "its Inception Score over sigma"),
    Task("gmgan_2_stl10", 10, "Inception Score of GM-GAN on STL-10"),
    Task("gmgan_figure_7", 10, "quality against diversity over sigma"),
)

BAD_INPUT = 2  # exit status of a program that refused what it was given
STOPPED = (128 + signal.SIGINT, 128 + signal.SIGTERM)  # exit statuses of a run that saved its state and ended


class Left(NamedTuple):
    """Of tasks: their runs, those that are finished, and about how many hours of one core or device the others take."""

    runs: int
    finished: int
    hours: float


class Queue:
    """Jobs that make the tables of `tasks`: the runs of each, and the table when all are finished.

    experiments: the folder of the programs and config files; runs, out: where runs and tables are kept; overrides:
    {"group.field": value} of every run. `failures` {job: last line of its log} holds what ended with an error and is
    not tried again; bad input of one run, such as missing data, ends the task. Raises InputError for bad overrides.
    """

    def __init__(self, tasks: Iterable[Task], experiments: Path, runs: Path, out: Path, overrides: Mapping[str, Any]):
        self.failures, self._begun, self._ended = {}, set(), set()
        self._experiments, self._out, self._overrides = experiments, out, overrides
        self._plans = {task: plan_table(task.table, experiments, runs, task.seeds, (), overrides) for task in tasks}

    def next_job(self) -> Job | None:
        """The next that can start, None where there is none: of the first task of which not all is done or begun."""
        for task, plan in self._plans.items():
            if task.table in self._ended:
                continue
            left = [cell for cell in plan.cells if not names.summary(cell.folder).exists()]
            for cell in left:
                if cell.folder not in self._begun:
                    self._begun.add(cell.folder)
                    return self._job(task, cell.folder.name, "run", training(cell, plan.request))
            if not left and task.table not in self._begun and not self._is_written(task, plan):
                self._begun.add(task.table)
                return self._job(task, "table", "tables", self._flags(task, plan))
        return None

    def take(self, ended: Ended) -> None:
        """Remembers how a job ended."""
        if ended.status > 0 and ended.status not in STOPPED:
            lines = ended.job.log.read_text(encoding="utf-8", errors="replace").splitlines()
            self.failures[ended.job.name] = lines[-1] if lines else f"exit status {ended.status}"
            if ended.status == BAD_INPUT:
                self._ended.add(ended.job.name.partition(" ")[0])

    def left(self, *tasks: Task) -> Left:
        """What is left of the tasks; a run that several share counts once. Hours are by the speed that a run has
        logged, else by `cost`."""
        cells = {cell.folder: (self._plans[task], cell) for task in tasks for cell in self._plans[task].cells}
        finished = sum(names.summary(folder).exists() for folder in cells)
        return Left(len(cells), finished, sum(_hours(plan, cell) for plan, cell in cells.values()))

    def _is_written(self, task, plan):
        """Whether the table is there, and made of all its runs."""
        path = self._out / f"{task.table}.md"
        return path.exists() and all(
            names.summary(cell.folder).stat().st_mtime <= path.stat().st_mtime for cell in plan.cells
        )

    def _job(self, task, name, program, flags):
        command = sys.executable, str(self._experiments / f"{program}.py"), *flags
        return Job(f"{task.table} {name}", command, self._out / "logs" / task.table / f"{name}.log")

    def _flags(self, task, plan):
        own = {"table": task.table, "seeds": task.seeds, "workdir": plan.request.runs, "out": self._out}
        own |= {f"config.{name}": value for name, value in self._overrides.items()}
        return [flag(name, value) for name, value in own.items()]


def _hours(plan, cell):
    """Of one run."""
    if names.summary(cell.folder).exists():
        return 0.0
    steps = cell.config(plan.request).train.steps
    done = max(checkpoint.saved_steps(names.checkpoints(cell.folder)), default=0)
    speeds = [record["steps_per_second"] for record in _logged(cell.folder) if "steps_per_second" in record]
    return (steps - done) / speeds[-1] / 3600 if speeds else cost.hours(cell) * (1 - done / steps)


def _logged(folder):
    return read_metrics(folder) if names.metrics(folder).exists() else []
