"""What is measured of whole processes: the time from the command to the end of the first step, and peak memory.

A process of its own (this file) loads an image set-up, trains it and says when its first step is done; at its end, its
peak memory: on a GPU or TPU that of the device, on a CPU all that was resident. A cold start has an empty cache of
compiled programs, MOGAN_CACHE or torch.compile's; a warm one has what the cold one left there. Each is done once,
whatever the rounds.

python experiments/benchmarks/processes.py mogan mnist500 4          (contender, set-up, steps)
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

import rivals
from setups import SETUPS, load_images
from table import COMPILED, EAGER, Part, Rounds, Row

from mogan.errors import RunError

OURS = "mogan"
STARTED, REMEMBERED = ("mnist500",), ("fisher", "bigan")  # whose PyTorch networks need no module of mogan's
STEPS = 4  # of a process whose memory is measured
CACHES = ("MOGAN_CACHE", "TORCHINDUCTOR_CACHE_DIR")  # of compiled programs


class Seen(NamedTuple):
    """Of one process: seconds until its first step was done, and its peak memory in MiB."""

    seconds: float
    peak: float


def train(contender: str, setup: str, steps: int) -> None:
    """What the process does: prints "first step" when it is done, then its peak memory in bytes."""
    step, peak = own_steps(setup) if contender == OURS else torch_steps(setup, compiled=contender == COMPILED)
    step()
    print("first step", flush=True)
    for _ in range(steps - 1):
        step()
    print(peak(), flush=True)


def own_steps(setup: str) -> tuple[Callable, Callable]:
    """(step(), peak() -> bytes) of mogan, started as experiments/run.py starts it."""
    import jax
    from training import of_images

    from mogan.machine.compilation import keep_programs

    keep_programs()
    training = of_images(setup)

    def peak():
        return (jax.local_devices()[0].memory_stats() or {}).get("peak_bytes_in_use") or resident()

    return lambda: training.run(1), peak


def torch_steps(setup: str, compiled: bool) -> tuple[Callable, Callable]:
    """(step(), peak() -> bytes) of PyTorch."""
    import torch
    from torch_gan import TorchGAN

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with tempfile.TemporaryDirectory() as folder:
        config = load_images(setup, folder)
    step = rivals.on(device, lambda device, wrap: TorchGAN(config, SETUPS[setup][2], device, wrap).step, compiled)
    return step, torch.cuda.max_memory_allocated if device.type == "cuda" else resident


def resident() -> int:
    """The most bytes of memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def watch(contender: str, setup: str, steps: int, cache: str | None = None) -> Seen:
    """Runs `train` in a process of its own, whose caches of compiled programs lie in `cache` if that is given."""
    caches = {name: f"{cache}/{name}" for name in CACHES} if cache else {}
    command = [sys.executable, __file__, contender, setup, str(steps)]
    started = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as errors,  # a pipe that nobody reads would fill
        subprocess.Popen(command, env=os.environ | caches, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        first = process.stdout.readline()
        seconds = time.perf_counter() - started
        rest = process.stdout.read()
        process.wait()
        errors.seek(0)
        said = errors.read().strip()[-300:]
    if process.returncode or first != "first step\n":
        raise RunError(f"{contender} of {setup} ended with {process.returncode}: {said}")
    return Seen(seconds, int(rest) / 2**20)


def rivals_of(watched: Callable[[str], float]) -> dict[str, list[float] | str]:
    """{EAGER and COMPILED: [watched(rival)], or why there is none}."""
    reason = rivals.why_not()
    why = {EAGER: reason, COMPILED: reason or rivals.why_not_compiled()}
    return {rival: why[rival] or _tried(watched, rival) for rival in why}


def _tried(watched, rival):
    """[watched(rival)]; of torch.compile, whatever its compiler says, why there is none."""
    try:
        return [watched(rival)]
    except RunError:
        if rival == EAGER:
            raise
        return "fails"


def start(rounds: Rounds) -> list[Row]:
    """Two rows for each of STARTED: from a cold and from a warm cache. Eager PyTorch has none, and stands in both."""
    rows = []
    for setup in STARTED:
        with tempfile.TemporaryDirectory() as cache:
            for kind in ("cold", "warm"):

                def seconds(contender, setup=setup, cache=cache):
                    return watch(contender, setup, 1, cache).seconds

                what = f"start to first step, {SETUPS[setup][0]}, {kind} cache"
                rows.append(Row(what, "s", [seconds(OURS)], rivals_of(seconds)))
    return rows


def memory(rounds: Rounds) -> list[Row]:
    """A row for each of REMEMBERED, of a process that finds its programs compiled."""
    rows = []
    for setup in REMEMBERED:

        def peak(contender, setup=setup):
            if contender != EAGER:
                watch(contender, setup, 1)  # compiles, if no part before it has
            return watch(contender, setup, STEPS).peak

        rows.append(Row(f"peak memory, {SETUPS[setup][0]}", "MiB", [peak(OURS)], rivals_of(peak)))
    return rows


PARTS = (
    Part("start", "seconds from the command to the first step, cold and warm caches of compiled programs", start),
    Part("memory", "peak memory of training", memory),
)

if __name__ == "__main__":
    train(sys.argv[1], sys.argv[2], int(sys.argv[3]))
