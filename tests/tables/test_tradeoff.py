"""mogan.tables.tradeoff and experiments/tradeoff.py: files of several runs become means, errors and a figure."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from mogan.errors import InputError
from mogan.plots import curves
from mogan.plots.colours import colours_of
from mogan.tables import tradeoff
from tests.helpers.support import call

SCALES = (0.5, 1.0, 2.0)


def written(path, quality, diversity, scales=SCALES, log_a=3.0):
    """A file as evaluate.py writes it, of what matters here."""
    rows = [
        {"scale": scale, "quality": q, "intra": 0.1, "inter": 0.2, "diversity": d, "combined": 0.3}
        for scale, q, d in zip(scales, quality, diversity, strict=True)
    ]
    path.write_text(json.dumps({"scores": {"qd": rows[0] | {"log_a": log_a, "sweep": rows}}, "settings": {}}))
    return path


@pytest.fixture
def files(tmp_path):
    """Three runs of gmgan and one of gan."""
    values = np.random.default_rng(0).uniform(size=(4, 2, 3))
    paths = [written(tmp_path / f"{run}.json", *scores) for run, scores in enumerate(values.tolist())]
    return values, {"gmgan": paths[:3], "gan": paths[3:]}


def test_sweeps_are_read_run_by_run(files):
    values, paths = files
    sweeps = tradeoff.read_sweeps(paths)
    np.testing.assert_array_equal(sweeps["gmgan"].quality, values[:3, 0])
    np.testing.assert_array_equal(sweeps["gan"].diversity, values[3:, 1])
    assert list(sweeps) == ["gmgan", "gan"] and sweeps["gan"].scales == SCALES


def test_the_table_has_means_and_errors(files):
    values, paths = files
    lines = tradeoff.table(tradeoff.read_sweeps(paths)).splitlines()[2:]
    assert len(lines) == 6
    assert lines[1].split(" | ")[1:3] == ["1", f"{values[:3, 0, 1].mean():.3f} ± {stats.sem(values[:3, 0, 1]):.3f}"]
    assert lines[5] == f"| gan | 2 | {values[3, 0, 2]:.3f} | {values[3, 1, 2]:.3f} |"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "holds no sweep of qd; make it by python experiments/evaluate.py"),
        ("[]", "holds no sweep"),
        ('{"scores": {"is": {}}}', "holds no sweep"),
        ('{"scores": {"qd": {"log_a": 1.0, "quality": 0.5}}}', "holds no sweep"),
        ('{"scores": {"qd": {"log_a": 1.0, "sweep": [{"scale": 1.0, "quality": null}]}}}', "holds no sweep"),
        (None, "No such file or directory; make it by python"),
    ],
)
def test_files_that_hold_no_sweep(text, message, files, tmp_path):
    bad = tmp_path / "bad.json"
    if text is not None:
        bad.write_text(text)
    with pytest.raises(InputError, match=f"{bad}.*{message}"):
        tradeoff.read_sweeps(files[1] | {"acgan": [bad]})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scales": (0.5, 1.0, 1.5)}, r"scales 0\.5, 1, 1\.5 and .*has 0\.5, 1, 2 "),
        ({"log_a": 3.5}, r"log_a = 3\.5,.*the same `scales`, `seed`, `epochs` and reference"),
    ],
)
def test_runs_scored_in_different_ways_are_not_compared(changes, message, files, tmp_path):
    other = written(tmp_path / "other.json", [0.5] * 3, [0.5] * 3, **changes)
    with pytest.raises(InputError, match=message):
        tradeoff.read_sweeps(files[1] | {"acgan": [other]})


def test_the_program_writes_the_figure_and_its_numbers(files, tmp_path, monkeypatch, capsys):
    _, paths = files
    models = [f"{name}={','.join(map(str, of_name))}" for name, of_name in paths.items()]
    out = tmp_path / "tradeoff.png"
    assert call("tradeoff", *models, f"--out={out}", monkeypatch=monkeypatch) == 0
    sweeps = tradeoff.read_sweeps(paths)
    picture = curves.tradeoff_figure({name: sweep[1:] for name, sweep in sweeps.items()})
    np.testing.assert_array_equal(np.asarray(Image.open(out)), picture)
    assert out.with_suffix(".md").read_text() == tradeoff.table(sweeps) == capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gan", "--out=a.png"], "gan: give a model as NAME=FILE,FILE"),
        (["gan=", "--out=a.png"], "give a model as NAME=FILE,FILE"),
        (["gan=a.json", "gan=b.json", "--out=a.png"], "give each model a name of its own"),
        (["gan=a.json", "--out=a.jpg"], "give a name that ends in .png"),
        (["gan=a.json", "--out=none/a.png"], "there is no folder"),
    ],
)
def test_the_program_refuses(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("tradeoff", *arguments, monkeypatch=monkeypatch) != 0
    assert message in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_points_stand_where_their_scores_say():
    """Better and more diverse is up and to the right; a model's spread over runs shows as crosses."""
    low, high = np.array([[0.1, 0.4]] * 2), np.array([[0.6, 0.9]] * 2)
    picture = curves.tradeoff_figure({"gan": (low, low), "gmgan": (high, high)})
    (down, left), (up, right) = (
        np.median(np.argwhere(np.abs(picture - 255 * colour).max(axis=2) < 60), axis=0) for colour in colours_of(2)
    )
    assert down > up + 100 and left < right - 100
    spread = curves.tradeoff_figure({"low": (low, low + [[0.1], [-0.1]]), "high": (high, high)})
    assert (spread != curves.tradeoff_figure({"gan": (low, low), "gmgan": (high, high)})).any()
    with pytest.raises(InputError, match="no model"):
        curves.tradeoff_figure({})
    with pytest.raises(InputError, match=r"'low' of shape \[3\]"):
        curves.tradeoff_figure({"low": (np.zeros(3), np.zeros(3))})
