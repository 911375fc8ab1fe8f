"""mogan.latents against scipy.stats and closed forms; how they are built."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mogan.config import base, update
from mogan.errors import InputError
from mogan.latents import make_latent, mixture, normal, uniform

K, D = 3, 2
MEAN = np.array([[-1.0, 0.5], [0.0, 0.0], [0.7, -2.0]])
SCALE = np.array([[0.1, 0.4], [1.5, 0.2], [0.05, 0.8]])
PRIORS = {"normal": normal(D, K), "uniform": uniform(D, K), "mixture": mixture(K, D)}
seeds = st.integers(0, 2**31 - 1)


def parameters(mean=MEAN, scale=SCALE):
    return {"mean": jnp.asarray(mean), "scale": jnp.asarray(scale)}


def params_of(kind):
    return parameters() if kind == "mixture" else {}


@functools.cache
def sampler(kind, n, choose="random"):
    """sample(params, key, scale) -> LatentSample of n draws, compiled once for all tests."""
    latent = mixture(K, D, choose=choose) if kind == "mixture" else PRIORS[kind]
    return jax.jit(lambda params, key, scale=1.0: latent.sample(params, key, n, scale=scale))


# --- samples ---


@pytest.mark.parametrize("kind", PRIORS)
def test_shapes_and_dtypes(kind):
    latent = PRIORS[kind]
    params = params_of(kind)
    z, component, weight = sampler(kind, 7)(params, jax.random.key(1))
    assert (z.shape, component.shape, weight.shape) == ((7, D), (7,), (7,))
    assert (z.dtype, component.dtype, weight.dtype) == (jnp.float32, jnp.int32, jnp.float32)
    np.testing.assert_array_equal(weight, 1.0)
    np.testing.assert_array_equal(latent.weights(params), np.full(K, 1 / K, np.float32))
    assert latent.log_prob(params, z).shape == (7,)
    assert latent.penalty(params).shape == ()
    assert (latent.dim, latent.components) == (D, K)


def test_scales_may_start_uniform_about_zero():
    latent = mixture(200, 10, scale_init=0.3, scale_start="uniform")
    scale = np.ravel(latent.init(jax.random.key(0))["scale"])
    assert stats.kstest(scale, stats.uniform(-0.3, 0.6).cdf).pvalue > 1e-3
    full = mixture(50, 4, scale_init=0.3, scale_start="uniform", covariance="full").init(jax.random.key(0))["scale"]
    diagonal = np.einsum("kii->ki", full)
    np.testing.assert_array_equal(full, diagonal[:, :, None] * np.eye(4, dtype=np.float32))
    assert stats.kstest(np.ravel(diagonal), stats.uniform(-0.3, 0.6).cdf).pvalue > 1e-3


def test_the_mixture_starts_as_the_paper_says():
    params = mixture(200, 10, mean_range=0.5, scale_init=0.3).init(jax.random.key(0))
    assert set(params) == {"mean", "scale"}
    np.testing.assert_array_equal(params["scale"], np.full((200, 10), np.float32(0.3)))
    assert params["mean"].shape == (200, 10)
    assert stats.kstest(np.ravel(params["mean"]), stats.uniform(-0.5, 1.0).cdf).pvalue > 1e-3


@pytest.mark.parametrize("kind", PRIORS)
def test_a_sample_is_a_transform_of_noise(kind):
    """z is affine in the noise, which knows no parameters: mu_k + sqrt(scale) sigma_k eps."""
    noise = PRIORS[kind].noise(jax.random.key(1), 7)
    sample = sampler(kind, 7)(params_of(kind), jax.random.key(1), 2.5)
    label = np.asarray(noise.component)
    mean, scale = (MEAN[label], SCALE[label]) if kind == "mixture" else (0.0, 1.0)
    np.testing.assert_allclose(sample.z, mean + 2.5**0.5 * scale * np.asarray(noise.base), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(sample.component, label)


@pytest.mark.parametrize("kind", PRIORS)
def test_a_key_decides_the_draw(kind):
    first, again, other = (sampler(kind, 7)(params_of(kind), jax.random.key(seed)) for seed in (0, 0, 1))
    jax.tree.map(np.testing.assert_array_equal, first, again)
    assert not np.any(np.asarray(first.z) == np.asarray(other.z))
    assert np.any(np.asarray(first.component) != np.asarray(other.component))


@pytest.mark.parametrize("choose", ["random", "stratified"])
@pytest.mark.parametrize("scale", [1.0, 0.25, 4.0])
def test_moments_of_each_component(choose, scale):
    sample = sampler("mixture", 60_000, choose)(parameters(), jax.random.key(3), scale)
    for k in range(K):
        z = np.asarray(sample.z, np.float64)[np.asarray(sample.component) == k]
        std = SCALE[k] * scale**0.5  # `scale` multiplies the covariance
        assert np.all(abs(z.mean(0) - MEAN[k]) < 5 * std / len(z) ** 0.5)
        np.testing.assert_allclose(z.std(0), std, rtol=5 / (2 * len(z)) ** 0.5)
        assert abs(np.corrcoef(z.T)[0, 1]) < 5 / len(z) ** 0.5
        assert stats.kstest((z[:, 0] - MEAN[k, 0]) / std[0], stats.norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("scale", [1.0, 0.25])
@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_simple_priors_have_their_distribution(kind, scale):
    law = {"normal": stats.norm(0, 1), "uniform": stats.uniform(-1, 2)}[kind]
    sample = sampler(kind, 60_000)({}, jax.random.key(5), scale)
    z = np.asarray(sample.z, np.float64)
    assert stats.kstest(np.ravel(z), lambda x: law.cdf(x / scale**0.5)).pvalue > 1e-3
    assert abs(np.corrcoef(z.T)[0, 1]) < 5 / len(z) ** 0.5
    mean, deviation = PRIORS[kind].moments({})
    np.testing.assert_allclose(mean, np.full((1, D), law.mean()), atol=1e-7)
    np.testing.assert_allclose(deviation, np.full((1, D), law.std()), rtol=1e-6)
    # the label of a prior without components is uniform and says nothing of z
    labels = np.asarray(sample.component)
    assert stats.chisquare(np.bincount(labels, minlength=K)).pvalue > 1e-3
    assert abs(np.corrcoef(labels, z[:, 0])[0, 1]) < 5 / len(z) ** 0.5


@pytest.mark.parametrize("kind", PRIORS)
@pytest.mark.parametrize("component", [1, np.array([2, 2, 0, 1, 0])])
def test_a_given_component_is_taken(kind, component):
    sample = PRIORS[kind].sample(params_of(kind), jax.random.key(0), 5, component=component)
    np.testing.assert_array_equal(sample.component, np.broadcast_to(component, 5))
    assert sample.component.dtype == jnp.int32


@pytest.mark.parametrize("kind", PRIORS)
@pytest.mark.parametrize("component", [-1, K])
def test_a_component_that_is_not_there(kind, component):
    with pytest.raises(InputError, match=f"component = {component}: the latent has components 0 to {K - 1}"):
        PRIORS[kind].sample(params_of(kind), jax.random.key(0), 5, component=component)


@pytest.mark.parametrize("name", ["family", "covariance", "scale_start", "choose", "trainable", "weights", "combine"])
def test_a_name_that_is_none(name):
    with pytest.raises(InputError, match=f"{name} = 'x': choose one of"):
        mixture(4, 2, **{name: "x"})
    if name == "choose":
        for make in (normal, uniform):
            with pytest.raises(InputError, match="choose = 'x': choose one of random, stratified"):
                make(2, choose="x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 2), "components = 0: give a whole number"), ((3, -2), "dim = -2: give a whole number")],
)
def test_a_mixture_of_nothing(arguments, message):
    with pytest.raises(InputError, match=message):
        mixture(*arguments)


def test_weights_are_above_0():
    with pytest.raises(InputError, match="weights_given = .*: give numbers above 0"):
        mixture(2, 2, weights="given", weights_given=(-1, 2))


def test_a_given_component_places_the_sample():
    labels = np.array([2, 2, 0, 1, 0])
    sample = mixture(K, D).sample(parameters(scale=0 * SCALE), jax.random.key(0), 5, component=labels)
    np.testing.assert_allclose(sample.z, MEAN[labels], rtol=1e-6)


# --- density ---


@functools.cache
def mixture_log_prob(components):
    return jax.jit(mixture(components, D).log_prob)


@settings(max_examples=30)
@given(seed=seeds, components=st.sampled_from([1, 4]))
def test_mixture_log_prob_is_that_of_scipy(seed, components):
    rng = np.random.default_rng(seed)
    mean, z = rng.uniform(-1, 1, (components, D)), rng.uniform(-3, 3, (6, D))
    scale = rng.uniform(0.05, 2, (components, D)) * rng.choice([-1, 1], (components, D))  # signs say nothing
    each = [stats.multivariate_normal(m, np.diag(s**2)).logpdf(z) for m, s in zip(mean, scale, strict=True)]
    expected = np.logaddexp.reduce(each) - np.log(components)
    np.testing.assert_allclose(mixture_log_prob(components)(parameters(mean, scale), z), expected, rtol=1e-4, atol=1e-4)


def test_simple_log_probs_are_those_of_scipy():
    z = np.array([[0.0, 0.0], [0.5, -0.9], [1.5, 0.0], [-0.2, -1.01]])
    np.testing.assert_allclose(normal(D).log_prob({}, z), stats.norm.logpdf(z).sum(1), rtol=1e-6)
    np.testing.assert_allclose(uniform(D).log_prob({}, z), stats.uniform(-1, 2).logpdf(z).sum(1), rtol=1e-6)


@pytest.mark.parametrize("kind", PRIORS)
def test_the_density_integrates_to_one(kind):
    step = 0.04
    axis = np.arange(-6, 6, step) + step / 2  # midpoints
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, D)
    density = np.exp(np.asarray(PRIORS[kind].log_prob(params_of(kind), grid), np.float64))
    assert density.sum() * step**2 == pytest.approx(1.0, abs=1e-4)


def test_moments_are_means_and_absolute_scales():
    mean, deviation = mixture(K, D).moments(parameters(scale=-SCALE))
    np.testing.assert_allclose(mean, MEAN, rtol=1e-6)
    np.testing.assert_allclose(deviation, SCALE, rtol=1e-6)


# --- config ---


@pytest.mark.parametrize("kind", PRIORS)
def test_make_latent_builds_every_kind(kind):
    config = update(base(), {"latent.kind": kind, "latent.dim": D, "latent.components": K}).latent
    latent = make_latent(config)
    assert (latent.dim, latent.components) == (D, K)
    got, expected = (prior.sample(params_of(kind), jax.random.key(0), 7) for prior in (latent, PRIORS[kind]))
    jax.tree.map(np.testing.assert_array_equal, got, expected)


def test_make_latent_passes_every_value_on():
    values = {"components": 40, "dim": D, "mean_range": 3.0, "scale_init": 0.7, "choose": "stratified"}
    values |= {"trainable": "none", "penalty": 2.0, "penalty_target": 0.5}
    latent = make_latent(update(base(), {f"latent.{name}": value for name, value in values.items()}).latent)
    params = latent.init(jax.random.key(0))
    assert params["mean"].shape == params["scale"].shape == (40, D)
    assert 2.5 < float(jnp.abs(params["mean"]).max()) <= 3.0
    np.testing.assert_allclose(params["scale"], 0.7, rtol=1e-6)
    assert latent.penalty(params) == pytest.approx(2.0 * 0.2**2, rel=1e-4)
    np.testing.assert_array_equal(np.bincount(latent.noise(jax.random.key(1), 80).component), 2)
    assert not np.any(jax.grad(latent.penalty)(params)["scale"])


def test_make_latent_passes_family_covariance_and_weights_on():
    values = {"family": "student_t", "dof": 3.5, "covariance": "full", "combine": "sum"}
    values |= {"weights": "learned", "weights_given": (1.0, 2.0, 3.0)}
    config = {f"latent.{name}": value for name, value in values.items()}
    latent = make_latent(update(base(), config | {"latent.components": K, "latent.dim": D}).latent)
    expected = mixture(K, D, **values)
    params = latent.init(jax.random.key(0))
    jax.tree.map(np.testing.assert_array_equal, params, expected.init(jax.random.key(0)))
    draws = (prior.sample(params, jax.random.key(1), 7) for prior in (latent, expected))
    jax.tree.map(np.testing.assert_array_equal, *draws)
