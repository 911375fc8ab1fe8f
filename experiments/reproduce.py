"""Works through the papers' tables: python experiments/reproduce.py [--only=NAME,...] [--hours=2] [--device=gpu]

Trains what is not there yet, what teaches most an hour first, and writes each table when its runs are finished. Runs
are processes side by side: on a CPU one a core, on a GPU --slots that share it, on a TPU one. After --hours, or at
Ctrl-C, they save their state and end; the same command goes on from there.

--list prints the queue: of each table the runs that are finished, about how many hours of one core or device are left,
and what it would teach. Hours are those of a CPU core until a run has logged its own speed.

--config.group.field=value changes every run, as --config.data.dir=DIR. Data that are not in TensorFlow Datasets' folder
are given by table: --only=deligan_2,deligan_3 --config.data.source=folder:DIR --config.data.strokes=3.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from mogan.config.choices import given
from mogan.config.commands import parse_override, read_arguments, run_main
from mogan.errors import InputError, nearest
from mogan.machine.files import expanded

EXPERIMENTS = Path(__file__).parent
PLATFORMS = {"cpu": "cpu", "gpu": "cuda", "tpu": "tpu"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="NAME,...", help="some of the tables (default all)")
    parser.add_argument("--hours", type=float, default=2.0, help="when to stop (default 2)")
    parser.add_argument("--device", choices=PLATFORMS, default="cpu", help="what runs train on (default cpu)")
    parser.add_argument("--slots", type=int, help="runs side by side (default a CPU's cores, 3 on a GPU, 1 on a TPU)")
    parser.add_argument("--workdir", metavar="DIR", default="runs/tables", help="of the runs (default runs/tables)")
    parser.add_argument("--out", metavar="DIR", help="of tables and logs (default --workdir)")
    parser.add_argument("--list", action="store_true", help="print the queue, and run nothing")
    arguments, overrides = read_arguments(parser)
    slots = default_slots(arguments.device) if arguments.slots is None else arguments.slots
    for name, value in {"hours": arguments.hours, "slots": slots}.items():
        if not value > 0:
            raise InputError(f"{given(name, value)}: give a number above 0")
    runs = expanded(arguments.workdir)
    out = expanded(arguments.out) if arguments.out else runs

    from mogan.machine import pool  # after the arguments are checked: JAX takes a second to import
    from mogan.tables.queue import TASKS, Queue

    tasks = chosen(arguments.only, TASKS)
    queue = Queue(tasks, EXPERIMENTS, runs, out, dict(map(parse_override, overrides)))
    print("\n".join(listed(queue, tasks)), flush=True)
    if arguments.list:
        return
    os.environ |= environment(arguments.device, slots)
    for ended in pool.work(queue.next_job, slots, 3600 * arguments.hours, pinned=arguments.device == "cpu"):
        queue.take(ended)
        how = {0: "finished"}.get(ended.status, f"ended ({queue.failures.get(ended.job.name, 'stopped')})")
        print(f"{time.strftime('%H:%M')} {ended.job.name}: {how}", flush=True)
    print("\n".join(listed(queue, tasks)))
    if queue.failures:
        print(f"{len(queue.failures)} jobs failed; their logs are in {out / 'logs'}", file=sys.stderr)
        sys.exit(1)


def default_slots(device: str) -> int:
    from mogan.machine.pool import cores  # here for the same reason

    return {"cpu": cores(), "gpu": 3, "tpu": 1}[device]


def environment(device: str, slots: int) -> dict[str, str]:
    """What processes that share a device are told: its platform, and on a GPU how much of the memory each may take."""
    share = {"XLA_PYTHON_CLIENT_MEM_FRACTION": f"{0.9 / slots:.3f}"} if device == "gpu" else {}
    return {"JAX_PLATFORMS": PLATFORMS[device], **share}


def chosen(only: str, tasks):
    """The tasks that `only` names, in the order of the queue."""
    asked, known = [name for name in only.split(",") if name], [task.table for task in tasks]
    for name in asked:
        if name not in known:
            near = nearest(name, known)
            raise InputError(
                f"{given('only', only)}: {name} is none; did you mean {near}? There are {', '.join(known)}"
            )
    return [task for task in tasks if not asked or task.table in asked]


def listed(queue, tasks) -> list[str]:
    """A line a task, and one of all, in which a run that several tables share counts once."""
    lines = [f"{_told(task.table, queue.left(task))}   {task.teaches}" for task in tasks]
    return [*lines, _told("in all", queue.left(*tasks))]


def _told(name, left):
    return f"{name:22} {left.finished:3} of {left.runs:4} runs {left.hours:8.1f} h left"


if __name__ == "__main__":
    run_main(main)
