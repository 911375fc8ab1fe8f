"""The weighted sum of components as a latent prior: equation 2 of Deli-Fisher GAN, read literally."""

import jax
import jax.numpy as jnp

from mogan.errors import InputError
from mogan.latents.components import Components
from mogan.latents.simple import sampler
from mogan.types import Latent, LatentSample, Noise


def weighted_sum(components: Components) -> Latent:
    """z = sum_k w_k z_k, z_k = mu_k + sqrt(scale) A_k eps_k, one draw of every component (Deli-Fisher eq. 2).

    A single component of mean sum_k w_k mu_k and covariance sum_k w_k^2 A_k A_k^T: z is differentiable in w, so that
    every sample weighs 1, and labels are all 0. log_prob raises InputError but for the normal family, the only one
    whose sums have a density in closed form.
    """
    family, covariance, dim = components.family, components.covariance, components.dim

    def current(params):
        return *components.current(params), components.weights.current(params)

    def noise(key, n):
        return Noise(jnp.zeros(n, jnp.int32), family.sample(key, (n, components.count, dim)))

    def transform(params, noise, scale=1.0):
        mean, factor, weights = current(params)
        each = mean + covariance.apply(factor, jnp.sqrt(scale) * noise.base)
        return LatentSample(jnp.einsum("k,nkd->nd", weights, each), noise.component, jnp.ones(len(each)))

    def log_prob(params, z):
        if components.family_name != "normal":
            raise InputError(
                f"config.latent.family = {components.family_name!r}: a sum has a density in closed form only with "
                "family = normal; or set config.latent.combine = choose"
            )
        mean, factor, weights = current(params)
        columns = covariance.apply(factor[:, None], jnp.eye(dim))  # A_k e_j [K, j, d]
        total = jnp.einsum("k,kji,kjl->il", weights**2, columns, columns)
        return jax.scipy.stats.multivariate_normal.logpdf(z, weights @ mean, total)

    def moments(params):
        weights = components.weights.current(params)
        mean, deviation = components.moments(params)
        return (weights @ mean)[None], jnp.sqrt(weights**2 @ deviation**2)[None]

    return Latent(
        init=components.init,
        noise=noise,
        transform=transform,
        sample=sampler(noise, transform, components.count),
        weights=lambda params: jnp.ones(1),
        log_prob=log_prob,
        penalty=components.penalty,
        moments=moments,
        project=components.project,
        dim=dim,
        components=1,
    )
