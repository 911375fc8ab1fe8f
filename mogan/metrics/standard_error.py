"""The mean of a score over runs, and how far it may be from that of many more."""

import math

import numpy as np


def mean_and_error(values) -> tuple[np.ndarray, np.ndarray]:
    """(mean, standard error of the mean) over the runs of values [runs, ...], each [...] float64; the error of a single
    run is nan.

    Raises ValueError for no run.
    """
    values = np.asarray(values, np.float64)
    if len(values) == 0:
        raise ValueError("no value to average")
    mean = values.mean(axis=0)
    error = values.std(axis=0, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else np.full_like(mean, math.nan)
    return mean, error
