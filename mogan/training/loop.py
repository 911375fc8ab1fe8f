"""The loop over steps: calls the device programs, and does what is due between them."""

import functools
import time
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from mogan.errors import RunError
from mogan.machine import compilation, cost, hosts
from mogan.machine.progress import Progress
from mogan.machine.signals import Stop
from mogan.machine.waiting import in_background, until_ready
from mogan.metrics import health
from mogan.metrics.meanings import meaning
from mogan.plots import sheets
from mogan.runs import checkpoint, names
from mogan.runs.best import improves
from mogan.runs.log import Writer, read_metrics
from mogan.training.devices import chunk_length
from mogan.training.experiment import Experiment
from mogan.training.timetable import due, next_stop

FOREMOST = 2  # scores beside the bar, at most


class Job(NamedTuple):
    """What the loop works with. `stop` is filled by signals, from outside; `safe` holds the last (state, step) behind
    which nothing is left to do, which is what a run that is stopped at once saves; `warned` maps the signs that a run
    has been warned of to the warnings, each of which is told once."""

    config: Any
    folder: Path
    experiment: Experiment
    writer: Writer
    progress: Progress
    stop: Stop
    safe: list
    warned: dict


def loop(run: Job, state, step):
    """Runs to the last step or to a signal: (host state, step reached, steps per second of training alone, without
    compilation, evaluations, pictures and checkpoints, the signal's number or 0)."""
    config, program = run.config, run.experiment.program
    chunk = chunk_length(
        config, run.experiment.dataset, program.devices, lambda steps: cost.flops(program.jaxpr(state, step, steps))
    )
    paused, compiled = 0.0, set()  # seconds; lengths of the programs that were compiled

    def clock():
        return time.monotonic() - paused

    sums, pending, logged, warm, signal = {}, None, (clock(), step), None, 0
    run.safe[:] = [(state, step)]
    while step < config.train.steps and not (signal := hosts.largest(run.stop.number)):
        end = next_stop(step, config, chunk)
        if end - step not in compiled:
            began = time.monotonic()
            _compile(run, state, step, end)
            compiled.add(end - step)
            paused += time.monotonic() - began
            if signal := hosts.largest(run.stop.number):
                break
        run.progress.toward(end)
        before = (state, step)
        state, seen = program.run(state, step, end - step)
        # while the device works on this chunk, the host reads the one before
        sums = _collect(run, sums, pending)
        run.safe[:] = [before]
        pending, step = (step, end, seen), end
        todo = due(step, config)
        if todo:
            sums, pending = _collect(run, sums, pending), None
            if "log" in todo:
                now = clock()
                speed = (step - logged[1]) / (now - logged[0])
                numbers = _means(sums) | {"steps_per_second": speed}
                hosts.in_step(functools.partial(_log, run, step, numbers))
                sums, logged = {}, (now, step)
            if todo - {"log"}:
                host = program.get(state)
                began = time.monotonic()
                hosts.in_step(functools.partial(_report, run, host, step, todo))
                paused += time.monotonic() - began
            run.safe[:] = [(state, step)]
        if warm is None:  # the first chunk is slower than those that follow
            until_ready(state)
            warm = (clock(), step)
            run.progress.lap("compilation and the steps")
            run.progress.launched()
            compilation.share()
    _collect(run, sums, pending)
    host = program.get(state)
    check_finite(run, host, step)
    speed = (step - warm[1]) / (clock() - warm[0]) if warm and step > warm[1] else None
    return host, step, speed, signal


def _compile(run, state, step, end):
    with run.progress.compiling(end - step) as tick:
        in_background(run.experiment.program.lower(state, step, end - step).compile, tick)


def _collect(run, sums, pending):
    """`sums` with the tallies of a finished chunk added. Raises RunError if they are not finite."""
    if pending is None:
        return sums
    start, end, seen = pending
    until_ready(seen)
    seen = hosts.get(seen)
    for name, value in seen.items():
        if not np.isfinite(value).all():
            _refuse(run, f"{name} is not finite in steps {start + 1} to {end}")
    run.progress.advance(end, _means(seen))
    return {name: value + sums.get(name, 0) for name, value in seen.items()}


def _means(sums):
    """{name: mean} of tallies [2], or a list of means of [S, 2]; what was never observed is left out."""
    observed = {name: value for name, value in sums.items() if (value[..., 1] > 0).all()}
    return {name: (value[..., 0] / value[..., 1]).tolist() for name, value in observed.items()}


def _report(run, host, step, todo):
    """Evaluates, draws and saves what is due. The checkpoint comes last: it says that all before it is on disk."""
    check_finite(run, host, step)
    if not hosts.is_first():
        return
    if "evaluate" in todo and (scores := run.experiment.evaluate(host, step)):
        _log(run, step, scores)
        run.progress.scored(_foremost(scores, run.config.eval.best))
        _keep_best(run, host, step)
    if "sample" in todo:
        _draw(run, host, step)
    if "checkpoint" in todo:
        compilation.share()
        with run.stop.shielded():
            checkpoint.save(names.checkpoints(run.folder), step, host, run.config.train.keep)


def _log(run, step, numbers):
    """Writes them, and warns of what they are a sign of, if the run has not been warned of it."""
    run.writer.scalars(step, numbers)
    if not hosts.is_first():
        return
    for sign, text in health.at_step(step, health.warnings(numbers | {"step": step}, run.config)).items():
        if sign not in run.warned:
            run.warned[sign] = text
            run.progress.say(f"warning {text}")


def _draw(run, host, step):
    """Draws and keeps pictures of the state; one that fails is reported, and costs the run nothing else."""
    try:
        drawn = run.experiment.pictures(host, step)
        for tag, picture in drawn.items():
            sheets.save_png(names.picture(run.folder, step, tag), picture)
            run.writer.image(step, tag, picture)
        if drawn:
            run.progress.picture(lambda: sheets.png(drawn[names.SAMPLES]))
    except Exception as error:  # whatever it is: what draws may be any library's fault
        told = f"pictures of step {step} failed ({type(error).__name__}: {error}); training goes on without them"
        run.progress.say(told)


def _foremost(scores, best):
    """Of `scores`, those that the progress names: the one whose `best` state is saved, or else the first two of which
    one end is good."""
    good = [name for name in scores if (known := meaning(name)) and known.better]
    return {name: scores[name] for name in ([best] if best in scores else good[:FOREMOST])}


def _keep_best(run, host, step):
    """Saves a state that is better than the one that is the best so far. What that one scored, the log says, also to a
    resumed run."""
    name, folder = run.config.eval.best, names.checkpoints(run.folder, "best")
    held = max((at for at in checkpoint.saved_steps(folder) if at < step), default=None)
    if name and improves(read_metrics(run.folder), name, step, held):
        with run.stop.shielded():
            checkpoint.save(folder, step, host, keep=1)


def check_finite(run: Job, host, step: int) -> None:
    """Raises RunError unless every number of the state is finite."""
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(host)):
        _refuse(run, f"a parameter is not finite after step {step}")


def _refuse(run, what):
    raise RunError(
        f"{what}: training stopped, the last good checkpoint in {names.checkpoints(run.folder)} is kept; "
        "try a smaller config.optim.lr, in another workdir"
    )
