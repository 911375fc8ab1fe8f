"""How well clusters agree with labels (GM-GAN, section 5.2), and the K-means baseline.

`labels` and `clusters` are whole numbers [n], the class and the cluster of every sample; any numbers name them, and
there may be more of one than of the other.
"""

import numpy as np
from scipy.special import entr

from mogan.errors import InputError
from mogan.metrics.checks import checked_count, checked_features, checked_labels


def clustering_accuracy(labels, clusters) -> float:
    """Share of samples whose cluster stands for their class, at the best one-to-one assignment (eq. 12), in [0, 1].

    With more clusters than classes, the samples of the clusters left over count as wrong.

    Raises:
      InputError: the two are not equally long lists of whole numbers, at least one long.
    """
    from scipy.optimize import linear_sum_assignment  # imported where it is used: it takes long

    counts = _contingency(labels, clusters)
    return float(counts[linear_sum_assignment(counts, maximize=True)].sum() / counts.sum())


def nmi(labels, clusters) -> float:
    """Normalized mutual information I / sqrt(H(labels) H(clusters)) (eq. 13), in [0, 1].

    Where an entropy is 0, as in scikit-learn: 1 if both are constant (the same partition), 0 if one is. (Scikit-learn's
    own default normalises by the arithmetic mean; this is its average_method="geometric".) Raises as
    `clustering_accuracy`.
    """
    joint = _contingency(labels, clusters)
    if 1 in joint.shape:
        return float(joint.shape == (1, 1))
    joint = joint / joint.sum()
    of_labels, of_clusters = entr(joint.sum(axis=1)).sum(), entr(joint.sum(axis=0)).sum()
    information = of_labels + of_clusters - entr(joint).sum()
    return float(np.clip(information / np.sqrt(of_labels * of_clusters), 0, 1))


def adjusted_rand_index(labels, clusters) -> float:
    """Rand index adjusted for chance (Hubert and Arabie 1985, equation 5): 1 for the same partition, 0 expected of
    random ones with these sizes, at least -0.5. Raises as `clustering_accuracy`.
    """
    counts = _contingency(labels, clusters)
    together = _pairs(counts).sum()
    of_labels, of_clusters = _pairs(counts.sum(axis=1)).sum(), _pairs(counts.sum(axis=0)).sum()
    if together == of_labels == of_clusters:
        return 1.0  # where both are constant, or every sample is alone, the quotient is 0 / 0
    expected = of_labels * of_clusters / _pairs(counts.sum())
    return float((together - expected) / ((of_labels + of_clusters) / 2 - expected))


def kmeans(features, k: int, seed: int) -> np.ndarray:
    """Clusters [n] int32, from 0 to k - 1, of features [n, d] by scikit-learn's K-means, the best of 10 starts.

    Raises:
      InputError: features are not finite numbers [n, d], or k is not from 1 to n.
    """
    from sklearn.cluster import KMeans  # takes a second to import

    features = checked_features("features", features)
    if checked_count("k", k, least=1) > len(features):
        raise InputError(f"k = {k} clusters of {len(features)} samples: give 1 to {len(features)}")
    return KMeans(k, n_init=10, random_state=seed).fit_predict(features).astype(np.int32)


def _pairs(counts):
    """Unordered pairs of `counts` things; in float64, whose products do not overflow as int64's would."""
    return counts * (counts - 1.0) / 2


def _contingency(labels, clusters):
    """How many samples [classes, clusters] each class and cluster share."""
    labels, clusters = checked_labels("labels", labels), checked_labels("clusters", clusters)
    if len(labels) != len(clusters):
        raise InputError(f"{len(labels)} labels and {len(clusters)} clusters: give one of each a sample")
    classes, rows = np.unique(labels, return_inverse=True)
    groups, columns = np.unique(clusters, return_inverse=True)
    counts = np.zeros((len(classes), len(groups)), np.int64)
    np.add.at(counts, (rows, columns), 1)
    return counts
