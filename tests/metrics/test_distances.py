"""mogan.metrics.distances against scipy, and its exactness."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from mogan.metrics.distances import squares


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 5), m=st.integers(1, 5))
def test_squares_are_those_of_every_pair(seed, n, m):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, 2, 3)), rng.normal(size=(m, 2, 3))
    found = squares(a, b)
    np.testing.assert_allclose(found, cdist(a.reshape(n, 6), b.reshape(m, 6), "sqeuclidean"), atol=1e-12)
    assert found.dtype == np.float64 and (squares(b, b) >= 0).all()


def test_they_are_exact_for_grey_levels():
    a, b = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32, 3)).astype(np.uint8)
    exact = [[int(((one.astype(int) - other.astype(int)) ** 2).sum()) for other in b] for one in a]
    assert squares(a, b).tolist() == exact
