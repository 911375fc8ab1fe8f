"""The folder of a run: one process, one config, room on the disk."""

import json
import os
import resource
import subprocess
import sys

import pytest

from mogan.errors import InputError
from mogan.runs import folder as run_folder

CONFIG = {"data.batch_size": 50, "data.dir": "", "model.hidden_g": (32, 32), "optim.lr": 2e-4, "train.keep": 3}

HOLDER = """
import sys, time
from mogan.runs import folder as run_folder
with run_folder.hold(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_prepare_makes_locks_and_writes(tmp_path):
    folder = tmp_path / "new" / "run"
    with run_folder.prepare(folder, CONFIG, bytes_needed=10**6) as prepared:
        assert prepared == folder
        assert sorted(os.listdir(folder)) == [".lock", "config.json"]
        assert (folder / ".lock").read_text() == f"{os.getpid()}\n"
        assert run_folder.read_config(folder) == CONFIG
    with run_folder.prepare(folder, CONFIG, bytes_needed=0):
        pass


def test_lock_of_another_process(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        refused = pytest.raises(InputError, match=f"{tmp_path} is in use by process {holder.pid};")
        with refused, run_folder.prepare(tmp_path, CONFIG, 1):
            pass
        assert os.listdir(tmp_path) == [".lock"]
    finally:
        holder.kill()
        holder.communicate()
    with run_folder.hold(tmp_path):  # a killed holder holds nothing
        assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"


def test_lock_is_freed_when_the_run_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), run_folder.hold(tmp_path):
        raise ZeroDivisionError
    with (
        run_folder.hold(tmp_path),
        pytest.raises(InputError, match=f"process {os.getpid()}"),
        run_folder.hold(tmp_path),
    ):
        pass


@pytest.mark.parametrize("place", ["file", "file/run", "file/a/b"])
def test_workdir_beneath_a_file(place, tmp_path):
    (tmp_path / "file").write_text("kept")
    refused = pytest.raises(InputError, match=f"workdir {tmp_path / place} .*choose another workdir")
    with refused, run_folder.prepare(tmp_path / place, CONFIG, 1):
        pass
    assert (tmp_path / "file").read_text() == "kept"


def test_room_beyond_a_limit(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(InputError, match=rf"{tmp_path} cannot hold the 5000 bytes .*File too large; .*ulimit -f"):
            run_folder.check_room(tmp_path, 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("platform", ["linux", "macos"])
def test_room_beyond_the_disk(platform, tmp_path, monkeypatch):
    if platform == "macos":
        monkeypatch.delattr(os, "posix_fallocate")
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    with pytest.raises(InputError, match=r"cannot hold the \d+ bytes .*; .*choose another workdir"):
        run_folder.check_room(tmp_path, free + 10**10)
    run_folder.check_room(tmp_path, 10**6)
    assert os.listdir(tmp_path) == []


def test_a_run_does_not_lie_among_its_images(tmp_path, monkeypatch):
    images = tmp_path / "images"
    images.mkdir()
    (tmp_path / "link").symlink_to(images)
    monkeypatch.chdir(images)
    for workdir in (images, images / "run", tmp_path / "link" / "runs" / "mine", "runs/mine"):
        with pytest.raises(InputError, match="lies in .*images, whose folders are taken for classes"):
            run_folder.check_apart(workdir, f"folder:{images}")
    with pytest.raises(InputError, match=r"workdir runs lies in \., "):
        run_folder.check_apart("runs", "folder:.")
    for workdir, source in ((tmp_path / "images2", f"folder:{images}"), (tmp_path, f"folder:{images}"), ("a", "npz:.")):
        run_folder.check_apart(workdir, source)


def test_another_config_is_refused_before_anything_is_written(tmp_path):
    run_folder.write_config(tmp_path, CONFIG)
    changed = CONFIG | {"optim.lr": 1e-3, "model.hidden_g": (64,), "train.keep": 9, "new.field": 1}
    del changed["data.batch_size"]
    with pytest.raises(InputError) as error, run_folder.prepare(tmp_path, changed, 1):
        pass
    assert str(error.value) == (
        f"workdir {tmp_path} belongs to a run of another config: data.batch_size was 50, now absent, "
        "model.hidden_g was (32, 32), now (64,), new.field was absent, now 1, optim.lr was 0.0002, now 0.001; "
        "choose another workdir or give the old values"
    )
    assert os.listdir(tmp_path) == ["config.json"]
    assert run_folder.read_config(tmp_path) == CONFIG


def test_fields_that_may_change_and_lists_for_tuples(tmp_path):
    with run_folder.prepare(tmp_path, CONFIG, 1):
        pass
    again = CONFIG | {"data.dir": "/elsewhere", "train.keep": 1, "model.hidden_g": [32, 32]}
    with run_folder.prepare(tmp_path, again, 1):
        pass
    assert run_folder.read_config(tmp_path) == again | {"model.hidden_g": (32, 32)}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", json.dumps(CONFIG).encode()[:-5]])
def test_broken_config_is_refused(content, tmp_path):
    (tmp_path / "config.json").write_bytes(content)
    for check in (run_folder.read_config, lambda folder: run_folder.check_config(folder, CONFIG)):
        with pytest.raises(InputError, match=f"{tmp_path}/config.json .*choose another workdir"):
            check(tmp_path)


def test_missing_config(tmp_path):
    with pytest.raises(InputError, match="holds no config.json; give the folder of a run"):
        run_folder.read_config(tmp_path)
    run_folder.check_config(tmp_path, CONFIG)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(InputError, match="checkpoints but no config.json"):
        run_folder.check_config(tmp_path, CONFIG)
