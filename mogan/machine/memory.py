"""Checks, before work begins, that it fits into memory. Only what clearly does not fit is refused."""

import resource
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
from jax.extend.core import jaxprs_in_params

from mogan.errors import InputError

GIB = 2**30
MEMINFO, CGROUPS = Path("/proc/meminfo"), Path("/sys/fs/cgroup")
LIMITS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))  # v2, v1


def check_programs(config, devices: tuple, made: jax.stages.Traced, programs: Sequence[Callable]) -> None:
    """Raises InputError, naming the fields to lower, if a run's programs need more memory than is free.

    `programs` are the programs that every run needs, each a function that lowers it. XLA knows their memory once they
    are compiled, which takes long. So they are compiled only if `made`, which makes the first state by one pass of a
    batch through the networks, writes more bytes in all than are free: a training step needs less than half of that.
    """
    free = free_bytes(devices[0])
    if free is None or bytes_written(made.jaxpr.jaxpr) <= free:
        return
    sharing = len(devices) if devices[0].platform == "cpu" else 1
    for lower in programs:
        needed = sharing * _bytes_needed(lower().compile())
        if needed > free:
            seeds = f", config.train.seeds = {config.train.seeds}" if config.train.seeds > 1 else ""
            raise InputError(
                f"config.data.batch_size = {config.data.batch_size}{seeds}: a step needs {needed / GIB:.1f} GiB of "
                f"memory, and {free / GIB:.1f} GiB are free; lower {'either' if seeds else 'it'}, or the sizes of "
                "config.model and config.latent"
            )


def check_samples(num: int, one: int) -> None:
    """Raises InputError if the host cannot hold `num` samples of `one` bytes each twice: as blocks and as one array."""
    free = free_on_host()
    if free is not None and 2 * num * one > free:
        raise InputError(
            f"num = {num}: these samples need {2 * num * one / GIB:.1f} GiB of memory, and {free / GIB:.1f} GiB are "
            "free; give fewer"
        )


def bytes_written(jaxpr) -> int:
    """Bytes of all results of the equations of a jaxpr, inner ones included; a loop counts once."""
    made = sum(_bytes_of(variable.aval) for equation in jaxpr.eqns for variable in equation.outvars)
    return made + sum(bytes_written(inner) for equation in jaxpr.eqns for inner in jaxprs_in_params(equation.params))


def free_bytes(device) -> int | None:
    """Free bytes of a device's own memory, or of the host's where it has none; None if unknown."""
    stats = device.memory_stats() or {}
    if "bytes_limit" in stats:
        return stats["bytes_limit"] - stats.get("bytes_in_use", 0)
    return free_on_host()


def free_on_host() -> int | None:
    """Bytes that this process can still have: of the machine, its swap space too, of its container (cgroup), and of the
    limit on its addresses (ulimit -v). None where none of them can be read."""
    known = [free for free in (_of_machine(), _of_container(), _of_addresses()) if free is not None]
    return min(known, default=None)


def _of_machine():
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        return 1024 * sum(int(lines[name].split()[0]) for name in ("MemAvailable", "SwapFree"))
    except (OSError, LookupError, ValueError):  # not Linux
        return None


def _of_container():
    """Of the cgroup that a container sees as the root; file caches count as free, as the kernel gives them up."""
    for limit, used in LIMITS:
        try:
            free = int((CGROUPS / limit).read_text()) - int((CGROUPS / used).read_text())
            stat = dict(line.split() for line in (CGROUPS / limit).with_name("memory.stat").read_text().splitlines())
            return free + int(stat["inactive_file"]) + int(stat["active_file"])
        except (OSError, LookupError, ValueError):  # ValueError: "max", no limit
            continue
    return None


def _of_addresses():
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        used = 0
    return limit - used


def _bytes_needed(compiled):
    """What a program allocates: its results (a state that is given up for them needs no more) and what lies between."""
    found = compiled.memory_analysis()
    return found.output_size_in_bytes + found.temp_size_in_bytes if found else 0


def _bytes_of(aval):
    keys = not hasattr(aval, "dtype") or jax.dtypes.issubdtype(aval.dtype, jax.dtypes.extended)
    return 0 if keys else aval.size * aval.dtype.itemsize
