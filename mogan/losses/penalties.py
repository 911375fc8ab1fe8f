"""Penalties on the gradient of the critic's score, at samples or between two that it should lead from and to.

Each takes critic(x [n, ...], z [n, d] or None) -> [n], Pairs, and, where it looks between, eps [n] in [0, 1], the place
between the two ends; the norm of a sample is over all its entries.
"""

from functools import partial

import jax
import jax.numpy as jnp

from mogan.types import Array, Pairs, Penalty


def gradient_penalty(critic, pairs: Pairs, eps: Array):
    """E w (||grad l(x~)|| - 1)^2 at x~ = eps x + (1 - eps) fake_x (Gulrajani et al. 2017, WGAN-GP; w is the generated
    sample's weight). With an encoder both the ends and the gradient are of the pairs (x, z)."""
    ends = (pairs.x, pairs.z), (pairs.fake_x, pairs.fake_z)
    between = jax.tree.map(partial(_between, eps), *ends)  # without an encoder z is None, an empty tree
    gradients = _slopes(critic, *between)
    return jnp.mean(pairs.weight * (_norm(gradients) - 1) ** 2)


def pairwise_x(critic, pairs: Pairs, eps: Array, squared: bool = False):
    """E ||grad_{x~} l(x~, E(x)) - u|| at x~ = eps x + (1 - eps) x_back, u the direction of x - x_back (LOGAN section
    3.2, L_GPx; `squared`: the norm's square, as in its supplement). u is 0 where x = x_back."""
    gradients = jax.grad(lambda x: critic(x, pairs.z).sum())(_between(eps, pairs.x, pairs.x_back))
    return jnp.mean(_size(gradients - _direction(pairs.x - pairs.x_back), squared))


def pairwise_z(critic, pairs: Pairs, eps: Array, squared: bool = False):
    """E w ||-grad_{z~} l(G(z), z~) - u|| at z~ = eps z + (1 - eps) z_back, u the direction of z - z_back (LOGAN section
    3.2, P_z; w is the generated sample's weight). The sign: the encoder descends the logit that G ascends."""
    gradients = jax.grad(lambda z: critic(pairs.fake_x, z).sum())(_between(eps, pairs.fake_z, pairs.z_back))
    return jnp.mean(pairs.weight * _size(-gradients - _direction(pairs.fake_z - pairs.z_back), squared))


def r1(critic, pairs: Pairs):
    """1/2 E ||grad l(x)||^2 at real samples, of pairs (x, z) with an encoder (Mescheder et al. 2018, eq. 9)."""
    return jnp.mean(_square(_slopes(critic, pairs.x, pairs.z))) / 2


def r2(critic, pairs: Pairs):
    """1/2 E w ||grad l(G(z))||^2 at generated samples, of pairs with an encoder (Mescheder et al. 2018, eq. 10; w is
    the generated sample's weight)."""
    return jnp.mean(pairs.weight * _square(_slopes(critic, pairs.fake_x, pairs.fake_z))) / 2


def make_penalty(config) -> Penalty | None:
    """The sum of the penalties that config.loss gives a weight, each times it; None if it gives none."""
    squared = config.loss.pairwise_squared
    between = {
        "gradient_penalty": gradient_penalty,
        "pairwise_x": partial(pairwise_x, squared=squared),
        "pairwise_z": partial(pairwise_z, squared=squared),
    }
    at = {"r1": r1, "r2": r2}
    weights = {name: config.loss[name] for name in between | at if config.loss[name]}
    if not weights:
        return None

    def draw(key, n):
        # a key for every term there could be: what one draws does not depend on which others are active
        keys = dict(zip(between, jax.random.split(key, len(between)), strict=True))
        return {name: jax.random.uniform(keys[name], (n,)) for name in between if name in weights}

    def value(critic, pairs, eps):
        values = {name: between[name](critic, pairs, place) for name, place in eps.items()}
        values |= {name: at[name](critic, pairs) for name in at if name in weights}
        return sum(weight * values[name] for name, weight in weights.items())

    reconstructs = not weights.keys().isdisjoint({"pairwise_x", "pairwise_z"})
    return Penalty(draw, value, reconstructs, config.loss.penalty_every)


def _slopes(critic, x, z):
    """Gradients of the critic's score of each sample, in x and, where there is one, in z."""
    return jax.grad(lambda point: critic(*point).sum())((x, z))  # without an encoder z is None, an empty tree


def _between(eps, one, other):
    eps = eps.reshape(eps.shape + (1,) * (one.ndim - 1))
    return eps * one + (1 - eps) * other


def _size(vectors, squared):
    return _square(vectors) if squared else _norm(vectors)


def _square(tree):
    """Squared norms [n] of what a tree of arrays [n, ...] holds of each sample."""
    return sum((leaf**2).reshape(leaf.shape[0], -1).sum(1) for leaf in jax.tree.leaves(tree))


def _norm(tree):
    """Norms [n]. At 0, where the norm has no gradient, the gradient is 0 and not NaN."""
    square = _square(tree)
    positive = square > 0
    # the inner where keeps sqrt's infinite slope at 0 out of the chain rule, in which infinity times 0 is NaN
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1)), 0)


def _direction(vectors):
    """Unit vectors along `vectors` [n, ...]; 0 along 0."""
    norm = _norm(vectors)
    norm = norm.reshape(norm.shape + (1,) * (vectors.ndim - 1))
    return vectors / jnp.where(norm > 0, norm, 1)
