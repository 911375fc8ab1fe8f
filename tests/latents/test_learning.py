"""What is learned of a latent: gradients against finite differences and closed forms, and the regulariser."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.latents import mixture, normal, uniform

K, D = 3, 2
MEAN = np.array([[-1.0, 0.5], [0.0, 0.0], [0.7, -2.0]])
SCALE = np.array([[0.1, 0.4], [1.5, 0.2], [0.05, 0.8]])
seeds = st.integers(0, 2**31 - 1)


def parameters(mean=MEAN, scale=SCALE):
    return {"mean": jnp.asarray(mean), "scale": jnp.asarray(scale)}


@settings(max_examples=20)
@given(seed=seeds, weight=st.floats(0, 10), target=st.floats(-2, 2))
def test_the_regulariser_is_equation_10(seed, weight, target):
    scale = np.random.default_rng(seed).normal(size=(K, D))
    latent = mixture(K, D, penalty=weight, penalty_target=target)
    value, grads = jax.value_and_grad(latent.penalty)(parameters(scale=scale))
    assert value == pytest.approx(weight * np.mean((target - scale) ** 2), rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(grads["scale"], 2 * weight * (scale - target) / (K * D), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(grads["mean"], 0.0)


@pytest.mark.parametrize("prior", [normal, uniform])
def test_simple_priors_have_nothing_to_regularise_or_learn(prior):
    latent = prior(D, K)
    assert latent.init(jax.random.key(0)) == {}
    assert latent.penalty({}) == 0.0


def test_gradients_of_the_samples_are_finite_differences():
    latent, step = mixture(K, D, choose="stratified"), 1e-5
    with jax.enable_x64(True):

        @jax.jit
        def objective(params):
            z = latent.sample(params, jax.random.key(2), 9, scale=1.7).z
            return jnp.mean(jnp.sin(3 * z[:, 0]) * jnp.exp(z[:, 1]))

        grads = jax.grad(objective)(parameters())
        for name in grads:
            for index in np.ndindex(K, D):
                nudge = np.zeros((K, D))
                nudge[index] = step
                up, down = (objective(parameters() | {name: parameters()[name] + s * nudge}) for s in (1, -1))
                assert grads[name][index] == pytest.approx(float(up - down) / (2 * step), rel=1e-6, abs=1e-8)


@functools.cache
def linear_generator():
    """z(params, key, labels, scale), and the gradient to params of mean(w z), compiled."""
    latent = mixture(K, D)

    def draw(params, key, labels, scale):
        return latent.sample(params, key, 7, scale=scale, component=labels).z

    return jax.jit(draw), jax.jit(jax.grad(lambda params, *args: jnp.mean(draw(params, *args[:-1]) @ args[-1])))


@settings(max_examples=20)
@given(seed=seeds, scale=st.floats(0.1, 4))
def test_gradients_of_a_linear_generator_have_their_closed_form(seed, scale):
    """mean(w z): d/d mu_k = w n_k / n, d/d sigma_k = w sqrt(scale) sum_{i of k} eps_i / n."""
    rng, n = np.random.default_rng(seed), 7
    w, labels = rng.normal(size=D), rng.integers(0, K, n)
    draw, slopes = linear_generator()
    args = jax.random.key(seed), labels
    noise = np.asarray(draw(parameters(np.zeros((K, D)), np.ones((K, D))), *args, 1.0), np.float64)
    grads = slopes(parameters(), *args, scale, w)
    for k in range(K):
        np.testing.assert_allclose(grads["mean"][k], w * np.sum(labels == k) / n, rtol=1e-5, atol=1e-6)
        expected = w * scale**0.5 * noise[labels == k].sum(0) / n
        np.testing.assert_allclose(grads["scale"][k], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("combine", "covariance"), [("choose", "full"), ("sum", "diagonal")])
@pytest.mark.parametrize("trainable", ["both", "mean", "scale", "none"])
def test_only_what_is_trainable_gets_a_gradient(trainable, combine, covariance):
    latent = mixture(K, D, trainable=trainable, combine=combine, covariance=covariance, weights="learned", penalty=1.0)
    params = jax.tree.map(lambda leaf: leaf + 0.1, latent.init(jax.random.key(1)))
    noise = latent.noise(jax.random.key(0), 7)

    @jax.jit
    @jax.jacrev
    def slopes(params):
        sample, density = latent.transform(params, noise), latent.log_prob(params, MEAN + 0.1)
        return jnp.stack([jnp.sum(sample.weight[:, None] * sample.z**2), jnp.sum(density), latent.penalty(params)])

    grads = {name: np.any(np.reshape(slope, (3, -1)), axis=1) for name, slope in slopes(params).items()}
    assert grads["mean"].tolist() == [trainable in ("both", "mean")] * 2 + [False]
    assert grads["scale"].tolist() == [trainable in ("both", "scale")] * 3
    assert grads["logits"].tolist() == [True, True, False]  # learned because latent.weights says so
