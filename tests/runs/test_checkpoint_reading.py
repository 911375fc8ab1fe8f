"""Reading checkpoints: beside a run that replaces them, and on a machine that cannot; neither is damage."""

import errno
import itertools
import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from mogan.errors import RunError
from mogan.runs import arrays, checkpoint
from tests.helpers import checkpoints
from tests.helpers.checkpoints import assert_same, make_state

saved, folder = checkpoints.saved, checkpoints.folder


def add(saved, folder, step):
    """A whole checkpoint for `step`, as fast as can be."""
    new = shutil.copytree(saved / "2", folder / f"tmp_{step}")
    manifest = json.loads((new / "manifest.json").read_text())
    (new / "manifest.json").write_text(json.dumps(manifest | {"step": step}))
    new.rename(folder / str(step))


def replace(saved, folder, step):
    """The only checkpoint by one for `step`, whoever reads it: on a disk that knows no locks."""
    old = [path for path in folder.iterdir() if path.name.isdecimal()]
    add(saved, folder, step)
    for path in old:
        shutil.rmtree(path.rename(folder / f"tmp_{path.name}"))


def test_beside_a_run_that_keeps_one(saved, tmp_path, caplog):
    """As often as it is read: the state of one of the steps, later ones later, and not a word of damage."""
    add(saved, tmp_path, 3)
    over = threading.Event()

    def run():
        for step in itertools.count(4):
            if over.wait(0.002 * (step % 10)):
                return
            add(saved, tmp_path, step)
            checkpoint._delete(tmp_path, checkpoint.saved_steps(tmp_path)[:-1])

    writer = threading.Thread(target=run)
    writer.start()
    try:
        steps, until = [], time.monotonic() + 3
        while time.monotonic() < until:
            state, step = checkpoint.restore_latest(tmp_path, make_state(0))
            assert_same(state, make_state(2))
            steps.append(step)
    finally:
        over.set()
        writer.join()
    assert steps == sorted(steps) and len(set(steps)) > 3
    assert not caplog.records
    checkpoint.save(tmp_path, 10**6, make_state(1), keep=1)
    assert os.listdir(tmp_path) == ["1000000"]  # what was left to a reader has gone


@pytest.mark.parametrize("files", [0, 1, 5, "all"])
def test_replaced_after_so_many_files(files, saved, tmp_path, monkeypatch, caplog):
    """Once it is listed, and after so many of its files were read."""
    replace(saved, tmp_path, 3)
    seen, sha256, restorer = [], checkpoint._sha256, arrays.read

    def replacing(function, after):
        def call(*args):
            if len(seen) == after:
                replace(saved, tmp_path, 4)
            seen.append(args)
            return function(*args)

        return call

    if files == "all":
        monkeypatch.setattr(arrays, "read", replacing(restorer, 0))
    else:
        monkeypatch.setattr(checkpoint, "_sha256", replacing(sha256, files))
    state, step = checkpoint.restore_latest(tmp_path, make_state(0))
    assert step == 4
    assert_same(state, make_state(2))
    assert not caplog.records


def test_replaced_faster_than_it_is_read(saved, tmp_path, monkeypatch):
    replace(saved, tmp_path, 3)
    steps = itertools.count(4)
    monkeypatch.setattr(checkpoint, "_sha256", lambda path: replace(saved, tmp_path, next(steps)))
    monkeypatch.setattr(checkpoint, "TRIES", 3)
    with pytest.raises(RunError, match="replaced faster than they can be read"):
        checkpoint.restore_latest(tmp_path, make_state(0))
    assert next(steps) == 7


@pytest.mark.parametrize("error", [AssertionError(), MemoryError(), PermissionError(errno.EACCES, "denied")])
def test_what_is_not_damage_surfaces(error, folder, monkeypatch, caplog):
    """Want of a device, of memory, of permissions: no older state is taken, and none moved aside."""

    def fail(*args):
        raise error

    for module, function in ((arrays, "_checkpointer"), (checkpoint, "_sha256")):
        with monkeypatch.context() as patch:
            patch.setattr(module, function, fail)
            with pytest.raises(type(error)):
                checkpoint.restore_latest(folder, make_state(0))
            with pytest.raises(RunError if isinstance(error, OSError) else type(error)):
                checkpoint.save(folder, 2, make_state(3), keep=3)
    assert sorted(os.listdir(folder)) == ["1", "2"]
    assert not caplog.records


def test_a_broken_part_of_the_disk_is_damage(folder, monkeypatch, caplog):
    read = Path.read_bytes

    def broken(path):
        if path.parent.name == "2":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", broken)
    assert checkpoint.restore_latest(folder, make_state(0))[1] == 1
    assert "2 is damaged and passed over: manifest.json: Input/output error" in caplog.text


@pytest.mark.parametrize("missing", ["step", "digest", "files"])
def test_a_manifest_without_one_of_its_keys_is_damage(missing, folder, caplog):
    path = folder / "2" / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest[missing]
    path.write_text(json.dumps(manifest))
    assert checkpoint.restore_latest(folder, make_state(0))[1] == 1
    assert f"2 is damaged and passed over: manifest.json has no {missing}" in caplog.text
