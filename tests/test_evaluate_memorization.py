"""The score memorization of experiments/evaluate.py and of training: what is held out, and what is refused."""

import numpy as np
import pytest

from mogan.commands import load_config
from mogan.config import shrink
from mogan.data import arrays
from mogan.errors import InputError
from mogan.evaluation import Settings, evaluate
from mogan.metrics import memorization_rate, nearest_distance
from mogan.train import train
from mogan.writers import read_jsonl
from tests.support import EXPERIMENTS, call

DIGITS = arrays.digits()
X, Y = DIGITS.x[DIGITS.y < 2][:300], DIGITS.y[DIGITS.y < 2][:300]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Images in an .npz, of which 50 a class are trained on, and of those a copy each, one of them noisy."""
    root = tmp_path_factory.mktemp("memorization")
    np.savez(root / "real.npz", x=X, y=Y)
    order = np.random.default_rng(1).permutation(len(X))
    np.savez(root / "samples.npz", x=X[order[:120]])
    return root


def scored(place, **changes):
    own = {"data.per_class": 50, "data.seed": 3} | changes.pop("data", {})
    given = {"samples": str(place / "samples.npz"), "reference": f"npz:{place / 'real.npz'}", "data": own}
    return evaluate(Settings(("memorization",), **given | changes))["memorization"]


def subset(place):
    from mogan import config, data

    fields = {"data.source": f"npz:{place / 'real.npz'}", "data.per_class": 50, "data.seed": 3, "data.batch_size": 1}
    return data.load(config.update(config.base(), fields).data).x


@pytest.mark.parametrize("flip", [False, True])
def test_what_per_class_left_out_is_held_out(flip, place):
    trained, samples = subset(place), np.load(place / "samples.npz")["x"]
    rows = [not any((image == real).all() for real in trained) for image in X]
    assert sum(rows) == len(X) - 100
    seen = np.concatenate([trained, trained[:, :, ::-1]]) if flip else trained
    found = scored(place, data={"data.flip": flip})
    assert found.pop("protocol").endswith(
        f"to the nearest image of the reference{' and their mirror images' * flip}, median over 120 samples, 200 held "
        "out; rate: below 1% of those"
    )
    expected = {
        "rate": memorization_rate(samples, seen, X[rows]),
        "distance": np.median(nearest_distance(samples, seen)),
        "heldout_distance": np.median(nearest_distance(X[rows], seen)),
    }
    assert found == pytest.approx(expected, rel=1e-12)
    assert 0.2 < found["rate"] < 0.5  # a third of the samples are training images


def test_a_split_is_held_out(place, monkeypatch):
    asked = []

    def load(fields, split=None):
        asked.append(split)
        return found._replace(x=X[150:]) if split else found

    found = arrays.npz(str(place / "real.npz"))._replace(x=X[:150], y=Y[:150])
    samples = arrays.npz(str(place / "samples.npz"))
    monkeypatch.setattr(
        "mogan.data.load", lambda fields, split=None: samples if "samples" in fields.source else load(fields, split)
    )
    report = scored(place, heldout="test", data={"data.per_class": 0})
    assert asked == [None, "test"]
    assert report["heldout_distance"] == np.median(nearest_distance(X[150:], X[:150]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"data": {"data.per_class": 0}},
            "^--metrics=memorization: 0 real images were not trained on; give at least 99",
        ),
        ({"heldout": "train"}, "^--heldout=train: the reference is of that split; give another"),
        ({"heldout": "test"}, "real.npz has no splits"),
        ({"metrics": ("is",), "heldout": "test"}, "^--heldout=test: only --metrics=memorization asks for it"),
        ({"reference": ""}, "memorization: it compares with real data; give --reference=SOURCE"),
    ],
)
def test_what_is_refused(changes, message, place):
    given = {"metrics": ("memorization",), "samples": str(place / "samples.npz"), "data": {"data.per_class": 50}}
    settings = Settings(**given | {"reference": f"npz:{place / 'real.npz'}"} | changes)
    if not settings.reference:
        settings = settings._replace(data={})
    with pytest.raises(InputError, match=message):
        evaluate(settings)


def test_in_training_and_after(place, tmp_path, monkeypatch, capsys):
    """On fewer images than the source has; the noise of two steps is no copy of anything."""
    changes = {
        "data__source": f"npz:{place / 'real.npz'}",
        "data__per_class": 50,
        "train__steps": 2,
        "train__eval_every": 1,
        "eval__metrics": ("memorization",),
        "eval__num_samples": 20,
        "eval__best": "memorization/rate",
        "latent__dim": 4,
        "model__name": "dcgan",
        "schedule__name": "alternate",
    }
    train(shrink(load_config(f"{EXPERIMENTS}/digits_deligan.py:deligan", []), **changes), tmp_path / "run")
    rates = [
        record["memorization/rate"]
        for record in read_jsonl(tmp_path / "run/metrics.jsonl")
        if "memorization/rate" in record
    ]
    assert rates == [0.0, 0.0]
    given = "--metrics=memorization", f"--workdir={tmp_path / 'run'}", "--num=20", f"--out={tmp_path / 'scores.json'}"
    assert call("evaluate", *given, monkeypatch=monkeypatch) == 0
    assert "memorization: rate 0, distance " in capsys.readouterr().out
    assert call("evaluate", *given, "--config.data.per_class=0", monkeypatch=monkeypatch) != 0
    assert "--heldout=test or another split" in capsys.readouterr().err
