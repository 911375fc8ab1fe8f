"""The discriminator outside training: how real it holds samples to be."""

from collections.abc import Callable

import jax

from mogan.types import GAN, Array


def make_critic(gan: GAN, score: Callable[[Array], Array]) -> Callable:
    """critic(params, stats, x [n, ...], z=None) -> [n]: the loss's `score` of D(x), the more the more real.

    Of a GAN with an encoder it is that of D(x, z), z [n, d], or of D(x, E(x)) where none is given. Batch norm uses its
    running averages.
    """
    fixed = {"key": jax.random.key(0), "train": False}  # no network here has noise of its own outside training

    def critic(params, stats, x, z=None):
        if gan.encode is None:
            return score(gan.discriminate(params, stats, x, **fixed)[0])
        z = gan.encode(params, stats, x, **fixed)[0] if z is None else z
        return score(gan.discriminate(params, stats, x, z, **fixed)[0])

    return critic
