"""Features of a network of random weights, and the scores of them."""

import numpy as np
import pytest

from mogan.data import shapes
from mogan.errors import InputError
from mogan.evaluation.scores import METRICS
from mogan.evaluation.scores.untrained import _score
from mogan.metrics import density_coverage, kernel_inception_distance
from mogan.metrics.networks.classifier import Network
from mogan.metrics.networks.untrained import standardized, untrained_features

X = shapes.load().x[::5, ::2, ::2]  # 100 images of 16x16


class Given:
    """The inputs of a score: samples, and images held out of a reference."""

    def __init__(self, samples, unseen, reference=X):
        Images = type("Images", (), {})
        self.reference, self.settings = Images(), type("Settings", (), {"seed": 0})
        self.reference.x, self.unseen = reference, None
        if unseen is not None:
            self.unseen = Images()
            self.unseen.x = unseen
        self.images = samples
        self.once = lambda make: make(self)


def test_features_are_means_and_deviations_of_every_convolution():
    import jax

    network = Network(1)
    variables = network.init(jax.random.key(0), X[:1], train=False)
    for layer in ("Conv_0", "Conv_1", "Conv_2"):
        kernel = np.asarray(variables["params"][layer]["kernel"], np.float64)
        variables["params"][layer]["kernel"] = kernel / kernel.std() * np.sqrt(2 / (9 * kernel.shape[2]))
    found = network.apply(variables, X[:3], train=False)
    levels = [np.asarray(found[name], np.float64) for name in ("conv_0", "conv_1", "conv_2")]
    expected = np.concatenate([part for x in levels for part in (x.mean((1, 2)), x.std((1, 2)))], 1)
    np.testing.assert_allclose(untrained_features(X[:3]), expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(untrained_features(X)[:3], untrained_features(X[:3].copy()))


def test_standardized_features_have_mean_0_and_variances_of_mean_1():
    real = np.random.default_rng(0).normal(5, [3, 1, 0.1, 0], (50, 4))
    found = standardized(real, real)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-9)
    assert found.var(0).mean() == pytest.approx(1)
    np.testing.assert_allclose(found.std(0) / found.std(0)[0], real.std(0) / real.std(0)[0], atol=1e-9)
    np.testing.assert_allclose(standardized(real + 1, real) - found, 1 / np.sqrt(real.var(0).mean()))


def test_samples_are_held_against_what_was_held_out():
    """Other images of the same kinds are near, noise is far, one image over and over covers nothing."""
    unseen, samples = X[::2], X[1::2]
    real, fake = (standardized(untrained_features(x), untrained_features(unseen)) for x in (unseen, samples))
    found = _score(Given(samples, unseen, reference=X[:1]))
    assert found["kernel"] == pytest.approx(kernel_inception_distance(real, fake, seed=0)[0])
    assert (found["density"], found["coverage"]) == pytest.approx(density_coverage(real, fake, 5))
    noise = np.random.default_rng(0).integers(0, 256, samples.shape, np.uint8)
    scores = [_score(Given(x, unseen)) for x in (noise, samples[:1].repeat(50, axis=0))]
    assert all(score["kernel"] > 5 * abs(found["kernel"]) for score in scores)
    assert all(score["coverage"] < found["coverage"] / 2 for score in scores)


def test_without_enough_held_out_images_it_is_the_reference():
    assert _score(Given(X[1::2], None)) == _score(Given(X[1::2], X[:5])) == _score(Given(X[1::2], X))
    assert "100 images of the reference" in METRICS["untrained"].protocol(Given(X, X[:5]))
    assert "50 images held out, of which density and coverage say little;" in METRICS["untrained"].protocol(
        Given(X, X[:50])
    )


def test_only_images_have_such_features():
    with pytest.raises(InputError, match="images of float64"):
        untrained_features(np.zeros((3, 8, 8, 1)))
