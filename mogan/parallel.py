"""The only file that knows about devices: one pure step under jit over a mesh or under pmap, for one seed or many."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from mogan.data import Pipeline
from mogan.errors import InputError

AXIS = "data"


class Axis(NamedTuple):
    """How one step's code meets the devices.

    name: the pmap axis, for batch norm and mini-batch discrimination; None where arrays are global
    place: shards a tree of arrays with a leading batch axis
    reduce: averages over devices what each computed as a mean over its part of the batch
    """

    name: str | None
    place: Callable[[Any], Any]
    reduce: Callable[[Any], Any]


class Parts(NamedTuple):
    """What a program runs: init(key) -> state, step(state, batches, key) -> (state, tally), and whence batches come."""

    init: Callable
    step: Callable
    pipeline: Pipeline
    batches: int


class Program(NamedTuple):
    """Training on devices.

    init() -> the state of step 0; run(state, steps) -> (state, tally summed over the steps), `state` being consumed;
    get(state) -> a copy on the host, without a device axis; put(host state) -> state. With several seeds every array
    has a leading axis of seeds.
    """

    init: Callable[[], Any]
    run: Callable[[Any, int], tuple[Any, Any]]
    get: Callable[[Any], Any]
    put: Callable[[Any], Any]
    devices: tuple


def choose_devices(config) -> tuple:
    """The devices that config.parallel asks for. Raises InputError if they are fewer or cannot share a batch."""
    found, wanted = jax.devices(), config.parallel.devices
    if wanted > len(found):
        raise InputError(f"config.parallel.devices = {wanted}: there are {len(found)} {found[0].platform} devices")
    devices = tuple(found[: wanted or len(found)])
    if config.data.batch_size % len(devices):
        raise InputError(
            f"config.data.batch_size = {config.data.batch_size} does not divide among {len(devices)} devices; "
            "change it, or parallel.devices"
        )
    return devices


def chunk_length(config) -> int:
    """Steps in one call of the device program: train.chunk, or what suits platform and network.

    Long for small networks, whose steps cost less than a call; short where a step takes long, so that progress shows
    and a signal is soon obeyed.
    """
    if config.train.chunk:
        return config.train.chunk
    if config.model.name == "mlp":
        return 1000
    return 10 if jax.default_backend() == "cpu" else 100


def make_program(build: Callable[[Axis], Parts], config, devices: tuple) -> Program:
    """The program that trains what `build` makes, on `devices`, in the mode of config.parallel."""
    return MODES[config.parallel.mode](build, config, devices)


def _seeded(function, config):
    """`function` as it is for one seed, or mapped over the leading axis of its arguments for many."""
    return function if config.train.seeds == 1 else jax.vmap(function)


def _seeds(config):
    first = config.train.seed
    return np.int32(first) if config.train.seeds == 1 else np.arange(first, first + config.train.seeds, dtype=np.int32)


def _keys(seed):
    """(init, data, step) keys of the run with that seed."""
    return jax.random.split(jax.random.key(seed), 3)


def _make_chunk(parts: Parts, config):
    """chunk(state, arrays, length) -> (state, tally): `length` steps in one scan, for every seed."""

    def one_seed(seed, state, arrays, length):
        _, data_key, step_key = _keys(seed)
        xs = parts.pipeline.plan(data_key, state.step * parts.batches, length * parts.batches)
        xs = jax.tree.map(lambda leaf: leaf.reshape(length, parts.batches, *leaf.shape[1:]), xs)

        def body(state, x):
            entries = [jax.tree.map(lambda leaf, i=i: leaf[i], x) for i in range(parts.batches)]
            return parts.step(state, [parts.pipeline.fetch(arrays, entry) for entry in entries], step_key)

        state, tallies = lax.scan(body, state, xs)
        return state, jax.tree.map(lambda entries: entries.sum(0), tallies)

    def chunk(state, arrays, length):
        return _seeded(lambda seed, state: one_seed(seed, state, arrays, length), config)(_seeds(config), state)

    return chunk


def seeded_init(init, config):
    """start() -> the state of step 0 that init(key) makes, for every seed of the config."""
    return lambda: _seeded(lambda seed: init(_keys(seed)[0]), config)(_seeds(config))


def _jit_program(build, config, devices) -> Program:
    mesh = Mesh(np.array(devices), (AXIS,), axis_types=(AxisType.Auto,))
    everywhere, split = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec(AXIS))

    def place(tree):
        return jax.tree.map(lambda leaf: lax.with_sharding_constraint(leaf, split), tree)

    parts = build(Axis(None, place if len(devices) > 1 else lambda tree: tree, lambda tree: tree))
    chunk = jax.jit(
        _make_chunk(parts, config), static_argnums=2, donate_argnums=0, out_shardings=(everywhere, everywhere)
    )
    arrays = jax.device_put(parts.pipeline.arrays, everywhere)
    return Program(
        init=jax.jit(seeded_init(parts.init, config), out_shardings=everywhere),
        run=lambda state, steps: chunk(state, arrays, steps),
        get=jax.device_get,
        put=lambda state: jax.device_put(state, everywhere),
        devices=devices,
    )


def _pmap_program(build, config, devices) -> Program:
    def place(tree):
        def part(leaf):
            size = leaf.shape[0] // len(devices)
            return lax.dynamic_slice_in_dim(leaf, lax.axis_index(AXIS) * size, size)

        return jax.tree.map(part, tree)

    parts = build(Axis(AXIS, place, lambda tree: lax.pmean(tree, AXIS)))
    chunk = jax.pmap(_make_chunk(parts, config), AXIS, devices=devices, static_broadcasted_argnums=2, donate_argnums=0)
    copies = NamedSharding(Mesh(np.array(devices), (AXIS,), axis_types=(AxisType.Auto,)), PartitionSpec(AXIS))

    def replicate(tree):
        stacked = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (len(devices), *np.shape(leaf))), tree)
        return jax.device_put(stacked, copies)

    arrays = replicate(parts.pipeline.arrays)

    def run(state, steps):
        state, seen = chunk(state, arrays, steps)
        return state, jax.tree.map(lambda leaf: leaf[0], seen)

    return Program(
        init=lambda: replicate(jax.jit(seeded_init(parts.init, config))()),
        run=run,
        get=lambda state: jax.tree.map(lambda leaf: leaf[0], jax.device_get(state)),
        put=replicate,
        devices=devices,
    )


MODES = {"jit": _jit_program, "pmap": _pmap_program}


def bytes_of(tree) -> int:
    """Bytes of all arrays in `tree`."""
    return sum(leaf.size * jnp.dtype(leaf.dtype).itemsize for leaf in jax.tree.leaves(tree))
