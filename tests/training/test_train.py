"""The loop: what a run leaves behind, and when things happen in it."""

import functools
import json
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mogan.config import base, update
from mogan.config.commands import load_config
from mogan.errors import InputError
from mogan.runs import checkpoint
from mogan.runs.load import load_run
from mogan.runs.log import read_jsonl
from mogan.training.timetable import next_stop
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, TINY, call, shrink


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("toy")
    config = load_config(
        str(EXPERIMENTS / "toy_deligan.py"), [*TINY, "--config.train.seeds=2", "--config.optim.ema=0.9"]
    )
    return workdir, train(config, workdir)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("digits")
    config = shrink(load_config(str(EXPERIMENTS / "digits_deligan.py"), []), train__steps=2, schedule__slots=2)
    return workdir, train(config, workdir)


def test_a_run_among_its_images_is_refused_before_they_are_read(tmp_path):
    config = update(base(), {"data.source": f"folder:{tmp_path}", "model.name": "dcgan"})
    with pytest.raises(InputError, match="run lies in "):
        train(config, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_leaves_behind(toy):
    workdir, summary = toy
    names = {path.name for path in workdir.iterdir()}
    expected = {"config.json", "data.json", "metrics.jsonl", "tensorboard", "checkpoints", "samples", "summary.json"}
    assert expected <= names
    assert json.loads((workdir / "summary.json").read_text()) == summary
    assert {"metrics", "wall_seconds", "steps_per_second", "device", "versions", "state_sha256"} <= summary.keys()
    run = load_run(workdir)
    assert run.step == 12 and run.shape == (2,)
    assert summary["state_sha256"] == checkpoint.digest(run.state)


def test_metrics(toy):
    workdir, summary = toy
    records = read_jsonl(workdir / "metrics.jsonl")
    logged = [record["step"] for record in records if "threshold" in record]
    assert logged == [2, 4, 6, 8, 10, 12]
    evaluated = [record for record in records if "void" in record]
    assert [record["step"] for record in evaluated] == [6, 12]
    for record in evaluated:
        for seed in range(2):
            assert record["void"][seed] + record["share_0"][seed] + record["share_1"][seed] == pytest.approx(1)
    assert summary["metrics"]["void"] == evaluated[-1]["void"]


def test_pictures(toy, digits):
    with Image.open(toy[0] / "samples" / "step_12.png") as picture:
        assert picture.mode == "RGB" and min(picture.size) > 300
    with Image.open(digits[0] / "samples" / "step_2.png") as picture:
        pixels = np.asarray(picture)
    red = (pixels[..., 0] > 150) & (pixels[..., 1] < 100)  # the frame of the nearest training images
    assert red.any() and not red[:, : pixels.shape[1] // 2].any()


@given(step=st.integers(0, 999), chunk=st.integers(1, 300), every=st.integers(1, 50))
def test_chunks_end_where_something_is_due(step, chunk, every):
    values = {"train.steps": 1000, "train.log_every": every, "train.checkpoint_every": 3 * every, "train.eval_every": 0}
    config = update(base(), values | {"train.sample_every": 7 * every})
    end = next_stop(step, config, chunk)
    assert step < end <= min(step + chunk, 1000)
    assert not any(between % every == 0 for between in range(step + 1, end))
    assert end in (step + chunk, 1000) or end % every == 0


SAMPLES = [
    (["--num=30"], None),
    (["--num=30", "--component=2"], 2),
    (["--num=30", "--component=2", "--scale=0.25", "--member=1", "--ema"], 2),
]


@pytest.mark.parametrize(("arguments", "component"), SAMPLES)
def test_samples_of_points(arguments, component, toy, tmp_path, monkeypatch):
    out = tmp_path / "samples.npz"
    assert call("sample", f"--workdir={toy[0]}", f"--out={out}", *arguments, monkeypatch=monkeypatch) == 0
    with np.load(out) as saved:
        x, z, k = saved["x"], saved["z"], saved["component"]
    assert x.shape == (30, 2) and x.dtype == np.float32 and z.shape == (30, 2)
    assert set(k) == {component} if component is not None else len(set(k)) > 20
    assert (
        call("sample", f"--workdir={toy[0]}", f"--out={tmp_path}/again.npz", *arguments, monkeypatch=monkeypatch) == 0
    )
    with np.load(tmp_path / "again.npz") as again:
        np.testing.assert_array_equal(again["x"], x)


def test_scale_narrows_the_components(toy, tmp_path, monkeypatch):
    spreads = []
    for scale in (1.0, 0.25):
        out = tmp_path / f"{scale}.npz"
        arguments = ["--num=400", "--component=1", f"--scale={scale}"]
        assert call("sample", f"--workdir={toy[0]}", f"--out={out}", *arguments, monkeypatch=monkeypatch) == 0
        with np.load(out) as saved:
            spreads.append(saved["z"].std(0))
    np.testing.assert_allclose(spreads[1], spreads[0] / 2, rtol=1e-3)  # a quarter of the covariance


def test_samples_of_images(digits, tmp_path, monkeypatch):
    for name in ("grid.png", "images.npz"):
        call_status = call(
            "sample", f"--workdir={digits[0]}", "--num=5", f"--out={tmp_path / name}", monkeypatch=monkeypatch
        )
        assert call_status == 0
    with np.load(tmp_path / "images.npz") as saved:
        assert saved["x"].shape == (5, 8, 8, 1) and saved["x"].dtype == np.uint8
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.size[0] > picture.size[1]  # three columns, two rows


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--component=50", "--out=OUT/a.png"], "--component=50: the latent has components 0 to 49"),
        (["--scale=0", "--out=OUT/a.png"], "--scale=0.0: give a number from 1e-30"),
        (["--num=0", "--out=OUT/a.png"], "--num=0: give a whole number from 1 to 10000000"),
        (["--member=2", "--out=OUT/a.png"], "--member=2: the run has members 0 to 1"),
        (["--seed=-1", "--out=OUT/a.png"], "--seed=-1"),
        (["--out=OUT/a.gif"], "give a name that ends in .png or .npz"),
        (["--out=OUT/nowhere/a.png"], "there is no folder"),
    ],
)
def test_unfit_samples(arguments, expected, toy, tmp_path, monkeypatch, capsys):
    arguments = [argument.replace("OUT", str(tmp_path)) for argument in arguments]
    assert call("sample", f"--workdir={toy[0]}", *arguments, monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and expected in err and not list(tmp_path.iterdir())


def test_points_that_no_picture_shows(tmp_path, monkeypatch, capsys):
    """In three dimensions a run trains without pictures, and its samples go into an .npz."""
    np.savez(tmp_path / "points.npz", x=np.zeros((50, 3), np.float32))
    values = {"data.source": f"npz:{tmp_path / 'points.npz'}", "data.batch_size": 10}
    train(shrink(update(base(), values), train__steps=2), tmp_path / "run")
    assert not list((tmp_path / "run" / "samples").glob("*"))
    sample = functools.partial(call, "sample", f"--workdir={tmp_path / 'run'}", "--num=4", monkeypatch=monkeypatch)
    assert sample(f"--out={tmp_path / 'a.npz'}") == 0
    assert np.load(tmp_path / "a.npz")["x"].shape == (4, 3)
    assert sample(f"--out={tmp_path / 'a.png'}") == 2
    assert "a sample has shape (3,), which no picture shows; give a name in .npz" in capsys.readouterr().err


def test_points_that_no_tanh_reaches(tmp_path):
    np.savez(tmp_path / "points.npz", x=np.linspace(0, 7, 100, dtype=np.float32).reshape(50, 2))
    config = update(base(), {"data.source": f"npz:{tmp_path / 'points.npz'}", "data.batch_size": 10})
    with pytest.raises(InputError, match=r"its points reach 7, .* set config.model.output = linear, or scale"):
        train(shrink(config, train__steps=2), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert train(shrink(update(config, {"model.output": "linear"}), train__steps=2), tmp_path / "run")["steps"] == 2


def test_samples_of_no_run(tmp_path, monkeypatch, capsys):
    assert call("sample", f"--workdir={tmp_path}", f"--out={tmp_path}/a.png", monkeypatch=monkeypatch) == 2
    assert "holds no config.json; give the folder of a run" in capsys.readouterr().err


def test_speed_is_that_of_training_alone(tmp_path, monkeypatch):
    loop, now = sys.modules["mogan.training.loop"], [0.0]
    stop, report = loop.next_stop, loop._report

    def timed_stop(step, *others):
        end = stop(step, *others)
        now[0] += (end - step) / 20  # so long these steps take
        return end

    def timed_report(*arguments):
        now[0] += 1000  # so long evaluations and checkpoints take
        return report(*arguments)

    monkeypatch.setattr(loop.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(loop, "next_stop", timed_stop)
    monkeypatch.setattr(loop, "_report", timed_report)
    summary = train(load_config(str(EXPERIMENTS / "toy_deligan.py"), list(TINY)), tmp_path)
    assert summary["steps_per_second"] == pytest.approx(20)
    assert summary["wall_seconds"] == pytest.approx(12 / 20 + 4 * 1000)  # after 4, 6, 8 and 12
    logged = [record["steps_per_second"] for record in read_jsonl(tmp_path / "metrics.jsonl") if "d_loss" in record]
    np.testing.assert_allclose(logged, 20)
