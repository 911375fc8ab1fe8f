"""Waiting for compilers and devices in ways that leave the main thread free to act on signals.

While it waits inside XLA, Python runs no signal handler: a Ctrl-C would take effect only when the wait is over.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import jax

TICK = 0.2  # seconds
SHORTEST, LONGEST = 1e-4, 0.01  # seconds between two looks at a device


def in_background(work: Callable[[], Any], tick: Callable[[], None]) -> Any:
    """What work() returns or raises, in a thread of its own; tick() is called here every fifth of a second.

    An exception of tick(), or of a signal handler, leaves the thread to end by itself, or with the process.
    """
    done, found = threading.Event(), {}

    def run():
        try:
            found["result"] = work()
        except BaseException as error:  # whatever it is, it belongs to who waits
            found["error"] = error
        done.set()

    threading.Thread(target=run, daemon=True).start()
    while not done.wait(TICK):
        tick()
    if "error" in found:
        raise found["error"]
    return found["result"]


def until_ready(tree: Any) -> None:
    """Returns when the devices have made every array of `tree`."""
    pause = SHORTEST
    while not all(leaf.is_ready() for leaf in jax.tree.leaves(tree)):
        time.sleep(pause)
        pause = min(2 * pause, LONGEST)
