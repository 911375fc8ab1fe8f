"""mogan.metrics.standard_error against scipy."""

import numpy as np
import pytest
from scipy import stats

from mogan.metrics.standard_error import mean_and_error


@pytest.mark.parametrize("shape", [(10,), (2,), (4, 3)])
def test_mean_and_error_over_runs(shape):
    values = np.random.default_rng(0).normal(size=shape)
    mean, error = mean_and_error(values.tolist())
    np.testing.assert_allclose(mean, values.mean(axis=0))
    np.testing.assert_allclose(error, stats.sem(values))
    assert np.shape(mean) == np.shape(error) == shape[1:]


def test_a_single_run_has_no_error_and_no_run_no_mean():
    mean, error = mean_and_error([3.0])
    assert mean == 3 and np.isnan(error)
    assert np.isnan(mean_and_error([[1.0, 2.0]])[1]).all()
    with pytest.raises(ValueError, match="no value"):
        mean_and_error([])
