"""A platform that was asked for and is not there: one line, in every program, before any work."""

import os
import subprocess

import jax
import pytest

from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, TINY, call, command, load_setup

PROGRAMS = {
    "run": [f"--config={EXPERIMENTS / 'toy_deligan.py'}", "--workdir=OUT", *TINY],
    "sample": ["--workdir=RUN", "--out=OUT.npz"],
    "evaluate": ["--workdir=RUN", "--metrics=is", "--out=OUT.json"],
    "figures": ["--figure=samples", "--workdirs=RUN", "--out=OUT.png"],
    "tables": ["--table=deligan_toy", "--workdir=OUT", "--out=RUN", "--seeds=1", *TINY],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    train(load_setup("toy_deligan.py", *TINY), folder)
    return folder


def arguments(program, run, out):
    return [text.replace("RUN", str(run)).replace("OUT", str(out)) for text in PROGRAMS[program]]


@pytest.mark.parametrize("error", [AssertionError(), RuntimeError("Unable to initialize\nbackend 'cuda'")])
@pytest.mark.parametrize("program", PROGRAMS)
def test_one_line_and_nothing_written(program, error, run, tmp_path, monkeypatch, capsys):
    def none():
        raise error

    monkeypatch.setattr(jax, "devices", none)
    before = sorted(run.rglob("*"))
    assert call(program, *arguments(program, run, tmp_path / "out"), monkeypatch=monkeypatch) == 2
    *before_it, line = capsys.readouterr().err.splitlines()
    assert line.startswith("error: JAX_PLATFORMS = ") and ": JAX finds no such device" in line
    assert "initialize backend" in line or not str(error)
    assert len(before_it) == (program == "tables")  # which says the row that it is at
    assert not list(tmp_path.iterdir()) and sorted(run.rglob("*")) == before


def test_the_environment_of_a_process(run, tmp_path):
    """By the variable itself; a platform that no JAX has, so that it holds on every machine."""
    process = subprocess.run(
        command("sample", *arguments("sample", run, tmp_path / "out")),
        env=os.environ | {"JAX_PLATFORMS": "nonesuch"},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 2 and process.stderr.count("\n") == 1
    assert process.stderr.startswith("error: JAX_PLATFORMS = 'nonesuch': JAX finds no such device (Unable to init")
