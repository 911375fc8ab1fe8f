"""Checkpoints: bit for bit, and never a silent loss, whatever a folder holds (stops: test_checkpoint_interrupted)."""

import os
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.errors import RunError
from mogan.runs import checkpoint
from tests.helpers import checkpoints
from tests.helpers.checkpoints import assert_same, make_state

saved, folder = checkpoints.saved, checkpoints.folder


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
