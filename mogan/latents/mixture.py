"""The mixture of Gaussians as a latent prior (DeLiGAN section 4), its means and standard deviations learned."""

import jax
import jax.numpy as jnp

from mogan.latents.simple import draw_components
from mogan.types import Latent, LatentSample


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

    def sample(params, key, n, *, scale=1.0, component=None):
        """z = mu_k + sqrt(scale) sigma_k eps, eps ~ N(0, I) (DeLiGAN eq. 8; `scale` as in GM-GAN section 4.3)."""
        choose_key, noise_key = jax.random.split(key)
        k = draw_components(choose_key, n, components, choose, component)
        mean, deviation = current(params)
        noise = jnp.sqrt(scale) * jax.random.normal(noise_key, (n, dim))
        return LatentSample(mean[k] + deviation[k] * noise, k, jnp.ones(n))

    def log_prob(params, z):
        mean, deviation = current(params)
        each = jax.scipy.stats.norm.logpdf(z[:, None], mean, jnp.abs(deviation)).sum(-1)
        return jax.nn.logsumexp(each, axis=1) - jnp.log(components)

    def regulariser(params):
        """lambda mean (C - sigma)^2, over components and dimensions (DeLiGAN eq. 10; Deli-Fisher beta, C)."""
        return penalty * jnp.mean((penalty_target - current(params)[1]) ** 2)

    def moments(params):
        return params["mean"], jnp.abs(params["scale"])

    return Latent(init, sample, log_prob, regulariser, moments, dim, components)
