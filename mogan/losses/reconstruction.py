"""Direct modelling (LOGAN, section 2.1 and supplement 1.2; ae_pen of its program): what is encoded must come back."""

import jax
import jax.numpy as jnp

from mogan.types import Array, Reconstruction


def distance(one: Array, other: Array) -> Array:
    """L1 distances [n] of samples [n, ...]: over all entries, at most 2 N of N entries in [-1, 1], as the supplement
    counts it."""
    return jnp.abs(one - other).reshape(len(one), -1).sum(1)


def make_reconstruction(config) -> Reconstruction | None:
    """reconstruct_x E |x - G(E(x))| + reconstruct_z E w |z - E(G(z))|, the weights being those of config.loss and w the
    generated sample's; None if both are 0. z is what is to be found, and gets no gradient of its own."""
    loss = config.loss
    if not (loss.reconstruct_x or loss.reconstruct_z):
        return None

    def value(x, x_back, z, z_back, weight):
        found = distance(jax.lax.stop_gradient(z), z_back)
        return loss.reconstruct_x * distance(x, x_back).mean() + loss.reconstruct_z * jnp.mean(weight * found)

    return Reconstruction(value, loss.reconstruct_separate)
