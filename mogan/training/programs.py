"""One pure step on many devices: under jit over a mesh or under pmap, for one seed or many."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import NamedSharding, PartitionSpec

from mogan.algorithm.seeds import all_seeds, for_every_seed, run_keys
from mogan.data import Pipeline
from mogan.machine import hosts
from mogan.machine.jit import compiler_options
from mogan.machine.memory import check_programs
from mogan.machine.mesh import AXIS, shardings
from mogan.machine.uses_jax import uses_jax
from mogan.types import ONE_DEVICE, Axis, TrainStep

PLANNED = 1000  # batches of a finite set that are planned at once, or those of a whole pass


class Parts(NamedTuple):
    """What a program runs: init(key, x) -> state, the step, where batches come from, and how many a step consumes."""

    init: Callable
    step: TrainStep
    pipeline: Pipeline
    batches: int


class Program(NamedTuple):
    """Training on devices.

    init() -> the state of step 0, or an InputError where the program plainly needs more memory than there is;
    run(state, start, steps) -> (state, tally summed over the steps), `start` being the step of `state`, which lives on;
    get(state) -> a copy on the host, without a device axis; put(host state) -> state. Of a call of `run`:
    jaxpr(state, start, steps) is what it runs, traced; lower(state, start, steps).compile() does all that it would wait
    for. With several seeds every array has a leading axis of seeds. Data that stay on the host are gathered by `run`,
    which returns before the device is done: so those of the next steps are on their way while it works on these.
    """

    init: Callable[[], Any]
    run: Callable[[Any, int, int], tuple[Any, Any]]
    lower: Callable[[Any, int, int], Any]
    jaxpr: Callable[[Any, int, int], Any]
    get: Callable[[Any], Any]
    put: Callable[[Any], Any]
    devices: tuple


def make_program(build: Callable[[Axis], Parts], config, devices: tuple) -> Program:
    """The program that trains what `build` makes, on `devices`, in the mode of config.parallel."""
    *functions, devices = MODES[config.parallel.mode](build, config, devices)
    return Program(*map(uses_jax, functions), devices)


def _planned(parts: Parts, seed, start, steps: int):
    """Entries [steps, batches a step, ...] for the batches of one seed's steps from `start` on."""
    batches = parts.batches
    entries = parts.pipeline.plan(run_keys(seed).data, start * batches, steps * batches)
    return jax.tree.map(lambda leaf: leaf.reshape(steps, batches, *leaf.shape[1:]), entries)


def _make_feed(parts: Parts, config, put):
    """feed(start, steps) -> the entries of these steps, with the data that lie on no device, put on device; None where
    every batch is drawn anew, which the program does by itself.

    Whole passes over the data are planned at once, on the host, and kept while their batches last: a program of a few
    steps would sort all samples for each call, which on a CPU can take as long as its steps.
    """
    pipeline, batches = parts.pipeline, parts.batches
    if not pipeline.epoch:
        return lambda start, steps: None
    block = pipeline.epoch * -(-PLANNED // pipeline.epoch)
    of_batches = 0 if config.train.seeds == 1 else 1  # their axis
    host = _host()

    @functools.partial(jax.jit, compiler_options=compiler_options(host.platform, once=True))
    def plan(start):
        return for_every_seed(lambda seed: pipeline.plan(run_keys(seed).data, start, block), config)

    @functools.lru_cache(maxsize=2)  # a program's steps may begin in one and end in the next
    def planned(number):
        with jax.default_device(host):
            return jax.device_get(plan(np.int32(number * block)))

    def of_block(number, first, end):
        own = (slice(None),) * of_batches + (slice(max(first - number * block, 0), end - number * block),)
        return jax.tree.map(lambda leaf: leaf[own], planned(number))

    def feed(start, steps):
        first, end = start * batches, (start + steps) * batches

        def joined(*leaves):
            leaf = np.concatenate(leaves, of_batches)
            return leaf.reshape(*leaf.shape[:of_batches], steps, batches, *leaf.shape[of_batches + 1 :])

        touched = range(first // block, -(-end // block))
        entries = jax.tree.map(joined, *(of_block(number, first, end) for number in touched))
        return put(pipeline.gather(entries) if pipeline.gather else entries)

    return feed


def _host():
    """The device that is the host itself; the first of all where JAX_PLATFORMS leaves that out."""
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        return jax.local_devices()[0]


def _make_first(parts: Parts, config, devices, **options):
    """first(arrays, entries) -> the state of step 0, made with the first batch."""

    def first(arrays, entries):
        def one_seed(seed, entries):
            entries = _planned(parts, seed, jnp.int32(0), 1) if entries is None else entries
            batch = jax.tree.map(lambda leaf: leaf[0, 0], entries)
            return parts.init(run_keys(seed).init, parts.pipeline.fetch(arrays, batch).x)

        return for_every_seed(one_seed, config, entries)

    return jax.jit(first, compiler_options=compiler_options(devices[0].platform, once=True), **options)


def _make_chunk(parts: Parts, config):
    """chunk(seeds, state, arrays, entries, length) -> (state, tally): `length` steps in one scan, for every seed."""
    # a jit of its own inside: JAX then traces a step once for programs of all lengths; what is compiled is the same
    advance = jax.jit(parts.step.advance)

    def one_seed(seed, state, entries, arrays, length):
        entries = _planned(parts, seed, state.step, length) if entries is None else entries
        # all randomness of the chunk at once: drawn step by step it would cost more than a small network's update
        draws = jax.vmap(parts.step.draws, (None, 0))(run_keys(seed).step, state.step + jnp.arange(length))

        def body(state, inputs):
            entry, drawn = inputs
            each = [jax.tree.map(lambda leaf, i=i: leaf[i], entry) for i in range(parts.batches)]
            return advance(state, [parts.pipeline.fetch(arrays, one) for one in each], drawn)

        state, tallies = lax.scan(body, state, (entries, draws))
        return state, jax.tree.map(lambda leaf: leaf.sum(0), tallies)

    def chunk(seeds, state, arrays, entries, length):
        run = functools.partial(one_seed, arrays=arrays, length=length)
        return (run if config.train.seeds == 1 else jax.vmap(run))(seeds, state, entries)

    return chunk


def _jit_program(build, config, devices) -> Program:
    """One program over a mesh: the batch is split over the devices, or whole seeds are, where there are several."""
    split, everywhere = shardings(devices)
    mesh = split.mesh
    many = config.train.seeds > 1

    def place(tree):
        return jax.tree.map(lambda leaf: lax.with_sharding_constraint(leaf, split), tree)

    parts = build(ONE_DEVICE._replace(place=place) if len(devices) > 1 and not many else ONE_DEVICE)
    chunk, of_state = _make_chunk(parts, config), split if many else everywhere

    def program(seeds, state, arrays, entries, length):
        run = functools.partial(chunk, length=length)
        if many:
            own, shared = PartitionSpec(AXIS), PartitionSpec()
            # no seed talks to another, so the check of what varies over devices has nothing to find
            specs = {"in_specs": (own, own, shared, own), "out_specs": own, "check_vma": False}
            run = jax.shard_map(run, mesh=mesh, **specs)
        return run(seeds, state, arrays, entries)

    options = compiler_options(devices[0].platform, images=config.model.name != "mlp")
    program = jax.jit(program, static_argnums=4, out_shardings=of_state, compiler_options=options)
    arrays, seeds = hosts.put(parts.pipeline.arrays, everywhere), hosts.put(all_seeds(config), of_state)
    of_entries = split if many else NamedSharding(mesh, PartitionSpec(None, None, AXIS))
    feed = _make_feed(parts, config, lambda entries: hosts.put(entries, of_entries))
    first = _make_first(parts, config, devices, out_shardings=of_state)

    def call(state, start, steps):
        return seeds, state, arrays, feed(start, steps), steps

    def init():
        entries = feed(0, 1)
        made = first.trace(arrays, entries)
        if jax.process_count() == 1:  # several would have to refuse together
            state = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), made.out_info)
            step = functools.partial(program.lower, seeds, state, arrays, entries, 1)
            check_programs(config, devices, made, (made.lower, step))
        return first(arrays, entries)

    return Program(
        init=init,
        run=lambda *args: program(*call(*args)),
        lower=lambda *args: program.lower(*call(*args)),
        jaxpr=lambda *args: program.trace(*call(*args)).jaxpr,
        get=hosts.get,
        put=lambda state: hosts.put(state, of_state),
        devices=devices,
    )


def _pmap_program(build, config, devices) -> Program:
    def place(tree):
        def part(leaf):
            size = leaf.shape[0] // len(devices)
            return lax.dynamic_slice_in_dim(leaf, lax.axis_index(AXIS) * size, size)

        return jax.tree.map(part, tree)

    parts = build(Axis(AXIS, place, lambda tree: lax.pmean(tree, AXIS)))
    chunk = _make_chunk(parts, config)
    program = jax.pmap(chunk, AXIS, devices=devices, static_broadcasted_argnums=4)
    copies, _ = shardings(devices)

    def replicate(tree):
        stacked = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (len(devices), *np.shape(leaf))), tree)
        return jax.device_put(stacked, copies)

    arrays, seeds = replicate(parts.pipeline.arrays), replicate(all_seeds(config))
    feed = _make_feed(parts, config, lambda entries: entries)

    def call(state, start, steps):
        return seeds, state, arrays, replicate(feed(start, steps)), steps

    def run(*args):
        state, seen = program(*call(*args))
        return state, jax.tree.map(lambda leaf: leaf[0], seen)

    first = _make_first(parts, config, devices)
    return Program(
        init=lambda: replicate(first(parts.pipeline.arrays, feed(0, 1))),
        run=run,
        lower=lambda *args: program.lower(*call(*args)),
        jaxpr=lambda *args: jax.make_jaxpr(program, static_argnums=4)(*call(*args)).jaxpr,
        get=lambda state: jax.tree.map(lambda leaf: leaf[0], jax.device_get(state)),
        put=replicate,
        devices=devices,
    )


MODES = {"jit": _jit_program, "pmap": _pmap_program}


def bytes_of(tree) -> int:
    """Bytes of all arrays in `tree`."""
    return sum(leaf.size * jnp.dtype(leaf.dtype).itemsize for leaf in jax.tree.leaves(tree))
