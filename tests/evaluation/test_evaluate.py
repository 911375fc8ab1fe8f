"""experiments/evaluate.py: scores equal the metric functions called by hand, protocols say how."""

import json

import jax
import numpy as np
import pytest
from PIL import Image

from mogan import metrics
from mogan.algorithm.model import Model, by_batch_statistics
from mogan.evaluation import source
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.reference import shuffled
from mogan.evaluation.settings import Settings
from mogan.metrics.networks import inception
from mogan.metrics.networks.classifier import activations, predict, predict_linear, train_classifier, train_linear
from mogan.metrics.networks.inception_weights import load_weights
from tests.helpers import scored_runs
from tests.helpers.scored_runs import CNN, FAKE, LABELS, ORDER, REAL
from tests.helpers.support import call

place, environment = scored_runs.place, scored_runs.environment


def of_files(place, *names, **changes):
    given = {"samples": str(place / "fake.npz"), "reference": f"npz:{place / 'real.npz'}", "seed": 5, "epochs": 1}
    return evaluate(Settings(metrics=names, **given | {"features": 64, "splits": 2} | changes))


def values(found):
    return {name: value for name, value in found.items() if name != "protocol"}


def test_distances_of_features(place):
    report = of_files(place, "fid", "kid", "prdc", num=25)
    real, fake = inception.features(REAL, 64), inception.features(FAKE[ORDER][:25], 64)
    assert report["fid"]["fid"] == pytest.approx(metrics.frechet_distance(real, fake), rel=1e-3)
    expected = metrics.kernel_inception_distance(real, fake, subset_size=12, seed=5)
    np.testing.assert_allclose([report["kid"][name] for name in ("mean", "std")], expected, rtol=1e-3, atol=1e-6)
    expected = *metrics.precision_recall(real, fake, 3), *metrics.density_coverage(real, fake, 5)
    assert tuple(values(report["prdc"]).values()) == expected
    sha = load_weights().sha256[:8]
    assert report["kid"]["protocol"] == (
        f"25 samples of {place / 'fake.npz'}; seed 5; reference 48 images of npz:{place / 'real.npz'}, train; "
        f"100 subsets of 12; Inception-v3 of 2015-12-05, level 64, weights {sha}, TF1 bilinear resize to 299"
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
    probs_of_shuffled = np.eye(2)[shuffled(images, 0)[:, 0, 0, 0]]
    assert metrics.inception_score(probs_of_shuffled, 2)[0] > 1.95
    assert metrics.inception_score(probs, 2)[0] == 1


def test_scores_of_a_run(place, environment, tmp_path, monkeypatch, capsys):
    """Through the program, with its file; the reference is the run's own data."""
    out = tmp_path / "scores.json"
    arguments = ["--metrics=ssim,clustering,qd", "--num=30", "--seed=5", "--epochs=1", "--scales=0.5,2", "--ema"]
    assert call("evaluate", f"--workdir={place / 'bigan'}", *arguments, f"--out={out}", monkeypatch=monkeypatch) == 0
    written = json.loads(out.read_text())
    assert written["settings"]["scales"] == [0.5, 2]
    assert {path.name for path in tmp_path.iterdir()} == {"scores.json", "scores.md", "scores.png"}
    printed, report = capsys.readouterr().out, written["scores"]
    assert all(f"  ({report[name]['protocol']})" in printed for name in ("ssim", "clustering", "qd"))
    assert f"ssim: mean {report['ssim']['mean']:.5g}" in printed and f"wrote {out}" in printed
    for name in report:
        assert report[name]["protocol"].startswith(f"30 samples of {place / 'bigan'}, member 0, step 2, moving average")
    run = environment
    model = Model(run.gan, run.state.ema["params"], run.state.ema["stats"])
    rows = np.random.default_rng(5).permutation(48)[:30]
    expected = metrics.ssim(REAL[rows], model.reconstruct(REAL[rows]))
    assert report["ssim"]["mean"] == pytest.approx(expected.mean(), abs=1e-4) and report["ssim"]["images"] == 30
    assert report["ssim"]["std"] == pytest.approx(expected.std(), abs=1e-4)

    draw_key, score_key = jax.random.split(jax.random.key(5))
    keys = jax.random.split(jax.random.fold_in(score_key, 1), 3)
    blocks = [jax.random.split(key, 1)[0] for key in keys]
    drawn = [model.sample(key, 10, component=k).x for k, key in enumerate(blocks)]
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
        images = model.sample(jax.random.split(draw_key, 1)[0], 30, scale=scale).x
        probs = predict(own, images)
        assert found["inter"] == pytest.approx(metrics.diversity_inter(probs), abs=1e-6)
        assert found["intra"] == pytest.approx(metrics.diversity_intra(images), abs=1e-5)
    assert [found["scale"] for found in report["qd"]["sweep"]] == [0.5, 2.0]
    assert "sweep" not in report["ssim"] and len(report["clustering"]["sweep"]) == 2
    asked = {"workdir": str(place / "bigan"), "classifier": "cnn", "splits": 2, "scales": (0.5,), "ema": True}
    (found,) = evaluate(Settings(("is",), num=30, seed=5, epochs=1, **asked))["is"]["sweep"]
    images = model.sample(jax.random.split(draw_key, 1)[0], 30, scale=0.5).x
    expected = metrics.inception_score(predict(own, images)[np.random.default_rng(5).permutation(30)], 2)
    assert (found["scale"], found["mean"], found["std"]) == (0.5, *map(pytest.approx, expected))


def test_batch_statistics_and_the_window(place, environment):
    """Normalised as in training (DeLiGAN's program), and scikit-image's window (LOGAN's)."""
    asked = Settings(("ssim",), workdir=str(place / "bigan"), num=12, seed=5, batch_stats=True, window="uniform")
    found = evaluate(asked._replace(ema=False))["ssim"]
    run = environment
    model = Model(by_batch_statistics(run.gan), run.state.params, run.state.stats)
    real = REAL[np.random.default_rng(5).permutation(48)[:12]]
    expected = metrics.ssim(real, model.reconstruct(real), window="uniform").mean()
    assert found["mean"] == pytest.approx(expected, abs=1e-5)
    assert "current weights, normalised by the statistics of each block of samples; seed 5" in found["protocol"]
    assert "7 x 7 uniform window, sample covariances" in found["protocol"]


def test_many_samples_are_drawn_in_blocks(environment, monkeypatch):
    monkeypatch.setattr(source, "PART", 20)
    run = environment
    model = Model(run.gan, run.state.params, run.state.stats)
    images = source.draw_images(model, jax.random.key(0), 45)
    assert images.shape == (45, 8, 8, 1) and images.dtype == np.uint8
    assert (images[:5] != images[20:25]).any() and (images[:5] != images[40:45]).any()
    np.testing.assert_array_equal(source.draw_shuffled(model, jax.random.key(0), 45, 7), shuffled(images, 7))
