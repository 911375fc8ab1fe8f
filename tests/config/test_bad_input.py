"""Bad input: one line that names field, value and remedy, exit status 2, nothing written."""

import errno
import os

import numpy as np
import pytest

from tests.helpers.support import EXPERIMENTS, TINY, call

CASES = {
    "unknown field": (["--config.optim.lrr=1"], "config.optim.lrr is not a field; did you mean config.optim.lr?"),
    "unknown group": (["--config.trainer.steps=1"], "did you mean config.train.steps?"),
    "wrong type": (["--config.train.steps=many"], "config.train.steps = 'many' cannot be read"),
    "float for int": (["--config.train.steps=1.5"], "config.train.steps = 1.5 is float; give int"),
    "bool for int": (["--config.train.steps=true"], "config.train.steps = True is bool; give int"),
    "string for tuple": (["--config.model.hidden_g=32"], "config.model.hidden_g = 32 is int; give tuple"),
    "bad width": (["--config.model.hidden_g=(0,)"], "config.model.hidden_g = (0,): give whole numbers above 0"),
    "huge width": (["--config.model.hidden_g=(99999999999,)"], "give whole numbers above 0, up to 2147483647"),
    "floor above the threshold": (["--config.schedule.floor=1.5"], "config.schedule.floor = 1.5: give at most 1.0"),
    "blanks around the name": (["--config.train.steps =0"], "config.train.steps = 0: give at least 1"),
    "too small": (["--config.train.steps=0"], "config.train.steps = 0: give at least 1"),
    "too large": (["--config.optim.beta1=1.0"], "config.optim.beta1 = 1.0: give at most"),
    "not a number": (["--config.optim.lr=nan"], "config.optim.lr"),
    "infinite": (["--config.optim.lr=1e999"], "config.optim.lr = inf: give a finite number"),
    "no choice": (["--config.loss.name=hinges"], "config.loss.name = 'hinges': choose one of"),
    "no value": (["--config.train.steps"], "overrides are written --config.group.field=value"),
    "ensemble": (["--config.model.experts=8"], "the ensemble holds config.model.experts = 8 generators"),
    "batch norm of an ensemble": (
        ["--config.model.experts=50", "--config.model.batch_norm=True"],
        "config.model.batch_norm = True: it is for the one generator of model.name = mlp",
    ),
    "maxout images": (
        ["--config.model.name=dcgan", "--config.model.maxout=2"],
        "config.model.maxout = 2: only model.name = mlp has maxout units",
    ),
    "subset": (["--config.data.subset=401"], "config.data.subset = 401"),
    "batch": (["--config.data.batch_size=401"], "config.data.batch_size = 401"),
    "source": (["--config.data.source=toy:bimodel"], "did you mean toy:bimodal?"),
    "images for an mlp": (["--config.data.source=digits"], "config.model.name = 'mlp' works on points"),
    "points for convolutions": (["--config.model.name=deligan"], "config.model.name = 'deligan' works on images"),
    "huge": (["--config.train.steps=3000000000"], "config.train.steps = 3000000000: give at most 2147483647"),
    "huge negative": (["--config.data.seed=-3000000000"], "config.data.seed = -3000000000: give"),
    "last seed": (
        ["--config.train.seed=2147483647", "--config.train.seeds=2"],
        "config.train.seeds = 2: the last seed, train.seed + 1, is above 2147483647",
    ),
    "modes of a density": (["--config.data.classes=0"], "config.data.classes = '0': a toy density is scored by all"),
    "no such npz": (["--config.data.source=npz:/nowhere.npz"], "/nowhere.npz"),
    "devices": (["--config.parallel.devices=64"], "config.parallel.devices = 64: there are"),
    "pmap with seeds": (["--config.train.seeds=2", "--config.parallel.mode=pmap"], "config.train.seeds = 2: with pmap"),
    "image set without TensorFlow": (["--config.data.source=tfds:cifar100", "--config.data.dir=NOWHERE"], "[tfds]"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_line_and_nothing_written(case, tmp_path, monkeypatch, capsys):
    arguments, expected = CASES[case]
    arguments = [argument.replace("NOWHERE", str(tmp_path / "nowhere")) for argument in arguments]
    if "tfds" in expected:
        monkeypatch.setattr("mogan.data.tfds._has_tensorflow", lambda: False)
    workdir = tmp_path / "run"
    config = f"--config={EXPERIMENTS / 'toy_deligan.py'}"
    status = call("run", config, f"--workdir={workdir}", *TINY, *arguments, monkeypatch=monkeypatch)
    err = capsys.readouterr().err
    assert status == 2
    assert err.startswith("error: ") and err.count("\n") == 1 and expected in err
    assert not workdir.exists()


def test_an_empty_workdir(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("run", f"--config={EXPERIMENTS / 'toy_deligan.py'}", "--workdir=", *TINY, monkeypatch=monkeypatch) == 2
    assert capsys.readouterr().err == "error: --workdir is empty: give the folder of the run\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"x": np.zeros((50, 8, 8, 1), np.float32)}, "float32"),
        ({"x": np.zeros((50, 8, 8), np.uint8)}, "[50, 8, 8]"),
        ({"x": np.zeros((50, 2), np.int64)}, "int64"),
        ({"z": np.zeros((50, 2), np.float32)}, "x"),
        ({"x": np.zeros((50, 2), np.float32), "y": np.zeros(49, np.int64)}, "49"),
    ],
)
def test_unfit_npz(arrays, expected, tmp_path, monkeypatch, capsys):
    np.savez(tmp_path / "data.npz", **arrays)
    config, source = f"--config={EXPERIMENTS / 'toy_deligan.py'}", f"--config.data.source=npz:{tmp_path / 'data.npz'}"
    status = call("run", config, f"--workdir={tmp_path / 'run'}", *TINY, source, monkeypatch=monkeypatch)
    err = capsys.readouterr().err
    assert status == 2 and err.count("\n") == 1 and "data.npz" in err and expected in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("nowhere.py", "there is no file nowhere.py"),
        (f"{EXPERIMENTS / 'toy_deligan.py'}:gann", "no variant 'gann'; choose one of deligan, gan, gan++"),
        (f"{EXPERIMENTS / 'run.py'}", "is no config file"),
        (f"{EXPERIMENTS}", "there is no file"),
    ],
)
def test_unfit_config_file(reference, expected, tmp_path, monkeypatch, capsys):
    status = call("run", f"--config={reference}", f"--workdir={tmp_path / 'run'}", monkeypatch=monkeypatch)
    err = capsys.readouterr().err
    assert status == 2 and err.count("\n") == 1 and expected in err
    assert not (tmp_path / "run").exists()


BASE = "from mogan.config import base, update\nVARIANTS = ('a',)\ndef get_config(variant):\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BASE + "    config = base()\n    config.optim.lrr = 1\n    return config", "line 5: AttributeError"),
        (BASE + "    return update(base(), {'optim.lrr': 1})", "did you mean config.optim.lr?"),
        (BASE + "    return update(base(), {'train.steps': 0})", "config.train.steps = 0: give at least 1"),
        (BASE + "    return {'train': 1}['optim']", "line 4: KeyError: 'optim'"),
        (BASE + "    pass", "get_config of CONFIG gives NoneType; give mogan.config.base(), updated"),
        (BASE + "    return {'optim.lr': 1.0}", "gives dict"),
        ("import nothing_of_that_name", "line 1: ModuleNotFoundError"),
        ("VARIANTS = (", "line 1: SyntaxError"),
        ("VARIANTS = ()\ndef get_config(variant): pass", "is no config file"),
    ],
)
def test_mistakes_in_a_config_file(text, expected, tmp_path, monkeypatch, capsys):
    file = tmp_path / "own.py"
    file.write_text(text + "\n")
    assert call("run", f"--config={file}", f"--workdir={tmp_path / 'run'}", monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: --config={file}: ") and err.count("\n") == 1
    assert expected.replace("CONFIG", str(file)) in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("sample", ("--workdir=x",)),
        ("evaluate", ("--workdir=x", "--metrics=is")),
        ("figures", ("--figure=samples", "--workdirs=x")),
        ("tradeoff", ("gan=x",)),
        ("tables", ("--table=logan_toy",)),
    ],
)
def test_a_folder_that_cannot_be_written(program, arguments, tmp_path, monkeypatch, capsys):
    """Found before any work: the runs named are not even there."""

    def denied(**where):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    suffix = {"evaluate": "/a.json", "tables": ""}.get(program, "/a.png")
    monkeypatch.setattr("tempfile.TemporaryFile", denied)
    assert call(program, *arguments, f"--out={tmp_path}{suffix}", monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert f"--out={tmp_path}{suffix}: {tmp_path} cannot be written (Permission denied)" in err and err.count("\n") == 1


def test_workdir_beneath_a_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("kept")
    config = f"--config={EXPERIMENTS / 'toy_deligan.py'}"
    status = call("run", config, f"--workdir={tmp_path / 'file' / 'run'}", *TINY, monkeypatch=monkeypatch)
    err = capsys.readouterr().err
    assert status == 2 and err.count("\n") == 1 and "choose another workdir" in err


def test_another_config_in_the_workdir(tmp_path, monkeypatch, capsys):
    config, workdir = f"--config={EXPERIMENTS / 'toy_deligan.py'}", f"--workdir={tmp_path}"
    assert call("run", config, workdir, *TINY, monkeypatch=monkeypatch) == 0
    capsys.readouterr()
    assert call("run", config, workdir, *TINY, "--config.optim.lr=0.5", monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "optim.lr was 0.0001, now 0.5" in err
