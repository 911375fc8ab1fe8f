"""mogan.metrics.memorization against loops, and its calibration on draws of one distribution."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.errors import InputError
from mogan.metrics.memorization import memorization_rate, nearest_distance, rate_of_distances

seeds = st.integers(0, 2**32 - 1)


def by_loop(samples, train):
    def flat(image):
        return np.asarray(image, np.float64).reshape(-1).tolist()

    return [min(math.dist(flat(sample), flat(real)) for real in train) for sample in samples]


@settings(max_examples=25)
@given(seed=seeds, dtype=st.sampled_from(["uint8", "float32", "float64"]))
def test_nearest_distance_is_that_of_a_loop(seed, dtype):
    rng = np.random.default_rng(seed)
    samples, train = (rng.uniform(0, 256, (n, 3, 4, 2)).astype(dtype) for n in (7, 12))
    train[5] = samples[2]
    found = nearest_distance(samples, train)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, by_loop(samples, train), rtol=1e-12)
    assert found[2] == 0  # exactly


def test_a_copy_has_no_distance_among_large_features():
    features = 1e4 + np.random.default_rng(0).normal(size=(50, 300)).astype(np.float32)
    np.testing.assert_array_equal(nearest_distance(jnp.asarray(features), features), 0)


def test_rate_by_hand():
    train, heldout = np.zeros((1, 1)), np.arange(1.0, 100.0)[:, None]  # distances 1, 2, ..., 99
    samples = np.array([[0.0], [-9.9], [10.0], [10.1], [500.0]])
    assert memorization_rate(samples, train, heldout, quantile=0.1) == 2 / 5  # below the tenth of 99
    assert memorization_rate(samples, train, heldout, quantile=0.5) == 4 / 5
    assert memorization_rate(samples, train, heldout) == 1 / 5  # below the first
    assert memorization_rate(train, train, heldout) == 1
    assert memorization_rate(heldout + 100, train, heldout, quantile=0.99) == 0


@pytest.mark.parametrize(("heldouts", "quantile"), [(19, 0.05), (39, 0.1), (99, 0.01), (30, 0.2)])
def test_fresh_draws_score_the_quantile(heldouts, quantile):
    """The mean over held-out sets; exact, up to the spread of the order statistic over 2,000 of them."""
    rng = np.random.default_rng(0)
    train = rng.normal(size=(20, 2))
    pool, fresh = rng.normal(size=(2000 * heldouts, 2)), rng.normal(size=(20_000, 2))
    distances, of_fresh = nearest_distance(pool, train).reshape(2000, heldouts), nearest_distance(fresh, train)
    thresholds = np.quantile(distances, quantile, axis=1, method="weibull")
    shares = np.mean(of_fresh[:, None] < thresholds, axis=0)
    assert shares.mean() == pytest.approx(quantile, abs=0.006 if heldouts > 20 else 0.01)
    found = [memorization_rate(fresh, train, pool.reshape(2000, heldouts, 2)[i], quantile) for i in range(3)]
    np.testing.assert_allclose(found, shares[:3])


@settings(max_examples=25)
@given(seed=seeds, quantile=st.sampled_from([0.01, 0.3, 0.99]), levels=st.integers(2, 256))
def test_a_perfect_copier_scores_1(seed, quantile, levels):
    """However near the held-out images are, many of them at equal distances: no copy is as far as they."""
    rng = np.random.default_rng(seed)
    images = np.unique(rng.integers(0, levels, (400, 2, 4, 1)).astype(np.uint8), axis=0)
    images = images[rng.permutation(len(images))]
    assert memorization_rate(images[99:], images[99:], images[:99], quantile) == 1


@settings(max_examples=25)
@given(seed=seeds, copies=st.integers(0, 10))
def test_copies_are_counted(seed, copies):
    rng = np.random.default_rng(seed)
    train, heldout = rng.normal(size=(30, 4)), rng.normal(size=(99, 4))
    far = train[:10] + 100
    samples = np.concatenate([train[:copies], far[copies:]])
    assert memorization_rate(samples, train, heldout) == copies / 10


IMAGES = np.arange(2 * 8, dtype=np.uint8).reshape(2, 2, 2, 2)


@pytest.mark.parametrize(
    ("samples", "train", "message"),
    [
        (IMAGES / 255, IMAGES, "float64 samples among uint8 training data"),
        (IMAGES[:0], IMAGES, "samples are empty"),
        (IMAGES, IMAGES[:0], "give images of one shape"),
        (IMAGES, IMAGES[:, :1], r"\[2, 2, 2, 2\] among \[2, 1, 2, 2\]"),
        (IMAGES * math.nan, IMAGES / 255, "not finite"),
    ],
)
def test_bad_arrays_are_refused(samples, train, message):
    with pytest.raises(InputError, match=message) as error:
        nearest_distance(samples, train)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("heldout", "quantile", "message"),
    [
        (np.ones((98, 1)), 0.01, "quantile = 0.01 of 98 held-out data: give at least 99"),
        (np.ones((18, 1)), 0.95, "quantile = 0.95 of 18 held-out data: give at least 19"),
        (np.ones((9, 1)), 0.0, "quantile = 0.0: give a number between 0 and 1"),
        (np.ones((9, 1)), 5, "quantile = 5"),
        (np.ones((9, 1)), math.nan, "quantile = nan"),
        (np.repeat([[0.0], [1.0]], [40, 60], axis=0), 0.2, "40 of 100 held-out data are in the training data"),
        (np.repeat([[0.0], [1.0]], [1, 399], axis=0), 0.2, "1 of 400 held-out data are in the training data"),
    ],
)
def test_a_bad_threshold_is_refused(heldout, quantile, message):
    with pytest.raises(InputError, match=message):
        memorization_rate(np.ones((3, 1)), np.zeros((2, 1)), heldout, quantile)


@pytest.mark.parametrize("bad", [[], [math.nan], [[1.0]]])
def test_bad_distances_are_refused(bad):
    good = np.arange(1.0, 100.0)
    with pytest.raises(InputError, match="^distances of shape"):
        rate_of_distances(bad, good)
    with pytest.raises(InputError, match="^heldout_distances of shape"):
        rate_of_distances(good, bad)


def test_the_fewest_heldout_data_suffice():
    assert memorization_rate(np.zeros((3, 1)), np.zeros((2, 1)), np.ones((99, 1)), 0.01) == 1
    assert memorization_rate(np.zeros((3, 1)), np.zeros((2, 1)), np.ones((19, 1)), 0.95) == 1
