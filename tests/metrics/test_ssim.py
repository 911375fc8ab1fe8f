"""mogan.metrics.ssim against scikit-image, and against the textbook's window by window in float64."""

import importlib

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.errors import InputError
from mogan.metrics.ssim import WEIGHTS, ms_ssim, ms_ssim_of_pairs, ms_ssim_weights, ssim

seeds = st.integers(0, 2**32 - 1)


def pictures(shape, seed=0):
    """Two batches of uint8: smooth shapes with noise, related, opposed, flat and unrelated pairs."""
    rng = np.random.default_rng(seed)
    n, h, w, c = shape
    y, x = np.mgrid[:h, :w][..., None]
    waves = [np.sin(x * rng.uniform(0.1, 0.9, c) + y * rng.uniform(0.1, 0.9, c)) for _ in range(n)]
    a = 127 + 80 * np.stack(waves) + rng.normal(0, 10, shape)
    b = a + rng.normal(0, 40, shape)
    b[1] = 255 - a[1]
    b[2] = rng.uniform(0, 255, (h, w, c))
    a[3], b[3] = 0, 250
    return [np.clip(images, 0, 255).astype(np.uint8) for images in (a, b)]


def textbook_means(a, b):
    """The means over windows of SSIM and of its contrast-structure factor, of two float64 images [h, w]."""
    size = min(11, *a.shape)
    line = np.array([np.exp(-0.5 * ((i - (size - 1) / 2) / (1.5 * size / 11)) ** 2) for i in range(size)])
    window = np.outer(line, line) / np.sum(line) ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    x, y = (np.lib.stride_tricks.sliding_window_view(image, (size, size)) for image in (a, b))  # [rows, columns, ...]
    mean_x, mean_y = (np.sum(window * side, axis=(2, 3), keepdims=True) for side in (x, y))
    variance_x, variance_y = np.sum(window * (x - mean_x) ** 2, (2, 3)), np.sum(window * (y - mean_y) ** 2, (2, 3))
    covariance = np.sum(window * (x - mean_x) * (y - mean_y), (2, 3))
    mean_x, mean_y = mean_x[..., 0, 0], mean_y[..., 0, 0]
    contrast_structure = (2 * covariance + c2) / (variance_x + variance_y + c2)
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return np.mean(luminance * contrast_structure), np.mean(contrast_structure)


def halved(image):
    rows, columns = -(-image.shape[0] // 2), -(-image.shape[1] // 2)
    blocks = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            last_i, last_j = min(2 * i + 1, image.shape[0] - 1), min(2 * j + 1, image.shape[1] - 1)
            blocks[i, j] = np.mean([image[r, s] for r in (2 * i, last_i) for s in (2 * j, last_j)])
    return blocks


def textbook_ms_ssim(a, b, scales):
    """Of two images [h, w, c] with a given number of scales."""
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])[:scales]
    weights /= np.sum(weights)
    scores = []
    for x, y in zip(np.moveaxis(a, 2, 0).astype(float), np.moveaxis(b, 2, 0).astype(float), strict=True):
        terms = []
        for scale in range(scales):
            similarity, contrast_structure = textbook_means(x, y)
            terms.append(max(0.0, similarity if scale == scales - 1 else contrast_structure))
            x, y = halved(x), halved(y)
        scores.append(np.prod(np.array(terms) ** weights))
    return np.mean(scores)


@pytest.mark.parametrize("shape", [(6, 28, 28, 1), (6, 32, 40, 3), (6, 11, 13, 2)])
def test_ssim_is_that_of_scikit_image(shape):
    reference = pytest.importorskip("skimage.metrics").structural_similarity
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}
    a, b = pictures(shape)
    expected = [reference(x, y, data_range=255, **options) for x, y in zip(a, b, strict=True)]
    found = ssim(a, b)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=3e-5)
    np.testing.assert_allclose(np.delete(found, 3), np.delete(expected, 3), atol=2e-6)  # 3: flat
    floats = [np.float64(images) / 255 for images in (a, b)]
    expected = [reference(x, y, data_range=1, **options) for x, y in zip(*floats, strict=True)]
    np.testing.assert_allclose(ssim(*floats, data_range=1), expected, atol=3e-5)
    expected = [reference(x, y, data_range=255, channel_axis=-1) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(ssim(a, b, window="uniform"), expected, atol=3e-5)


@pytest.mark.parametrize(
    ("shape", "scales"),
    [((5, 8, 8, 1), 1), ((5, 9, 20, 2), 1), ((5, 21, 23, 2), 2), ((5, 28, 28, 1), 2), ((4, 41, 43, 1), 3)],
)
def test_ms_ssim_is_that_of_the_textbook(shape, scales):
    a, b = pictures(shape, seed=1)
    expected = [textbook_ms_ssim(x, y, scales) for x, y in zip(a, b, strict=True)]
    assert expected[1] < 0.01 < 0.5 < expected[0]  # a negative one is clipped
    found = ms_ssim(a, b)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(np.delete(found, 3), np.delete(expected, 3), atol=3e-6)  # 3: flat


def test_five_scales():
    a, b = (images[:1, :, :, :1] for images in pictures((4, 161, 161, 1)))
    assert ms_ssim(a, b)[0] == pytest.approx(textbook_ms_ssim(a[0], b[0], 5), abs=2e-6)


def test_a_window_shrinks_with_a_small_image():
    a, b = pictures((4, 8, 8, 1))
    expected = [textbook_means(x[..., 0].astype(float), y[..., 0].astype(float))[0] for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(ssim(a, b), expected, atol=3e-5)


@pytest.mark.parametrize(
    ("side", "scales"),
    [(8, 1), (20, 1), (21, 2), (28, 2), (32, 2), (40, 2), (64, 3), (96, 4), (128, 4), (160, 4), (161, 5), (999, 5)],
)
def test_the_scales_of_the_table(side, scales):
    weights = ms_ssim_weights(side, side + 7)
    assert weights == ms_ssim_weights(side + 7, side)
    np.testing.assert_allclose(weights, np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales]))


@settings(max_examples=20)
@given(seed=seeds)
def test_properties(seed):
    a, b = pictures((4, 22, 22, 2), seed)
    for score, lowest in ((ssim, -1), (ms_ssim, 0)):
        np.testing.assert_allclose(score(a, a), 1, atol=2e-6)
        np.testing.assert_allclose(score(a, b), score(b, a), atol=2e-6)
        assert lowest <= score(a, b).min() <= score(a, b).max() < 1
        np.testing.assert_allclose(score(a[::-1], b[::-1]), score(a, b)[::-1], atol=1e-6)
        np.testing.assert_allclose(score(a[:, ::-1], b[:, ::-1]), score(a, b), atol=1e-5)
    assert ssim(a, b)[1] < 0 < ssim(a, b)[0]


def test_an_image_scores_the_same_however_it_is_stored():
    a, b = pictures((5, 28, 28, 1))
    stored = {
        255: [images.astype(np.float32) for images in (a, b)],
        1: [images / 255 for images in (a, b)],
        2: [jnp.asarray(images, jnp.float32) / 127.5 - 1 for images in (a, b)],
    }
    for score in (ssim, ms_ssim):
        for data_range, images in stored.items():
            np.testing.assert_allclose(score(*images, data_range=data_range), score(a, b), atol=3e-5)
            if data_range != 255:
                np.testing.assert_array_equal(score(*images), score(*images, data_range=data_range))
        np.testing.assert_array_equal(score(a, b, data_range=255), score(a, b))


@pytest.mark.parametrize("block", [1, 1000, 10_000, 2**20])
def test_blocks_change_nothing(monkeypatch, block):
    a, b = pictures((5, 21, 21, 1))
    expected = ssim(a, b), ms_ssim(a, b)
    first, second = [0, 1, 9, 4, 4, 6, 0], [5, 6, 4, 4, 9, 1, 0]
    images = np.concatenate([a, b])
    # by its full name: mogan.metrics.ssim as an attribute is the function
    monkeypatch.setattr(importlib.import_module("mogan.metrics.ssim"), "BLOCK", block)
    np.testing.assert_allclose(ssim(a, b), expected[0], atol=1e-6)
    np.testing.assert_allclose(ms_ssim(a, b), expected[1], atol=1e-6)
    pairs = ms_ssim_of_pairs(images, first, second)
    np.testing.assert_allclose(pairs, ms_ssim(images[first], images[second]), atol=1e-6)
    assert pairs.dtype == np.float64
    assert ms_ssim_of_pairs(images, [], []).shape == (0,)


def test_a_window_that_there_is_not_or_that_is_too_large():
    with pytest.raises(InputError, match="window = 'flat': choose one of gaussian, uniform"):
        ssim(GOOD, GOOD, window="flat")
    with pytest.raises(InputError, match="window = 'uniform': images of 6 pixels are smaller than it, 7"):
        ssim(GOOD[:, :6], GOOD[:, :6], window="uniform")


GOOD = np.full((2, 11, 11, 1), 0.5, np.float32)
POISONED = np.where(np.arange(11)[:, None] == 3, np.nan, GOOD)


@pytest.mark.parametrize(
    ("a", "b", "data_range", "message"),
    [
        (GOOD, GOOD[:1], 1, r"a of shape \[2, 11, 11, 1\], b of shape \[1, 11, 11, 1\]"),
        (GOOD[0], GOOD[0], 1, r"a of shape \[11, 11, 1\]: give images \[n, h, w, c\]"),
        (GOOD[:0], GOOD[:0], 1, "n at least 1"),
        (GOOD, GOOD * 5, None, r"b runs from 2.5 to 2.5, outside \[0, 1\] of data_range = 1: clip it, or give its own"),
        (GOOD, GOOD, 3, "data_range = 3 for a of float32"),
        (GOOD, GOOD, 255, "a runs from 0.5 to 0.5 with data_range = 255: give data_range = 1"),
        (GOOD, GOOD * 2.5, 1, r"b runs from 1.25 to 1.25, outside \[0, 1\]"),
        (GOOD, -GOOD, 1, r"b runs from -0.5 to -0.5, outside \[0, 1\] of data_range = 1: clip it"),
        (GOOD * 4, GOOD, 2, r"outside \[-1, 1\]"),
        (GOOD, POISONED, 1, "b holds numbers that are not finite"),
        (GOOD * np.inf, GOOD, 1, "a holds numbers that are not finite"),
        (GOOD.astype(np.uint8), GOOD.astype(np.uint8), 2, "data_range = 2 for a of uint8"),
        (GOOD.astype(np.int64), GOOD, None, "a of int64: give uint8 or floats"),
        (GOOD > 0, GOOD, 1, "a of bool"),
    ],
)
def test_bad_images_are_refused(a, b, data_range, message):
    for score in (ssim, ms_ssim):
        with pytest.raises(InputError, match=message) as error:
            score(a, b, data_range)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([0, 1], [1], "2 first and 1 second images"),
        ([0], [2], "second runs from 2 to 2: give indices from 0 to 1"),
        ([-1], [0], "first runs from -1"),
        ([0.0], [1], "first: float64"),
        ([[0]], [[1]], r"first: int64 of shape \[1, 1\]"),
    ],
)
def test_bad_indices_are_refused(first, second, message):
    with pytest.raises(InputError, match=message):
        ms_ssim_of_pairs(GOOD, first, second, data_range=1)
