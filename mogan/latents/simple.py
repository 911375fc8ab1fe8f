"""Priors with one component: standard normal and uniform, the baselines of every paper."""

import jax
import jax.numpy as jnp

from mogan.types import Latent, LatentSample


def normal(dim: int, components: int = 1) -> Latent:
    """N(0, I) in `dim` dimensions. With `components` > 1 each draw also gets a uniform label that z does not depend on
    (the expert of MoE-GAN)."""

    def log_prob(params, z):
        return jax.scipy.stats.norm.logpdf(z).sum(-1)

    return _single(jax.random.normal, log_prob, 1.0, dim, components)


def uniform(dim: int, components: int = 1) -> Latent:
    """U(-1, 1)^dim; `components` as for `normal`."""

    def noise(key, shape):
        return jax.random.uniform(key, shape, minval=-1.0, maxval=1.0)

    def log_prob(params, z):
        inside = jnp.all(jnp.abs(z) <= 1.0, axis=-1)
        return jnp.where(inside, -dim * jnp.log(2.0), -jnp.inf)

    return _single(noise, log_prob, 3.0**-0.5, dim, components)


def draw_components(key, n: int, components: int, choose: str, component=None):
    """Component labels [n] int32: the given ones, or drawn.

    `choose` is "random" (independent, uniform) or "stratified" (each component n / components times, up to rounding; a
    random offset keeps every sample's own label uniform).
    """
    if component is not None:
        return jnp.broadcast_to(jnp.asarray(component, jnp.int32), (n,))
    if choose == "random":
        return jax.random.randint(key, (n,), 0, components)
    offset = jax.random.randint(key, (), 0, components)
    return (jnp.arange(n) + offset) % components


def _single(noise, log_prob, deviation, dim, components) -> Latent:
    def sample(params, key, n, *, scale=1.0, component=None):
        choose_key, noise_key = jax.random.split(key)
        z = jnp.sqrt(scale) * noise(noise_key, (n, dim))
        label = draw_components(choose_key, n, components, "random", component)
        return LatentSample(z, label, jnp.ones(n))

    return Latent(
        init=lambda key: {},
        sample=sample,
        log_prob=log_prob,
        penalty=lambda params: jnp.zeros(()),
        moments=lambda params: (jnp.zeros((1, dim)), jnp.full((1, dim), deviation)),
        dim=dim,
        components=components,
    )
