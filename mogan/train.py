"""The training loop: from a config and a folder to a trained run."""

import contextlib
import functools
import json
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from tqdm import tqdm

from mogan import checkpoint, hosts, parallel, plots
from mogan.best import best_step
from mogan.config import flatten
from mogan.devices import chunk_length
from mogan.errors import RunError
from mogan.experiment import Experiment, make_experiment
from mogan.signals import signals
from mogan.uses_jax import uses_jax
from mogan.workdir import prepare
from mogan.writers import SILENT, Writer, atomic_write, make_writer, read_jsonl

PACKAGES = ("mogan", "jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "numpy")


class Start(NamedTuple):
    """Where a run begins: its state and step, the summary of a run that had ended before, and what records it."""

    state: Any
    step: int
    kept: dict | None
    writer: Writer
    bar: tqdm


class Run(NamedTuple):
    """What the loop works with: `stopped` is filled by a signal, from outside."""

    config: Any
    folder: Path
    experiment: Experiment
    writer: Writer
    bar: tqdm
    stopped: list


@uses_jax
def train(config, workdir) -> dict | None:
    """Trains what `config` describes, or goes on where `workdir` left off.

    Returns what summary.json holds, or None if a signal (SIGTERM, SIGINT) ended the run early, its state saved. Of
    several processes (`hosts`) the first alone reads and writes `workdir`, and the others return None.

    Raises:
      InputError: bad input, before any work is done.
      RunError: training produced a non-finite number, or the disk failed; the last good checkpoint is kept.
    """
    experiment = hosts.in_step(lambda: make_experiment(config))
    hosts.check_same(_identity(config, experiment.dataset))
    program, folder = experiment.program, Path(workdir)
    fresh = program.get(program.init())
    with contextlib.ExitStack() as stack, signals() as stopped:
        start = hosts.in_step(lambda: _start(stack, config, folder, experiment.dataset, fresh))
        if hosts.any_of(start.kept is not None):
            return start.kept
        state, step = hosts.from_first((start.state, np.int32(start.step)))
        run = Run(config, folder, experiment, start.writer, start.bar, stopped)
        started = time.monotonic()
        host, last, speed = _loop(run, program.put(state), int(step))
        seconds = time.monotonic() - started
        return hosts.in_step(lambda: _finish(run, host, last, seconds, speed))


def _identity(config, dataset):
    """What must be the same in every process of a run."""
    fields = {f"config.{name}": value for name, value in flatten(config).items() if name != "data.dir"}
    data = {f"data {name}": value for name, value in describe(dataset).items()}
    return fields | data | {"samples": len(dataset.x)}


def _start(stack, config, folder, dataset, fresh):
    """Takes hold of the folder, until `stack` closes, and finds where the run begins there, `fresh` if it is new."""
    if not hosts.is_first():
        return Start(fresh, 0, None, SILENT, tqdm(disable=True))
    checkpoints = config.train.keep + 1 + (2 if config.eval.best else 0)  # an old one goes when the new one is there
    stack.enter_context(prepare(folder, flatten(config), parallel.bytes_of(fresh) * checkpoints + 2**24))
    found = checkpoint.restore_latest(folder / "checkpoints", fresh)
    state, step = found or (fresh, 0)
    kept = _kept(folder / "summary.json") if step == config.train.steps else None
    if kept:
        return Start(state, step, kept, SILENT, tqdm(disable=True))
    _write_json(folder / "data.json", describe(dataset))
    if found:
        _say(f"resuming {folder} at step {step} of {config.train.steps}")
    writer = make_writer(folder, step if found else None)
    bar = tqdm(total=config.train.steps, initial=step, unit="step", dynamic_ncols=True, disable=None)
    for opened in (writer, bar):
        stack.enter_context(contextlib.closing(opened))
    return Start(state, step, None, writer, bar)


def _finish(run, host, last, seconds, speed):
    """Saves what a signal stopped, and returns None; writes and returns the summary of a run that reached its end."""
    if not hosts.is_first():
        return None
    run.bar.close()
    if last < run.config.train.steps:
        checkpoint.save(run.folder / "checkpoints", last, host, run.config.train.keep)
        _say(f"stopped by a signal at step {last} of {run.config.train.steps}; run again to go on from {run.folder}")
        return None
    results = _summary(run, host, seconds, speed)
    _write_json(run.folder / "summary.json", results)
    return results


def _kept(summary):
    """What a summary.json holds; None if it is missing or damaged."""
    try:
        kept = json.loads(summary.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return kept if isinstance(kept, dict) and {"steps", "metrics"} <= kept.keys() else None


def describe(dataset) -> dict:
    """What sampling needs to know of the data: the shape of a sample and the names of its classes."""
    return {"shape": list(dataset.x.shape[1:]), "classes": list(dataset.classes)}


def next_stop(step: int, config, chunk: int) -> int:
    """Where the device program that starts at `step` ends: after `chunk` steps, or earlier where something is due.

    It depends on `step` alone, so a resumed run calls the same programs as an uninterrupted one.
    """
    every = _intervals(config.train).values()
    return min(step + chunk, config.train.steps, *((step // interval + 1) * interval for interval in every if interval))


def _intervals(train):
    return {
        "log": train.log_every,
        "evaluate": train.eval_every,
        "sample": train.sample_every,
        "checkpoint": train.checkpoint_every,
    }


def _due(step, config):
    """What is to be done after `step`; everything, after the last."""
    return {
        name
        for name, interval in _intervals(config.train).items()
        if step == config.train.steps or (interval and step % interval == 0)
    }


def _loop(run: Run, state, step):
    """Runs to the last step or to a signal: (host state, step reached, steps per second of training alone, without
    compilation, evaluations, pictures and checkpoints)."""
    config, program = run.config, run.experiment.program
    chunk = chunk_length(config, run.experiment.dataset, program.devices)
    paused = 0.0  # seconds

    def clock():
        return time.monotonic() - paused

    sums, pending, logged, warm = {}, None, (clock(), step), None
    while step < config.train.steps and not hosts.any_of(bool(run.stopped)):
        end = next_stop(step, config, chunk)
        state, seen = program.run(state, step, end - step)
        # while the device works on this chunk, the host reads the one before
        sums = _collect(run, sums, pending)
        pending, step = (step, end, seen), end
        due = _due(step, config)
        if due:
            sums, pending = _collect(run, sums, pending), None
            if "log" in due:
                now = clock()
                speed = (step - logged[1]) / (now - logged[0])
                run.writer.scalars(step, _means(sums) | {"steps_per_second": speed})
                sums, logged = {}, (now, step)
            if due - {"log"}:
                host = program.get(state)
                began = time.monotonic()
                hosts.in_step(functools.partial(_report, run, host, step, due))
                paused += time.monotonic() - began
        if warm is None:  # the first chunk compiles
            jax.block_until_ready(state)
            warm = (clock(), step)
    _collect(run, sums, pending)
    host = program.get(state)
    _check_finite(run, host, step)
    speed = (step - warm[1]) / (clock() - warm[0]) if warm and step > warm[1] else None
    return host, step, speed


def _collect(run, sums, pending):
    """`sums` with the tallies of a finished chunk added. Raises RunError if they are not finite."""
    if pending is None:
        return sums
    start, end, seen = pending
    seen = hosts.get(seen)
    for name, value in seen.items():
        if not np.isfinite(value).all():
            _refuse(run, f"{name} is not finite in steps {start + 1} to {end}")
    run.bar.update(end - start)
    return {name: value + sums.get(name, 0) for name, value in seen.items()}


def _means(sums):
    """{name: mean} of tallies [2], or a list of means of [S, 2]; what was never observed is left out."""
    observed = {name: value for name, value in sums.items() if (value[..., 1] > 0).all()}
    return {name: (value[..., 0] / value[..., 1]).tolist() for name, value in observed.items()}


def _report(run, host, step, due):
    """Evaluates, draws and saves what is due. The checkpoint comes last: it says that all before it is on disk."""
    _check_finite(run, host, step)
    if not hosts.is_first():
        return
    if "evaluate" in due and (scores := run.experiment.evaluate(host, step)):
        run.writer.scalars(step, scores)
        _keep_best(run, host, step)
    if "sample" in due:
        for tag, picture in run.experiment.pictures(host, step).items():
            name = f"step_{step}.png" if tag == "samples" else f"step_{step}_{tag}.png"
            plots.save_png(run.folder / "samples" / name, picture)
            run.writer.image(step, tag, picture)
    if "checkpoint" in due:
        checkpoint.save(run.folder / "checkpoints", step, host, run.config.train.keep)


def _keep_best(run, host, step):
    """Saves a state that is better than all before it. What these scored, metrics.jsonl says, also to a resumed run."""
    name = run.config.eval.best
    if name and best_step(read_jsonl(run.folder / "metrics.jsonl"), name) == step:
        checkpoint.save(run.folder / "best", step, host, keep=1)


def _check_finite(run, host, step):
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(host)):
        _refuse(run, f"a parameter is not finite after step {step}")


def _refuse(run, what):
    raise RunError(
        f"{what}: training stopped, the last good checkpoint in {run.folder / 'checkpoints'} is kept; "
        "try a smaller config.optim.lr, in another --workdir"
    )


def _summary(run, host, seconds, speed):
    final = [record for record in read_jsonl(run.folder / "metrics.jsonl") if record["step"] == run.config.train.steps]
    devices = run.experiment.program.devices
    return {
        "steps": run.config.train.steps,
        "metrics": {name: value for record in final for name, value in record.items() if name != "step"},
        "wall_seconds": seconds,
        "steps_per_second": speed,
        "device": f"{len(devices)} x {devices[0].device_kind}",
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "state_sha256": checkpoint.digest(host),
    }


def _write_json(path, value):
    atomic_write(path, json.dumps(value, indent=1) + "\n")


def _say(message):
    tqdm.write(message, file=sys.stderr)
