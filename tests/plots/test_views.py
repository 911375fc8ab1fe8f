"""mogan.plots.views and experiments/figures.py on runs trained for a few steps."""

import json

import numpy as np
import pytest
from PIL import Image

from mogan import data
from mogan.config.commands import load_config
from mogan.data.dataset import shown_points
from mogan.errors import InputError
from mogan.plots import views
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, call, shrink

RUNS = {
    "gmgan": ("toy_gmgan.py:gmgan", {"train__seeds": 2, "train__eval_every": 1, "data__points": 60}),
    "gan": ("toy_gmgan.py:gan", {"train__seeds": 2, "train__eval_every": 1, "data__points": 60}),
    "bigan": ("toy_logan_bigan.py:v", {"optim__ema": 0.9}),
    "line": ("toy_logan_line.py:lol1_pairwise", {}),
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
        ("line", ("line",)),
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
    monkeypatch.setattr(views.lines, "curves_figure", lambda curves, *labels: seen.append(curves))
    views.sweep([folder("gmgan"), *twice])
    views.curves([folder("gmgan"), *twice])
    assert [list(named) for named in seen] == len(seen) * [["gmgan", *(f"gan {path}" for path in twice)]]


def test_a_terrain_is_the_discriminators_score(folder):
    """At every point of the grid, and of pairs (x, E(x)) where there is an encoder."""
    run = views.load_run(folder("bigan"))
    x, y, values = views._terrain(run, shown_points(data.load(run.config.data)))
    point = np.array([[x[7], y[3]]], np.float32)
    passing = {"key": None, "train": False}
    z, _ = run.gan.encode(run.state.params, run.state.stats, point, **passing)
    logit, _ = run.gan.discriminate(run.state.params, run.state.stats, point, z, **passing)
    assert values[3, 7] == pytest.approx(float(logit[0]), rel=1e-5)


def test_the_slope_of_a_line_is_that_of_its_logit_with_the_code_held(folder):
    """By differences of D(x, E(x0)) around x0; reconstructions are those of the data."""
    run = views.load_run(folder("line"))
    panel = views.line_panel("line", run)
    params, stats, passing = run.state.params, run.state.stats, {"key": None, "train": False}
    at = panel.x[200:203, None]
    z, _ = run.gan.encode(params, stats, at, **passing)
    logit, above, below = (
        np.asarray(run.gan.discriminate(params, stats, at + step, z, **passing)[0], np.float64)
        for step in np.float32([0, 1e-2, -1e-2])
    )
    np.testing.assert_allclose(panel.logit[200:203], logit, rtol=1e-5)
    np.testing.assert_allclose(panel.slope[200:203], (above - below) / 2e-2, rtol=2e-2, atol=1e-4)
    assert panel.back.shape == panel.data.shape and np.isin(np.round(panel.data), (-1, 0, 1)).all()


@pytest.mark.parametrize(
    "figure, name, message",
    [
        ("joint", "gan", "its GAN has no encoder"),
        ("samples", "solid", "a sample has shape"),
        ("line", "bigan", "a sample has shape .2,.; give runs on 1-D data"),
    ],
)
def test_runs_that_a_figure_cannot_show(figure, name, message, folder):
    with pytest.raises(InputError, match=message):
        views.VIEWS[figure]([folder(name)])


def test_curves_of_any_score_over_discriminator_updates_where_these_differ(folder, tmp_path, monkeypatch):
    """LOGAN's figure 5: the score as it was logged, null as a gap, w's five updates a step counted."""
    seen = []
    monkeypatch.setattr(views.lines, "curves_figure", lambda *drawn: seen.append(drawn))
    values = {"v": (1, [(10, 1.5), (20, 2.5)]), "w": (5, [(2, 3.0), (4, None)])}
    for name, (updates, logged) in values.items():
        (tmp_path / name).mkdir()
        fields = {"variant": name, "schedule.name": "alternate", "schedule.d_updates": updates}
        (tmp_path / name / "config.json").write_text(json.dumps(fields))
        lines = [json.dumps({"step": step, "is/mean": value}) for step, value in logged]
        (tmp_path / name / "metrics.jsonl").write_text("\n".join(['{"step": 0, "d_loss": 1.0}', *lines, ""]))
    views.curves([tmp_path / "v", tmp_path / "w"], score="is/mean")
    ((found, xlabel, ylabel),) = seen
    assert (xlabel, ylabel) == ("discriminator updates", "is/mean, higher is better")
    np.testing.assert_array_equal(found["v"][0], [10, 20])
    np.testing.assert_array_equal(found["w"][0], [10, 20])
    np.testing.assert_array_equal(found["v"][1], [[1.5, 2.5]])
    np.testing.assert_array_equal(found["w"][1], [[3.0, np.nan]])
    views.curves([folder("gmgan"), folder("gan")])
    assert seen[1][1:] == ("step", "negative log-likelihood of samples (nats), lower is better")
    with pytest.raises(InputError, match="v logged no fid/fid; it has d_loss, is/mean$"):
        views.curves([tmp_path / "v"], score="fid/fid")


def test_the_running_mean_of_a_score_and_its_best(tmp_path, monkeypatch):
    """LOGAN's best moving average of SSIM: of the last three evaluations, of fewer at the start; the largest mean over
    seeds, and of a score that is better low the smallest, as of a negative likelihood."""
    seen = []
    monkeypatch.setattr(views.lines, "curves_figure", lambda curves, *labels: seen.append(curves))
    logged = np.array([[0.1, 0.4, 0.1, 0.7, 0.2], [0.3, 0.2, 0.5, 0.1, 0.0]])
    (tmp_path / "config.json").write_text(json.dumps({"variant": "lol1"}))
    names = ("ssim/mean", "fid/fid", "log_likelihood")
    rows = [{"step": step} | dict.fromkeys(names, two) for step, two in enumerate(logged.T.tolist())]
    (tmp_path / "metrics.jsonl").write_text("\n".join([*map(json.dumps, rows), ""]))
    expected = [[sum(row[max(0, end - 2) : end + 1]) / min(3, end + 1) for end in range(5)] for row in logged]
    for score, best, sign in (("ssim/mean", max, 1), ("fid/fid", min, 1), ("log_likelihood", min, -1)):
        views.curves([tmp_path], score=score, average=3)
        ((name, (_, values)),) = seen.pop().items()
        np.testing.assert_allclose(values, sign * np.array(expected))
        assert name == f"lol1, best {best(sign * np.mean(expected, axis=0)[2:]):.4g}"  # of those that are whole
    views.curves([tmp_path], score="fid/fid", average=6)
    assert list(seen.pop()) == ["lol1"]


def test_the_scales_of_a_sweep(folder, monkeypatch):
    seen = []
    monkeypatch.setattr(views.figures, "sweep_figure", lambda rows, points: seen.append(rows))
    views.draw("sweep", [folder("gmgan")], scales=(0.4, 0.7), score=None)
    assert list(seen[0]) == ["scale 0.4", "scale 0.7"]
    with pytest.raises(InputError, match="score = void: the figure samples makes no use of it"):
        views.draw("samples", [folder("gmgan")], score="void")


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
