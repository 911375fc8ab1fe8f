"""experiments/evaluate.py: components, modes and support, of a run and of Stacked MNIST."""

import jax
import numpy as np
import pytest

from mogan import config, data, metrics
from mogan.algorithm.model import Model
from mogan.data import stacked_mnist
from mogan.data.dataset import Dataset
from mogan.errors import InputError
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.settings import Settings
from mogan.metrics.networks.classifier import predict, train_classifier
from tests.helpers import scored_runs
from tests.helpers.scored_runs import CNN, LABELS, REAL

place, environment = scored_runs.place, scored_runs.environment


def test_scores_of_a_run_over_scales(place, environment):
    asked = Settings(("components", "clustering", "modes", "support"), workdir=str(place / "bigan"), num=30, seed=5)
    report = evaluate(asked._replace(epochs=1, scales=(4.0,), ema=False))
    run = environment
    model = Model(run.gan, run.state.params, run.state.stats)
    _, score_key = jax.random.split(jax.random.key(5))
    keys = [jax.random.split(key, 1)[0] for key in jax.random.split(jax.random.fold_in(score_key, 2), 3)]
    for scale, found in ((1.0, report["components"]), (4.0, report["components"]["sweep"][0])):
        drawn = np.concatenate([model.sample(key, 10, component=k, scale=scale).x for k, key in enumerate(keys)])
        expected = metrics.component_diversity(drawn, np.repeat(np.arange(3), 10), seed=5)
        assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4)
    assert report["components"]["protocol"] == (
        f"{place / 'bigan'}, member 0, step 2, current weights; seed 5; "
        "10 samples of each of 3 components; Euclidean distance of pixels of all pairs; MS-SSIM of some"
    )
    swept = report["clustering"]["sweep"][0]
    assert swept["kmeans_acc"] == report["clustering"]["kmeans_acc"] and swept["scale"] == 4.0
    keys = [jax.random.split(key, 1)[0] for key in jax.random.split(jax.random.fold_in(score_key, 1), 3)]
    drawn = np.concatenate([model.sample(key, 10, component=k, scale=4.0).x for k, key in enumerate(keys)])
    own = train_classifier(drawn, np.repeat(np.arange(3), 10), 3, **CNN)
    assert swept["acc"] == metrics.clustering_accuracy(LABELS, predict(own, REAL).argmax(axis=1))

    judge = train_classifier(REAL, LABELS, 3, **CNN)
    images = model.sample(jax.random.split(jax.random.split(jax.random.key(5))[0], 1)[0], 30).x
    captured, kl = metrics.class_coverage(predict(judge, images).argmax(axis=1), LABELS, 3)
    assert report["modes"]["captured"] == captured and report["modes"]["kl"] == pytest.approx(kl, abs=1e-9)
    real = REAL[np.random.default_rng(5).permutation(48)[:30]]
    threshold = np.quantile(metrics.nearest_other(real), 0.01)
    alike = metrics.count_alike(images, threshold)
    assert report["support"]["threshold"] == pytest.approx(threshold)
    assert report["support"]["size"] == (435 / alike if alike else None)


@pytest.fixture(scope="module")
def stacked():
    """Stacked MNIST of 200 images of digits that show their number in a corner."""
    y = np.arange(60, dtype=np.int32) % 10
    x = np.zeros((60, 8, 8, 1), np.uint8)
    x[np.arange(60), y // 5, y % 5] = 255
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data.tfds, "load", lambda name, split, folder: Dataset(x, y, tuple("0123456789")))
        patch.setattr(stacked_mnist, "SIZES", {"train": 2000})
        yield data.load(config.update(config.base(), {"data.source": "stacked_mnist"}).data)


def test_stacked_mnist_has_a_class_for_three_digits(stacked):
    assert stacked.x.shape == (2000, 8, 8, 3) and stacked.classes[42] == "042" and len(stacked.classes) == 1000
    digits = stacked.x[:, :2, :5].reshape(2000, 10, 3).argmax(axis=1)
    np.testing.assert_array_equal(digits @ [100, 10, 1], stacked.y)
    assert len(np.unique(stacked.y)) > 800  # of 1,000 equally likely ones
    again = data.load(config.update(config.base(), {"data.source": "stacked_mnist", "data.seed": 1}).data)
    np.testing.assert_array_equal(again.x, stacked.x)


def test_modes_of_stacked_mnist(stacked, tmp_path, monkeypatch):
    """Of 50 modes, ten samples each: a classifier that is sure finds these very ones."""
    modes = np.unique(stacked.y)[:50]
    rows = np.concatenate([np.flatnonzero(stacked.y == mode)[[0] * 10] for mode in modes])
    np.savez(tmp_path / "samples.npz", x=stacked.x[rows])
    asked = Settings(("modes",), samples=f"{tmp_path}/samples.npz", reference="stacked_mnist", epochs=4)
    found = evaluate(asked)["modes"]
    expected = metrics.class_coverage(stacked.y[rows], stacked.y, 1000)
    assert (found["captured"], found["kl"]) == pytest.approx(expected)
    assert "of the digit in each channel, 4 epochs, 1.0000 of" in found["protocol"]


def test_a_judge_that_does_not_know_the_classes_counts_no_modes(place, tmp_path):
    samples = {"samples": str(place / "fake.npz"), "reference": f"npz:{place / 'real.npz'}"}
    with pytest.raises(InputError, match="modes': classifier = 'inception': it counts the reference's own classes"):
        evaluate(Settings(("modes",), classifier="inception", **samples))
    with pytest.raises(InputError, match="classifier = 'linear': the digits of stacked_mnist are told by"):
        evaluate(Settings(("modes",), classifier="linear", **samples | {"reference": "stacked_mnist"}))


@pytest.mark.parametrize(
    ("name", "workdir", "message"),
    [
        ("components", "plain", "components': there are no components to label by; that takes a run"),
        ("support", "", "1 sample has nothing to be compared with"),
    ],
)
def test_what_cannot_be_had(name, workdir, message, place):
    asked = {"workdir": str(place / workdir)} if workdir else {"samples": str(place / "fake.npz"), "num": 1}
    with pytest.raises(InputError, match=message):
        evaluate(Settings((name,), reference=f"npz:{place / 'real.npz'}", **asked))
