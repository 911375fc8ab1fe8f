"""Whatever JAX settings a user works under: the same run, samples and scores."""

import contextlib
import os
import shutil
import subprocess

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan import data
from mogan.algorithm.model import make_model
from mogan.evaluation import evaluator
from mogan.evaluation.settings import Settings
from mogan.machine.uses_jax import SETTINGS, uses_jax
from mogan.metrics import ms_ssim
from mogan.runs.load import load_run
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, TINY, call, command, load_setup, sha

USERS = {  # of each of SETTINGS a value that is not ours
    "x64": (jax.enable_x64, True),
    "strict promotion": (jax.numpy_dtype_promotion, "strict"),
    "no rank promotion": (jax.numpy_rank_promotion, "raise"),
    "no transfers": (jax.transfer_guard, "disallow"),
    "rbg": (jax.default_prng_impl, "rbg"),
    "old threefry": (jax.threefry_partitionable, False),
    "key reuse": (jax.debug_key_reuse, True),
}
REFUSALS = (TypeError, ValueError, AssertionError, jax.errors.JaxRuntimeError, jax.errors.KeyReuseError)
DIGITS = [*TINY, "--config.train.steps=2", "--config.train.checkpoint_every=1", "--config.latent.components=3"]
DIGITS += ["--config.data.batch_size=20", "--config.model.width_g=4", "--config.model.width_d=4"]


@contextlib.contextmanager
def users(*names):
    """Context of these settings, of all by default."""
    with contextlib.ExitStack() as stack:
        for setting, value in (USERS[name] for name in names or USERS):
            stack.enter_context(setting(value))
        yield


def of_the_settings():
    """An array that is another, or cannot be had, under another value of any of SETTINGS."""
    key = jax.random.key(0)
    made = jax.random.normal(key, (2, 3)) + jnp.arange(3) * np.float32(0.1)
    return made + jax.random.uniform(key, (2, 3))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A run of points, and its summary, under settings that nobody touched."""
    folder = tmp_path_factory.mktemp("plain")
    return folder, train(load_setup("toy_deligan.py", *TINY), folder)


def test_every_setting_has_a_test():
    assert [setting for setting, _ in SETTINGS] == [setting for setting, _ in USERS.values()]


@pytest.mark.parametrize("name", USERS)
def test_settings_end_at_the_door(name):
    expected = uses_jax(of_the_settings)()
    with users(name):
        found = uses_jax(of_the_settings)()
        with pytest.raises(REFUSALS):  # still the user's, outside
            outside = of_the_settings()
            assert outside.dtype == np.float32 and np.array_equal(outside, expected)
    assert found.dtype == np.float32 and np.array_equal(found, expected)


@pytest.mark.parametrize("name", ["x64", "strict promotion", "no transfers"])
def test_a_run_of_points_is_the_same(name, plain, tmp_path):
    with users(name):
        found = train(load_setup("toy_deligan.py", *TINY), tmp_path)
    assert found["state_sha256"] == plain[1]["state_sha256"]
    assert found["metrics"]["log_likelihood"] == plain[1]["metrics"]["log_likelihood"]


def test_a_run_goes_on_under_all_at_once(plain, tmp_path):
    """And draws the same samples, by the library's functions."""
    folder, summary = plain
    again = shutil.copytree(folder, tmp_path / "run")
    shutil.rmtree(again / "checkpoints" / "12")
    (again / "summary.json").unlink()
    key = jax.random.key(3)

    def drawn(folder):
        run = load_run(folder)
        return make_model(run.gan, run.state, run.config).sample(key, 20, scale=0.5, component=1).x

    with users():
        found = train(load_setup("toy_deligan.py", *TINY), again)
        samples = drawn(again)
    assert found["state_sha256"] == summary["state_sha256"]
    assert samples.dtype == np.float32 and np.array_equal(samples, drawn(folder))


def test_images_are_the_same_under_all_at_once(tmp_path, monkeypatch):
    """Trained, sampled into a file, and scored by networks that are trained for it."""
    found = {}
    for name, settings in {"plain": contextlib.nullcontext, "users": users}.items():
        folder, out = tmp_path / name, tmp_path / f"{name}.npz"
        monkeypatch.setenv("MOGAN_CACHE", str(tmp_path / f"cache_{name}"))
        with settings():
            config = f"--config={EXPERIMENTS / 'digits_deligan.py'}"
            assert call("run", config, f"--workdir={folder}", *DIGITS, monkeypatch=monkeypatch) == 0
            assert call("sample", f"--workdir={folder}", "--num=9", f"--out={out}", monkeypatch=monkeypatch) == 0
            asked = Settings(("qd", "clustering"), str(folder), num=60, epochs=1, data={"data.subset": 100})
            scores = {name: values | {"protocol": ""} for name, values in evaluator.evaluate(asked).items()}
        found[name] = sha(folder), np.load(out)["x"].tobytes(), scores
    assert found["users"] == found["plain"]


def test_the_environment_of_a_process(plain, tmp_path):
    """The same by variables that JAX reads when it is imported."""
    settings = {"JAX_ENABLE_X64": "1", "JAX_NUMPY_DTYPE_PROMOTION": "strict", "JAX_TRANSFER_GUARD": "disallow"}
    config = f"--config={EXPERIMENTS / 'toy_deligan.py'}"
    subprocess.run(command("run", config, f"--workdir={tmp_path}", *TINY), env=os.environ | settings, check=True)
    assert sha(tmp_path) == plain[1]["state_sha256"]


def test_metrics_of_arrays():
    images = data.load(load_setup("digits_deligan.py").data).x[:4]
    expected = ms_ssim(images[:2], images[2:])
    with users():
        assert np.array_equal(ms_ssim(images[:2], images[2:]), expected)
