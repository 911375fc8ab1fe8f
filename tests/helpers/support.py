"""What several test files share: paths, and running the programs of experiments/ in this process or in another."""

import json
import runpy
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
from ml_collections import ConfigDict

from mogan.config import update
from mogan.config.commands import load_config

ROOT = Path(__file__).parents[2]
EXPERIMENTS = ROOT / "experiments"
DATA = ROOT.parent / "shared" / "data"
TINY = (  # toy_deligan in a second: 12 updates, of which some go to each player
    "--config.train.steps=12",
    "--config.train.log_every=2",
    "--config.train.checkpoint_every=4",
    "--config.train.eval_every=6",
    "--config.train.sample_every=0",
    "--config.eval.num_samples=100",
    "--config.eval.report=false",
    "--config.schedule.slots=2",
)


def load_setup(reference: str, *overrides: str):
    """The config of experiments/FILE.py:VARIANT, with --config.FIELD=VALUE."""
    return load_config(f"{EXPERIMENTS}/{reference}", list(overrides))


def command(program: str, *arguments) -> list[str]:
    """The command line of experiments/PROGRAM.py for a process of its own."""
    return [sys.executable, str(EXPERIMENTS / f"{program}.py"), *map(str, arguments)]


def start(program: str, *arguments) -> subprocess.Popen:
    """experiments/PROGRAM.py in a process of its own, its output piped."""
    return subprocess.Popen(command(program, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def call(program: str, *arguments, monkeypatch) -> int:
    """Runs experiments/PROGRAM.py in this process; returns its exit status."""
    monkeypatch.setattr(sys, "argv", command(program, *arguments)[1:])
    try:
        runpy.run_path(str(EXPERIMENTS / f"{program}.py"), run_name="__main__")
    except SystemExit as end:
        return end.code or 0
    return 0


def wait_for(process: subprocess.Popen, happened) -> None:
    """Returns as soon as happened() is true; fails if the process ends before, or two minutes have passed."""
    deadline = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)


def assert_close(found, expected, **tolerances) -> None:
    """assert_allclose of all leaves of two trees, none of which holds a number that is not finite."""
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert np.isfinite(b).all()
        np.testing.assert_allclose(a, b, **tolerances)


def sha(workdir: Path) -> str:
    """The digest of the state that a run ended with."""
    return json.loads((workdir / "summary.json").read_text())["state_sha256"]


def shrink(config: ConfigDict, **changes) -> ConfigDict:
    """A copy small enough for a test: a few steps, narrow networks, small batches; `changes` are nested by "__"."""
    small = {
        "train.steps": 4,
        "train.log_every": 2,
        "train.checkpoint_every": 4,
        "train.eval_every": 0,
        "train.sample_every": 0,
        "eval.num_samples": 16,
        "eval.grid": 2,
        "eval.report": False,
        "data.batch_size": min(8, config.data.batch_size),
        "data.batch_size_g": min(16, config.data.batch_size_g),
        "latent.components": min(4, config.latent.components),
        "latent.weights_given": config.latent.weights_given[:4],
        **{f"model.hidden_{net}": tuple(min(8, w) for w in config.model[f"hidden_{net}"]) for net in "gde"},
        "model.width_g": min(4, config.model.width_g),
        "model.width_d": min(4, config.model.width_d),
        "model.minibatch_kernels": min(4, config.model.minibatch_kernels),
    }
    return update(config, small | {name.replace("__", "."): value for name, value in changes.items()})
