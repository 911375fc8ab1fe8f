"""mogan.metrics.clustering against scikit-learn and a search of all assignments."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics
from sklearn.cluster import KMeans

from mogan.errors import InputError
from mogan.metrics.clustering import adjusted_rand_index, clustering_accuracy, kmeans, nmi

SCORES = (clustering_accuracy, nmi, adjusted_rand_index)
partitions = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=40)


def best_by_search(labels, clusters):
    """The most samples that agree, over all ways to give every cluster a class (or a number that none has)."""
    groups = sorted(set(clusters))
    classes = [*sorted(set(labels)), *(f"none {group}" for group in groups)]
    counts = [
        sum(dict(zip(groups, chosen, strict=True))[c] == y for y, c in zip(labels, clusters, strict=True))
        for chosen in itertools.permutations(classes, len(groups))
    ]
    return max(counts) / len(labels)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=15), st.booleans())
def test_accuracy_is_the_best_of_all_assignments(pairs, more_classes):
    labels, clusters = ([y + (more_classes and i % 2) for i, (y, _) in enumerate(pairs)], [c for _, c in pairs])
    assert clustering_accuracy(labels, clusters) == pytest.approx(best_by_search(labels, clusters))


@settings(max_examples=100)
@given(partitions)
def test_nmi_and_rand_are_those_of_scikit_learn(pairs):
    labels, clusters = zip(*pairs, strict=True)
    expected = sklearn_metrics.normalized_mutual_info_score(labels, clusters, average_method="geometric")
    assert nmi(labels, clusters) == pytest.approx(expected, abs=1e-9)
    expected = sklearn_metrics.adjusted_rand_score(labels, clusters)
    assert adjusted_rand_index(labels, clusters) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=50)
@given(partitions, st.permutations(range(5)), st.integers(0, 99))
def test_properties(pairs, names, shift):
    labels, clusters = np.array(pairs).T
    renamed, order = np.array(names)[clusters] - shift, np.random.default_rng(shift).permutation(len(labels))
    for score in SCORES:
        found = score(labels, clusters)
        assert type(found) is float
        assert (-0.5 if score is adjusted_rand_index else 0) <= found <= 1
        assert score(labels, renamed) == pytest.approx(found, abs=1e-12)
        assert score(clusters, labels) == pytest.approx(found, abs=1e-12)
        assert score(labels[order], clusters[order]) == pytest.approx(found, abs=1e-12)
        assert score(clusters, renamed) == pytest.approx(1, abs=1e-12)
    shares = np.bincount(labels) / len(labels)
    assert clustering_accuracy(labels, clusters) >= shares.max() / len(set(clusters.tolist()))


def test_by_hand():
    labels, clusters = [0, 0, 0, 1, 1, 1], [5, 5, -1, -1, -1, 7]
    assert clustering_accuracy(labels, clusters) == 4 / 6  # 5 stands for 0, -1 for 1; 7 is left over
    of_labels = math.log(2)
    of_clusters = math.log(3) / 3 + math.log(2) / 2 + math.log(6) / 6
    joint = 2 * math.log(3) / 3 + 2 * math.log(6) / 6
    assert nmi(labels, clusters) == pytest.approx(
        (of_labels + of_clusters - joint) / math.sqrt(of_labels * of_clusters)
    )
    # together: 1 + 1 pairs of 15; in a class: 3 + 3; in a cluster: 1 + 3
    assert adjusted_rand_index(labels, clusters) == pytest.approx((2 - 6 * 4 / 15) / ((6 + 4) / 2 - 6 * 4 / 15))


def test_one_cluster_or_each_alone():
    same, alone, halves = [3] * 6, list(range(6)), [0, 0, 0, 1, 1, 1]
    assert [score(same, same) for score in SCORES] == [1, 1, 1]
    assert [score(alone, alone[::-1]) for score in SCORES] == [1, pytest.approx(1), 1]
    assert [score([2], [7]) for score in SCORES] == [1, 1, 1]
    assert [score(halves, same) for score in SCORES] == [0.5, 0, 0]
    assert [score(halves, alone) for score in SCORES] == [2 / 6, pytest.approx(math.sqrt(math.log(2) / math.log(6))), 0]


def test_independent_partitions_of_many_samples():
    labels, clusters = (np.random.default_rng(seed).integers(0, 10, 200_000) for seed in (0, 1))
    assert adjusted_rand_index(labels, clusters) == pytest.approx(0, abs=1e-3)
    assert nmi(labels, clusters) == pytest.approx(0, abs=1e-3)
    assert clustering_accuracy(labels, clusters) == pytest.approx(0.1, abs=0.005)
    assert adjusted_rand_index(jnp.asarray(labels), jnp.asarray(labels)) == 1


def test_the_best_of_ten_starts_is_taken():
    features = np.random.default_rng(0).uniform(size=(200, 2))

    def spread(clusters):
        groups = [features[clusters == group] for group in range(12)]
        return sum(np.sum((group - group.mean(axis=0)) ** 2) for group in groups)

    single = [spread(KMeans(12, n_init=1, random_state=seed).fit_predict(features)) for seed in range(30)]
    assert max(spread(kmeans(features, 12, seed)) for seed in range(3)) < np.quantile(single, 0.4)


def test_kmeans_finds_blobs():
    labels = np.arange(90) % 3
    features = 10 * np.eye(3)[labels] + np.random.default_rng(0).normal(size=(90, 3))
    clusters = kmeans(features, 3, seed=0)
    assert clusters.dtype == np.int32
    assert clustering_accuracy(labels, clusters) == 1
    np.testing.assert_array_equal(clusters, kmeans(features, 3, seed=0))
    assert len(set(kmeans(jnp.asarray(features, jnp.float32), 90, seed=1).tolist())) == 90


@pytest.mark.parametrize(
    ("labels", "clusters", "message"),
    [
        ([0, 1], [0], "2 labels and 1 clusters"),
        ([], [], r"labels: float64 of shape \[0\]"),
        ([[0], [1]], [0, 1], r"labels: int64 of shape \[2, 1\]: give whole numbers \[n\]"),
        ([0, 1], [0.0, 1.0], "clusters: float64"),
        ([0, 1], ["a", "b"], "clusters: <U1"),
        ([True, False], [0, 1], "labels: bool"),
    ],
)
def test_bad_partitions_are_refused(labels, clusters, message):
    for score in SCORES:
        with pytest.raises(InputError, match=message) as error:
            score(labels, clusters)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("features", "k", "message"),
    [
        (np.zeros(3), 1, r"features of shape \[3\]"),
        (np.zeros((0, 3)), 1, "n at least 1"),
        ([[math.nan, 0.0]], 1, "not finite"),
        (np.eye(3), 0, "k = 0: give a whole number, at least 1"),
        (np.eye(3), 2.0, "k = 2.0: give a whole number, at least 1"),
        (np.eye(3), 4, "k = 4 clusters of 3 samples: give 1 to 3"),
    ],
)
def test_kmeans_refuses(features, k, message):
    with pytest.raises(InputError, match=message):
        kmeans(features, k, seed=0)
