"""Components of every family and covariance against scipy, numerical integrals and finite differences, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree
from scipy import stats

from mogan.errors import InputError
from mogan.latents import mixture
from mogan.latents.families import FAMILIES, make_family

K, D, DOF = 3, 2, 5.0
COVARIANCES = ("isotropic", "diagonal", "full")
GIVEN = (2.0, 1.0, 5.0)
LAWS = {
    "normal": stats.norm(),
    "uniform": stats.uniform(-(3**0.5), 2 * 3**0.5),
    "laplace": stats.laplace(scale=0.5**0.5),
    "logistic": stats.logistic(scale=3**0.5 / np.pi),
    "student_t": stats.t(DOF, scale=(1 - 2 / DOF) ** 0.5),
}
MEAN = np.array([[-1.0, 0.5], [0.0, 0.0], [0.7, -1.2]])
FULL = np.array([[[0.5, 0.2], [-0.3, 0.7]], [[-1.2, 0.1], [0.4, 0.3]], [[0.6, 0.0], [0.9, -0.5]]])
SCALES = {"isotropic": FULL[:, 0, 0], "diagonal": FULL[:, :, 0] + 0.1, "full": FULL}
every_family = pytest.mark.parametrize("family", FAMILIES)
every_covariance = pytest.mark.parametrize("covariance", COVARIANCES)
seeds = st.integers(0, 2**31 - 1)


def parameters(mean, scale, **more):
    return jax.tree.map(jnp.asarray, {"mean": mean, "scale": scale, **more})


def factors(scale):
    """A_k [K, d, d] of scales [K], [K, d] or [K, d, d]."""
    return scale if scale.ndim == 3 else np.reshape(scale, (K, -1, 1)) * np.eye(D)


def component_log_prob(family, mean, factor, z):
    """log p(z) [n] under one component, in float64: by change of variables from scipy's law of one coordinate."""
    base = np.linalg.solve(factor, (z - mean).T).T
    return LAWS[family].logpdf(base).sum(1) - np.log(abs(np.linalg.det(factor)))


# --- families ---


@every_family
def test_a_family_is_that_of_scipy_with_mean_0_and_deviation_1(family):
    law, ours = LAWS[family], make_family(family, DOF)
    assert (law.mean(), law.std()) == pytest.approx((0.0, 1.0))
    x = np.linspace(-6, 6, 101)
    np.testing.assert_allclose(ours.log_prob(jnp.asarray(x)), law.logpdf(x), rtol=1e-5, atol=1e-5)
    draws = ours.sample(jax.random.key(0), (20_000, 2))
    assert draws.dtype == jnp.float32
    assert stats.kstest(np.ravel(draws), law.cdf).pvalue > 1e-3
    assert abs(np.corrcoef(draws, rowvar=False)[0, 1]) < 5 / 20_000**0.5


@pytest.mark.parametrize("dof", [2.5, 30.0])
def test_degrees_of_freedom_keep_the_deviation(dof):
    law, ours, x = stats.t(dof, scale=(1 - 2 / dof) ** 0.5), make_family("student_t", dof), np.linspace(-9, 9, 101)
    np.testing.assert_allclose(ours.log_prob(jnp.asarray(x)), law.logpdf(x), rtol=1e-5, atol=1e-5)
    assert stats.kstest(np.asarray(ours.sample(jax.random.key(1), (20_000,))), law.cdf).pvalue > 1e-3


# --- densities ---


@every_family
@every_covariance
@pytest.mark.parametrize("weights", ["equal", "given", "learned"])
@settings(max_examples=3)
@given(seed=seeds)
def test_log_prob_is_that_of_scipy(family, covariance, weights, seed):
    rng = np.random.default_rng(seed)
    mean, z = rng.uniform(-1, 1, (K, D)), rng.uniform(-3, 3, (6, D))
    scale = rng.uniform(0.3, 2, SCALES[covariance].shape) * rng.choice([-1, 1], SCALES[covariance].shape)
    if covariance == "full":
        scale += 3 * np.eye(D) * np.sign(scale)  # well conditioned
    logits = rng.normal(size=K)
    share = {"equal": np.ones(K), "given": np.array(GIVEN), "learned": np.exp(logits)}[weights]
    latent = mixture(K, D, family=family, dof=DOF, covariance=covariance, weights=weights, weights_given=GIVEN)
    params = parameters(mean, scale, **({"logits": logits} if weights == "learned" else {}))
    each = [component_log_prob(family, m, a, z) for m, a in zip(mean, factors(scale), strict=True)]
    expected = np.logaddexp.reduce(np.log(share / share.sum())[:, None] + each)
    np.testing.assert_allclose(latent.log_prob(params, z), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(latent.weights(params), share / share.sum(), rtol=1e-5)


def test_log_prob_of_full_gaussians_is_that_of_multivariate_normals():
    z = np.random.default_rng(0).normal(size=(6, D))
    laws = [stats.multivariate_normal(m, a @ a.T) for m, a in zip(MEAN, FULL, strict=True)]
    expected = np.log(np.mean([law.pdf(z) for law in laws], axis=0))
    log_prob = mixture(K, D, covariance="full").log_prob(parameters(MEAN, FULL), z)
    np.testing.assert_allclose(log_prob, expected, rtol=1e-4)


@every_family
@every_covariance
def test_the_density_integrates_to_one(family, covariance):
    step = 9.2 / 300
    axis = np.arange(-4.6, 4.6, step) + step / 2  # midpoints of u; x = sinh(u) reaches 50, for heavy tails
    grid = np.stack(np.meshgrid(np.sinh(axis), np.sinh(axis)), -1).reshape(-1, D)
    area = np.outer(np.cosh(axis), np.cosh(axis)).ravel() * step**2
    latent = mixture(K, D, family=family, dof=DOF, covariance=covariance, weights="given", weights_given=GIVEN)
    density = np.exp(np.asarray(latent.log_prob(parameters(MEAN, SCALES[covariance]), grid), np.float64))
    # what the midpoint rule leaves, at the Laplace's kinks and where the uniform's edges cut through cells
    assert density @ area == pytest.approx(1.0, abs=0.03 if family == "uniform" else 1e-3)


# --- samples ---


@every_family
@every_covariance
def test_samples_have_their_components_law(family, covariance):
    latent = mixture(K, D, family=family, dof=DOF, covariance=covariance, choose="stratified")
    params = parameters(MEAN, SCALES[covariance])
    sample = latent.sample(params, jax.random.key(2), 12_000, scale=0.25)  # `scale` multiplies the covariance
    for k, factor in enumerate(factors(SCALES[covariance])):
        z = np.asarray(sample.z, np.float64)[np.asarray(sample.component) == k]
        base = np.linalg.solve(0.5 * factor, (z - MEAN[k]).T)
        assert base.shape == (D, 4_000)
        assert min(stats.kstest(row, LAWS[family].cdf).pvalue for row in base) > 1e-3
        assert abs(np.corrcoef(base)[0, 1]) < 5 / 4_000**0.5


@every_covariance
def test_moments_are_means_and_marginal_deviations(covariance):
    latent = mixture(K, D, family="laplace", covariance=covariance)
    mean, deviation = latent.moments(parameters(MEAN, SCALES[covariance]))
    np.testing.assert_allclose(mean, MEAN, rtol=1e-6)
    marginal = np.sqrt([np.diag(a @ a.T) for a in factors(SCALES[covariance])])
    np.testing.assert_allclose(deviation, marginal, rtol=1e-6)


# --- learning ---


@every_covariance
def test_every_factor_starts_at_the_scale(covariance):
    params = mixture(K, D, covariance=covariance, scale_init=0.3).init(jax.random.key(0))
    assert params["scale"].shape == SCALES[covariance].shape
    assert {(leaf.dtype, leaf.weak_type) for leaf in jax.tree.leaves(params)} == {(np.dtype("float32"), False)}
    expected = np.broadcast_to(np.float32(0.3) * np.eye(D), (K, D, D))
    np.testing.assert_array_equal(factors(np.asarray(params["scale"])), expected.astype(np.float32))


@every_covariance
def test_the_regulariser_is_equation_10(covariance):
    """Of the raw scales, sign and all; of full covariances, the marginal standard deviations."""
    sigma = np.sqrt(np.sum(FULL**2, axis=2)) if covariance == "full" else SCALES[covariance]
    latent = mixture(K, D, covariance=covariance, penalty=0.7, penalty_target=1.5)
    value = latent.penalty(parameters(MEAN, SCALES[covariance]))
    assert value == pytest.approx(0.7 * np.mean((1.5 - sigma) ** 2), rel=1e-5)


@pytest.mark.parametrize("combine", ["choose", "sum"])
@every_covariance
def test_gradients_are_finite_differences(combine, covariance):
    """Of samples and their weights, density and regulariser, in every parameter, learned weights included."""
    family = "logistic" if combine == "choose" else "normal"
    with jax.enable_x64(True):
        latent = mixture(
            K,
            D,
            family=family,
            covariance=covariance,
            weights="learned",
            combine=combine,
            choose="stratified",
            penalty=0.5,
        )
        noise = latent.noise(jax.random.key(3), 9)
        start, unravel = ravel_pytree(parameters(MEAN, SCALES[covariance], logits=np.array([0.3, -0.8, 0.1])))

        def objective(flat):
            params = unravel(flat)
            z, _, weight = latent.transform(params, noise, 1.7)
            samples = jnp.mean(weight * jnp.sin(3 * z[:, 0]) * jnp.exp(z[:, 1]))
            return samples + jnp.mean(latent.log_prob(params, MEAN + 0.3)) + latent.penalty(params)

        step = 1e-5 * np.eye(len(start))
        values = jax.jit(jax.vmap(objective))(np.concatenate([start + step, start - step]))
        numerical = np.subtract(*np.split(np.asarray(values), 2)) / 2e-5
        np.testing.assert_allclose(jax.jit(jax.grad(objective))(start), numerical, rtol=1e-6, atol=1e-8)


@settings(max_examples=6)
@given(seed=seeds, scale=st.floats(0.1, 4))
def test_gradients_of_a_linear_generator_have_their_closed_form(seed, scale):
    """mean(w z): d/d mu_k = w n_k / n, d/d A_k = w (sqrt(scale) sum_{i of k} eps_i)^T / n."""
    rng, n = np.random.default_rng(seed), 7
    w, latent = rng.normal(size=D), mixture(K, D, family="laplace", covariance="full")
    noise = latent.noise(jax.random.key(seed), n)
    grads = jax.grad(lambda params: jnp.mean(latent.transform(params, noise, scale).z @ w))(parameters(MEAN, FULL))
    labels, base = np.asarray(noise.component), np.asarray(noise.base, np.float64)
    for k in range(K):
        np.testing.assert_allclose(grads["mean"][k], w * np.sum(labels == k) / n, rtol=1e-5, atol=1e-6)
        expected = np.outer(w, scale**0.5 * base[labels == k].sum(0)) / n
        np.testing.assert_allclose(grads["scale"][k], expected, rtol=1e-4, atol=1e-5)


def test_components_may_take_families_in_turn():
    """Deli-Fisher section 4, D^(k): normal, laplace, normal of three components; samples and densities by scipy."""
    latent = mixture(3, D, family="normal,laplace", covariance="diagonal", choose="stratified")
    params = latent.init(jax.random.key(1))
    laws = [LAWS[name] for name in ("normal", "laplace", "normal")]
    drawn = latent.sample(params, jax.random.key(2), 9000)
    z, mean, scale = (np.asarray(array, np.float64) for array in (drawn.z, params["mean"], params["scale"]))
    base = (z - mean[drawn.component]) / scale[drawn.component]
    for k, law in enumerate(laws):
        own, other = base[drawn.component == k].ravel(), laws[(k + 1) % 2 if k < 2 else 1]
        assert stats.kstest(own, law.cdf).pvalue > 1e-3 > stats.kstest(own, other.cdf).pvalue
    at = z[:20]
    each = [law.logpdf((at - m) / s).sum(1) - np.log(s).sum() for law, m, s in zip(laws, mean, scale, strict=True)]
    np.testing.assert_allclose(latent.log_prob(params, at), np.logaddexp.reduce(each) - np.log(3), rtol=1e-4, atol=1e-5)
    only = latent.sample(params, jax.random.key(3), 4000, component=1)  # whatever component was drawn before
    assert stats.kstest(((np.asarray(only.z) - mean[1]) / scale[1]).ravel(), LAWS["laplace"].cdf).pvalue > 1e-3


def test_every_component_of_a_sum_is_of_its_own_family():
    """Of weights 0, 1 and nearly so the sum is the second component alone, a Laplace."""
    weights = (1e-6, 1.0)
    options = {"family": "normal,laplace", "weights": "given", "weights_given": weights, "combine": "sum"}
    latent = mixture(2, D, **options)
    params = latent.init(jax.random.key(1))
    z = np.asarray(latent.sample(params, jax.random.key(2), 6000).z)
    base = (z - np.asarray(params["mean"])[1]) / np.asarray(params["scale"])[1]
    assert stats.kstest(base.ravel(), LAWS["laplace"].cdf).pvalue > 1e-3
    with pytest.raises(InputError, match="'normal,laplace': a sum has a density in closed form only"):
        latent.log_prob(params, z[:1])


def test_unknown_families_are_refused():
    with pytest.raises(InputError, match="family = 'normal,cauchy': choose one of normal, uniform"):
        mixture(2, D, family="normal,cauchy")
