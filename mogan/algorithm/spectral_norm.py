"""Spectral normalisation of any discriminator (Miyato et al. 2018): every kernel is divided by its largest singular
value, which one power iteration in each training pass follows.

The matrix M [rows, out] of a kernel [..., out] has the taps and channels in as its rows. What the iteration remembers
of it, u [out], lies among the discriminator's statistics.
"""

import jax
import jax.numpy as jnp
from flax import traverse_util

from mogan.types import GAN

KEPT = "spectral"  # the statistics' name


def iterated(kernel, u):
    """(the estimate of the largest singular value of a kernel, the next u): v = Mu / ||Mu||, u' = M'v / ||M'v||, sigma
    = v'Mu' (Miyato et al. 2018, algorithm 1). sigma has the gradient of v'Mu' for fixed v and u'."""
    matrix = kernel.reshape(-1, kernel.shape[-1])
    still = jax.lax.stop_gradient(matrix)
    v = _unit(still @ u)
    new = _unit(still.T @ v)
    return v @ matrix @ new, new


def estimated(kernel, u):
    """The estimate by the u of the last iteration, which stays: ||Mu||."""
    return jnp.linalg.norm(kernel.reshape(-1, kernel.shape[-1]) @ u)


def spectrally_normed(gan: GAN) -> GAN:
    """`gan`, every kernel of whose discriminator is divided by its largest singular value, as estimated so far."""

    def init(key, x):
        params, stats = gan.init(key, x)
        kernels = _kernels(params["discriminator"])
        keys = jax.random.split(jax.random.fold_in(key, 1), len(kernels))
        us = {
            name: _unit(jax.random.normal(own, kernel.shape[-1:]))
            for own, (name, kernel) in zip(keys, kernels.items(), strict=True)
        }
        return params, stats | {"discriminator": stats["discriminator"] | {KEPT: us}}

    def discriminate(params, stats, x, z=None, *, key, train):
        rest = dict(stats["discriminator"])
        us = rest.pop(KEPT)
        normed, us = _normed(params["discriminator"], us, train)
        logits, new = gan.discriminate(
            params | {"discriminator": normed}, stats | {"discriminator": rest}, x, z, key=key, train=train
        )
        return logits, new | {"discriminator": new["discriminator"] | {KEPT: us}}

    return gan._replace(init=init, discriminate=discriminate)


def _normed(params, us, train):
    flat = traverse_util.flatten_dict(params, sep="/")
    for name, kernel in _kernels(params).items():
        sigma, u = iterated(kernel, us[name]) if train else (estimated(kernel, us[name]), us[name])
        flat[name], us = kernel / sigma, us | {name: u}
    return traverse_util.unflatten_dict(flat, sep="/"), us


def _kernels(params):
    """{path: kernel} of every layer's."""
    flat = traverse_util.flatten_dict(params, sep="/")
    return {name: leaf for name, leaf in flat.items() if name.rpartition("/")[2] == "kernel"}


def _unit(vector):
    return vector / jnp.maximum(jnp.linalg.norm(vector), 1e-12)
