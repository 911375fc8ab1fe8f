"""The score memorization of experiments/evaluate.py and of training: what is held out, and what is refused."""

import json

import numpy as np
import pytest

from mogan import config, data
from mogan.data import arrays
from mogan.errors import InputError
from mogan.evaluation import source
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.settings import Settings
from mogan.metrics import memorization_rate, nearest_distance
from mogan.runs.log import read_jsonl
from mogan.training.experiment import make_experiment
from mogan.training.train import train
from tests.helpers.support import call, load_setup, shrink

DIGITS = arrays.digits()
X, Y = DIGITS.x[DIGITS.y < 2][:300], DIGITS.y[DIGITS.y < 2][:300]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Images in an .npz, 120 of them in another, and such as are in neither."""
    root = tmp_path_factory.mktemp("memorization")
    np.savez(root / "real.npz", x=X, y=Y)
    order = np.random.default_rng(1).permutation(len(X))
    np.savez(root / "samples.npz", x=X[order[:120]])
    others = DIGITS.x[DIGITS.y > 1]
    np.savez(root / "others.npz", x=others[:200])
    np.savez(root / "overlapping.npz", x=np.concatenate([others[:200], X[:3]]))
    np.savez(root / "wide.npz", x=np.zeros((120, 8, 9, 1), np.uint8))
    return root


def scored(place, **changes):
    own = {"data.per_class": 50, "data.seed": 3} | changes.pop("data", {})
    given = {"samples": str(place / "samples.npz"), "reference": f"npz:{place / 'real.npz'}", "data": own}
    return evaluate(Settings(("memorization",), **given | changes))["memorization"]


def part(place, load, **fields):
    """What `load` gives of the data."""
    given = {"data.source": f"npz:{place / 'real.npz'}", "data.seed": 3, "data.batch_size": 1}
    changes = {f"data.{name}": value for name, value in fields.items()}
    return load(config.update(config.base(), given | changes).data).x


@pytest.mark.parametrize("flip", [False, True])
def test_what_per_class_left_out_is_held_out(flip, place):
    trained, samples = part(place, data.load, per_class=50), np.load(place / "samples.npz")["x"]
    rows = [not any((image == real).all() for real in trained) for image in X]
    assert sum(rows) == len(X) - 100
    seen = np.concatenate([trained, trained[:, :, ::-1]]) if flip else trained
    found = scored(place, data={"data.flip": flip})
    assert found.pop("protocol").endswith(
        f"trained on 100 images of npz:{place / 'real.npz'}, train; held out: what data.per_class or data.subset left "
        f"out; Euclidean distance of pixels, 0 to 255, to the nearest of the training images"
        f"{' or their mirror images' * flip}, median over 120 samples, 200 held out; rate: nearer than all but 1% of "
        "those"
    )
    copies = np.mean([any((image == real).all() for real in trained) for image in samples])
    expected = {
        "rate": memorization_rate(samples, seen, X[rows]),
        "copies": copies,
        "heldout_copies": 1 - copies,
        "distance": np.median(nearest_distance(samples, seen)),
        "heldout_distance": np.median(nearest_distance(X[rows], seen)),
    }
    assert found == pytest.approx(expected, rel=1e-12)
    assert 0.2 < found["rate"] < 0.5  # a third of the samples are training images


@pytest.mark.parametrize(("given", "count"), [(0.4, 120), (60, 120), (60, 119)])
def test_training_images_score_1_and_held_out_ones_the_quantile(given, count, place, tmp_path, caplog):
    """Of the very data that a run with data.holdout is trained on."""
    seen, unseen = (part(place, load, holdout=given) for load in (data.load, data.load_heldout))
    assert len(seen) == 180 and len(unseen) == 120
    chosen = {"data.per_class": 0, "data.holdout": given}
    np.savez(tmp_path / "copies.npz", x=seen[:count])
    copied = scored(place, samples=str(tmp_path / "copies.npz"), data=chosen)
    assert copied["rate"] == 1 and copied["copies"] == 1 and copied["heldout_copies"] == 0
    assert "held out: data.holdout = " in copied["protocol"] and not caplog.records
    np.savez(tmp_path / "unseen.npz", x=unseen)
    found = scored(place, samples=str(tmp_path / "unseen.npz"), data=chosen)
    assert found["rate"] <= 2 / 120 and found["copies"] == 0 and found["heldout_copies"] == 1
    assert found["distance"] == found["heldout_distance"] > 0
    assert "120 of 120 samples are held-out images, pixel for pixel" in caplog.text


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


def test_any_source_is_held_out(place):
    report = scored(place, heldout=f"npz:{place / 'others.npz'}", data={"data.per_class": 0})
    others = np.load(place / "others.npz")["x"]
    assert report["heldout_distance"] == np.median(nearest_distance(others, X))
    assert report["rate"] == report["copies"] == 1  # every sample is a training image
    assert f"trained on {len(X)} images" in report["protocol"] and "others.npz" in report["protocol"]


NOTHING = {"data": {"data.per_class": 0}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (NOTHING, "^metrics = 'memorization': 0 real images were not trained on; give at least 99: heldout = SPLIT or"),
        ({"data": {"data.holdout": 20}}, "40 real images were not trained on; give at least 99"),
        (
            {"heldout": "train"},
            "^metrics = 'memorization': heldout = 'train': the training data are of that split; give",
        ),
        ({"heldout": "test"}, "real.npz has no splits"),
        (
            NOTHING | {"heldout": "npz:PLACE/overlapping.npz"},
            "memorization': 3 of 203 images of heldout = 'npz:.* are in",
        ),
        (
            NOTHING | {"heldout": "npz:PLACE/real.npz"},
            r"300 of 300 images of heldout = .*, pixel for pixel; give images",
        ),
        (NOTHING | {"heldout": "npz:PLACE/none.npz"}, "heldout = 'npz:.*none.npz': .*no such file"),
        (
            NOTHING | {"heldout": "npz:PLACE/wide.npz"},
            r"heldout = 'npz:.* its images have shape \(8, 9, 1\), the samples",
        ),
        (NOTHING | {"heldout": "toy:grid9"}, r"a sample has shape \(2,\) and is no image"),
        (NOTHING | {"heldout": "fodler:x"}, "'fodler:x' is not a data source; did you mean folder:DIR"),
        ({"metrics": ("is",), "heldout": "test"}, "^heldout = 'test': only metrics = 'memorization' asks for it"),
        ({"reference": ""}, "memorization': it compares with real data; give reference = SOURCE"),
    ],
)
def test_what_is_refused(changes, message, place):
    given = {"metrics": ("memorization",), "samples": str(place / "samples.npz"), "data": {"data.per_class": 50}}
    settings = Settings(**given | {"reference": f"npz:{place / 'real.npz'}"} | changes)
    settings = settings._replace(heldout=settings.heldout.replace("PLACE", str(place)))
    if not settings.reference:
        settings = settings._replace(data={})
    with pytest.raises(InputError, match=message):
        evaluate(settings)


def run_config(place, **changes):
    own = {
        "data__source": f"npz:{place / 'real.npz'}",
        "data__holdout": 0.4,
        "data__seed": 3,
        "train__steps": 2,
        "train__eval_every": 1,
        "eval__metrics": ("memorization",),
        "eval__num_samples": 20,
        "eval__best": "memorization/rate",
        "latent__dim": 4,
        "model__name": "dcgan",
        "schedule__name": "alternate",
    }
    return shrink(load_setup("digits_deligan.py:deligan"), **own | changes)


@pytest.fixture(scope="module")
def runs(place):
    """A run that holds 60 images of each class out, and one that is trained on all."""
    train(run_config(place), place / "run")
    train(run_config(place, data__holdout=0.0, eval__metrics=(), eval__best=""), place / "all")
    return place


def test_in_training_and_after(runs, monkeypatch, capsys):
    """The noise of two steps is no copy of anything."""
    rates = [
        record["memorization/rate"]
        for record in read_jsonl(runs / "run/metrics.jsonl")
        if "memorization/rate" in record
    ]
    assert rates == [0.0, 0.0]
    given = "--metrics=memorization", f"--workdir={runs / 'run'}", "--num=20", f"--out={runs / 'scores.json'}"
    assert call("evaluate", *given, monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr().out
    assert "memorization: rate 0, copies 0, heldout_copies 0, distance " in printed
    assert "  rate: 0 to 1, lower is better: about 0.01 for unseen images, 1 for copies of training images\n" in printed
    protocol = json.loads((runs / "scores.json").read_text())["scores"]["memorization"]["protocol"]
    assert "trained on 180 images" in protocol and "120 held out" in protocol


@pytest.mark.parametrize("name", ["data.per_class=30", "data.holdout=0.4", "data.source=digits", "data.seed=4"])
@pytest.mark.parametrize("run", ["run", "all"])
def test_a_run_is_not_told_what_it_was_trained_on(run, name, runs, monkeypatch, capsys):
    given = "--metrics=memorization", f"--workdir={runs / run}", "--num=20", f"--config.{name}"
    assert call("evaluate", *given, monkeypatch=monkeypatch) == 2
    field = name.partition("=")[0]
    assert f"--config.{field}=" in (err := capsys.readouterr().err)
    assert "what a run was trained on, its own config says, and what it was not, --heldout; leave it out" in err


@pytest.mark.parametrize("run", ["run", "all"])
def test_a_copier_scores_1_whatever_the_reference(run, runs, monkeypatch):
    """The reference of other scores, 10 images a class, was not all that there was to copy."""
    kept = data.load(source.load_run(runs / run).config.data).x
    monkeypatch.setattr(source, "draw_shuffled", lambda model, key, n, seed, scale: source.shuffled(kept[:n], seed))
    options = {"heldout": f"npz:{runs / 'others.npz'}"} if run == "all" else {}
    metrics = ("memorization", "qd")
    given = {"num": len(kept), "classifier": "cnn", "epochs": 1, "data": {"data.per_class": 10, "data.holdout": 0.0}}
    report = evaluate(Settings(metrics, workdir=str(runs / run), **given, **options))
    assert (
        report["memorization"]["rate"] == 1 and f"trained on {len(kept)} images" in report["memorization"]["protocol"]
    )
    assert "reference 20 images" in report["qd"]["protocol"]


def test_a_run_on_all_of_its_data_has_nothing_held_out(runs):
    with pytest.raises(InputError, match="0 real images were not trained on; .* runs to come hold .* config.data.hold"):
        evaluate(Settings(("memorization",), workdir=str(runs / "all"), num=20))
    with pytest.raises(InputError, match=r"config.eval.metrics = .* 0 real images .* set config.data.holdout"):
        make_experiment(run_config(runs, data__holdout=0.0))
