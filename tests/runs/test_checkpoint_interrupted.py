"""Checkpoints when a save is stopped at any moment, killed, or out of disk; and from one device to eight and back."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import jax
import numpy as np
import pytest

from mogan.runs import checkpoint
from tests.helpers import checkpoints
from tests.helpers.checkpoints import assert_same, make_state
from tests.helpers.support import ROOT

saved, folder = checkpoints.saved, checkpoints.folder


def run_python(code, *args, **env):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        env=os.environ | {"JAX_PLATFORMS": "cpu"} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_stopped_at_every_moment_that_reaches_the_disk(folder, tmp_path, monkeypatch):
    """A stop before the n-th fsync, rename or removal leaves 2 or 3, whole; the next save clears what it left."""
    stopped_before, finished = set(), False
    for moment in range(1, 200):
        work = shutil.copytree(folder, tmp_path / f"work_{moment}")
        with monkeypatch.context() as patch:
            countdown = iter(range(moment - 1, -1, -1))
            for module, name in ((os, "fsync"), (os, "rename"), (shutil, "rmtree")):
                patch.setattr(module, name, stopping(getattr(module, name), countdown))
            with contextlib.suppress(KeyboardInterrupt):  # what `stopping` raises
                checkpoint.save(work, 3, make_state(3), keep=1)
                finished = True
        state, step = checkpoint.restore_latest(work, make_state(0))
        stopped_before.add(step)
        assert_same(state, make_state(step))
        checkpoint.save(work, 4, make_state(4), keep=1)
        assert os.listdir(work) == ["4"]
        if finished:
            break
    assert finished and stopped_before == {2, 3}


def stopping(function, countdown):
    def stop_or_call(*args, **kwargs):
        if next(countdown, None) == 0:
            raise KeyboardInterrupt
        return function(*args, **kwargs)

    return stop_or_call


KILLED = """
import sys, numpy as np
from mogan.runs import checkpoint
for step in range(1, 10**6):
    checkpoint.save(sys.argv[1], step, {"w": np.full((1024, 1024), step, np.float32), "step": np.int32(step)}, keep=2)
    print(step, flush=True)
"""


def test_kill_9_while_saving(tmp_path, caplog):
    chance = random.Random(0)
    template = {"w": jax.ShapeDtypeStruct((1024, 1024), np.float32), "step": jax.ShapeDtypeStruct((), np.int32)}
    for trial in range(3):
        folder = tmp_path / str(trial)
        process = run_python(KILLED, folder)
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
        said = int(output.splitlines()[-1]) if output else 1
        state, step = checkpoint.restore_latest(folder, template)
        assert step in (said, said + 1)  # what save returned from is there
        assert state["step"] == step and (state["w"] == step).all()
        checkpoint.save(folder, step + 1, state, keep=1)
        assert os.listdir(folder) == [str(step + 1)]
    assert not caplog.records


FULL_DISK = """
import resource, sys, numpy as np
from mogan.runs import checkpoint
from mogan.errors import RunError
folder, noticed = sys.argv[1:]
state = {f"w{i}": np.random.default_rng(i).normal(size=(200, 200)) for i in range(9)}
checkpoint.save(folder, 1, state, keep=1)
if noticed == "by orbax":
    checkpoint.reserve_room = lambda folder, size: None
for limit in (0, 100, 1000, 100_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        checkpoint.save(folder, 2, state, keep=1)
    except RunError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(error)
assert checkpoint.restore_latest(folder, state)[1] == 1
"""


@pytest.mark.parametrize("noticed", ["at once", "by orbax"])
def test_failing_disk_is_one_line_and_keeps_the_earlier(noticed, tmp_path):
    process = run_python(FULL_DISK, tmp_path, noticed)  # Python ignores SIGXFSZ: writes beyond the limit are EFBIG
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert noticed == "by orbax" or errors == ""  # orbax's threads print tracebacks that nobody can catch
    assert output.count("\n") == output.count(f"cannot save checkpoint 2 in {tmp_path}") == 4, output
    assert output.count("File too large") == 4, output
    assert os.listdir(tmp_path) == ["1"]


EIGHT_DEVICES = """
import sys, jax
from jax.sharding import AxisType, NamedSharding, PartitionSpec
sys.path.insert(0, sys.argv[1])
from tests.helpers.checkpoints import make_state
from mogan.runs import checkpoint
assert jax.device_count() == 8
state, step = checkpoint.restore_latest(sys.argv[2], make_state(0))
mesh = jax.make_mesh((8,), ("data",), axis_types=(AxisType.Auto,))
state = jax.device_put(state, NamedSharding(mesh, PartitionSpec()))
assert checkpoint.digest(state) == checkpoint.digest(make_state(step))
checkpoint.save(sys.argv[3], step, state, keep=1)
"""


def test_one_device_to_eight_and_back(saved, tmp_path):
    process = run_python(
        EIGHT_DEVICES,
        str(ROOT),
        saved,
        tmp_path,
        JAX_NUM_CPU_DEVICES="8",
    )
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    state, step = checkpoint.restore_latest(tmp_path, make_state(0))
    assert step == 2
    assert_same(state, make_state(2))
