"""The training loop: from a config and a folder to a trained run."""

import contextlib
import os
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any, NamedTuple

import jax
import numpy as np

from mogan.config import auto, flatten
from mogan.data import facts, identify
from mogan.errors import Stopped
from mogan.machine import hosts
from mogan.machine.files import expanded
from mogan.machine.progress import Progress
from mogan.machine.signals import Halt, signals
from mogan.machine.uses_jax import uses_jax
from mogan.metrics import health
from mogan.runs import checkpoint, names
from mogan.runs.changes import other_programs
from mogan.runs.folder import check_apart, check_config, prepare, read_config, read_summary, write_summary
from mogan.runs.load import TrainedRun
from mogan.runs.log import SILENT, Writer, make_writer, read_metrics
from mogan.training import programs
from mogan.training.experiment import make_experiment
from mogan.training.loop import Job, check_finite, loop

PACKAGES = ("mogan", "jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy")


class Start(NamedTuple):
    """Where a run begins: its state and step, the summary if it has ended already, and what writes its log."""

    state: Any
    step: int
    kept: dict | None
    writer: Writer


@uses_jax
def train(config, workdir, imports: float = 0.0) -> dict | None:
    """Trains what `config` describes, or goes on where `workdir` left off, and returns what summary.json holds.

    Fields that the config leaves to be chosen by the data (config.auto) are chosen first, told, and written with the
    rest. Of several processes (`hosts`) only the first reads and writes `workdir`; the others return None. The config
    of a run that goes on may differ in fields that do not change what was already computed (`runs.changes`). `imports`:
    seconds that the program has spent on imports, shown with the other times before the first step.

    Raises:
      InputError: bad input, before any work is done.
      RunError: training produced a non-finite number, or a checkpoint could not be written; the last good one is kept.
      OSError: another file of the run could not be written; the last checkpoint is kept.
      Stopped: a signal (SIGTERM, SIGINT) to any process ended the run early, its state saved after the chunk of steps
        that was under way; a second signal, at once, with what the chunk before gave (of several processes, with their
        last checkpoint).
    """
    progress = Progress(config.train.steps, expanded(workdir).name, shown=hosts.is_first())
    progress.lap("imports", imports)
    say = progress.say if hosts.is_first() else lambda line: None
    config = hosts.in_step(lambda: _found(expanded(workdir), config, say))
    experiment = hosts.in_step(lambda: make_experiment(config))
    about = identify(experiment.dataset)
    progress.lap("data")
    hosts.check_same(_identity(config, about))
    fresh = experiment.program.get(experiment.program.init())
    with contextlib.ExitStack() as stack, signals(progress.acknowledge) as stop:
        stack.enter_context(contextlib.closing(progress))
        run = Job(config, expanded(workdir), experiment, SILENT, progress, stop, [], {})
        try:
            start = hosts.in_step(lambda: _start(stack, run, about, fresh))
            if hosts.any_of(start.kept is not None):
                return start.kept
            return _to_the_end(run._replace(writer=start.writer), start)
        except Halt:
            raise _halted(run) from None


def chosen(config, say: Callable = lambda line: None):
    """`config` with what config.auto leaves to the data chosen by it; say(line) tells each choice."""
    if not config.auto:
        return config
    config, lines = auto.resolve(config, facts(config.data))
    for line in lines:
        say(line)
    return config


def _found(folder, config, say):
    """`chosen`, after all is refused that a look into `folder` can tell."""
    check_apart(folder, config.data.source)
    if hosts.is_first():
        check_config(folder, flatten(config))
    return chosen(config, say)


def _identity(config, about):
    """What must be the same in every process of a run."""
    fields = {f"config.{name}": value for name, value in flatten(config).items() if name != "data.dir"}
    return fields | {f"data {name}": value for name, value in about.items()}


def _start(stack, run, about, fresh):
    """Locks the folder until `stack` closes, and finds where the run begins: at a checkpoint, or at `fresh`."""
    if not hosts.is_first():
        return Start(fresh, 0, None, SILENT)
    config, folder, new = run.config, run.folder, flatten(run.config)
    old = read_config(folder) if names.config(folder).exists() else new
    checkpoints = config.train.keep + 1 + (2 if config.eval.best else 0)  # an old one goes when the new one is there
    stack.enter_context(prepare(folder, new, programs.bytes_of(fresh) * checkpoints + 2**24, about))
    found = checkpoint.restore_latest(names.checkpoints(folder), fresh)
    state, step = found or (fresh, 0)
    checkpoint.take_back(names.checkpoints(folder, "best"), step)  # as what was logged after it
    kept = read_summary(folder, step) if step == config.train.steps else None
    if kept:
        run.progress.say(f"{folder} has finished its {step} steps; with more train.steps it goes on")
        return Start(state, step, kept, SILENT)
    if found:
        _go_on(run, old, new, step)
        run.warned.update(_warnings_until(folder, config, step))
    writer = make_writer(folder, step if found else None)
    stack.enter_context(contextlib.closing(writer))
    run.progress.start(step)
    return Start(state, step, None, writer)


def _warnings_until(folder, config, step):
    """{sign: warning} of all that the run was warned of up to `step`."""
    records, found = [record for record in read_metrics(folder) if record["step"] <= step], {}
    for record in records:
        found = health.at_step(record["step"], health.warnings(record, config)) | found
    return found


def _go_on(run, old, new, step):
    """Says where a run goes on and what has changed; removes the old summary, and sets aside the best state if it was
    chosen by another score."""
    folder, say = run.folder, run.progress.say
    say(f"resuming {folder} at step {step} of {new['train.steps']}")
    if reason := other_programs(old, new, step):
        say(
            f"from step {step} on the device programs are others ({reason}): the numbers are those of a run that was "
            "started so only up to rounding, not bit for bit"
        )
    names.summary(folder).unlink(missing_ok=True)
    score, best = old.get("eval.best", ""), names.checkpoints(folder, "best")
    if score != new["eval.best"] and best.exists():
        aside = names.set_aside(folder, score)
        os.rename(best, aside)
        say(f"the best state by {score} is now in {aside}")


def _to_the_end(run, start):
    """Trains from `start` on; what train() returns. Raises Stopped."""
    state, step = hosts.from_first((start.state, np.int32(start.step)))
    began, steps = time.monotonic(), run.config.train.steps
    host, last, speed, signal = loop(run, run.experiment.program.put(state), int(step))
    seconds = time.monotonic() - began
    run.progress.close()
    with run.stop.shielded():
        if last < steps:
            hosts.in_step(lambda: _save(run, host, last))
            raise Stopped(_told(run, "stopped by a signal", last), signal)
        return hosts.in_step(lambda: _finish(run, host, int(step), seconds, speed))


def _save(run, host, step):
    if hosts.is_first():
        checkpoint.save(names.checkpoints(run.folder), step, host, run.config.train.keep)


def _finish(run, host, first, seconds, speed):
    """Writes and returns the summary of a run that reached its end."""
    if not hosts.is_first():
        return None
    results = _summary(run, host, first, seconds, speed)
    write_summary(run.folder, results)
    if run.config.eval.report:
        _report(run, host)
    return results


def _report(run, host):
    """Writes the page of the run; one that fails is told of, and costs the run nothing else."""
    from mogan.plots.report.runs import write  # takes half a second to import

    config, experiment = run.config, run.experiment
    shape, classes = experiment.dataset.x.shape[1:], experiment.dataset.classes
    trained = TrainedRun(config, experiment.gan, host, config.train.steps, shape, classes)
    try:
        write([run.folder], names.report(run.folder), trained, dataset=experiment.dataset)
    except Exception as error:  # whatever it is: what draws may be any library's fault
        again = f"python experiments/report.py --workdir={run.folder}"
        run.progress.say(f"no report ({type(error).__name__}: {error}); to try again: {again}")


def _halted(run):
    """Saves the state after the last whole chunk, if a single process holds it; returns the error to raise."""
    run.progress.close()
    told = "stopped at once by a second signal"
    if jax.process_count() > 1 or not run.safe:
        return Stopped(f"{told}; run again to go on from the last checkpoint in {run.folder}", run.stop.number, True)
    state, step = run.safe[-1]
    host = run.experiment.program.get(state)
    check_finite(run, host, step)
    _save(run, host, step)
    return Stopped(_told(run, told, step), run.stop.number, True)


def _told(run, what, step):
    return f"{what} at step {step} of {run.config.train.steps}; run again to go on from {run.folder}"


def _summary(run, host, first, seconds, speed):
    final = [record for record in read_metrics(run.folder) if record["step"] == run.config.train.steps]
    devices = run.experiment.program.devices
    return {
        "steps": run.config.train.steps,
        "metrics": {name: value for record in final for name, value in record.items() if name != "step"},
        "first_step": first,  # of the call that came to the end, which took so many seconds
        "wall_seconds": seconds,
        "steps_per_second": speed,
        "device": f"{len(devices)} x {devices[0].device_kind}",
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "state_sha256": checkpoint.digest(host),
        **({"warnings": run.warned} if run.warned else {}),
    }
