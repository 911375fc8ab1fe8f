"""mogan.metrics.density against scipy.stats, loops over samples and numbers worked out by hand."""

import math
from collections import Counter

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mogan import metrics
from mogan.errors import InputError

PAIR = np.array([[0.6, 0.6], [-0.6, -0.6]])
HALVES = np.array([0.5, 0.5])
seeds = st.integers(0, 2**32 - 1)


def case(seed):
    """Modes, std, weights and samples, some near modes and some anywhere."""
    rng = np.random.default_rng(seed)
    modes = rng.uniform(-1, 1, (rng.integers(1, 9), rng.integers(1, 4)))
    std = rng.uniform(0.01, 0.5)
    weights = rng.dirichlet(np.ones(len(modes)))
    near = modes[rng.integers(0, len(modes), 30)] + 3 * std * rng.normal(size=(30, modes.shape[1]))
    return np.concatenate([near, rng.uniform(-2, 2, (5, modes.shape[1]))]), modes, std, weights


def owners(samples, modes, std, radius):
    """By a loop over samples: the index of each sample's mode, or "void"."""
    found = []
    for sample in samples:
        distances = [math.dist(sample, mode) for mode in modes]
        index = distances.index(min(distances))
        found.append(index if distances[index] <= radius * std else "void")
    return Counter(found)


@settings(max_examples=40)
@given(seed=seeds)
def test_log_likelihood_is_the_mixture_density_of_scipy(seed):
    samples, modes, std, weights = case(seed)
    logs = [
        stats.multivariate_normal(m, std**2).logpdf(samples) + math.log(w) for m, w in zip(modes, weights, strict=True)
    ]
    expected = np.mean(np.logaddexp.reduce(logs))
    assert metrics.log_likelihood(samples, modes, std, weights) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_log_likelihood_does_not_underflow_far_from_every_mode():
    expected = -0.5 * (100 / 0.01) ** 2 - math.log(2 * math.pi * 0.01**2)
    assert metrics.log_likelihood([[100.0, 0.0]], [[0.0, 0.0]], 0.01, [1.0]) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=40)
@given(seed=seeds, radius=st.floats(0.1, 10), least=st.integers(1, 5))
def test_shares_and_counts_agree_with_a_loop(seed, radius, least):
    samples, modes, std, weights = case(seed)
    counts = owners(samples, modes, std, radius)
    held = [counts[m] for m in range(len(modes))]
    shares, void = metrics.mode_shares(samples, modes, std, radius)
    np.testing.assert_allclose(shares, np.array(held) / len(samples), atol=1e-15)
    assert void == pytest.approx(counts["void"] / len(samples))
    assert shares.sum() + void == pytest.approx(1, abs=1e-12)
    assert metrics.high_quality_share(samples, modes, std, radius) == pytest.approx(sum(held) / len(samples))
    assert metrics.modes_captured(samples, modes, std, radius, least) == sum(count >= least for count in held)
    if sum(held):
        expected = stats.entropy(held, weights)
        assert metrics.mode_kl(samples, modes, std, weights, radius) == pytest.approx(expected, abs=1e-12)


def test_the_radius_is_a_closed_ball():
    samples = [[4.0, 0.0], [0.0, -4.0], [4.0000001, 0.0], [3.0, 3.0]]
    shares, void = metrics.mode_shares(samples, [[0.0, 0.0]], 1.0)
    assert (shares.tolist(), void) == ([0.5], 0.5)


def test_true_samples_score_as_theory_says():
    rng = np.random.default_rng(0)
    samples = PAIR[rng.integers(0, 2, 40_000)] + 0.05 * rng.normal(size=(40_000, 2))
    scores = metrics.toy_scores(samples, PAIR, 0.05, HALVES)
    names = ["void", "share_0", "share_1", "log_likelihood", "modes_captured", "high_quality", "mode_kl", "least_share"]
    assert list(scores) == names
    assert scores["void"] == pytest.approx(math.exp(-8), abs=3e-4)  # Rayleigh tail at 4
    assert scores["share_0"] == pytest.approx(0.5, abs=0.01)
    assert scores["log_likelihood"] == pytest.approx(math.log(0.5) - math.log(2 * math.pi * 0.05**2) - 1, abs=0.03)
    assert scores["modes_captured"] == 2
    assert scores["high_quality"] == 1 - scores["void"]
    assert all(type(value) is float for value in scores.values())
    assert scores["mode_kl"] == metrics.mode_kl(samples, PAIR, 0.05, HALVES) == pytest.approx(0, abs=1e-3)
    assert scores["least_share"] == pytest.approx(min(scores["share_0"], scores["share_1"]) / 0.5)


def test_mode_kl_by_hand():
    samples = [[0.6, 0.6]] * 3 + [[-0.6, -0.6]] + [[0.0, 0.0]] * 5
    expected = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert metrics.mode_kl(samples, PAIR, 0.1, HALVES) == pytest.approx(expected, rel=1e-12)
    assert metrics.mode_kl(samples[:3], PAIR, 0.1, HALVES) == pytest.approx(math.log(2), rel=1e-12)
    assert metrics.mode_kl(samples[4:], PAIR, 0.1, HALVES) == math.inf
    assert metrics.mode_kl(samples, PAIR, 0.1, [1.0, 0.0]) == math.inf


def test_the_least_share_is_of_the_mode_served_worst():
    samples = [[0.6, 0.6]] * 6 + [[-0.6, -0.6]] * 2 + [[0.0, 0.0]] * 2
    for weights, expected in (([0.5, 0.5], 0.2 / 0.5), ([0.9, 0.1], 0.6 / 0.9), ([1.0, 0.0], 0.6)):
        assert metrics.toy_scores(samples, PAIR, 0.1, weights)["least_share"] == pytest.approx(expected)
    assert metrics.toy_scores(samples[:6], PAIR, 0.1, HALVES)["least_share"] == 0  # a lost mode


@pytest.mark.parametrize(("count", "named"), [(25, 25), (26, 0)])
def test_many_modes_are_not_named_one_by_one(count, named):
    modes = np.arange(float(count))[:, None]
    scores = metrics.toy_scores(modes, modes, 0.1, np.full(count, 1 / count))
    errors = metrics.reconstruction_scores(modes, modes, np.arange(count), count)
    assert sum(name.startswith("share_") for name in scores) == named
    assert sum(name.startswith("reconstruction_") for name in errors) == named + 1  # reconstruction_worst


@settings(max_examples=40)
@given(seed=seeds, modes=st.integers(1, 6), n=st.integers(1, 30))
def test_reconstruction_error_is_that_of_a_loop(seed, modes, n):
    rng = np.random.default_rng(seed)
    points, back, labels = rng.normal(size=(n, 2)), rng.normal(size=(n, 2)), rng.integers(0, modes, n)
    distances = [[] for _ in range(modes)]
    for point, reconstruction, label in zip(points, back, labels, strict=True):
        distances[label].append(math.dist(point, reconstruction))
    expected = [sum(of_mode) / len(of_mode) if of_mode else math.nan for of_mode in distances]
    found = metrics.reconstruction_error(points, back, labels, modes)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    order = rng.permutation(n)
    np.testing.assert_allclose(metrics.reconstruction_error(points[order], back[order], labels[order], modes), found)
    scores = metrics.reconstruction_scores(points, back, labels, modes)
    assert list(scores) == [*(f"reconstruction_{m}" for m in range(modes)), "reconstruction", "reconstruction_worst"]
    np.testing.assert_array_equal(list(scores.values())[:modes], found)
    assert scores["reconstruction"] == pytest.approx(sum(map(sum, distances)) / n)
    assert scores["reconstruction_worst"] == pytest.approx(max(error for error in expected if not math.isnan(error)))


def test_float32_weights_give_no_negative_divergence():
    modes = np.arange(7.0)[:, None]
    weights = jnp.full(7, 1 / 7, jnp.float32)
    assert 0 <= metrics.mode_kl(modes, modes, 0.1, weights) < 1e-12


def test_jax_arrays_score_as_numpy_arrays():
    samples, modes, _, weights = (np.float32(part) for part in case(3))
    jax_scores = metrics.toy_scores(jnp.asarray(samples), jnp.asarray(modes), jnp.float32(0.25), jnp.asarray(weights))
    assert jax_scores == metrics.toy_scores(samples, modes, 0.25, weights)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": [[0.0, math.nan], [0.0, 0.0]]}, "1 of 2 samples are not finite"),
        ({"samples": [[math.inf, 0.0]]}, "1 of 1 samples are not finite"),
        ({"samples": [0.0, 0.0]}, r"samples of shape \[2\]: give \[n, 2\]"),
        ({"samples": np.zeros((3, 4))}, r"samples of shape \[3, 4\]"),
        ({"samples": np.zeros((0, 2))}, "n at least 1"),
        ({"modes": np.zeros((0, 2))}, r"modes of shape \[0, 2\]"),
        ({"modes": [[0.0, math.nan]]}, "finite numbers"),
        ({"std": 0.0}, "std = 0.0"),
        ({"std": math.nan}, "std = nan"),
        ({"std": [0.1, 0.1]}, "give one finite number"),
        ({"weights": [1.0]}, r"weights of shape \[1\]: give 2"),
        ({"weights": [0.5, 0.6]}, "of sum 1"),
        ({"weights": [1.5, -0.5]}, "none negative"),
        ({"weights": [math.nan, 0.5]}, "none negative"),
    ],
)
def test_bad_input_is_one_line(changes, message):
    arguments = {"samples": PAIR, "modes": PAIR, "std": 0.1, "weights": HALVES} | changes
    with pytest.raises(InputError, match=message) as error:
        metrics.toy_scores(**arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": PAIR[0]}, r"points of shape \[2\]"),
        ({"points": np.zeros((0, 2)), "reconstructions": np.zeros((0, 2))}, "n at least 1"),
        ({"reconstructions": PAIR[:1]}, r"reconstructions of shape \[1, 2\]: give \[n, d\] both"),
        ({"reconstructions": PAIR * math.nan}, "an encoder that has not diverged"),
        ({"labels": [0, 2]}, "labels run from 0 to 2: give 0 to 1"),
        ({"labels": [[0], [1]]}, r"labels: int64 of shape \[2, 1\]"),
    ],
)
def test_reconstructions_refuse(changes, message):
    arguments = {"points": PAIR, "reconstructions": PAIR, "labels": [0, 1], "modes": 2} | changes
    for score in (metrics.reconstruction_error, metrics.reconstruction_scores):
        with pytest.raises(InputError, match=message):
            score(**arguments)


def test_radius_and_least_are_checked():
    with pytest.raises(InputError, match="radius = 0"):
        metrics.mode_shares(PAIR, PAIR, 0.1, 0)
    with pytest.raises(InputError, match="least = 0"):
        metrics.modes_captured(PAIR, PAIR, 0.1, least=0)
