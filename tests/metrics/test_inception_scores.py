"""Inception Score and m-IS against loops over samples and closed forms."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mogan.errors import InputError
from mogan.metrics.inception_score import contiguous_splits, inception_score
from mogan.metrics.modified_inception_score import modified_inception_score

seeds = st.integers(0, 2**32 - 1)


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def draw(seed, n, classes, sharpness=2.0):
    """Probabilities [n, classes] of a classifier, none 0."""
    return softmax(sharpness * np.random.default_rng(seed).normal(size=(n, classes)))


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True) if a > 0)


def cut(samples, splits):
    return [samples[i * len(samples) // splits : (i + 1) * len(samples) // splits] for i in range(splits)]


def inception_score_by_loop(probs, splits):
    scores = []
    for part in cut(probs, splits):
        marginal = [sum(column) / len(part) for column in part.T]
        scores.append(math.exp(sum(kl(p, marginal) for p in part) / len(part)))
    return np.mean(scores), np.std(scores)


def modified_score_by_loop(samples, others):
    return math.exp(np.mean([[kl(p, q) for q in others] for p in samples]))


@settings(max_examples=30)
@given(seed=seeds, n=st.integers(1, 40), classes=st.integers(1, 6), splits=st.integers(1, 12))
@example(seed=0, n=23, classes=5, splits=10)
def test_inception_score_is_that_of_a_loop(seed, n, classes, splits):
    probs = draw(seed, max(n, splits), classes)
    mean, std = inception_score(probs, splits)
    assert (mean, std) == pytest.approx(inception_score_by_loop(probs, splits), rel=1e-10, abs=1e-10)
    assert type(mean) is float and type(std) is float
    assert 1 - 1e-12 <= mean <= classes * (1 + 1e-12)


@pytest.mark.parametrize(("n", "sizes"), [(10, [2] * 5), (13, [2, 3, 2, 3, 3]), (5, [1] * 5)])
def test_splits_follow_each_other_and_use_every_sample(n, sizes):
    parts = contiguous_splits(np.arange(n), 5)
    assert [len(part) for part in parts] == sizes
    assert np.concatenate(parts).tolist() == list(range(n))


def test_inception_score_at_its_ends():
    assert inception_score(np.tile(np.eye(7), (30, 1))) == pytest.approx((7, 0), abs=1e-12)  # certain and even
    assert inception_score(np.tile(draw(0, 1, 7), (30, 1))) == pytest.approx((1, 0), abs=1e-12)  # all alike
    assert inception_score(np.repeat(np.eye(10), 10, axis=0)) == pytest.approx((1, 0), abs=1e-12)  # sorted: unshuffled


def test_inception_score_by_hand():
    probs = [[1.0, 0.0], [0.5, 0.5]]  # p(y) = 3/4, 1/4
    expected = math.exp((math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)) / 2)
    assert inception_score(probs, splits=1) == pytest.approx((expected, 0), rel=1e-12)


def test_order_matters_only_between_splits():
    probs = draw(1, 60, 5)
    within = np.concatenate([part[::-1] for part in cut(probs, 4)])
    assert inception_score(within, 4) == pytest.approx(inception_score(probs, 4), rel=1e-12)
    swapped = np.concatenate([probs[30:], probs[:30]])
    assert inception_score(swapped, 4) == pytest.approx(inception_score(probs, 4), rel=1e-12)
    assert inception_score(probs[np.argsort(probs[:, 0])], 4)[0] < inception_score(probs, 4)[0]


def test_inception_score_of_float32_and_of_jax():
    logits = np.float32(3 * np.random.default_rng(2).normal(size=(500, 1008)))
    probs = jax.nn.softmax(jnp.asarray(logits))
    assert inception_score(probs) == pytest.approx(inception_score(softmax(logits.astype(np.float64))), rel=1e-5)
    assert inception_score(probs) == inception_score(np.asarray(probs))


def released_program(probs, splits):
    """As the authors' script has it: divergences to the class's mean logarithm, cut into splits; wholes for overall."""
    columns, wholes = [], []
    for c in range(probs.shape[1]):
        part = probs[np.argmax(probs, axis=1) == c]
        divergences = [np.mean([kl(p, q) for q in part]) for p in part]
        scores = [math.exp(np.mean(piece)) for piece in cut(divergences, splits)]
        columns.append((np.mean(scores), np.std(scores)))
        wholes.append(math.exp(np.mean(divergences)))
    return columns, np.mean(wholes), np.std(wholes)


@settings(max_examples=15)
@given(seed=seeds, classes=st.integers(1, 4), splits=st.integers(1, 3))
def test_modified_score_is_that_of_the_released_program(seed, classes, splits):
    probs = draw(seed, 15 * classes, classes)
    probs = np.concatenate([np.roll(probs, c, axis=1) for c in range(classes)])  # every class has its samples
    columns, mean, std = released_program(probs, splits)
    found = modified_inception_score(probs, splits)
    np.testing.assert_allclose(found["per_class"], columns, rtol=1e-9, atol=1e-9)
    assert (found["mean"], found["std"]) == pytest.approx((mean, std), rel=1e-9, abs=1e-9)
    assert min(score for score, _ in found["per_class"]) >= 1 - 1e-12
    assert {type(number) for number in itertools.chain(*found["per_class"], (found["mean"], found["std"]))} == {float}


def test_modified_score_against_the_split():
    probs = draw(4, 90, 3)
    found = modified_inception_score(probs, 3, against="split")
    for c, (mean, std) in enumerate(found["per_class"]):
        scores = [modified_score_by_loop(part, part) for part in cut(probs[probs.argmax(axis=1) == c], 3)]
        assert (mean, std) == pytest.approx((np.mean(scores), np.std(scores)), rel=1e-10)
    assert not np.allclose(found["per_class"], modified_inception_score(probs, 3)["per_class"], rtol=1e-3)
    whole = modified_inception_score(probs, 1)
    assert modified_inception_score(probs, 1, against="split") == whole  # one split is the class
    assert whole["mean"] == pytest.approx(np.mean([mean for mean, _ in whole["per_class"]]), rel=1e-12)


def test_modified_score_by_hand():
    probs = [[0.9, 0.1], [0.6, 0.4]]
    expected = math.exp((kl(*probs) + kl(*probs[::-1])) / 4)  # i = j counts, with a divergence of 0
    found = modified_inception_score(probs, splits=1)
    assert found["per_class"][0] == pytest.approx((expected, 0), rel=1e-12)
    assert np.isnan(found["per_class"][1]).all()
    assert (found["mean"], found["std"]) == pytest.approx((expected, 0), rel=1e-12)


def test_samples_that_are_alike_score_one():
    found = modified_inception_score(np.tile(draw(5, 1, 4), (40, 1)))
    assert (found["mean"], found["std"]) == pytest.approx((1, 0), abs=1e-12)
    assert np.isnan(found["per_class"]).sum() == 2 * 3


def test_a_class_smaller_than_the_splits_is_left_out():
    probs = draw(6, 60, 3, sharpness=1)
    big = probs[probs.argmax(axis=1) != 2]
    few = probs[probs.argmax(axis=1) == 2][:4]
    found = modified_inception_score(np.concatenate([few, big]), 5)
    alone = modified_inception_score(big, 5)
    assert np.isnan(found["per_class"][2]).all() and np.isnan(alone["per_class"][2]).all()
    assert found["per_class"][:2] == alone["per_class"][:2]
    assert (found["mean"], found["std"]) == (alone["mean"], alone["std"])
    assert np.isfinite(modified_inception_score(np.concatenate([few, big]), 4)["per_class"]).all()


def test_probabilities_that_underflowed_give_a_finite_score():
    probs = np.array([[1.0, 0.0], [0.75, 0.25]])
    floor = float(np.finfo(np.float32).tiny)
    expected = math.exp((math.log(1 / 0.75) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25 / floor)) / 4)
    assert modified_inception_score(probs, 1)["mean"] == pytest.approx(expected, rel=1e-12)
    worst = modified_inception_score(np.float32(np.tile([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]], (20, 1))), 2)
    assert np.isfinite(worst["per_class"][0]).all() and worst["mean"] <= math.exp(87.4)


@settings(max_examples=15)
@given(seed=seeds)
def test_modified_score_ignores_the_order_of_classes_and_of_the_whole(seed):
    rng = np.random.default_rng(seed)
    probs, order = draw(seed, 60, 3), rng.permutation(3)
    found, turned = modified_inception_score(probs, 2), modified_inception_score(probs[:, order], 2)
    np.testing.assert_allclose(turned["per_class"], np.array(found["per_class"])[order], rtol=1e-9, atol=1e-9)
    shuffled = modified_inception_score(probs[rng.permutation(60)], 2)
    assert (shuffled["mean"], shuffled["std"]) == pytest.approx((found["mean"], found["std"]), rel=1e-9)


@pytest.mark.parametrize("score", [inception_score, modified_inception_score])
def test_rows_that_miss_a_sum_of_one_are_scaled_to_it(score):
    probs = draw(7, 60, 3)
    found, expected = (score(p, 2) for p in (probs * np.linspace(1 - 9e-5, 1 + 9e-5, 60)[:, None], probs))
    flat = [np.hstack(list(map(np.ravel, s.values() if isinstance(s, dict) else s))) for s in (found, expected)]
    np.testing.assert_allclose(*flat, rtol=1e-10)


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_probabilities_in_16_bits(dtype):
    """Their rows miss 1 by more, and the score moves no more than they were rounded."""
    probs = draw(8, 60, 3)
    rounded = jnp.asarray(probs, dtype)
    assert np.abs(np.asarray(rounded, np.float64).sum(1) - 1).max() > 1e-4
    np.testing.assert_allclose(inception_score(rounded, 2)[0], inception_score(probs, 2)[0], rtol=5e-3)


@pytest.mark.parametrize("score", [inception_score, modified_inception_score])
@pytest.mark.parametrize(
    ("probs", "splits", "message"),
    [
        ([[0.5, math.nan]], 1, "1 of 1 rows of probs are not finite"),
        ([[1.5, -0.5]], 1, "probs hold -0.5: give probabilities"),
        ([[0.5, 0.5], [0.5, 0.6]], 1, "a row of probs sums to 1.1"),
        ([[0.5, 0.5], [0.1, 0.1]], 1, "a row of probs sums to 0.2"),
        ([0.5, 0.5], 1, r"probs of shape \[2\]"),
        (np.zeros((0, 2)), 1, r"probs of shape \[0, 2\]"),
        (np.zeros((2, 0)), 1, r"probs of shape \[2, 0\]"),
        (np.eye(3), 10, r"probs of shape \[3, 3\]: give \[n, d\], with n at least 10"),
        (np.eye(3), 0, "splits = 0: give a whole number, at least 1"),
        (np.eye(3), 1.5, "splits = 1.5"),
    ],
)
def test_bad_probabilities_are_one_line(score, probs, splits, message):
    with pytest.raises(InputError, match=message) as error:
        score(probs, splits)
    assert "\n" not in str(error.value)


def test_modified_score_refuses():
    with pytest.raises(InputError, match="against = 'batch': give one of class, split"):
        modified_inception_score(np.eye(3), 1, against="batch")
    with pytest.raises(InputError, match="splits = 2: the largest class has 1 of 3 samples; give fewer splits"):
        modified_inception_score(np.eye(3), 2)
