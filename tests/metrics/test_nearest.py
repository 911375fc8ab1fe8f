"""mogan.metrics.nearest: against brute force, and to the grey level."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.errors import InputError
from mogan.metrics import nearest


def images(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def brute_nearest(samples, train):
    return [int(np.argmin([np.sum((a.astype(int) - b) ** 2) for b in train])) for a in samples]


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 9), m=st.integers(1, 20), block=st.integers(1, 8))
def test_nearest_is_brute_force_whatever_the_block(seed, n, m, block):
    train = images(seed, m, 2, 3, 1) // 64  # few values, so that ties happen: the first among equals
    samples = images(seed + 1, n, 2, 3, 1) // 64
    assert nearest(samples, train, block).tolist() == brute_nearest(samples, train)


def test_nearest_sees_a_difference_of_one_grey_level_among_bright_images():
    bright = np.full((1, 32, 32, 3), 255, np.uint8)
    train = np.repeat(bright, 3, axis=0)
    train[0, 0, 0, 0] -= 2
    train[1, 0, 0, 0] -= 1
    assert nearest(bright, train[:2]).tolist() == [1]  # squared distances 4 and 1, norms of 2e8
    assert nearest(train, train).tolist() == [0, 1, 2]
    assert nearest(jnp.asarray(train), jnp.asarray(train)).tolist() == [0, 1, 2]


def test_nearest_of_floats():
    train = np.random.default_rng(0).normal(size=(50, 12)).astype(np.float32)
    assert nearest(train[::-1] + np.float32(0.01), train, 7).tolist() == list(range(49, -1, -1))


@pytest.mark.parametrize(
    ("samples", "train", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), "images of one shape"),
        (np.zeros((2, 3)), np.zeros((0, 3)), "images of one shape"),
        (np.full((1, 3), np.nan), np.zeros((1, 3)), "not finite"),
        (np.zeros((1, 3)), np.array([[np.inf] * 3]), "not finite"),
    ],
)
def test_nearest_refuses(samples, train, message):
    with pytest.raises(InputError, match=message):
        nearest(samples, train)
