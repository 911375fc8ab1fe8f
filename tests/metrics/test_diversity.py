"""Scores of diversity against loops, SciPy and distributions of known support."""

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from mogan import metrics
from mogan.errors import InputError

RNG = np.random.default_rng(0)


def test_pairs_of_one_component_beside_pairs_of_others():
    images, component = RNG.integers(0, 256, (15, 11, 11, 1), np.uint8), np.arange(15) % 3
    images[component == 2] = images[2] // 2 + images[component == 2] // 2
    found = {True: [], False: []}
    for i, j in itertools.combinations(range(15), 2):
        distance = np.linalg.norm(images[i].astype(float) - images[j])
        similarity = metrics.ms_ssim(images[[i]], images[[j]])[0]
        found[component[i] == component[j]].append((distance, similarity, component[i]))
    between = np.median([distance for distance, *_ in found[False]])
    of_each = [np.median([distance for distance, _, k in found[True] if k == own]) / between for own in range(3)]
    scores = metrics.component_diversity(images, component)
    assert scores["ratio"] == pytest.approx(np.median([distance for distance, *_ in found[True]]) / between)
    assert scores["least_ratio"] == pytest.approx(min(of_each)) == pytest.approx(of_each[2])
    within = np.mean([similarity for _, similarity, _ in found[True]])
    assert scores["ms_ssim_within"] == pytest.approx(within, abs=1e-5)
    spread = [similarity for _, similarity, _ in found[False]]
    assert min(spread) <= scores["ms_ssim_between"] <= max(spread)
    single = metrics.component_diversity(images[component], component)
    assert single["ratio"] == single["least_ratio"] == 0 and single["ms_ssim_within"] == pytest.approx(1, abs=1e-5)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 30))
def test_alike_and_nearest_are_those_of_all_pairs(seed, count):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 4, (count, 2, 2, 1)).astype(np.uint8)
    distances = pdist(images.reshape(count, -1).astype(float))
    square = np.full((count, count), np.inf)
    square[np.triu_indices(count, 1)] = distances
    np.testing.assert_allclose(metrics.nearest_other(images), np.minimum(square, square.T).min(1), rtol=1e-12)
    for threshold in (0.0, 1.0, float(np.median(distances))):
        assert metrics.count_alike(images, threshold) == (distances <= threshold).sum()


def test_the_support_of_equally_likely_images_is_found():
    """200 images: the mean of 1 / size over draws is 1 / 200, and half of the batches of `birthday_batch` hold two."""
    images, rng = RNG.integers(0, 256, (200, 3, 3, 1), np.uint8), np.random.default_rng(1)
    shares = [
        1 / metrics.support_size(300, metrics.count_alike(images[rng.integers(200, size=300)], 0)) for _ in range(40)
    ]
    assert 1 / np.mean(shares) == pytest.approx(200, rel=0.05)
    batch = round(metrics.birthday_batch(200))
    repeated = [len(np.unique(rng.integers(200, size=batch))) < batch for _ in range(2000)]
    assert np.mean(repeated) == pytest.approx(0.5, abs=0.05)
    assert metrics.support_size(10, 0) == np.inf == metrics.birthday_batch(np.inf)
    with pytest.raises(InputError, match="have no pairs"):
        metrics.support_size(1, 0)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 4), min_size=1))
def test_classes_reached_and_their_divergence(labels, real_labels):
    captured, kl = metrics.class_coverage(np.array(labels), np.array(real_labels), 6)
    there = sorted(set(real_labels))
    counts = [labels.count(k) for k in there]
    assert captured == len(set(labels) & set(there))
    if not captured:
        assert kl == np.inf
    else:
        expected = scipy.stats.entropy(counts, [real_labels.count(k) for k in there])
        assert kl == pytest.approx(expected, rel=1e-9, abs=1e-12)
