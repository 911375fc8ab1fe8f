"""The weighted sum of components as a latent prior: equation 2 of Deli-Fisher GAN, read literally."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from mogan.errors import InputError
from mogan.latents.covariance import Covariance
from mogan.latents.families import Family, draw_each
from mogan.latents.simple import sampler
from mogan.types import Array, Latent, LatentSample, Noise, Params


def weighted_sum(
    mixture: Latent,
    current: Callable[[Params], tuple[Array, Array]],
    families: tuple[Family, ...],
    covariance: Covariance,
) -> Latent:
    """z = sum_k w_k z_k, z_k = mu_k + sqrt(scale) A_k eps_k: one draw of every component of `mixture` (Deli-Fisher
    eq. 2), whose parameters it has.

    `current`(params) -> (mu [K, d], what stands for the A_k), eps_k is of the family of component k, and `covariance`
    applies A_k.

    A single component of mean sum_k w_k mu_k and covariance sum_k w_k^2 A_k A_k^T: z is differentiable in w, so that
    every sample weighs 1, and labels are all 0. log_prob raises InputError but for the normal family, the only one
    whose sums have a density in closed form.
    """

    def noise(key, n):
        drawn, rows = draw_each(families, key, (n, mixture.components, mixture.dim)), jnp.arange(mixture.components)
        own = drawn if len(families) == 1 else drawn[:, rows, rows % len(families)]
        return Noise(jnp.zeros(n, jnp.int32), own)

    def transform(params, noise, scale=1.0):
        mean, factor = current(params)
        each = mean + covariance.apply(factor, jnp.sqrt(scale) * noise.base)
        z = jnp.einsum("k,nkd->nd", mixture.weights(params), each)
        return LatentSample(z, noise.component, jnp.ones(len(each)))

    def log_prob(params, z):
        if any(family.name != "normal" for family in families):
            names = ",".join(family.name for family in families)
            raise InputError(
                f"config.latent.family = {names!r}: a sum has a density in closed form only with family = normal; or "
                "set config.latent.combine = choose"
            )
        (mean, factor), weights = current(params), mixture.weights(params)
        columns = covariance.apply(factor[:, None], jnp.eye(mixture.dim))  # A_k e_j [K, j, d]
        total = jnp.einsum("k,kji,kjl->il", weights**2, columns, columns)
        return jax.scipy.stats.multivariate_normal.logpdf(z, weights @ mean, total)

    def moments(params):
        weights, (mean, deviation) = mixture.weights(params), mixture.moments(params)
        return (weights @ mean)[None], jnp.sqrt(weights**2 @ deviation**2)[None]

    return mixture._replace(
        noise=noise,
        transform=transform,
        sample=sampler(noise, transform, mixture.components),
        weights=lambda params: jnp.ones(1),
        log_prob=log_prob,
        moments=moments,
        own=lambda noise: noise.base,
        components=1,
    )
