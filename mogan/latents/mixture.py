"""The mixture of Gaussians as a latent prior (DeLiGAN section 4), its means and standard deviations learned."""

import jax
import jax.numpy as jnp

from mogan.latents.simple import draw_components, sampler
from mogan.types import Latent, LatentSample, Noise


def gaussian_mixture(
    components: int,
    dim: int,
    *,
    mean_range: float = 1.0,
    scale_init: float = 0.2,
    choose: str = "random",
    trainable: bool = True,
    penalty: float = 0.0,
    penalty_target: float = 1.0,
) -> Latent:
    """p(z) = 1/K sum_k N(z | mu_k, diag(sigma_k^2)), K = `components` (DeLiGAN eq. 7).

    Parameters: {"mean" [K, d], starting at U(-mean_range, mean_range); "scale" [K, d], starting at scale_init}. A scale
    that training drives below zero acts by its absolute value, since the noise is symmetric. `choose` as in
    `draw_components`; `trainable=False` cuts every gradient to the parameters (GM-GAN's static mixture).
    """

    def init(key):
        mean = jax.random.uniform(key, (components, dim), minval=-mean_range, maxval=mean_range)
        return {"mean": mean, "scale": jnp.full((components, dim), scale_init, jnp.float32)}

    def current(params):
        params = params if trainable else jax.lax.stop_gradient(params)
        return params["mean"], params["scale"]

    def noise(key, n):
        choose_key, base_key = jax.random.split(key)
        return Noise(draw_components(choose_key, n, components, choose), jax.random.normal(base_key, (n, dim)))

    def transform(params, noise, scale=1.0):
        """z = mu_k + sqrt(scale) sigma_k eps, eps ~ N(0, I) (DeLiGAN eq. 8; `scale` as in GM-GAN section 4.3)."""
        mean, deviation = current(params)
        k = noise.component
        return LatentSample(mean[k] + deviation[k] * (jnp.sqrt(scale) * noise.base), k, jnp.ones(len(k)))

    def log_prob(params, z):
        mean, deviation = current(params)
        each = jax.scipy.stats.norm.logpdf(z[:, None], mean, jnp.abs(deviation)).sum(-1)
        return jax.nn.logsumexp(each, axis=1) - jnp.log(components)

    def regulariser(params):
        """lambda mean (C - sigma)^2, over components and dimensions (DeLiGAN eq. 10; Deli-Fisher beta, C)."""
        return penalty * jnp.mean((penalty_target - current(params)[1]) ** 2)

    def moments(params):
        return params["mean"], jnp.abs(params["scale"])

    return Latent(init, noise, transform, sampler(noise, transform), log_prob, regulariser, moments, dim, components)
