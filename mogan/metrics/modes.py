"""How many classes of a data set samples reach, and how unevenly: a classifier says which class each sample is of."""

import math

import numpy as np
from scipy.special import rel_entr

from mogan.metrics.checks import checked_count, checked_labels


def class_coverage(labels, real_labels, classes: int) -> tuple[int, float]:
    """(classes that hold a sample, KL(histogram of the samples || histogram of the real data) in nats), of labels [n]
    and real_labels [m], 0 to classes - 1.

    Metz et al. 2017 (Unrolled GANs, section 3.3.1) and Srivastava et al. 2017 (VEEGAN, section 5.1) score Stacked MNIST
    so. Samples of classes that no real image has are left out of both; without any other the KL is infinite.

    Raises:
      InputError: the labels are no such numbers.
    """
    checked_count("classes", classes, least=1)
    shares = [
        np.bincount(checked_labels(name, given, classes=classes), minlength=classes).astype(np.float64)
        for name, given in {"labels": labels, "real_labels": real_labels}.items()
    ]
    found, real = (share[shares[1] > 0] for share in shares)
    if not found.sum():
        return 0, math.inf
    return int((found > 0).sum()), float(rel_entr(found / found.sum(), real / real.sum()).sum())
