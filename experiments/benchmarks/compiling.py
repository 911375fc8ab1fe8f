"""What a first start waits for: the seconds in which JAX traces and lowers the training step of a set-up, and XLA
compiles it.

Nothing is read from a cache. Each is done once, whatever the rounds; the program is two steps in a scan.
"""

import time

import jax
from setups import SETUPS
from table import Part, Rounds, Row
from training import of_images

STAGES = ("trace and lower", "compile")


def stages(setup: str) -> tuple[float, float]:
    """Seconds of each of STAGES."""
    training = of_images(setup)
    jax.clear_caches()
    started = time.perf_counter()
    lowered = training.program.lower(training.state, training.done, 2)
    between = time.perf_counter()
    lowered.compile()
    return between - started, time.perf_counter() - between


def run(rounds: Rounds) -> list[Row]:
    """Two rows for each set-up."""
    jax.config.update("jax_enable_compilation_cache", False)
    rows = []
    for setup, (title, *_) in SETUPS.items():
        rows += [Row(f"{title}: {stage}", "s", [own], {}) for stage, own in zip(STAGES, stages(setup), strict=True)]
    return rows


PARTS = (Part("compile", "seconds to trace, lower and compile every image set-up", run),)
