"""Scores of random features against torch-fidelity's of the same features (peers.py says when they are skipped)."""

import numpy as np
import pytest
from scipy.special import softmax

from mogan.metrics.frechet import frechet_distance
from mogan.metrics.inception_score import inception_score
from mogan.metrics.kernel import kernel_inception_distance
from mogan.metrics.precision_recall import precision_recall
from tests.helpers import peers


def draw_two(n, m, d):
    """Features [n, d] and [m, d] of two distributions that overlap in part."""
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(d, d))
    return rng.normal(size=(n, d)) @ mix, (0.3 + 1.2 * rng.normal(size=(m, d))) @ mix


@pytest.mark.parametrize("n", [1000, 1003])
def test_inception_score(n):
    peer = peers.torch_fidelity("metric_isc")
    logits = 2 * np.random.default_rng(3).normal(size=(n, 50))
    theirs = peer.isc_features_to_metric(*peers.tensors(logits))
    shuffled = softmax(logits, axis=1)[np.random.RandomState(2020).permutation(n)]
    expected = theirs["inception_score_mean"], theirs["inception_score_std"]
    assert inception_score(shuffled) == pytest.approx(expected, rel=1e-10)


def test_frechet_distance():
    peer = peers.torch_fidelity("metric_fid")
    a, b = draw_two(300, 200, 32)
    statistics = [peer.fid_features_to_statistics(feats) for feats in peers.tensors(a, b)]
    expected = peer.fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_kernel_inception_distance():
    peer = peers.torch_fidelity("metric_kid")
    a, b = draw_two(150, 120, 16)
    theirs = peer.kid_features_to_metric(*peers.tensors(a, b), kid_subsets=7, kid_subset_size=100, verbose=False)
    expected = theirs["kernel_inception_distance_mean"], theirs["kernel_inception_distance_std"]
    assert kernel_inception_distance(a, b, subsets=7, subset_size=100) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall(k):
    peer = peers.torch_fidelity("metric_prc")
    real, fake = draw_two(150, 170, 6)
    theirs = peer.prc_features_to_metric(*peers.tensors(fake, real), prc_neighborhood=k, verbose=False)
    assert 0 < theirs["precision"] < theirs["recall"] < 1
    assert precision_recall(real, fake, k) == pytest.approx((theirs["precision"], theirs["recall"]), rel=1e-6)
