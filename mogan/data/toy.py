"""Toy densities in two dimensions: drawn from exactly, and with a log density in closed form."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.types import Array


class Density(NamedTuple):
    """A mixture of isotropic Gaussians of one standard deviation.

    sample(key, n) -> (x [n, 2] float32, label [n] int32: the mode each point was drawn from)
    log_prob(x [n, 2]) -> [n] float32, natural logarithm
    modes [M, 2], std > 0, weights [M] summing to 1: float64, for metrics
    """

    sample: Callable[[Array, int], tuple[Array, Array]]
    log_prob: Callable[[Array], Array]
    modes: np.ndarray
    std: float
    weights: np.ndarray


def gaussian_mixture(modes, std: float, weights=None) -> Density:
    """The density sum_m weights[m] N(modes[m], std^2 I); `modes` [M, 2], `weights` [M] > 0, equal by default."""
    modes = np.asarray(modes, np.float64)
    weights = np.ones(len(modes)) if weights is None else np.asarray(weights, np.float64)
    weights = weights / weights.sum()
    means, log_weights = modes.astype(np.float32), np.log(weights).astype(np.float32)

    def sample(key, n):
        mode_key, noise_key = jax.random.split(key)
        label = jax.random.categorical(mode_key, jnp.asarray(log_weights), shape=(n,)).astype(jnp.int32)
        return jnp.asarray(means)[label] + std * jax.random.normal(noise_key, (n, means.shape[1])), label

    def log_prob(x):
        squared = jnp.sum((x[:, None, :] - means) ** 2, axis=-1)
        log_normal = -0.5 * squared / std**2 - means.shape[1] * (np.log(std) + 0.5 * np.log(2 * np.pi))
        return jax.nn.logsumexp(log_weights + log_normal, axis=-1)

    return Density(sample, log_prob, modes, std, weights)


def unimodal() -> Density:
    """One Gaussian at the origin, standard deviation 0.3."""
    return gaussian_mixture([(0.0, 0.0)], 0.3)


def bimodal() -> Density:
    """Two Gaussians at (0.6, 0.6) and (-0.6, -0.6), standard deviation 0.15."""
    return gaussian_mixture([(0.6, 0.6), (-0.6, -0.6)], 0.15)


DENSITIES: dict[str, Callable[[], Density]] = {"unimodal": unimodal, "bimodal": bimodal}
