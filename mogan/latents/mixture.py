"""Mixtures as latent priors: DeLiGAN's of Gaussians (section 4), GM-GAN's with full covariances (section 2), and
Deli-Fisher GAN's of any family with any weights (section 4), means, covariances and weights learned."""

import jax
import jax.numpy as jnp

from mogan.config.choices import check_whole
from mogan.config.fields import check_choices
from mogan.latents.covariance import COVARIANCES
from mogan.latents.families import draw_each, log_prob_of_each, make_families, take_own
from mogan.latents.simple import sampler
from mogan.latents.sum import weighted_sum
from mogan.latents.weights import make_weights
from mogan.types import Latent, LatentSample, Noise


def mixture(
    components: int,
    dim: int,
    *,
    family: str = "normal",
    dof: float = 5.0,
    covariance: str = "diagonal",
    mean_range: float = 1.0,
    scale_init: float = 0.2,
    scale_start: str = "constant",
    scale_min: float = 0.0,
    choose: str = "random",
    trainable: str = "both",
    weights: str = "equal",
    weights_given: tuple[float, ...] = (1.0,),
    combine: str = "choose",
    penalty: float = 0.0,
    penalty_target: float = 1.0,
) -> Latent:
    """p(z) = sum_k w_k p(z | mu_k, A_k), K = `components` (DeLiGAN eq. 7, there with w_k = 1/K).

    Under component k, z = mu_k + A_k eps, where eps has independent coordinates of `family` ("normal", "uniform",
    "laplace", "logistic", or "student_t" of `dof` > 2), mean 0 and standard deviation 1. Of several families, as
    "normal,laplace", component k has the one at place k modulo their number.

    Args:
      covariance: "isotropic", "diagonal" or "full"; the factors A_k = params["scale"] [K], [K, d] or [K, d, d] start
        at scale_init I, the means params["mean"] [K, d] at U(-mean_range, mean_range). scale_start = "uniform": their
        diagonals at U(-scale_init, scale_init) instead (DeLiGAN's program for CIFAR-10).
      scale_min: what the standard deviations, those sqrt(diag(A_k A_k^T)) of full covariances, are put back to from
        below at the start and after each update (`project`), so that no component shrinks to a point; 0: nothing.
      choose, weights, weights_given: how components are drawn, and their w_k, as in `make_weights`; learned weights
        are the softmax of params["logits"] [K].
      trainable: "both", "mean", "scale" or "none" of them get gradients (GM-GAN's static mixture: "none"); learned
        weights always do.
      combine: "choose" one component a sample, or "sum": z = sum_k w_k z_k, as in `weighted_sum`.
      penalty, penalty_target: lambda and C of the regulariser lambda mean (C - sigma)^2 (DeLiGAN eq. 10), sigma being
        params["scale"], or the standard deviations sqrt(diag(A_k A_k^T)) of full covariances.

    Raises:
      InputError: a number of components or dimensions below 1, a name that is none of those above, or weights_given
        that are not one number above 0 a component.
    """
    named = {"covariance": covariance, "scale_start": scale_start, "choose": choose}
    check_choices("latent", named | {"trainable": trainable, "weights": weights, "combine": combine})
    check_whole("components", components, 1)
    check_whole("dim", dim, 1)
    families, factors = make_families(family, dof), COVARIANCES[covariance]
    probabilities = make_weights(weights, components, weights_given, choose)

    def init(key):
        mean_key, scale_key = jax.random.split(key) if scale_start == "uniform" else (key, None)
        mean = jax.random.uniform(mean_key, (components, dim), minval=-mean_range, maxval=mean_range)
        scale = factors.init(components, dim, scale_init)
        if scale_key is not None:
            scale *= jax.random.uniform(scale_key, scale.shape, minval=-1.0, maxval=1.0)
        return project({"mean": mean, "scale": scale} | probabilities.init())

    def project(params):
        return params | {"scale": factors.floor(params["scale"], scale_min)} if scale_min else params

    def current(params):
        """(mean, scale), without gradient to what is not learned."""
        fixed = jax.lax.stop_gradient(params)
        mean = params["mean"] if trainable in ("both", "mean") else fixed["mean"]
        return mean, params["scale"] if trainable in ("both", "scale") else fixed["scale"]

    def noise(key, n):
        choose_key, base_key = jax.random.split(key)
        return Noise(probabilities.draw(choose_key, n), draw_each(families, base_key, (n, dim)))

    def own(noise):
        return take_own(families, noise.base, noise.component)

    def transform(params, noise, scale=1.0):
        """z = mu_k + sqrt(scale) A_k eps (DeLiGAN eq. 8, GM-GAN section 2; `scale` as in GM-GAN section 4.3)."""
        mean, factor = current(params)
        k = noise.component
        z = mean[k] + factors.apply(factor[k], jnp.sqrt(scale) * own(noise))
        return LatentSample(z, k, probabilities.importance(params, k))

    def log_prob(params, z):
        """log sum_k w_k p(A_k^-1 (z - mu_k)) / |det A_k|, by change of variables."""
        mean, factor = current(params)
        base, log_det = factors.whiten(factor, z[:, None] - mean)
        each = log_prob_of_each(families, base).sum(-1) - log_det
        return jax.nn.logsumexp(each, axis=1, b=probabilities.current(params))

    def regulariser(params):
        """lambda mean (C - sigma)^2, over components and dimensions (DeLiGAN eq. 10; Deli-Fisher beta, C)."""
        return penalty * jnp.mean((penalty_target - factors.sigma(current(params)[1])) ** 2)

    def moments(params):
        mean, scale = current(params)
        return mean, jnp.broadcast_to(jnp.abs(factors.sigma(scale)), mean.shape)

    chosen = Latent(
        init=init,
        noise=noise,
        transform=transform,
        sample=sampler(noise, transform, components),
        weights=probabilities.current,
        log_prob=log_prob,
        penalty=regulariser,
        moments=moments,
        project=project,
        own=own,
        dim=dim,
        components=components,
    )
    return chosen if combine == "choose" else weighted_sum(chosen, current, families, factors)
