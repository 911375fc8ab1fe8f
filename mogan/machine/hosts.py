"""Several processes that train one run together, each on devices of its own: how they meet and what they agree on.

All of them run the same program on the same config and data; the first alone keeps the folder of the run. With one
process, the usual case, every function here returns at once what it was given.
"""

import json
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from mogan.errors import InputError, RunError


def connect(coordinator: str | None = None, processes: int | None = None, index: int | None = None) -> None:
    """Joins the processes of a run; to be called before JAX is first used.

    On Cloud TPU, Slurm, Open MPI and Kubernetes nothing needs to be given. Elsewhere: HOST:PORT of the first process,
    how many there are, and which of them this is, from 0. Where they have not met after five minutes, JAX ends the
    process with a report of its own.

    Raises:
      InputError: no cluster that JAX knows, and not all of the three given, or numbers that make no sense.
    """
    try:
        jax.distributed.initialize(coordinator, processes, index)
    except (ValueError, TypeError, RuntimeError) as error:
        raise InputError(
            f"the processes of the run cannot meet ({error}); outside a cluster that JAX knows, give "
            "coordinator = HOST:PORT, `num_processes` and `process_id` to every one"
        ) from error


def is_first() -> bool:
    """Whether this process writes the run's folder."""
    return jax.process_index() == 0


def any_of(flag: bool) -> bool:
    """Whether the flag is set in any process. All processes must call this at the same point."""
    return bool(largest(flag))


def largest(number: int) -> int:
    """The largest of the processes' numbers. All processes must call this at the same point."""
    if jax.process_count() == 1:
        return number
    return int(multihost_utils.process_allgather(np.array(number, np.int32)).max())


def in_step(action: Callable[[], Any]) -> Any:
    """What action() returns in this process, once all are done with theirs; an error in one of them ends all.

    `action` must not itself wait for the other processes.

    Raises:
      Exception: whatever `action` raises.
      RunError: it failed in another process, which says why.
    """
    try:
        result, error = action(), None
    except Exception as found:  # whatever it is: the others would wait for this process
        result, error = None, found
    if any_of(error is not None):
        raise error or RunError("another process of this run stopped with an error; see what it printed")
    return result


def check_same(values: dict[str, Any]) -> None:
    """Raises InputError, naming what differs, unless every process gives the same values (of JSON's types)."""
    if jax.process_count() == 1:
        return
    text = json.dumps(values).encode()
    longest = multihost_utils.process_allgather(np.array(len(text))).max()
    padded = np.frombuffer(text.ljust(longest), np.uint8)
    of_processes = [json.loads(row.tobytes()) for row in multihost_utils.process_allgather(padded)]
    for process, found in enumerate(of_processes):
        for name, value in of_processes[0].items():
            if found.get(name) != value:
                raise InputError(
                    f"{name} = {found.get(name)!r} in process {process} of the run, {value!r} in process 0; "
                    "start all of them with the same config and data"
                )


def from_first(tree: Any) -> Any:
    """The first process's tree of arrays, in every process. `tree` has the same shapes in all of them."""
    if jax.process_count() == 1:
        return tree

    def sent(leaf):
        leaf = np.asarray(leaf)
        content = leaf.reshape(-1).view(np.uint8)  # it is summed with zeros on its way, which floats of -0.0 would show
        return multihost_utils.broadcast_one_to_all(content).view(leaf.dtype).reshape(leaf.shape)

    return jax.tree.map(sent, tree)


def put(tree: Any, sharding: jax.sharding.Sharding) -> Any:
    """`tree`, which every process holds on its host, on the devices of `sharding`."""
    if sharding.is_fully_addressable:
        return jax.device_put(tree, sharding)

    def own_parts(leaf):
        leaf = np.asarray(leaf)
        return jax.make_array_from_callback(leaf.shape, sharding, lambda part: leaf[part])

    return jax.tree.map(own_parts, tree)


def get(tree: Any) -> Any:
    """The whole tree of arrays on the host of every process. All processes must call this at the same point."""

    def whole(leaf):
        if leaf.is_fully_addressable or leaf.is_fully_replicated:
            return leaf
        return multihost_utils.process_allgather(leaf, tiled=True)

    return jax.device_get(tree if jax.process_count() == 1 else jax.tree.map(whole, tree))
