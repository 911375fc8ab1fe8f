"""Covariances of components mu_k + A_k eps: the parameter of the factors A_k, and all that is done with it."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp

from mogan.types import Array


class Covariance(NamedTuple):
    """How a parameter a [K, *] stands for the factors A_k of K covariances A_k A_k^T; * is nothing, d, or d x d.

    init(components, dim, scale) -> a, such that every A_k = scale I
    apply(a [..., *], base [..., d]) -> A eps [..., d]
    whiten(a, x [n, K, d]) -> (A_k^-1 x [n, K, d], log |det A_k| [K])
    sigma(a) -> [K, d], or [K, 1] for all dimensions: what the regulariser pulls; its absolute value is each
        coordinate's standard deviation
    floor(a, least) -> a, of which every sigma nearer to 0 than `least` > 0 is moved there, on its side
    """

    init: Callable[[int, int, float], Array]
    apply: Callable[[Array, Array], Array]
    whiten: Callable[[Array, Array], tuple[Array, Array]]
    sigma: Callable[[Array], Array]
    floor: Callable[[Array, float], Array]


def _whiten_full(a, x):
    base = jnp.linalg.solve(a, jnp.moveaxis(x, 0, -1))
    return jnp.moveaxis(base, -1, 0), jnp.linalg.slogdet(a).logabsdet


def _floor(a, least):
    return jnp.where(jnp.abs(a) < least, jnp.where(a < 0, -least, least), a)


def _floor_full(a, least):
    """The rows of A_k are lengthened, each the standard deviation of its coordinate; one of zeros has no direction but
    its own axis."""
    norm = jnp.linalg.norm(a, axis=-1, keepdims=True)
    longer = jnp.where(norm > 0, a * (least / jnp.where(norm > 0, norm, 1)), least * jnp.eye(a.shape[-1]))
    return jnp.where(norm < least, longer, a)


COVARIANCES = {
    # a scale that training drives below zero acts by its absolute value, since the noise is symmetric
    "isotropic": Covariance(
        init=lambda components, dim, scale: jnp.full(components, scale, jnp.float32),
        apply=lambda a, base: a[..., None] * base,
        whiten=lambda a, x: (x / a[:, None], x.shape[-1] * jnp.log(jnp.abs(a))),
        sigma=lambda a: a[:, None],
        floor=_floor,
    ),
    "diagonal": Covariance(
        init=lambda components, dim, scale: jnp.full((components, dim), scale, jnp.float32),
        apply=lambda a, base: a * base,
        whiten=lambda a, x: (x / a, jnp.log(jnp.abs(a)).sum(-1)),
        sigma=lambda a: a,
        floor=_floor,
    ),
    "full": Covariance(
        init=lambda components, dim, scale: jnp.tile(scale * jnp.eye(dim, dtype=jnp.float32), (components, 1, 1)),
        apply=lambda a, base: jnp.einsum("...ij,...j->...i", a, base),
        whiten=_whiten_full,
        sigma=lambda a: jnp.linalg.norm(a, axis=-1),  # sqrt(diag(A A^T))
        floor=_floor_full,
    ),
}
