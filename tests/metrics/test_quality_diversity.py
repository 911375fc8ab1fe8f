"""mogan.metrics.quality_diversity against brute force and the scores of extremes."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mogan.errors import InputError
from mogan.metrics.quality_diversity import (
    _pair,
    combined,
    default_log_a,
    diversity,
    diversity_inter,
    diversity_intra,
    quality_score,
)
from mogan.metrics.ssim import ms_ssim

seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0, 1)


def features(seed, n=12, m=20, d=3):
    rng = np.random.default_rng(seed)
    return 2 * rng.normal(size=(n, d)), 2 * rng.normal(size=(m, d))


def distances_by_loop(feats, train_feats):
    return [min(math.dist(x, y) for y in train_feats) for x in feats]


@settings(max_examples=30)
@given(seed=seeds, a=st.floats(1e-3, 1e6))
def test_quality_is_the_formula(seed, a):
    feats, train_feats = features(seed)
    distances = distances_by_loop(feats, train_feats)
    expected = np.mean([1 - math.exp(d) / (math.exp(d) + a) for d in distances])
    found = quality_score(feats, train_feats, a)
    assert type(found) is float
    assert found == pytest.approx(expected, rel=1e-9)
    assert quality_score(feats, train_feats, log_a=math.log(a)) == pytest.approx(found, rel=1e-12)
    assert 0 < found < quality_score(train_feats, train_feats, a) == pytest.approx(a / (1 + a), rel=1e-12)
    assert found < quality_score(feats, train_feats, 2 * a)
    assert default_log_a(feats, train_feats) == pytest.approx(np.median(distances))


def test_no_distance_overflows():
    train_feats = np.zeros((3, 2), np.float32)
    feats = np.array([[3e4, 0.0], [0.0, 5e4], [0.0, 4e4]], np.float32)
    log_a = default_log_a(feats, train_feats)
    assert log_a == 4e4
    assert quality_score(feats, train_feats, log_a=log_a) == pytest.approx((1 + 0 + 0.5) / 3)
    assert quality_score(feats, train_feats, 1e300) == 0
    assert quality_score(train_feats, train_feats, 10**400) == 1  # a whole number need not fit a float
    assert quality_score(jnp.asarray(feats), train_feats.astype(np.float64), log_a=log_a) == pytest.approx(0.5)


@pytest.mark.parametrize(("shape", "dtype"), [((7, 8, 8, 1), "uint8"), ((6, 21, 23, 3), "float32")])
def test_intra_is_the_double_loop(shape, dtype):
    rng = np.random.default_rng(0)
    images = (rng.uniform(0, 1, shape) ** 2 + rng.uniform(0, 1, shape[:1])[:, None, None, None]) / 2
    images = (images * 255).astype(dtype) if dtype == "uint8" else images.astype(dtype)
    data_range = None if dtype == "uint8" else 1
    n = len(images)
    every = [[ms_ssim(images[i : i + 1], images[j : j + 1], data_range)[0] for j in range(n)] for i in range(n)]
    assert diversity_intra(images, data_range) == pytest.approx(1 - np.mean(every), abs=1e-6)
    assert 0.1 < diversity_intra(images, data_range) < 0.9


def test_some_pairs_estimate_all_pairs():
    rng = np.random.default_rng(1)
    images = np.clip(rng.normal(100, 50, (12, 8, 8, 1)) * rng.uniform(0, 1.5, (12, 1, 1, 1)), 0, 255).astype(np.uint8)
    exact, total = diversity_intra(images), 12 * 11 // 2
    assert diversity_intra(images, pairs=total, seed=3) == pytest.approx(exact, abs=1e-7)  # without replacement: all
    estimates = [diversity_intra(images, pairs=16, seed=seed) for seed in range(200)]
    assert np.mean(estimates) == pytest.approx(exact, abs=4 * np.std(estimates) / math.sqrt(200))
    assert 0 < np.std(estimates) < 0.5 / math.sqrt(16)
    assert estimates[0] == diversity_intra(images, pairs=16, seed=0) != estimates[1]


def test_pairs_are_numbered_once_each():
    first, second = _pair(np.arange(math.comb(50, 2)))
    assert set(zip(first.tolist(), second.tolist(), strict=True)) == {(i, j) for j in range(50) for i in range(j)}
    corners = np.array([math.comb(j, 2) for j in (10**5, 10**6, 10**7)])
    np.testing.assert_array_equal(_pair(corners), [[0, 0, 0], [10**5, 10**6, 10**7]])
    np.testing.assert_array_equal(_pair(corners - 1), np.array([10**5, 10**6, 10**7]) - [[2], [1]])


def test_one_repeated_image_has_no_diversity():
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28, 1), dtype=np.uint8)
    found = diversity_intra(image.repeat(5, axis=0))
    assert 0 <= found < 1e-6


def test_opposite_images_are_as_diverse_as_two_can_be():
    board = np.uint8(255 * (np.indices((8, 8)).sum(axis=0)[None, :, :, None] % 2))
    assert diversity_intra(np.concatenate([board, 255 - board])) == 0.5  # half of the pairs are of one image


@settings(max_examples=50)
@given(seed=seeds, classes=st.integers(2, 7))
def test_inter_is_the_entropy_of_the_predictions(seed, classes):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(classes, 0.3), 20).astype(np.float32)
    preds = probs.argmax(axis=1)
    expected = stats.entropy(np.eye(classes)[preds].mean(axis=0), base=classes)
    found = diversity_inter(preds, classes)
    assert type(found) is float
    assert found == pytest.approx(expected, abs=1e-12)
    assert 0 <= found <= 1
    assert diversity_inter(probs) == diversity_inter(jnp.asarray(probs), classes) == found
    one_hot = np.eye(classes, dtype=int)[preds]
    assert diversity_inter(one_hot) == diversity_inter(one_hot > 0) == found
    assert diversity_inter(rng.permutation(classes)[preds], classes) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize("classes", range(2, 60))
def test_inter_of_extremes(classes):
    assert diversity_inter(np.full(9, classes - 1), classes) == 0
    assert 1 - 1e-12 < diversity_inter(np.tile(np.arange(classes), 3), classes) <= 1


@given(shares, shares)
def test_products(one, other):
    for product in (diversity, combined):
        assert product(one, other) == pytest.approx(math.sqrt(one * other))
        assert 0 <= product(one, other) <= 1
    assert combined(0.49, diversity(0.5, 0.5)) == pytest.approx(0.7 * math.sqrt(0.5))


FEATS, TRAIN = features(0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"feats": FEATS[0]}, r"feats of shape \[3\]"),
        ({"feats": FEATS[:0]}, r"feats of shape \[0, 3\]"),
        ({"train_feats": TRAIN[:0]}, r"train_feats of shape \[0, 3\]"),
        ({"feats": FEATS * math.nan}, "not finite"),
        ({"train_feats": TRAIN * math.inf}, "not finite"),
        ({"feats": FEATS[:, :2]}, "equally wide"),
        ({"a": None}, "a = None and log_a = None: give one"),
        ({"log_a": 1.0}, "a = 2.0 and log_a = 1.0: give one"),
        ({"a": 0.0}, "a = 0.0: give a finite number above 0"),
        ({"a": -1.0}, "a = -1.0"),
        ({"a": math.inf}, "a = inf: give a finite number above 0, or log_a"),
        ({"a": math.nan}, "a = nan"),
        ({"a": "x"}, "a = 'x': give a finite number above 0"),
        ({"a": None, "log_a": math.inf}, "log_a = inf"),
    ],
)
def test_bad_quality_input_is_refused(changes, message):
    with pytest.raises(InputError, match=message) as error:
        quality_score(**{"feats": FEATS, "train_feats": TRAIN, "a": 2.0} | changes)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((1, 8, 8, 1), np.uint8), {}, "n at least 2"),
        (np.zeros((8, 8), np.uint8), {}, r"images of shape \[8, 8\]"),
        (np.uint8(0), {}, r"images of shape \[\]"),
        (np.full((3, 8, 8, 1), 2.5), {}, "outside .* of data_range = 1"),
        (np.full((3, 8, 8, 1), 0.5), {"data_range": 255}, "give data_range = 1"),
        (np.full((3, 8, 8, 1), math.nan), {"data_range": 1}, "not finite"),
        (np.zeros((3, 8, 8, 1), np.uint8), {"pairs": 4}, "pairs = 4 of 3 images: give 1 to 3"),
        (np.zeros((3, 8, 8, 1), np.uint8), {"pairs": 0}, "pairs = 0"),
    ],
)
def test_bad_images_are_refused(images, options, message):
    with pytest.raises(InputError, match=message):
        diversity_intra(images, **options)


@pytest.mark.parametrize(
    ("preds", "classes", "message"),
    [
        ([0, 1], None, "classes = None: give the number of classes"),
        ([0, 0], 1, "classes = 1"),
        ([0, 3], 3, "preds run from 0 to 3: give 0 to 2"),
        ([-1, 0], 3, "preds run from -1"),
        ([], 3, r"preds: float64 of shape \[0\]"),
        ([0.2, 0.8], 2, r"preds: float64 of shape \[2\]"),
        (np.eye(3, dtype=int)[None], 3, r"preds: int64 of shape \[1, 3, 3\]"),
        ([[2.0, -1.0]], None, "rows of sum 1"),
        ([[0.5, 0.1]], None, "rows of sum 1"),
        ([[math.nan, 0.5]], None, "rows of sum 1"),
        ([[0.5, 0.5]], 3, "classes = 3, preds of shape"),
        ([[1.0]], None, "classes = 1"),
    ],
)
def test_bad_predictions_are_refused(preds, classes, message):
    with pytest.raises(InputError, match=message):
        diversity_inter(preds, classes)


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_products_refuse_what_is_no_score(bad):
    with pytest.raises(InputError, match=f"intra = {bad}"):
        diversity(bad, 0.5)
    with pytest.raises(InputError, match=f"diversity = {bad}: give a score in"):
        combined(0.5, bad)
