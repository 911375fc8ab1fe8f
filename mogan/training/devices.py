"""How the machine is used: how many devices, where the data lie, how many steps go in one call."""

import contextlib
from collections.abc import Callable

import jax

from mogan.data import Dataset
from mogan.errors import InputError
from mogan.machine.compilation import keep_programs
from mogan.machine.pool import cores
from mogan.training import timetable

CHUNK_FLOPS = 10**10  # of a call on a CPU: at most a second or two of two cores, which reach 10 to 80 GFLOP/s


def choose_devices(config) -> tuple:
    """The devices that config.parallel asks for: that many, or as many as divide the work evenly.

    The work is the batch, or the seeds where several are trained side by side. Several processes give as many each.
    Raises InputError if there are fewer devices, or if they do not divide it.
    """
    found, wanted, processes = jax.devices(), config.parallel.devices, jax.process_count()
    if processes > 1 and config.parallel.mode == "pmap":
        raise InputError("config.parallel.mode = 'pmap' works in one process; of several processes use 'jit'")
    if config.train.seeds > 1:
        work = {"train.seeds": config.train.seeds}
    else:
        sizes = {"data.batch_size": config.data.batch_size, "data.batch_size_g": config.data.batch_size_g}
        work = {name: size for name, size in sizes.items() if size}
    if wanted > len(found):
        raise InputError(f"config.parallel.devices = {wanted}: there are {len(found)} {found[0].platform} devices")
    if wanted % processes:
        raise InputError(f"config.parallel.devices = {wanted}: give a multiple of {processes}, the number of processes")
    for name, size in work.items():
        if wanted and size % wanted:
            raise InputError(
                f"config.parallel.devices = {wanted} does not divide config.{name} = {size}; change either"
            )
        if size % processes:
            raise InputError(f"config.{name} = {size}: give a multiple of {processes}, the number of processes")
    even = [n for n in range(processes, len(found) + 1, processes) if not any(size % n for size in work.values())]
    own = (wanted or even[-1]) // processes
    return tuple(device for process in range(processes) for device in _of_process(found, process)[:own])


def _of_process(devices, process):
    return [device for device in devices if device.process_index == process]


def make_ready(config) -> None:
    """To be called before JAX is first used: compiled programs are kept as the config says, and every core of the CPU
    that this process may use becomes a device if there are several seeds to spread over them.

    A single run is better off with one device: XLA spreads its larger operations over the cores by itself. Where JAX
    has been used already, as in a notebook, its devices stay what they are.
    """
    keep_programs(config.parallel.keep_programs)
    if config.train.seeds > 1:
        with contextlib.suppress(RuntimeError):  # JAX has been used
            jax.config.update("jax_num_cpu_devices", cores())


def streams(config, dataset: Dataset, devices: tuple) -> bool:
    """Whether the data stay on the host: as data.placement says, or if they would fill half of a device's memory."""
    if config.data.placement != "auto":
        return config.data.placement == "host"
    own = _of_process(devices, jax.process_index())[0]  # nobody else's memory can be asked for
    room = (own.memory_stats() or {}).get("bytes_limit")  # a CPU has no memory of its own
    return room is not None and dataset.x.nbytes > room / 2


def chunk_length(config, dataset: Dataset, devices: tuple, flops: Callable[[int], int]) -> int:
    """Steps in one call of the device program: train.chunk, or what suits platform, network and data.

    Long for small networks, whose steps cost less than a call; short where a step takes long, so that progress shows
    and a signal is soon obeyed: on a CPU no more than CHUNK_FLOPS, of which flops(n) counts those of n steps. And no
    more than 256 MiB each of streamed data and of draws, which are made for all its steps at once. A function of the
    config, not of measured times: a run that goes on then calls the same programs.
    """
    if config.train.chunk:
        return config.train.chunk
    cpu = jax.default_backend() == "cpu"
    usual = 1000 if config.model.name == "mlp" else 10 if cpu else 100
    schedule, batch = config.schedule, config.data.batch_size * config.train.seeds
    updates = schedule.slots if schedule.name == "threshold" else max(schedule.d_updates, schedule.g_updates)
    step = updates * batch * 4 * (config.latent.dim + 1)
    if streams(config, dataset, devices):
        step = max(step, schedule.d_updates * batch * dataset.x[:1].nbytes)
    usual = max(1, min(usual, 2**28 // step))
    called = min(usual, timetable.longest(config))
    if cpu and (cost := flops(called)) > CHUNK_FLOPS:
        return max(1, called * CHUNK_FLOPS // cost)
    return usual
