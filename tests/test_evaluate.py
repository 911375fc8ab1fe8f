"""experiments/evaluate.py: scores equal the metric functions called by hand, protocols say how, refusals come first."""

import json

import jax
import numpy as np
import pytest
from PIL import Image

from mogan import data, evaluation, metrics, scores
from mogan.commands import load_config
from mogan.config import shrink
from mogan.data import arrays
from mogan.errors import InputError
from mogan.evaluation import Settings, evaluate
from mogan.metrics import inception
from mogan.metrics.classifier import activations, predict, predict_linear, train_classifier, train_linear
from mogan.metrics.inception_net import parameter_shapes
from mogan.metrics.inception_weights import load_weights
from mogan.restore import load_run
from mogan.sampling import make_reconstructor, make_sampler
from mogan.train import train
from tests.support import EXPERIMENTS, call

DIGITS = arrays.digits()
ROWS = np.flatnonzero(DIGITS.y < 3)
REAL, LABELS = DIGITS.x[ROWS[:48]], DIGITS.y[ROWS[:48]]
FAKE = DIGITS.x[ROWS[48:78]]
ORDER = np.random.default_rng(5).permutation(30)  # of 30 samples, shuffled by --seed=5
CNN = {"seed": 5, "epochs": 1}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the files are: real.npz, fake.npz, unlabelled.npz, points.npz, weights.npz, a cache, and a run."""
    root = tmp_path_factory.mktemp("evaluate")
    np.savez(root / "real.npz", x=REAL, y=LABELS)
    np.savez(root / "fake.npz", x=FAKE)
    np.savez(root / "one.npz", x=REAL, y=np.zeros(48, int))
    np.savez(root / "points.npz", x=np.zeros((9, 2), np.float32))
    np.savez(root / "wide.npz", x=np.zeros((9, 8, 6, 1), np.uint8))
    rng = np.random.default_rng(1)
    shapes = parameter_shapes(64)
    arrays = {name: (0.3 * rng.normal(size=shape) / shape[-1]).astype(np.float32) for name, shape in shapes.items()}
    np.savez(root / "weights.npz", **arrays)
    changes = {
        "data__source": f"npz:{root / 'real.npz'}",
        "train__steps": 2,
        "train__log_every": 1,
        "latent__dim": 4,
        "latent__components": 3,
        "schedule__name": "alternate",
        "optim__ema": 0.5,
        "model__name": "dcgan",
        "model__encoder": True,
    }
    config = load_config(f"{EXPERIMENTS}/digits_deligan.py:deligan", [])
    train(shrink(config, **changes), root / "bigan")
    return root


def projected(images, level, weights=None, batch_size=64):
    """In place of Inception: 64 random projections of the pixels. The network's own tests are in test_inception.py."""
    assert level == 64
    pixels = np.asarray(images, np.float32).reshape(len(images), -1) / 255
    return np.maximum(pixels @ np.random.default_rng(2).normal(size=(pixels.shape[1], 64)), 0).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def environment(place):
    """Its own cache and weights; every run is read and compiled once, and DIR/plain is DIR/bigan without an encoder or
    components."""
    bigan = load_run(place / "bigan")
    latent = bigan.gan.latent._replace(components=1)
    plain = bigan._replace(gan=bigan.gan._replace(encode=None, latent=latent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOGAN_CACHE", str(place / "cache"))
        patch.setenv("MOGAN_INCEPTION", str(place / "weights.npz"))
        patch.setattr(inception, "features", projected)
        patch.setattr(evaluation, "load_run", lambda workdir, which: plain if workdir.endswith("plain") else bigan)
        yield bigan


def of_files(place, *names, **changes):
    given = {"samples": str(place / "fake.npz"), "reference": f"npz:{place / 'real.npz'}", "seed": 5, "epochs": 1}
    return evaluate(Settings(metrics=names, **given | {"features": 64, "splits": 2} | changes))


def values(found):
    return {name: value for name, value in found.items() if name != "protocol"}


def test_distances_of_features(place):
    report = of_files(place, "fid", "kid", "prdc", num=25)
    real, fake = inception.features(REAL, 64), inception.features(FAKE[ORDER][:25], 64)
    assert report["fid"]["fid"] == pytest.approx(metrics.frechet_distance(real, fake), rel=1e-3)
    expected = metrics.kernel_inception_distance(real, fake, subset_size=25, seed=5)
    np.testing.assert_allclose([report["kid"][name] for name in ("mean", "std")], expected, rtol=1e-3, atol=1e-6)
    expected = *metrics.precision_recall(real, fake, 3), *metrics.density_coverage(real, fake, 5)
    assert tuple(values(report["prdc"]).values()) == expected
    sha = load_weights().sha256[:8]
    assert report["kid"]["protocol"] == (
        f"25 samples of {place / 'fake.npz'}; seed 5; reference 48 images of npz:{place / 'real.npz'}, train; "
        f"100 subsets of 25; Inception-v3 of 2015-12-05, level 64, weights {sha}, TF1 bilinear resize to 299"
    )


def test_scores_of_a_classifier_of_pixels(place):
    report = of_files(place, "is", "mis", "qd", classifier="cnn", num=24)
    own = train_classifier(REAL, LABELS, 3, **CNN)
    probs = predict(own, FAKE[ORDER][:24])
    assert values(report["is"]) == dict(zip(("mean", "std"), metrics.inception_score(probs, 2), strict=True))
    expected = metrics.modified_inception_score(probs, 2)
    assert report["mis"]["mean"] == expected["mean"] and report["mis"]["std"] == expected["std"]
    empty = np.isnan([mean for mean, _ in expected["per_class"]])
    assert report["mis"]["classes_left_out"] == empty.sum()
    for found, (mean, std), left_out in zip(report["mis"]["per_class"], expected["per_class"], empty, strict=True):
        assert found is None if left_out else found == [mean, std]
    real, fake = activations(own, REAL), activations(own, FAKE[ORDER][:24])
    kept = np.setdiff1d(np.arange(48), own.heldout)
    log_a = metrics.default_log_a(real[own.heldout], real[kept])
    inter = metrics.diversity_inter(probs)
    assert report["qd"]["quality"] == metrics.quality_score(fake, real[kept], log_a=log_a)
    intra = metrics.diversity_intra(FAKE[ORDER][:24], pairs=276, seed=5)
    assert report["qd"]["intra"] == pytest.approx(intra, abs=1e-6) and report["qd"]["inter"] == inter
    diversity = metrics.diversity(intra, inter)
    assert report["qd"]["combined"] == pytest.approx(metrics.combined(report["qd"]["quality"], diversity), abs=1e-6)
    accuracy = f"3 classes, {own.accuracy:.4f} of {len(own.heldout)} held-out images right"
    assert report["is"]["protocol"].endswith(f"2 splits; convolutional classifier of 1 epochs, layer pool, {accuracy}")


def test_scores_of_a_softmax_on_features(place):
    report = of_files(place, "mis", num=24)
    own = train_linear(inception.features(REAL, 64), LABELS, 3, seed=5)
    probs = predict_linear(own, inception.features(FAKE[ORDER][:24], 64))
    assert report["mis"]["mean"] == pytest.approx(metrics.modified_inception_score(probs, 2)["mean"], rel=1e-3)
    assert f"linear softmax, 3 classes, {own.accuracy:.4f} of" in report["mis"]["protocol"]


def test_a_folder_is_as_good_as_a_file(place, tmp_path):
    for number, image in enumerate(FAKE):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{number:03}.png")
    one, two = (of_files(place, "is", classifier="cnn", **own) for own in ({}, {"samples": str(tmp_path)}))
    assert values(one["is"]) == values(two["is"])


def test_samples_that_come_in_order_are_shuffled(place, tmp_path):
    """In two splits, one of each half of the classes, the score would be far lower."""
    probs = np.eye(2)[np.arange(400) // 200]
    images = np.zeros((400, 8, 8, 1), np.uint8)
    images[:, 0, 0, 0] = probs[:, 1]
    shuffled = evaluation._shuffled(images, 0)
    assert metrics.inception_score(np.eye(2)[shuffled[:, 0, 0, 0]], 2)[0] > 1.95
    assert metrics.inception_score(probs, 2)[0] == 1


def test_scores_of_a_run(place, environment, tmp_path, monkeypatch, capsys):
    """Through the program, with its file; the reference is the run's own data."""
    out = tmp_path / "scores.json"
    arguments = ["--metrics=ssim,clustering,qd", "--num=30", "--seed=5", "--epochs=1", "--scales=0.5,2", "--ema"]
    assert call("evaluate", f"--workdir={place / 'bigan'}", *arguments, f"--out={out}", monkeypatch=monkeypatch) == 0
    written = json.loads(out.read_text())
    assert written["settings"]["scales"] == [0.5, 2] and [path.name for path in tmp_path.iterdir()] == ["scores.json"]
    printed, report = capsys.readouterr().out, written["scores"]
    assert all(f"  ({report[name]['protocol']})" in printed for name in ("ssim", "clustering", "qd"))
    assert f"ssim: mean {report['ssim']['mean']:.5g}" in printed and f"wrote {out}" in printed
    for name in report:
        assert report[name]["protocol"].startswith(f"30 samples of {place / 'bigan'}, member 0, step 2, moving average")
    run = environment
    params, stats = run.state.ema["params"], run.state.ema["stats"]
    rows = np.random.default_rng(5).permutation(48)[:30]
    _, back = make_reconstructor(run.gan)(params, stats, data.from_uint8(REAL[rows]))
    expected = metrics.ssim(REAL[rows], data.to_uint8(back))
    assert report["ssim"]["mean"] == pytest.approx(expected.mean(), abs=1e-4) and report["ssim"]["images"] == 30
    assert report["ssim"]["std"] == pytest.approx(expected.std(), abs=1e-4)

    draw_key, score_key = jax.random.split(jax.random.key(5))
    draw, keys = make_sampler(run.gan), jax.random.split(jax.random.fold_in(score_key, 1), 3)
    blocks = [jax.random.split(key, 1)[0] for key in keys]
    drawn = [data.to_uint8(draw(params, stats, key, 10, component=k).x) for k, key in enumerate(blocks)]
    own = train_classifier(np.concatenate(drawn), np.repeat(np.arange(3), 10), 3, **CNN)
    clusters = predict(own, REAL).argmax(axis=1)
    found = report["clustering"]
    assert found["acc"] == metrics.clustering_accuracy(LABELS, clusters) and found["nmi"] == metrics.nmi(
        LABELS, clusters
    )
    assert found["component_accuracy"] == own.accuracy
    pixels, codes = REAL.reshape(48, -1) / np.float32(255), metrics.autoencoder_codes(REAL, **CNN)
    for name, features in (("kmeans", pixels), ("autoencoder", codes)):
        baseline = metrics.kmeans(features, 3, 5)
        assert found[f"{name}_acc"] == metrics.clustering_accuracy(LABELS, baseline)
        assert found[f"{name}_nmi"] == metrics.nmi(LABELS, baseline)
        assert found[f"{name}_ari"] == metrics.adjusted_rand_index(LABELS, baseline)
    assert "pixels and their codes of 10 numbers by a convolutional autoencoder of 1 epochs" in found["protocol"]

    own = train_classifier(REAL, LABELS, 3, **CNN)
    for scale, found in ((1.0, report["qd"]), *((found["scale"], found) for found in report["qd"]["sweep"])):
        images = data.to_uint8(draw(params, stats, jax.random.split(draw_key, 1)[0], 30, scale=scale).x)
        probs = predict(own, images)
        assert found["inter"] == pytest.approx(metrics.diversity_inter(probs), abs=1e-6)
        assert found["intra"] == pytest.approx(metrics.diversity_intra(images), abs=1e-5)
    assert [found["scale"] for found in report["qd"]["sweep"]] == [0.5, 2.0]


def test_many_samples_are_drawn_in_blocks(environment, monkeypatch):
    monkeypatch.setattr(scores, "BLOCK", 20)
    run = environment
    model = scores.Model(run.gan, run.state.params, run.state.stats)
    images = scores.draw_images(model, jax.random.key(0), 45)
    assert images.shape == (45, 8, 8, 1) and images.dtype == np.uint8
    assert (images[:5] != images[20:25]).any() and (images[:5] != images[40:45]).any()


@pytest.mark.parametrize("name", ["is", "fid"])
def test_nothing_is_written_when_a_score_fails(name, place, tmp_path, monkeypatch):
    def fail(context):
        raise InputError("no score")

    monkeypatch.setitem(scores.METRICS, name, scores.METRICS[name]._replace(score=fail, needs=(), judge=""))
    given = f"--samples={place / 'fake.npz'}", f"--metrics={name}", f"--out={tmp_path}/scores.json"
    assert call("evaluate", *given, monkeypatch=monkeypatch) == 2
    assert not list(tmp_path.iterdir())


REFUSED = [
    ("--metrics=fdi", "--metrics=fdi is none; did you mean fid? There are is, mis, fid"),
    ("--metrics=,", "--metrics is empty: give some of is, mis"),
    ("--workdir=W", "--samples=FAKE: give one of the two"),
    ("--samples=", "--workdir= --samples=: give one of the two"),
    ("--num=0", "--num=0: give a whole number from 1"),
    ("--num=31", "--num=31: FAKE holds 30 samples; give at most that many"),
    ("--classifier=vgg", "--classifier=vgg: choose one of inception, cnn, linear"),
    ("--features=100", "--features=100: choose one of 64, 192, 768, 1280, 2048"),
    ("--ema", "--ema, --member and --scales choose what is drawn from a run; give --workdir"),
    ("--workdir=BIGAN --samples= --scales=2", "--scales: only --metrics=qd sweeps them"),
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
    ("--metrics=mis --classifier=cnn --reference=npz:FAKE", "the reference has no labels to learn classes from; give"),
    ("--metrics=mis --classifier=cnn --reference=npz:DIR/one.npz", "the reference has a single class; give another"),
    ("--metrics=fid,qd --features=64 --num=1", "1 sample has nothing to be compared with; give 2 or more"),
    ("--metrics=prdc --features=64 --num=5", "5 samples have no 5 neighbours each; give 6 or more"),
    ("--metrics=fid --features=64 --reference=npz:DIR/wide.npz", "have shape (8, 6, 1), the samples (8, 8, 1); set"),
    ("--metrics=fid --features=64 --reference=toy:grid9", "a sample has shape (2,) and is no image"),
    ("--samples=DIR/points.npz", "--samples=DIR/points.npz: a sample has shape (2,) and is no image; give uint8"),
    ("--samples=DIR/none.npz", "'npz:DIR/none.npz': no such file"),
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

    monkeypatch.setattr(evaluation, "_context", None)  # so that work would be another error
    given = "--samples=FAKE --metrics=is --reference=npz:DIR/real.npz --out=OUT/scores.json " + arguments
    assert call("evaluate", *filled(given).split(), monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and filled(expected) in err and not list(tmp_path.iterdir())


def test_points_have_their_scores_elsewhere(environment, monkeypatch):
    monkeypatch.setattr(evaluation, "load_run", lambda workdir, which: environment._replace(shape=(2,)))
    with pytest.raises(InputError, match="is no image; the scores of points are in the run's metrics.jsonl"):
        evaluate(Settings(("fid",), workdir="points"))
