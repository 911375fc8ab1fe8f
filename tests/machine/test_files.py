"""mogan.machine.files: homes, users, and what is left alone; every path that a user gives goes through it."""

import contextlib
import os
import pwd
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mogan.config import base, update
from mogan.config.commands import check_out, load_config
from mogan.data import load
from mogan.errors import InputError
from mogan.machine.cache import cache_folder
from mogan.machine.files import expanded, remove_while_written
from mogan.metrics.networks.inception_weights import default_path
from tests.helpers.support import EXPERIMENTS, TINY, call


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder, and another folder to be in."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


def test_homes(home):
    me = pwd.getpwuid(os.getuid())
    assert expanded("~") == home and expanded("~/a b/~c") == home / "a b" / "~c"
    assert expanded(f"~{me.pw_name}/x") == Path(me.pw_dir, "x") and expanded(Path("~/x")) == home / "x"


@pytest.mark.parametrize("path", ["a/~/b", "/~/b", "a~", "runs", "."])
def test_other_paths_stay(path, home):
    assert expanded(path) == Path(path)


def test_a_name_that_starts_with_a_tilde(home):
    """./~name, which shells leave alone, stays what it is however often it is expanded."""
    assert expanded(expanded("./~name")) == home.parent / "here" / "~name"


def test_an_unknown_user(home):
    with pytest.raises(
        InputError, match="~nobody-here/x: there is no user 'nobody-here'; write the folder out, or ./~n"
    ):
        expanded("~nobody-here/x")


def test_no_home(monkeypatch):
    def nobody(uid):
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.delenv("MOGAN_CACHE", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for asked in (lambda: expanded("~/x"), cache_folder):
        with pytest.raises(InputError, match="no home folder is known"):
            asked()
    monkeypatch.setenv("MOGAN_CACHE", "/somewhere")
    assert cache_folder() == Path("/somewhere") and expanded("runs") == Path("runs")


def test_paths_of_the_environment(home, monkeypatch):
    monkeypatch.setenv("MOGAN_CACHE", "~/cache")
    assert cache_folder() == home / "cache" and default_path() == home / "cache" / "inception.npz"
    monkeypatch.setenv("MOGAN_INCEPTION", "~/weights.npz")
    assert default_path() == home / "weights.npz"


def test_sources(home):
    np.savez(home / "points.npz", x=np.zeros((9, 2), np.float32))
    assert len(load(update(base(), {"data.source": "npz:~/points.npz", "data.batch_size": 1}).data).x) == 9
    for source in ("folder:~/none", "npz:~/none.npz"):
        with pytest.raises(InputError, match="none"):
            load(update(base(), {"data.source": source}).data)
    for source in ("folder:~nobody-here/x", "npz:~nobody-here/x"):
        with pytest.raises(InputError, match="there is no user"):
            load(update(base(), {"data.source": source}).data)


def test_what_programs_are_given(home, monkeypatch):
    """A config, a run, its samples and its figure below home, and nothing where one stands."""
    (home / "own.py").write_text((EXPERIMENTS / "toy_deligan.py").read_text())
    assert load_config("~/own.py:gan", []).variant == "gan"
    monkeypatch.setenv("MOGAN_CACHE", "~/cache")
    assert call("run", "--config=~/own.py:deligan", "--workdir=~/runs/a", *TINY, monkeypatch=monkeypatch) == 0
    assert call("sample", "--workdir=~/runs/a", "--out=~/a.npz", monkeypatch=monkeypatch) == 0
    figure = "--figure=samples", "--workdirs=~/runs/a,~/runs/a", "--out=~/a.png"
    assert call("figures", *figure, monkeypatch=monkeypatch) == 0
    assert {"a.npz", "a.png", "runs"} <= {path.name for path in home.iterdir()}
    assert (home / "runs" / "a" / "summary.json").exists() and not list(Path().iterdir())


def test_outs(home):
    assert check_out("~/a.png", ".png") == home / "a.png" and check_out("~/a/", ".png", "/") == home / "a"
    (home / "full").mkdir()
    assert check_out("~/full", "/") == home / "full"
    (home / "full" / "file").touch()
    for out, message in (("~/full", "files already"), ("~/full/file/", "files already"), ("~/none/a.png", "no folder")):
        with pytest.raises(InputError, match=message):
            check_out(out, ".png", "/")


def test_what_a_thread_still_writes_is_removed_once_it_ends(tmp_path):
    """Its folders are made anew a while, and those of other names stay."""

    def write():
        for number in range(30):
            (tmp_path / "tmp_1").mkdir(exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                (tmp_path / "tmp_1" / f"{number}").touch()
            time.sleep(0.01)

    (tmp_path / "1").mkdir()
    thread = threading.Thread(target=write)
    thread.start()
    remove_while_written(tmp_path, "tmp_[0-9]*")
    thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
