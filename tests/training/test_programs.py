"""One device, eight under jit and eight under pmap give the same numbers; so do seeds apart and side by side."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import jax
import numpy as np
import pytest

from mogan import data
from mogan.algorithm.seeds import run_keys
from mogan.config import base, update
from mogan.config.commands import load_config
from mogan.errors import InputError
from mogan.training import programs
from mogan.training.devices import choose_devices, chunk_length, streams
from mogan.training.experiment import build
from tests.helpers.support import EXPERIMENTS, ROOT, assert_close, shrink


@pytest.mark.parametrize("setups", ["toy seeds fisher pairs", "mnist small_data"])
def test_eight_devices_equal_one(setups, tmp_path):
    """A process for several set-ups, as it takes as long to start as one of them takes."""
    rng = np.random.default_rng(0)
    for name, side in (("mnist", 28), ("small_data", 8)):
        np.savez(tmp_path / f"{name}.npz", x=rng.integers(0, 256, (64, side, side, 1), dtype=np.uint8))
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.parallel_worker", tmp_path, *setups.split()],
        cwd=ROOT,
        env=os.environ | {"JAX_NUM_CPU_DEVICES": "8", "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)
    assert [*reports] == setups.split()
    for setup, report in reports.items():
        check(setup, report)


def check(setup, report):
    """Every mode of `setup` saw what one device saw."""
    players = set()
    for name, seen in report.items():
        one = report[f"{name.split()[0]} jit 1"]
        assert seen.keys() == one.keys()
        for quantity, values in seen.items():
            # Adam turns the rounding noise of a vanishing gradient into a step, which the outputs then show
            assert np.isfinite(one[quantity]).all(), f"{name}: {quantity}"
            np.testing.assert_allclose(values, one[quantity], rtol=1e-3, atol=2e-3, err_msg=f"{name}: {quantity}")
        players |= {player for player in ("d_loss", "g_loss") if np.asarray(seen[player])[..., 1].sum() > 0}
    assert players == ({"d_loss"} if setup == "seeds" else {"d_loss", "g_loss"})


def make(**changes):
    config = shrink(load_config(str(EXPERIMENTS / "toy_deligan.py"), []), schedule__name="alternate", **changes)
    dataset = data.load(config.data)
    devices = choose_devices(config)
    stream = streams(config, dataset, devices)
    return programs.make_program(lambda axis: build(config, dataset, axis, stream), config, devices)


def test_seeds_side_by_side_equal_single_runs():
    together = make(train__seeds=3, train__seed=5)
    state, seen = together.run(together.init(), 0, 6)
    state = together.get(state)
    for index in range(3):
        alone = make(train__seed=5 + index)
        single, single_seen = alone.run(alone.init(), 0, 6)
        own = jax.tree.map(lambda leaf, index=index: leaf[index], state)
        assert_close(own, alone.get(single), rtol=1e-4, atol=1e-6)
        for name, value in single_seen.items():
            np.testing.assert_allclose(seen[name][index], value, rtol=1e-4, atol=1e-6)


def test_chunks_change_nothing():
    program = make()
    whole, _ = program.run(program.init(), 0, 6)
    state = program.init()
    for start, steps in ((0, 1), (1, 3), (4, 2)):
        state, _ = program.run(state, start, steps)
    assert_close(program.get(whole), program.get(state), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seeds", [1, 2])
def test_data_on_the_host_give_the_same_run(seeds):
    """Batches sent over are those looked up on device, and so is the state made with the first; up to rounding, as the
    two are different programs."""
    on_device, streamed = (make(train__seeds=seeds, data__placement=place) for place in ("device", "host"))
    expected, _ = on_device.run(on_device.init(), 0, 4)
    state = streamed.init()
    for start in (0, 2):
        state, _ = streamed.run(state, start, 2)
    assert_close(streamed.get(state), on_device.get(expected), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seeds", [1, 2])
def test_batches_planned_ahead_are_those_of_their_positions(seeds, monkeypatch):
    """Wherever a call begins and ends among the blocks that are planned at once: here of two passes."""
    monkeypatch.setattr(programs, "PLANNED", 4)
    config = update(base(), {"train.seeds": seeds, "train.seed": 3})
    pipeline = data.make_pipeline(data.Dataset(np.zeros((10, 1), np.float32)), 3)
    feed = programs._make_feed(programs.Parts(None, None, pipeline, batches=2), config, lambda entries: entries)
    keys = [run_keys(np.int32(3 + index)).data for index in range(seeds)]
    whole = np.stack([pipeline.plan(key, np.int32(0), 40) for key in keys]).reshape(seeds, 20, 2, 3)
    whole = whole if seeds > 1 else whole[0]
    for start, steps in ((0, 1), (1, 2), (2, 9), (11, 1), (4, 1), (0, 20)):
        np.testing.assert_array_equal(feed(start, steps), whole[..., start : start + steps, :, :])


def test_the_host_plans_and_where_it_is_left_out_a_device(monkeypatch):
    assert programs._host().platform == "cpu"

    def without_the_host(backend=None):
        if backend:
            raise RuntimeError(f"Unknown backend {backend}")
        return ["an accelerator"]

    monkeypatch.setattr(jax, "local_devices", without_the_host)
    assert programs._host() == "an accelerator"


class Device(NamedTuple):
    """A device with so many bytes of memory."""

    limit: int | None
    process_index: int = 0

    def memory_stats(self):
        return None if self.limit is None else {"bytes_limit": self.limit}


def test_data_stay_on_the_host_where_they_would_fill_the_device():
    config = shrink(load_config(str(EXPERIMENTS / "digits_deligan.py"), []), train__steps=1)
    dataset = data.load(config.data)
    size = dataset.x.nbytes
    for limit, expected in ((None, False), (2 * size, False), (2 * size - 2, True)):
        assert streams(config, dataset, (Device(limit),)) is expected

    def cheap(steps):
        return steps

    usual, bounded = (chunk_length(config, dataset, (Device(limit),), cheap) for limit in (None, 1))
    assert usual == bounded == 10
    huge = dataset._replace(x=np.broadcast_to(np.uint8(0), (1, 2**12, 2**12, 1)))
    assert chunk_length(config, huge, (Device(1),), cheap) == 2**28 // (config.data.batch_size * 2**24)


def test_the_program_compiles_once_a_length():
    program = make()
    state, _ = program.run(program.init(), 0, 2)
    before, after = (
        jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype, leaf.weak_type), tree) for tree in (program.init(), state)
    )
    assert before == after  # a weak type that training makes strong would compile everything twice


def test_devices_must_divide_the_work():
    config = shrink(load_config(str(EXPERIMENTS / "toy_deligan.py"), []))
    config.parallel.devices = len(jax.devices()) + 1
    with pytest.raises(InputError, match=r"config.parallel.devices = \d+: there are"):
        choose_devices(config)
