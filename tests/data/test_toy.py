"""Toy densities against scipy, what their papers state of them, and the moments of their samples."""

import jax
import numpy as np
import pytest
from scipy import stats

from mogan.data import toy


@pytest.mark.parametrize("name", sorted(toy.DENSITIES))
def test_log_prob_is_that_of_scipy(name):
    density = toy.DENSITIES[name]()
    rng, size = np.random.default_rng(0), density.modes.shape[1]
    near = rng.choice(density.modes, 50) + density.std * rng.normal(size=(50, size))
    x = np.concatenate([near, rng.normal(size=(50, size))]).astype(np.float32)
    expected = sum(
        weight * stats.multivariate_normal(mode, density.std**2).pdf(x)
        for mode, weight in zip(density.modes, density.weights, strict=True)
    )
    reached = expected > 1e-30
    assert reached[:50].all()
    np.testing.assert_allclose(density.log_prob(x)[reached], np.log(expected[reached]), rtol=1e-4, atol=1e-3)


STATED = {  # modes, radii of the modes, standard deviation, reach of the modes in every direction
    "unimodal": (1, {0.0}, 0.3, 0.0),
    "bimodal": (2, {0.8485}, 0.15, 0.6),
    "grid9": (9, {0.0, 1.0, 1.4142}, 0.31623, 1.0),
    "circle8": (8, {1.0}, 0.01, 1.0),
    "circle8_rare": (8, {1.0}, 0.01, 1.0),
    "square25": (25, {0.0, 1.0, 1.4142, 2.0, 2.2361, 2.8284}, 0.01, 2.0),
    "square25_rare": (25, {0.0, 1.0, 1.4142, 2.0, 2.2361, 2.8284}, 0.01, 2.0),
    "ring8": (8, {1.0}, 0.01, 1.0),
    "grid25": (25, {0.0, 2.0, 2.8284, 4.0, 4.4721, 5.6569}, 0.05, 4.0),
    "rings16": (16, {1.0, 2.0}, 0.01, 2.0),
    "three": (3, {0.6, 0.8485}, 0.1, 0.6),
    "line3": (3, {0.0, 1.0}, 0.05, 1.0),
}


@pytest.mark.parametrize("name", STATED)
def test_modes_are_as_stated(name):
    density, (count, radii, std, reach) = toy.DENSITIES[name](), STATED[name]
    size = 1 if name == "line3" else 2
    assert density.modes.shape == (count, size) and density.std == pytest.approx(std, abs=1e-5)
    assert {round(float(np.linalg.norm(mode)), 4) for mode in density.modes} == radii
    assert np.abs(density.modes).max(axis=0) == pytest.approx([reach] * size)
    assert np.unique(density.modes.round(6), axis=0).shape == (count, size)


def test_every_density_is_stated_or_the_swiss_roll():
    assert set(toy.DENSITIES) == {*STATED, "swiss_roll"}


def test_rings_are_spaced_evenly():
    for modes in (toy.circle8().modes, *np.split(toy.rings16().modes, 2)):
        angles = np.sort(np.arctan2(*modes.T) % (2 * np.pi))
        np.testing.assert_allclose(np.diff(angles), np.pi / 4)


def test_weights_are_as_stated():
    assert toy.three().weights == pytest.approx([0.7, 0.2, 0.1])
    for density, count in ((toy.circle8_rare(), 8), (toy.square25_rare(), 25)):
        assert density.weights == pytest.approx([0.01, *[0.99 / (count - 1)] * (count - 1)])
        assert density.weights.sum() == pytest.approx(1, abs=1e-15)
    equal = set(toy.DENSITIES) - {"three", "circle8_rare", "square25_rare"}
    assert all(np.ptp(toy.DENSITIES[name]().weights) == 0 for name in equal)


def test_the_swiss_roll_is_a_spiral_walked_evenly():
    density = toy.swiss_roll()
    steps = np.linalg.norm(np.diff(density.modes, axis=0), axis=1)
    assert np.ptp(steps) < 1e-3 * steps.mean() and steps.max() < density.std
    radius = np.hypot(*density.modes.T)
    turned = np.unwrap(np.arctan2(density.modes[:, 1], density.modes[:, 0]))
    np.testing.assert_allclose(np.diff(radius), 1.8 / (4.5 * np.pi) * np.diff(turned), rtol=1e-5)  # Archimedes' spiral
    assert turned[-1] - turned[0] == pytest.approx(3 * np.pi) and (radius[0], radius[-1]) == pytest.approx((0.6, 1.8))
    assert np.abs(density.modes).max() + 4 * density.std <= 2
    along = np.exp(density.log_prob(density.modes[20:-20].astype(np.float32)))
    assert np.ptp(along) < 0.02 * along.mean()  # no lumps
    between = (density.modes[20:-21] + density.modes[21:-20]).astype(np.float32) / 2
    np.testing.assert_allclose(np.exp(density.log_prob(between)), along[:-1], rtol=0.02)


def test_log_prob_of_unequal_weights():
    density = toy.gaussian_mixture([(0, 0), (5, 0)], 1.0, weights=[3, 1])
    assert density.weights.tolist() == [0.75, 0.25]
    expected = np.log(0.75) - np.log(2 * np.pi)
    np.testing.assert_allclose(density.log_prob(np.zeros((1, 2))), [expected], atol=1e-5)


def test_log_prob_is_finite_far_away():
    assert np.isfinite(toy.bimodal().log_prob(np.full((1, 2), 100.0))).all()


@pytest.mark.parametrize("name", ["grid9", "square25_rare", "three", "swiss_roll"])
def test_samples_follow_weights_and_modes(name):
    density, n = toy.DENSITIES[name](), 40_000
    x, label = jax.device_get(density.sample(jax.random.key(0), n))
    assert x.dtype == np.float32 and x.shape == (n, 2) and label.dtype == np.int32
    weights, count = density.weights, np.bincount(label, minlength=len(density.modes))
    assert np.all(np.abs(count - n * weights) < 5 * np.sqrt(n * weights * (1 - weights)))
    noise = (x - density.modes[label]) / density.std
    for mode in np.argsort(weights)[[0, -1]]:
        assert np.abs(noise[label == mode].mean(axis=0)).max() < 5 / np.sqrt(count[mode])
    assert np.cov(noise.T) == pytest.approx(np.eye(2), abs=5 * np.sqrt(2 / n))
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-4
