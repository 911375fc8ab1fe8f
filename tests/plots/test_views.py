"""mogan.plots.views and experiments/figures.py on runs trained for a few steps."""

import numpy as np
import pytest
from PIL import Image

from mogan.config.commands import load_config
from mogan.errors import InputError
from mogan.plots import views
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, call, shrink

RUNS = {
    "gmgan": ("toy_gmgan.py:gmgan", {"train__seeds": 2, "train__eval_every": 1, "data__points": 60}),
    "gan": ("toy_gmgan.py:gan", {"train__seeds": 2, "train__eval_every": 1, "data__points": 60}),
    "bigan": ("toy_logan_bigan.py:v", {"optim__ema": 0.9}),
    "solid": ("toy_deligan.py:gan", {"schedule__name": "alternate"}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """trained(name) -> the folder of one of RUNS, which is trained when first asked for."""
    root = tmp_path_factory.mktemp("runs")

    def trained(name):
        reference, changes = RUNS[name]
        if name == "solid":  # in three dimensions
            np.savez(root / "solid.npz", x=np.zeros((60, 3), np.float32))
            changes = changes | {"data__source": f"npz:{root / 'solid.npz'}"}
        if not (root / name).exists():
            train(shrink(load_config(f"{EXPERIMENTS}/{reference}", []), train__steps=3, **changes), root / name)
        return str(root / name)

    return trained


@pytest.mark.parametrize(
    "figure, names",
    [
        ("samples", ("gmgan", "gan")),
        ("sweep", ("gmgan", "gan")),
        ("curves", ("gmgan", "gan")),
        ("contours", ("gmgan", "bigan")),
        ("joint", ("bigan",)),
    ],
)
def test_every_figure_of_trained_runs(figure, names, folder, tmp_path, monkeypatch):
    folders = ",".join(folder(name) for name in names)
    out = tmp_path / "figure.png"
    arguments = f"--figure={figure}", f"--workdirs={folders}", f"--out={out}"
    assert call("figures", *arguments, monkeypatch=monkeypatch) == 0
    picture = np.asarray(Image.open(out))
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50  # something is drawn


def test_runs_of_one_variant_have_a_name_each(folder, monkeypatch):
    twice, seen = [folder("gan"), f"{folder('gan')}/../gan"], []
    monkeypatch.setattr(views.figures, "sweep_figure", lambda rows, points: seen.extend(rows.values()))
    monkeypatch.setattr(views.figures, "curves_figure", lambda steps, curves, *labels: seen.append(curves))
    views.sweep([folder("gmgan"), *twice])
    views.curves([folder("gmgan"), *twice])
    assert [list(named) for named in seen] == len(seen) * [["gmgan", *(f"gan {path}" for path in twice)]]


def test_a_terrain_is_the_discriminators_score(folder):
    """At every point of the grid, and of pairs (x, E(x)) where there is an encoder."""
    run = views.load_run(folder("bigan"))
    x, y, values = views._terrain(run, views._points(run))
    point = np.array([[x[7], y[3]]], np.float32)
    passing = {"key": None, "train": False}
    z, _ = run.gan.encode(run.state.params, run.state.stats, point, **passing)
    logit, _ = run.gan.discriminate(run.state.params, run.state.stats, point, z, **passing)
    assert values[3, 7] == pytest.approx(float(logit[0]), rel=1e-5)


@pytest.mark.parametrize(
    "figure, name, message",
    [
        ("joint", "gan", "its GAN has no encoder"),
        ("samples", "solid", "a sample has shape"),
    ],
)
def test_runs_that_a_figure_cannot_show(figure, name, message, folder):
    with pytest.raises(InputError, match=message):
        views.VIEWS[figure]([folder(name)])


def test_curves_are_of_the_same_steps(folder):
    with pytest.raises(InputError, match="evaluated at the same steps"):
        views.curves([folder("gan"), folder("bigan")])


def test_curves_of_a_damaged_folder(folder, tmp_path):
    (tmp_path / "config.json").write_text('{"variant": "ga')
    with pytest.raises(InputError, match="config.json cannot be read"):
        views.curves([folder("gan"), tmp_path])


@pytest.mark.parametrize("wrong", ["--figure=nothing", "--out=figure.gif", "--out=/nowhere/figure.png"])
def test_wrong_arguments(wrong, tmp_path, monkeypatch, capsys):
    right = {"--figure": "--figure=samples", "--workdirs": "--workdirs=x", "--out": f"--out={tmp_path / 'a.png'}"}
    arguments = (right | {wrong.partition("=")[0]: wrong}).values()
    assert call("figures", *arguments, monkeypatch=monkeypatch) == 2
    assert wrong.partition("=")[0] in capsys.readouterr().err
