"""Commands side by side, each in a process of its own and, on a CPU, on a core of its own."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from mogan.machine.signals import signals

POLL, PATIENCE = 0.2, 300.0  # seconds between looks at the processes; that one may take to save its state and end


def cores() -> int:
    """How many cores of the CPU this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


class Job(NamedTuple):
    """A command; what it prints is added to the file `log`."""

    name: str
    command: tuple[str, ...]
    log: Path


class Ended(NamedTuple):
    """A job and its exit status, negative where a signal ended it."""

    job: Job
    status: int


def work(next_job: Callable[[], Job | None], slots: int, seconds: float, pinned: bool = False) -> Iterator[Ended]:
    """Runs jobs, at most `slots` at a time, and yields each when it has ended.

    next_job() is the next one to start, or None while there is none; the work ends when there is none and none runs.
    After `seconds`, or at SIGINT or SIGTERM, no more are started, and those that run get a SIGTERM, once: they are
    expected to save their state and end. `pinned`: the job in slot i has the i-th core alone, where the system can.
    """
    deadline, running, asked = time.monotonic() + seconds, {}, False
    with signals(lambda count: None) as stop:
        try:
            while True:
                over = bool(stop.number) or time.monotonic() >= deadline
                for slot in () if over else sorted(set(range(slots)) - running.keys()):
                    if job := next_job():
                        running[slot] = job, _start(job, slot if pinned else None)
                if not running:
                    return
                if over and not asked:
                    asked = True
                    for _, process in running.values():
                        process.terminate()
                for slot, (job, process) in list(running.items()):
                    if process.poll() is not None:
                        del running[slot]
                        yield Ended(job, process.returncode)
                time.sleep(POLL)
        finally:
            _end([process for _, process in running.values()])


def _start(job, core):
    job.log.parent.mkdir(parents=True, exist_ok=True)
    with open(job.log, "ab") as log, _on(core):
        # a session of its own: Ctrl-C in the terminal reaches this process alone, which then ends the others
        options = {"stdout": log, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL, "start_new_session": True}
        return subprocess.Popen(job.command, **options)


@contextlib.contextmanager
def _on(core):
    """Context in which processes are started on one of the cores that this process may use, or, for None, on all."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(own)[core % len(own)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def _end(processes):
    """Ends what an error has left running."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
