"""How long things take: contenders one after the other, round by round, so that what else a machine does meets all."""

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import jax
import jax.numpy as jnp
from table import Rounds

SIDES = {"cpu": 3000}  # of the matrices whose product is the peak
SIDE = 8192  # of those of accelerators


def seconds_each(run: Callable[[], int], seconds: float) -> float:
    """Of what run() does, which returns how many it did once they are done; called until `seconds` are over."""
    started, done = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds or not done:
        done += run()
    return elapsed / done


def in_turn(contenders: dict[str, Callable | str], rounds: Rounds) -> dict[str, list[float] | str]:
    """{name: seconds of each, one a round} of contenders {name: run() -> how many were done, or why there is none}.

    All run once before they are measured: they compile then.
    """
    runs = {name: run for name, run in contenders.items() if callable(run)}
    for run in runs.values():
        run()
    turns = [{name: seconds_each(run, rounds.seconds) for name, run in runs.items()} for _ in range(rounds.number)]
    return {name: [turn[name] for turn in turns] if name in runs else why for name, why in contenders.items()}


def peak(seconds: float) -> float:
    """Floating-point operations a second of a large product of float32 matrices, as networks compute them by default:
    on a GPU in TF32, on a TPU in bfloat16. The median of three measurements."""
    side = SIDES.get(jax.default_backend(), SIDE)
    product, a = jax.jit(jnp.matmul), jnp.ones((side, side))
    product(a, a).block_until_ready()

    def ten():
        jax.block_until_ready([product(a, a) for _ in range(10 if jax.default_backend() != "cpu" else 1)])
        return 10 if jax.default_backend() != "cpu" else 1

    return 2 * side**3 / median(seconds_each(ten, seconds) for _ in range(3))


def device() -> str:
    """What it is measured on."""
    found = jax.devices()[0]
    kind = _cpu() if found.platform == "cpu" else f"{found.platform}, {found.device_kind}"
    return f"{kind}, {os.cpu_count()} CPU cores"


def _cpu():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor() or "cpu"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "cpu")
