"""Means, standard errors and Markdown."""

import math

import numpy as np
import pytest
from scipy import stats

from mogan.tables.report import cell, markdown_table, mean_and_error


def test_mean_and_error():
    values = np.random.default_rng(0).normal(size=10)
    mean, error = mean_and_error(values)
    assert mean == pytest.approx(values.mean()) and error == pytest.approx(stats.sem(values))
    assert math.isnan(mean_and_error([3.0])[1])
    with pytest.raises(ValueError, match="no value"):
        mean_and_error([])


def test_table():
    assert cell([1.0, 3.0], 2) == "2.00 ± 1.00" and cell([1.0], 1) == "1.0"
    assert markdown_table(["model", "void"], [["gan", "0.1"]]) == "| model | void |\n| :-- | --: |\n| gan | 0.1 |\n"
