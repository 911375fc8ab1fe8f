"""mogan.config.listing and what run.py and the config files print of it."""

import os
import re
import runpy
import subprocess
import sys

import pytest

from mogan.config import base, listing
from mogan.config.commands import load_config, parse_override
from mogan.config.fields import FIELDS
from tests.helpers.support import EXPERIMENTS, ROOT, TINY, call, load_setup

CONFIGS = sorted(path for path in EXPERIMENTS.glob("*.py") if "def get_config" in path.read_text())


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_listed_with_all_that_is_known_of_it(name):
    text = " ".join(listing.fields(base()).split())
    field = FIELDS[name]
    entry = text[text.index(f"--config.{name}=") :].split(" --config.")[0] if name != "variant" else text
    assert " ".join(field.meaning.split()) in entry and "default" in entry
    assert all(str(choice) in entry for choice in field.choices)
    assert field.low is None or f"{field.low:g}" in entry


def test_values_are_listed_as_they_are_typed():
    """Each line read back gives the config again."""
    overrides = ["--config.model.hidden_g=(64,64)", "--config.eval.metrics=is,fid", "--config.data.flip=true"]
    config = load_setup("digits_deligan.py:gan", *overrides)
    lines = [line[2:] for line in listing.fields(config).splitlines() if line[2:].startswith("--config.")]
    assert load_config(f"{EXPERIMENTS / 'toy_deligan.py'}:gan", lines) == config
    assert "* --config.data.flip=true" in listing.fields(config) and "  --config.data.split=train" in listing.fields(
        config
    )


def test_what_the_data_choose_is_told():
    text = " ".join(listing.fields(load_setup("own_images.py", "--config.data.batch_size=8")).split())
    assert "--config.data.image_size=0 left to the data, which choose it when the run starts; " in text
    assert "--config.data.batch_size=8 left" not in text


def test_help_of_a_config(monkeypatch, capsys):
    reference = f"--config={EXPERIMENTS / 'toy_deligan.py'}:gan"
    assert call("run", reference, "--config.train.steps", "7", "--help", monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "* --config.train.steps=7\n" in shown and "default 1000" in shown and "--workdir DIR" in shown
    assert "* --config.variant=gan\n" in shown and "\ntrain\n" in shown
    assert call("run", "--help", monkeypatch=monkeypatch) == 0
    assert "--config.train.steps=" not in capsys.readouterr().out


def test_the_list_of_configs(monkeypatch, capsys):
    assert call("run", "--list", monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    found = re.findall(r"^\S*/(\w+\.py)$", shown, re.MULTILINE)
    assert found == [path.name for path in CONFIGS]
    assert (
        "variants: deligan, gan, gan++, ensemble, nx, moe, deligan_paper, " in shown
        and "data:     toy:bimodal\n" in shown
    )
    assert "tfds:cifar10 (200 a class)" in shown and "cost:     64,000 steps of 5 updates" in shown
    assert "not given" not in shown  # each says what it costs


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_file_run_as_a_program(path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(path)])
    runpy.run_path(str(path), run_name="__main__")
    shown = capsys.readouterr().out
    assert "is a config, not a program" in shown and f"{path.name}:" in shown and "--help" in shown
    monkeypatch.setattr(sys, "argv", [str(path), "--workdir=x"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(path), run_name="__main__")
    assert end.value.code == 2 and "run.py --config=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--config.optim.lr", "0.5"], {"optim.lr": 0.5}),
        (["--config.latent.penalty_target", "-0.5", "--config.train.steps", "3"], {"latent.penalty_target": -0.5}),
        (["--config.data.source", "npz:a b=c.npz"], {"data.source": "npz:a b=c.npz"}),
        (["--config.data.classes=", "--config.train.steps=3"], {"data.classes": ""}),
    ],
)
def test_values_after_a_space(given, expected, monkeypatch):
    import argparse

    from mogan.config.commands import read_arguments

    monkeypatch.setattr(sys, "argv", ["run.py", *given, "--workdir", "x"])
    parser = argparse.ArgumentParser()
    parser.add_argument("--workdir")
    arguments, overrides = read_arguments(parser)
    assert arguments.workdir == "x" and expected.items() <= dict(map(parse_override, overrides)).items()


def test_a_field_without_any_value(tmp_path, monkeypatch, capsys):
    arguments = f"--config={EXPERIMENTS / 'toy_deligan.py'}", "--config.train.steps", f"--workdir={tmp_path / 'run'}"
    assert call("run", *TINY, *arguments, monkeypatch=monkeypatch) == 2
    assert "overrides are written --config.group.field=value" in capsys.readouterr().err


QUICK = [
    ("run", ["--help"], 0),
    ("run", ["--list"], 0),
    ("run", [f"--config={EXPERIMENTS / 'toy_deligan.py'}", "--help"], 0),
    ("run", [], 2),
    ("run", [f"--config={EXPERIMENTS / 'toy_deligan.py'}", "--workdir=x", "--config.optim.lrr=1"], 2),
    ("toy_deligan", [], 0),
    ("sample", ["--help"], 0),
    ("evaluate", ["--metrics=is", "--out=/nowhere/a.json"], 2),
    ("evaluate", ["--metrics=fd", "--workdir=x"], 2),
    ("evaluate", ["--metrics=is", "--workdir=x", "--features=3"], 2),
    ("evaluate", ["--metrics=is"], 2),
    ("evaluate", ["--metrics=is", "--workdir=no_run"], 2),
    ("sample", ["--workdir=x", "--show=sample", "--out=a.png"], 2),
    ("sample", ["--workdir=x", "--num=0", "--out=a.png"], 2),
    ("sample", ["--workdir=x", "--seed=-1", "--out=a.npz"], 2),
    ("sample", ["--workdir=no_run", "--out=a.npz"], 2),
    ("tables", ["--help"], 0),
    ("tables", ["--table=deligan_9"], 2),
    ("figures", ["--figure=sweeps", "--workdirs=x", "--out=a.png"], 2),
    ("figures", ["--figure=sweep", "--workdirs=no_run", "--out=a.png"], 2),
    ("figures", ["--figure=sweep", "--workdirs=x", "--out=a.gif"], 2),
    ("tradeoff", ["--help"], 0),
    ("convert_inception", ["--help"], 0),
]


@pytest.mark.parametrize(("program", "arguments", "status"), QUICK)
def test_help_and_wrong_arguments_import_nothing_slow(program, arguments, status, tmp_path):
    """Neither JAX nor Matplotlib, which take seconds."""
    watch = (
        "import atexit, runpy, sys\n"
        "slow = {'jax', 'flax', 'optax', 'matplotlib', 'tensorflow_datasets', 'scipy', 'sklearn'}\n"
        "atexit.register(lambda: print('slow:', sorted(slow & set(sys.modules))))\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    command = [sys.executable, "-c", watch, str(EXPERIMENTS / f"{program}.py"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert done.stdout.endswith("slow: []\n") and not list(tmp_path.iterdir())
