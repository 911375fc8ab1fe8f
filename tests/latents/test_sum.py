"""The weighted sum of components (Deli-Fisher GAN eq. 2) against closed forms in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from mogan.config import base, update
from mogan.errors import InputError
from mogan.latents import make_latent, mixture
from mogan.latents.families import FAMILIES

K, D = 3, 2
GIVEN = np.array([0.2, 0.5, 0.3])
MEAN = np.array([[-1.0, 0.5], [0.0, 0.4], [0.7, -2.0]])
FULL = np.array([[[0.5, 0.2], [-0.3, 0.7]], [[-1.2, 0.1], [0.4, 0.3]], [[0.6, 0.0], [0.9, -0.5]]])
SCALES = {"isotropic": FULL[:, 0, 0], "diagonal": FULL[:, :, 0], "full": FULL}
WEIGHTS = {"equal": np.full(K, 1 / K), "given": GIVEN, "learned": GIVEN}
every_covariance = pytest.mark.parametrize("covariance", SCALES)


def factors(covariance):
    """A_k [K, d, d], whatever the covariance."""
    return FULL if covariance == "full" else np.stack([np.diag(np.broadcast_to(s, D)) for s in SCALES[covariance]])


def closed_moments(covariance, weights):
    """Mean [d] and covariance [d, d] of sum_k w_k z_k."""
    return weights @ MEAN, sum(w**2 * a @ a.T for w, a in zip(weights, factors(covariance), strict=True))


def make(covariance="full", weights="given", **options):
    """(latent, params)"""
    latent = mixture(
        K, D, combine="sum", covariance=covariance, weights=weights, weights_given=tuple(4 * GIVEN), **options
    )
    params = latent.init(jax.random.key(0)) | {"mean": jnp.asarray(MEAN), "scale": jnp.asarray(SCALES[covariance])}
    return latent, params


def test_a_sum_is_one_component():
    latent, params = make()
    assert (latent.components, latent.dim) == (1, D)
    np.testing.assert_array_equal(latent.weights(params), [1.0])
    noise = latent.noise(jax.random.key(1), 7)
    assert (noise.base.shape, noise.component.dtype) == ((7, K, D), jnp.int32)
    for sample in (latent.transform(params, noise), latent.sample(params, jax.random.key(1), 7, component=0)):
        np.testing.assert_array_equal(sample.component, np.zeros(7))
        np.testing.assert_array_equal(sample.weight, np.ones(7))
    np.testing.assert_allclose(sample.z, latent.transform(params, noise).z, rtol=1e-6)


@every_covariance
@pytest.mark.parametrize("weights", WEIGHTS)
def test_z_is_the_weighted_sum_of_one_draw_of_every_component(covariance, weights):
    latent, params = make(covariance, weights)
    noise = latent.noise(jax.random.key(2), 7)
    base = np.asarray(noise.base, np.float64)
    each = [MEAN[k] + 2.5**0.5 * base[:, k] @ a.T for k, a in enumerate(factors(covariance))]
    expected = np.tensordot(WEIGHTS[weights], each, axes=1)
    np.testing.assert_allclose(latent.transform(params, noise, 2.5).z, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_samples_have_the_closed_moments(family):
    latent, params = make(family=family, dof=9.0)
    z = np.asarray(latent.sample(params, jax.random.key(3), 20_000, scale=4.0).z, np.float64)
    mean, covariance = closed_moments("full", GIVEN)
    whitened = np.linalg.solve(np.linalg.cholesky(4 * covariance), (z - mean).T)
    assert np.all(abs(whitened.mean(1)) < 5 / 20_000**0.5)
    # a fourth moment of at most 6: that of the Laplace distribution, the heaviest tails here
    assert np.all(abs(np.cov(whitened) - np.eye(D)) < 5 * (5 / 20_000) ** 0.5)


@every_covariance
@pytest.mark.parametrize("weights", WEIGHTS)
def test_moments_and_log_prob_are_those_of_one_gaussian(covariance, weights):
    latent, params = make(covariance, weights)
    mean, total = closed_moments(covariance, WEIGHTS[weights])
    got_mean, deviation = latent.moments(params)
    np.testing.assert_allclose(got_mean, mean[None], rtol=1e-5)
    np.testing.assert_allclose(deviation, np.sqrt(np.diag(total))[None], rtol=1e-5)
    z = np.random.default_rng(0).normal(size=(6, D))
    expected = stats.multivariate_normal(mean, total).logpdf(z)
    np.testing.assert_allclose(latent.log_prob(params, z), expected, rtol=1e-4, atol=1e-4)


def test_gradients_reach_the_weights_through_z():
    """mean(z) of one draw: d/d logit_j sum_k w_k z_k = w_j (z_j - z)."""
    latent, params = make(weights="learned")
    noise = latent.noise(jax.random.key(4), 1)
    slopes = jax.jacrev(lambda logits: latent.transform(params | {"logits": logits}, noise).z[0])(params["logits"])
    each = MEAN + np.einsum("kij,kj->ki", FULL, np.asarray(noise.base[0], np.float64))
    np.testing.assert_allclose(slopes.T, GIVEN[:, None] * (each - GIVEN @ each), rtol=1e-4, atol=1e-5)


def test_only_gaussians_sum_to_a_density_in_closed_form():
    values = {"latent.components": K, "latent.combine": "sum", "latent.family": "laplace"}
    latent = make_latent(update(base(), values).latent)
    params = latent.init(jax.random.key(0))
    assert latent.sample(params, jax.random.key(1), 3).z.shape == (3, D)
    with pytest.raises(InputError, match="config.latent.family = 'laplace': a sum has a density in closed form only"):
        latent.log_prob(params, np.zeros((3, D)))
