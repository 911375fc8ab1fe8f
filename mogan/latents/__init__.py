"""Latent priors: config -> Latent."""

from mogan.latents.mixture import gaussian_mixture
from mogan.latents.simple import normal, uniform
from mogan.types import Latent

__all__ = ["gaussian_mixture", "make_latent", "normal", "uniform"]


def make_latent(config) -> Latent:
    """The latent that `config` (the `latent` group) describes."""
    return KINDS[config.kind](config)


KINDS = {
    "normal": lambda c: normal(c.dim, c.components),
    "uniform": lambda c: uniform(c.dim, c.components),
    "mixture": lambda c: gaussian_mixture(
        c.components,
        c.dim,
        mean_range=c.mean_range,
        scale_init=c.scale_init,
        choose=c.choose,
        trainable=c.trainable,
        penalty=c.penalty,
        penalty_target=c.penalty_target,
    ),
}
