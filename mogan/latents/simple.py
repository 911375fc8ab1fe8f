"""Priors with one component: standard normal and uniform, the baselines of every paper."""

import jax
import jax.numpy as jnp

from mogan.config.fields import check_choices
from mogan.errors import InputError
from mogan.latents.weights import draw_equal
from mogan.types import Latent, LatentSample, Noise


def normal(dim: int, components: int = 1, choose: str = "random") -> Latent:
    """N(0, I) in `dim` dimensions. With `components` > 1 each draw also gets a uniform label that z does not depend on
    (the expert of MoE-GAN), chosen as in `draw_equal`."""

    def log_prob(params, z):
        return jax.scipy.stats.norm.logpdf(z).sum(-1)

    return of_one(jax.random.normal, log_prob, 1.0, dim, components, choose)


def uniform(dim: int, components: int = 1, choose: str = "random") -> Latent:
    """U(-1, 1)^dim; `components` and `choose` as for `normal`."""

    def base(key, shape):
        return jax.random.uniform(key, shape, minval=-1.0, maxval=1.0)

    def log_prob(params, z):
        inside = jnp.all(jnp.abs(z) <= 1.0, axis=-1)
        return jnp.where(inside, -dim * jnp.log(2.0), -jnp.inf)

    return of_one(base, log_prob, 3.0**-0.5, dim, components, choose)


def sampler(noise, transform, components: int):
    """The `sample` of a Latent, from its `noise` and `transform`.

    A component that is a plain number and not one of the latent raises InputError; one inside jit cannot be looked at.
    """

    def sample(params, key, n, *, scale=1.0, component=None):
        drawn = noise(key, n)
        if component is None:
            return transform(params, drawn, scale)
        if isinstance(component, int) and not 0 <= component < components:
            raise InputError(f"component = {component}: the latent has components 0 to {components - 1}")
        fixed = jnp.broadcast_to(jnp.asarray(component, jnp.int32), (n,))
        # nothing was drawn that a weight could correct
        return transform(params, drawn._replace(component=fixed), scale)._replace(weight=jnp.ones(n))

    return sample


def of_one(base, log_prob, deviation, dim: int, components: int = 1, choose: str = "random") -> Latent:
    """The prior with one component, around 0, and nothing to learn: base(key, shape) draws its coordinates, of that
    standard `deviation`; log_prob(params, z [n, d]) -> [n]. `components` and `choose` as for `normal`."""
    check_choices("latent", {"choose": choose})

    def noise(key, n):
        choose_key, base_key = jax.random.split(key)
        return Noise(draw_equal(choose_key, n, components, choose), base(base_key, (n, dim)))

    def transform(params, noise, scale=1.0):
        return LatentSample(jnp.sqrt(scale) * noise.base, noise.component, jnp.ones(len(noise.base)))

    return Latent(
        init=lambda key: {},
        noise=noise,
        transform=transform,
        sample=sampler(noise, transform, components),
        weights=lambda params: jnp.full(components, 1.0 / components, jnp.float32),
        log_prob=log_prob,
        penalty=lambda params: jnp.zeros(()),
        moments=lambda params: (jnp.zeros((1, dim)), jnp.full((1, dim), deviation, jnp.float32)),
        dim=dim,
        components=components,
    )
