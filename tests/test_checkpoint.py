"""Checkpoints: bit for bit, and never a silent loss, whatever happens to the disk or the process."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from mogan import checkpoint
from mogan.errors import RunError
from mogan.types import TrainState


def make_state(seed):
    keys = jax.random.split(jax.random.key(seed), 4)
    params = {
        "generator": {f"layer_{i}": {"kernel": jax.random.normal(keys[i], (8, 8))} for i in range(3)},
        "latent": {"mean": jax.random.normal(keys[3], (3, 2)).at[0, 0].set(jnp.nan)},
    }
    return TrainState(
        step=jnp.int32(seed),
        params=params,
        stats={},
        opt={name: optax.adam(1e-3).init(tree) for name, tree in params.items()},
        loss=(),
        schedule=(jnp.float32(0.7), jnp.array([True, False])),
        ema=jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params),
    )


def assert_same(left, right):
    assert jax.tree.structure(left) == jax.tree.structure(right)
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        assert (a.dtype, a.shape, np.asarray(a).tobytes()) == (b.dtype, b.shape, np.asarray(b).tobytes())


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with the checkpoints 1 and 2, not to be changed."""
    folder = tmp_path_factory.mktemp("saved")
    for step in (1, 2):
        checkpoint.save(folder, step, make_state(step), keep=3)
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of it, free to damage."""
    return shutil.copytree(saved, tmp_path / "checkpoints")


def run_python(code, *args, **env):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        env=os.environ | {"JAX_PLATFORMS": "cpu"} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_round_trip_bit_for_bit(tmp_path, caplog):
    state = make_state(5)
    checkpoint.save(tmp_path, 7, state, keep=1)
    restored, step = checkpoint.restore_latest(tmp_path, jax.eval_shape(lambda: state))
    assert step == 7
    assert_same(restored, state)
    assert checkpoint.digest(restored) == checkpoint.digest(state)
    assert not caplog.records


def test_relative_folder_and_no_checkpoints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert checkpoint.restore_latest("checkpoints", make_state(0)) is None
    checkpoint.save("checkpoints", 0, make_state(0), keep=1)
    assert checkpoint.restore_latest("checkpoints", make_state(1))[1] == 0


def test_keeps_the_newest(tmp_path):
    for step in (8, 9, 10, 11):
        checkpoint.save(tmp_path, step, make_state(step), keep=2)
    assert sorted(os.listdir(tmp_path)) == ["10", "11"]


def test_digest_sees_every_change():
    base = {"a": np.zeros(4, np.float32), "b": (np.ones(2, np.int32), np.zeros((), bool))}
    changed = [
        base | {"a": np.zeros(4, np.int32)},
        base | {"a": np.zeros((2, 2), np.float32)},
        base | {"a": np.float32([0, 0, 0, -0.0])},
        base | {"b": (np.zeros((), bool), np.ones(2, np.int32))},
        {"c": base["a"], "b": base["b"]},
        base | {"d": np.zeros(0, np.float32)},
        {"b": base["b"]},
    ]
    digests = [checkpoint.digest(tree) for tree in [base, *changed]]
    assert len(set(digests)) == len(digests)
    assert checkpoint.digest({"b": list(base["b"]), "a": jnp.asarray(base["a"])}) == digests[0]
    with pytest.raises(ValueError, match="same path"):
        checkpoint.digest({"a/b": base["a"], "a": {"b": base["a"]}})


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def empty(path):
    path.write_bytes(b"")


def delete(path):
    path.unlink()


@pytest.mark.parametrize("damage", [truncate, flip, zero, empty, delete])
def test_damage_to_any_file(damage, saved, tmp_path, caplog):
    """The one before is used, with a warning that names the damaged one and its file."""
    files = [path.relative_to(saved) for path in (saved / "2").rglob("*") if path.is_file()]
    assert len(files) > 5
    for number, file in enumerate(files):
        folder = shutil.copytree(saved, tmp_path / str(number))
        damage(folder / file)
        caplog.clear()
        state, step = checkpoint.restore_latest(folder, make_state(0))
        assert step == 1
        assert_same(state, make_state(1))
        [message] = caplog.messages
        assert message.startswith(f"checkpoint {folder}/2 is damaged and passed over: ") and "\n" not in message
        assert file.name == "manifest.json" or file.name in message
        assert os.path.isdir(folder / "2")


@pytest.mark.parametrize("content", ["[]", "{}", "null", '{"step": 2, "files": {}}', '{"step": 2, "files": 7}'])
def test_manifest_of_another_shape_falls_back(content, folder, caplog):
    (folder / "2" / "manifest.json").write_text(content)
    assert checkpoint.restore_latest(folder, make_state(0))[1] == 1
    assert "is damaged and passed over" in caplog.text


@pytest.mark.parametrize("part", ["state", "state/d", "."])
def test_missing_part_falls_back(part, folder, caplog):
    shutil.rmtree(folder / "2" / part)
    (folder / "2").mkdir(exist_ok=True)
    assert checkpoint.restore_latest(folder, make_state(0))[1] == 1
    assert "is damaged and passed over" in caplog.text


def test_whole_arrays_of_another_state_fall_back(folder, caplog):
    manifest = folder / "2" / "manifest.json"
    digests = [checkpoint.digest(make_state(step)) for step in (2, 1)]
    manifest.write_text(manifest.read_text().replace(*digests))
    assert checkpoint.restore_latest(folder, make_state(0))[1] == 1
    assert "differ from the digest" in caplog.text


def test_all_damaged_is_an_error(folder):
    for step in "12":
        shutil.rmtree(folder / step / "state")
    with pytest.raises(RunError, match=r"none of the 2 checkpoints in .* can be read") as error:
        checkpoint.restore_latest(folder, make_state(0))
    assert "\n" not in str(error.value)


def test_another_model_is_an_error(folder):
    template = make_state(0)
    with pytest.raises(
        RunError, match=r"2 is of another model: params/latent/mean is float32\[3, 2\].*float32\[4, 2\]"
    ):
        checkpoint.restore_latest(
            folder, template.replace(params=template.params | {"latent": {"mean": np.zeros((4, 2), "f4")}})
        )
    with pytest.raises(RunError, match="loss is absent, this config needs float32"):
        checkpoint.restore_latest(folder, template.replace(loss=np.float32(0)))


def test_damaged_checkpoint_does_not_block_its_step(folder, caplog):
    for times in (1, 2):
        shutil.rmtree(folder / "2" / "state")
        checkpoint.save(folder, 2, make_state(2), keep=1)
        assert_same(checkpoint.restore_latest(folder, make_state(0))[0], make_state(2))
        assert caplog.text.count("moved aside") == times
    assert sorted(os.listdir(folder)) == ["2", "aside_2", "aside_2_2"]


def test_saving_again_the_same_state_writes_nothing(folder, caplog):
    before = (folder / "2").stat().st_ino
    checkpoint.save(folder, 2, make_state(2), keep=3)
    assert (folder / "2").stat().st_ino == before
    assert not caplog.records


def test_saving_another_state_at_a_step_loses_neither(folder, caplog):
    checkpoint.save(folder, 2, make_state(3), keep=3)
    assert "aside_2: it holds another state" in caplog.text
    os.rename(folder / "aside_2", folder / "4")
    assert_same(checkpoint.restore_latest(folder, make_state(0))[0], make_state(3))  # 4 says it is of step 2


def test_earlier_save_keeps_clear_of_damaged_later_ones(folder):
    shutil.rmtree(folder / "2" / "state")
    os.rename(folder / "2", folder / "9")
    checkpoint.save(folder, 5, make_state(5), keep=1)
    assert sorted(os.listdir(folder)) == ["5", "9"]
    assert checkpoint.restore_latest(folder, make_state(0))[1] == 5


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
from mogan import checkpoint
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
from mogan import checkpoint
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


def test_only_process_0_saves(tmp_path, monkeypatch):
    monkeypatch.setattr(jax, "process_index", lambda: 1)
    with pytest.raises(ValueError, match="process 0 alone"):
        checkpoint.save(tmp_path, 1, make_state(1), keep=1)
    assert os.listdir(tmp_path) == []


def test_folder_beneath_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file/checkpoints: .*Not a directory"):
        checkpoint.save(tmp_path / "file" / "checkpoints", 1, make_state(1), keep=1)
    with pytest.raises(RunError, match="cannot list the checkpoints"):
        checkpoint.restore_latest(tmp_path / "file", make_state(1))


EIGHT_DEVICES = """
import sys, jax
from jax.sharding import AxisType, NamedSharding, PartitionSpec
sys.path.insert(0, sys.argv[1])
from test_checkpoint import make_state
from mogan import checkpoint
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
        os.path.dirname(__file__),
        saved,
        tmp_path,
        XLA_FLAGS="--xla_force_host_platform_device_count=8",
    )
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    state, step = checkpoint.restore_latest(tmp_path, make_state(0))
    assert step == 2
    assert_same(state, make_state(2))
