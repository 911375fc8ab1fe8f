"""Scores of many features in blocks: the same as at once, on the host and by JAX's arrays."""

import contextlib
import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan import metrics

RNG = np.random.default_rng(2)
REAL, FAKE = RNG.normal(size=(40, 5)).astype(np.float32), RNG.normal(0.5, 1, size=(30, 5)).astype(np.float32)
REAL[3] = FAKE[4]


@contextlib.contextmanager
def of_jax():
    with jax.enable_x64(True):
        yield jnp


@pytest.mark.parametrize("module", ["numpy", "jax"])
def test_precision_recall_density_and_coverage_at_once(module, monkeypatch):
    """Of JAX's arrays as of NumPy's, which are used where there is no accelerator."""
    expected = *metrics.precision_recall(REAL, FAKE, 2), *metrics.density_coverage(REAL, FAKE, 4)
    balls = importlib.import_module("mogan.metrics.precision_recall")
    monkeypatch.setattr(balls, "BLOCK", 400)
    if module == "jax":
        monkeypatch.setattr(balls, "_module", of_jax)
    found = metrics.prdc(REAL, FAKE, 2, 4)
    assert found == pytest.approx(expected, rel=1e-12) and {type(number) for number in found} == {float}


def test_moments_of_blocks(monkeypatch):
    frechet = importlib.import_module("mogan.metrics.frechet")
    monkeypatch.setattr(frechet, "BLOCK", 7)
    found = metrics.moments(REAL)
    np.testing.assert_allclose(found.mean, REAL.astype(np.float64).mean(0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(REAL.astype(np.float64).T), rtol=1e-10, atol=1e-12)
