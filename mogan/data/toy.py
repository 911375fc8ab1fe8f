"""Toy densities in two dimensions, and one on a line: drawn from exactly, and with a log density in closed form.

DeLiGAN section 5.2: unimodal, bimodal. GM-GAN section 4.1: grid9. LOGAN section 4.1: circle8, square25, and, for its
claim to lose no mode, the same with a rare one; section 3.2, figure 2b: line3. The others are ours, or named by a paper
without their numbers.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.types import Array


class Density(NamedTuple):
    """A mixture of isotropic Gaussians of one standard deviation.

    sample(key, n) -> (x [n, d] float32, d 1 or 2, label [n] int32: the mode each point was drawn from)
    log_prob(x [n, d]) -> [n] float32, natural logarithm
    modes [M, d], std > 0, weights [M] summing to 1: float64, for metrics
    radius: standard deviations around a mode within which the metrics count a sample as of high quality
    """

    sample: Callable[[Array, int], tuple[Array, Array]]
    log_prob: Callable[[Array], Array]
    modes: np.ndarray
    std: float
    weights: np.ndarray
    radius: float = 4.0


def gaussian_mixture(modes, std: float, weights=None) -> Density:
    """The density sum_m weights[m] N(modes[m], std^2 I); `modes` [M, d], `weights` [M] > 0, equal by default."""
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
    """One Gaussian at the origin, standard deviation 0.3 (DeLiGAN section 5.2)."""
    return gaussian_mixture([(0.0, 0.0)], 0.3)


def bimodal() -> Density:
    """Two Gaussians at (0.6, 0.6) and (-0.6, -0.6), standard deviation 0.15 (DeLiGAN section 5.2)."""
    return gaussian_mixture([(0.6, 0.6), (-0.6, -0.6)], 0.15)


def grid9() -> Density:
    """Nine Gaussians at {-1, 0, 1} x {-1, 0, 1}, covariance 0.1 I (GM-GAN section 4.1)."""
    return gaussian_mixture(_grid(-1, 0, 1), math.sqrt(0.1))


def circle8() -> Density:
    """Eight Gaussians on the circle of radius 1, standard deviation 0.01 (LOGAN section 4.1)."""
    return gaussian_mixture(_ring(8, 1.0), 0.01)


def circle8_rare() -> Density:
    """`circle8`, its first Gaussian, at (1, 0), of weight 0.01."""
    return gaussian_mixture(_ring(8, 1.0), 0.01, _first_rare(8))


def square25() -> Density:
    """25 Gaussians at {-2, -1, 0, 1, 2} x {-2, -1, 0, 1, 2}, standard deviation 0.01 (LOGAN section 4.1)."""
    return gaussian_mixture(_grid(-2, -1, 0, 1, 2), 0.01)


def ring8() -> Density:
    """`circle8` as VEEGAN and PacGAN judge it: samples are of high quality within 3 standard deviations of a mode."""
    return circle8()._replace(radius=3.0)


def grid25() -> Density:
    """25 Gaussians at {-4, -2, 0, 2, 4} x {-4, -2, 0, 2, 4}, standard deviation 0.05, as PacGAN's program judges them:
    samples are of high quality within 3 of these of a mode."""
    return gaussian_mixture(_grid(-4, -2, 0, 2, 4), 0.05)._replace(radius=3.0)


def square25_rare() -> Density:
    """`square25`, its first Gaussian, at (-2, -2), of weight 0.01."""
    return gaussian_mixture(_grid(-2, -1, 0, 1, 2), 0.01, _first_rare(25))


def rings16() -> Density:
    """Eight Gaussians on the circle of radius 1 and eight on that of radius 2, standard deviation 0.01."""
    return gaussian_mixture(np.concatenate([_ring(8, 1.0), _ring(8, 2.0)]), 0.01)


def swiss_roll() -> Density:
    """256 Gaussians of standard deviation 0.05 along the spiral r = 1.8 t / 4.5 pi, t in [1.5 pi, 4.5 pi].

    They stand at equal arc length, nearer to each other than a standard deviation, so that the density along the spiral
    is constant but for its two ends. 1.8 leaves 4 standard deviations to the border of [-2, 2]^2.
    """
    angle = np.linspace(1.5 * np.pi, 4.5 * np.pi, 100_001)
    arc = (angle * np.sqrt(1 + angle**2) + np.arcsinh(angle)) / 2  # of the spiral r = t, from its centre
    angle = np.interp(np.linspace(arc[0], arc[-1], 256), arc, angle)
    radius = 1.8 * angle / (4.5 * np.pi)
    return gaussian_mixture(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), 0.05)


def three() -> Density:
    """Three Gaussians of weights 0.7, 0.2 and 0.1, standard deviation 0.1, for priors that learn their weights."""
    return gaussian_mixture([(-0.6, -0.6), (0.6, -0.6), (0.0, 0.6)], 0.1, [0.7, 0.2, 0.1])


def line3() -> Density:
    """Three Gaussians at -1, 0 and 1 on a line, standard deviation 0.05: LOGAN's figure 2b, which gives no numbers."""
    return gaussian_mixture([(-1.0,), (0.0,), (1.0,)], 0.05)


def _grid(*ticks):
    return np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)


def _ring(count, radius):
    angle = 2 * np.pi * np.arange(count) / count
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _first_rare(count):
    return [0.01, *[0.99 / (count - 1)] * (count - 1)]


DENSITIES: dict[str, Callable[[], Density]] = {
    "unimodal": unimodal,
    "bimodal": bimodal,
    "grid9": grid9,
    "circle8": circle8,
    "circle8_rare": circle8_rare,
    "square25": square25,
    "square25_rare": square25_rare,
    "ring8": ring8,
    "grid25": grid25,
    "rings16": rings16,
    "swiss_roll": swiss_roll,
    "three": three,
    "line3": line3,
}
