"""experiments/evaluate.py: refusals come before any work, and what is finished by then stays."""

import json
import re

import pytest

from mogan.errors import InputError
from mogan.evaluation import scores, source
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.settings import Settings
from mogan.metrics.meanings import explained
from tests.helpers import scored_runs
from tests.helpers.support import call

place, environment = scored_runs.place, scored_runs.environment


@pytest.mark.parametrize("name", ["is", "fid"])
def test_nothing_is_written_when_a_score_fails(name, place, tmp_path, monkeypatch):
    def fail(inputs):
        raise InputError("no score")

    monkeypatch.setitem(scores.METRICS, name, scores.METRICS[name]._replace(score=fail, check=lambda inputs: iter(())))
    given = f"--samples={place / 'fake.npz'}", f"--metrics={name}", f"--out={tmp_path}/scores.json"
    assert call("evaluate", *given, monkeypatch=monkeypatch) == 2
    assert not list(tmp_path.iterdir())


def test_what_was_finished_stays_when_a_later_score_fails(place, tmp_path, monkeypatch, capsys):
    def fail(inputs):
        raise InputError("3 of 30 rows of feats are not finite")

    monkeypatch.setitem(scores.METRICS, "kid", scores.METRICS["kid"]._replace(score=fail))
    given = f"--samples={place / 'fake.npz'}", f"--reference=npz:{place / 'real.npz'}", "--features=64", "--epochs=1"
    options = "--metrics=kid,fid,is", "--classifier=cnn", f"--out={tmp_path}/scores.json"
    assert call("evaluate", *given, *options, monkeypatch=monkeypatch) == 2
    out, err = capsys.readouterr()
    said, error = err.splitlines()[:1], err.splitlines()[-1]
    assert said == ["scores of 30 samples: classifier at up to 48 images, Inception-v3 at up to 78 images"]
    assert error == "error: --metrics=kid: 3 of 30 rows of feats are not finite"
    assert out.startswith("is: mean ") and "\nfid: fid " in out and out.endswith(f"wrote {tmp_path}/scores.json\n")
    written = json.loads((tmp_path / "scores.json").read_text())
    assert list(written["scores"]) == ["is", "fid"] and written["settings"]["metrics"] == ["kid", "fid", "is"]


def test_every_score_says_its_range_and_which_end_is_good(place, monkeypatch, capsys):
    given = f"--workdir={place / 'bigan'}", "--num=30", "--epochs=1", "--features=64", "--scales=2", "--splits=2"
    asked = "--metrics=is,mis,fid,kid,prdc,ssim,clustering,qd", "--classifier=cnn"
    assert call("evaluate", *given, *asked, monkeypatch=monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    for line in (line for line in lines if not line.startswith(" ")):
        metric, _, found = line.partition(": ")
        for score in re.findall(r"(?:^|, )([a-z_]+) ", re.sub(r"\[.*\]", "0", found)):
            assert explained(f"{metric}/{score}"), (metric, score)
            assert f"  {score}: {explained(f'{metric}/{score}')}" in lines
    assert "  quality: 0 to 1, higher is better: 1/2 is that of held-out images" in lines


REFUSED = [
    ("--metrics=fdi", "--metrics=fdi is none; did you mean fid? There are is, mis, fid"),
    ("--scales=a", "argument --scales: invalid numbers value: 'a'"),
    ("--metrics=,", "--metrics is empty: give some of is, mis"),
    ("--workdir=W", "--samples=FAKE: give one of the two"),
    ("--samples=", "--workdir= --samples=: give one of the two"),
    ("--num=0", "--num=0: give a whole number from 1"),
    ("--num=31", "--num=31: FAKE holds 30 samples; give at most that many"),
    ("--classifier=vgg", "--classifier=vgg: choose one of inception, cnn, linear"),
    ("--features=100", "--features=100: choose one of 64, 192, 768, 1280, 2048"),
    *(
        (flag, "--ema, --batch_stats, --member, --scales, --steps and --members choose what is drawn from")
        for flag in ("--ema", "--no-ema", "--scales=2", "--checkpoint=best")
    ),
    (
        "--workdir=BIGAN --samples= --metrics=ssim --scales=2",
        "--scales: --metrics=ssim has none: reconstructions draw nothing from the latent; leave it out",
    ),
    ("--workdir=BIGAN --samples= --metrics=qd --scales=-1", "--scales=-1.0: give numbers from 1e-30"),
    ("--workdir=BIGAN --samples= --member=1", "--member=1: the run has members 0 to 0"),
    ("--metrics=is --classifier=cnn --splits=31", "--metrics=is: 30 samples are fewer than 31 splits"),
    ("--metrics=fid", "weights.npz has no bias_conv_3"),  # level 2048, which is the default
    ("--metrics=is", "weights.npz has no"),
    ("--metrics=fid --features=64 --reference=", "--metrics=fid: it compares with real data; give --reference=SOURCE"),
    ("--metrics=ssim", "--metrics=ssim: there is no encoder to reconstruct with; give the --workdir of a run"),
    ("--metrics=ssim --workdir=DIR/plain --samples=", "--metrics=ssim: there is no encoder"),
    ("--metrics=clustering", "--metrics=clustering: there are no components to label by"),
    ("--metrics=clustering --workdir=DIR/plain --samples=", "--metrics=clustering: there are no components"),
    ("--metrics=clustering --workdir=BIGAN --samples= --num=5", "5 samples of 3 components; give at least 2 each"),
    (
        "--metrics=is,clustering --classifier=cnn --workdir=DIR/many --samples= --num=100",
        "--metrics=clustering: 50 components (config.latent.components) are more clusters than the reference has",
    ),
    (
        "--metrics=clustering --workdir=DIR/tiny --samples= --num=100 --reference=npz:DIR/tiny.npz",
        "--metrics=clustering: its autoencoder takes images with a side above 6 pixels, and these are 6x6",
    ),
    ("--metrics=clustering --workdir=DIR/many --samples= --num=99", "give at least 2 each, 100 samples (--num)"),
    ("--metrics=mis --classifier=cnn --reference=npz:FAKE", "the reference has no labels to learn classes from; give"),
    ("--metrics=mis --classifier=cnn --reference=npz:DIR/one.npz", "the reference has a single class; give another"),
    ("--metrics=fid,qd --features=64 --num=1", "1 sample has nothing to be compared with; give 2 or more"),
    ("--metrics=prdc --features=64 --num=5", "5 samples have no 5 neighbours each; give 6 or more"),
    ("--metrics=fid --features=64 --reference=npz:DIR/wide.npz", "have shape (8, 6, 1), the samples (8, 8, 1); set"),
    ("--metrics=fid --features=64 --reference=toy:grid9", "a sample has shape (2,) and is no image"),
    ("--samples=DIR/points.npz", "--samples=DIR/points.npz: a sample has shape (2,) and is no image; give uint8"),
    ("--samples=DIR/none.npz", "'npz:DIR/none.npz': no such file"),
    (
        "--features=npz:DIR/f.npz --samples= --reference= --metrics=prdc",
        "3 samples have no 5 neighbours each; give 6 or more (--num)",
    ),
    (
        "--features=npz:DIR/f.npz --samples= --metrics=fid",
        "--reference=npz:DIR/real.npz: no score asked for makes use of it: DIR/f.npz holds the features of the",
    ),
    ("--config.train.steps=2", "--config.train.steps: only the fields of the reference, --config.data.*, can be set"),
    ("--config.data.sorce=digits", "config.data.sorce is not a field; did you mean config.data.source?"),
    ("--out=OUT/scores.txt", "/scores.txt: give a name that ends in .json"),
    ("--out=OUT/none/scores.json", "make it first"),
]


@pytest.mark.parametrize(("arguments", "expected"), REFUSED)
def test_what_is_refused(arguments, expected, place, tmp_path, monkeypatch, capsys):
    def filled(text):
        names = {"BIGAN": place / "bigan", "FAKE": place / "fake.npz", "DIR": place, "OUT": tmp_path}
        for name, path in names.items():
            text = text.replace(name, str(path))
        return text

    for name, metric in scores.METRICS.items():
        monkeypatch.setitem(scores.METRICS, name, metric._replace(score=None))  # so that work would be another error
    given = "--samples=FAKE --metrics=is --reference=npz:DIR/real.npz --out=OUT/scores.json " + arguments
    assert call("evaluate", *filled(given).split(), monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and filled(expected) in err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scales": 0.5}, "scales = 0.5: give several numbers, as (0.5, 1)"),
        ({"scales": "0.5,1"}, "scales = '0.5,1': give several numbers"),
        ({"reference": None}, "reference = None: give text"),
        ({"data": None}, "data = None: give {'data.field': value}"),
    ],
)
def test_what_python_can_give_and_no_flag(changes, message):
    with pytest.raises(InputError) as error:
        evaluate(Settings(("fid",), workdir="run")._replace(**changes))
    assert message in str(error.value)


def test_points_have_their_scores_elsewhere(environment, monkeypatch):
    monkeypatch.setattr(source, "load_run", lambda workdir, which: environment._replace(shape=(2,)))
    with pytest.raises(InputError, match="is no image; the scores of points are in the run's metrics.jsonl"):
        evaluate(Settings(("fid",), workdir="points"))
