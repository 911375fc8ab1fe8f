"""The components' probabilities and draws by them: counts, marginals, and what learned weights promise."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mogan.config import base, update
from mogan.errors import InputError
from mogan.latents import make_latent, mixture
from mogan.latents.weights import draw_by, draw_equal, draw_given

K, D = 3, 2
SHARE = np.array([0.15, 0.6, 0.25])
LOGITS = np.array([0.4, -1.0, 0.2])
MEAN = np.array([[-1.0, 0.5], [0.0, 0.0], [0.7, -2.0]])
SCALE = np.array([[0.1, 0.4], [0.5, 0.2], [0.05, 0.8]])
DRAWS = {"equal": (draw_equal, K, np.full(K, 1 / K)), "given": (draw_given, SHARE, SHARE)}
seeds = st.integers(0, 2**31 - 1)
shares = st.sampled_from([1, 4, 7]).flatmap(lambda k: st.lists(st.floats(0.01, 1), min_size=k, max_size=k))


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum()


# --- draws ---


@settings(max_examples=25)
@given(seed=seeds, n=st.sampled_from([1, 5, 12]), components=st.integers(1, 12))
def test_stratified_uses_each_component_equally(seed, n, components):
    labels = draw_equal(jax.random.key(seed), n, components, "stratified")
    counts = np.bincount(labels, minlength=components)
    assert (len(counts), counts.sum()) == (components, n)
    assert set(counts) <= {n // components, -(-n // components)}


@settings(max_examples=25)
@given(seed=seeds, n=st.sampled_from([1, 5, 64]), share=shares)
def test_stratified_uses_each_component_by_its_weight(seed, n, share):
    expected = n * np.array(share) / sum(share)
    labels = draw_given(jax.random.key(seed), n, expected / n, "stratified")
    counts = np.bincount(labels, minlength=len(share))
    assert (len(counts), counts.sum()) == (len(share), n)
    assert np.all(abs(counts - expected) < 1 + 1e-4)


@pytest.mark.parametrize("weights", DRAWS)
def test_stratified_labels_have_their_weights_at_every_position(weights):
    draw, argument, share = DRAWS[weights]
    keys = jax.random.split(jax.random.key(7), 3000)
    labels = np.asarray(jax.jit(jax.vmap(lambda key: draw(key, 5, argument, "stratified")))(keys))
    for position in range(5):
        assert stats.chisquare(np.bincount(labels[:, position], minlength=K), 3000 * share).pvalue > 1e-3


@pytest.mark.parametrize("weights", DRAWS)
def test_random_labels_have_their_weights_and_are_independent(weights):
    draw, argument, share = DRAWS[weights]
    labels = draw(jax.random.key(1), 60_000, argument, "random")
    assert labels.dtype == jnp.int32
    pairs = np.bincount(np.asarray(labels)[0::2] * K + labels[1::2], minlength=K * K)
    assert stats.chisquare(pairs, 30_000 * np.outer(share, share).ravel()).pvalue > 1e-3


def test_many_components_cost_hardly_more_than_few():
    def largest(components):
        drawn = jax.make_jaxpr(lambda key: draw_by(key, 500, jnp.full(components, 1 / components)))(jax.random.key(0))
        return max(out.aval.size for eqn in drawn.jaxpr.eqns for out in eqn.outvars)

    assert largest(10) == 500 and largest(10_000) == 10_000  # never a number for every sample and component


def test_components_of_no_weight_are_never_drawn():
    weights = np.zeros(10_000, np.float32)
    weights[1:-1:2] = 1 / 4999
    labels = np.asarray(draw_by(jax.random.key(3), 100_000, jnp.asarray(weights)))
    assert np.all(labels % 2 == 1) and labels.max() < 9999
    shares = weights.reshape(10, 1000).sum(1, dtype=np.float64)
    assert stats.chisquare(np.bincount(labels // 1000), 100_000 * shares / shares.sum()).pvalue > 1e-3


def test_a_part_of_a_stratified_draw_is_no_run_of_one_component():
    labels = draw_given(jax.random.key(0), 500, np.full(50, 1 / 50), "stratified")
    assert len(set(np.asarray(labels[:49]).tolist())) > 20


# --- weights of a mixture ---


@pytest.mark.parametrize("choose", ["random", "stratified"])
def test_given_weights_are_normalized_and_drawn_by(choose):
    latent = mixture(K, D, choose=choose, weights="given", weights_given=tuple(20 * SHARE))
    params = latent.init(jax.random.key(0))
    assert set(params) == {"mean", "scale"}
    np.testing.assert_allclose(latent.weights(params), SHARE, rtol=1e-6)
    sample = latent.sample(params, jax.random.key(1), 6000)
    np.testing.assert_array_equal(sample.weight, 1.0)
    counts, expected = np.bincount(sample.component), 6000 * SHARE
    if choose == "stratified":
        np.testing.assert_allclose(counts, expected, atol=1.01)
    else:
        assert stats.chisquare(counts, expected).pvalue > 1e-3
        assert np.any(abs(counts - expected) > 2)


@pytest.mark.parametrize(("weights_given", "start"), [((1.0,), np.full(K, 1 / K)), (tuple(20 * SHARE), SHARE)])
def test_learned_weights_start_equal_or_as_given(weights_given, start):
    latent = mixture(K, D, weights="learned", weights_given=weights_given)
    params = latent.init(jax.random.key(0))
    assert (params["logits"].dtype, params["logits"].weak_type) == (jnp.float32, False)
    np.testing.assert_allclose(latent.weights(params), start, rtol=1e-6)


def test_every_kind_of_weights_starts_from_the_same_key_alike():
    draws = [mixture(K, D, weights=kind).init(jax.random.key(3)) for kind in ("equal", "learned")]
    np.testing.assert_array_equal(draws[0]["mean"], draws[1]["mean"])


@pytest.fixture(scope="module")
def learned():
    """(latent, params, n draws of it), n large."""
    latent, params = mixture(K, D, weights="learned", choose="stratified"), {"logits": LOGITS, "mean": MEAN}
    params = jax.tree.map(jnp.asarray, params | {"scale": SCALE})
    return latent, params, latent.noise(jax.random.key(5), 60_000)


def test_weighted_means_are_expectations_of_the_mixture(learned):
    latent, params, noise = learned
    sample, w = latent.transform(params, noise), softmax(LOGITS)
    np.testing.assert_allclose(sample.weight, K * w[np.asarray(sample.component)], rtol=1e-5)
    weight, z = (np.asarray(a, np.float64) for a in (sample.weight[:, None], sample.z))
    assert weight.mean() == pytest.approx(1.0, rel=1e-6)
    error = np.sqrt(K * w**2 @ SCALE**2 / len(z))  # of each mean; strata leave the components' own variance
    assert np.all(abs(np.mean(weight * z, axis=0) - w @ MEAN) < 5 * error)
    np.testing.assert_allclose(np.mean(weight * z**2, axis=0), w @ (MEAN**2 + SCALE**2), rtol=0.02)


def test_random_labels_are_weighted_without_bias(learned):
    _, params, _ = learned
    sample = mixture(K, D, weights="learned").sample(params, jax.random.key(6), 60_000)
    assert stats.chisquare(np.bincount(sample.component)).pvalue > 1e-3  # drawn equally, whatever the weights
    weight = np.asarray(sample.weight, np.float64)
    assert 0 < abs(weight.mean() - 1) < 5 * weight.std() / 60_000**0.5


def test_gradients_of_weighted_means_are_those_of_the_expectation(learned):
    """f = z: d/d logit_j sum_k w_k mu_k = w_j (mu_j - sum_k w_k mu_k)."""
    latent, params, noise = learned

    @jax.jit
    @jax.jacrev
    def slopes(logits):
        sample = latent.transform(params | {"logits": logits}, noise)
        return jnp.mean(sample.weight[:, None] * sample.z, axis=0)

    w = softmax(LOGITS)
    closed = w[:, None] * (MEAN - w @ MEAN)  # [K, d]
    jacobian = np.diag(w) - np.outer(w, w)  # of w in the logits
    error = np.sqrt(K * jacobian**2 @ SCALE**2 / len(noise.component))
    assert np.all(abs(np.asarray(slopes(params["logits"])).T - closed) < 5 * error)


def test_a_fixed_component_weighs_1(learned):
    latent, params, _ = learned
    np.testing.assert_array_equal(latent.sample(params, jax.random.key(0), 5, component=2).weight, 1.0)


# --- bad input ---


@pytest.mark.parametrize(
    ("weights", "weights_given"), [("given", (0.5,)), ("given", ()), ("learned", (1.0, 2.0)), ("learned", (0.5,))]
)
def test_the_number_of_weights_must_be_that_of_components(weights, weights_given):
    values = {"latent.components": K, "latent.weights": weights, "latent.weights_given": weights_given}
    with pytest.raises(InputError) as error:
        make_latent(update(base(), values).latent)
    assert str(error.value) == (f"config.latent.weights_given = {weights_given}: give one a component, 3 numbers")


@pytest.mark.parametrize("kind", ["normal", "uniform", "mixture"])
def test_a_stratified_draw_has_every_component(kind):
    changes = {"latent.kind": kind, "latent.components": 50, "latent.choose": "stratified"}
    latent = make_latent(update(base(), changes).latent)
    component = latent.sample(latent.init(jax.random.key(0)), jax.random.key(1), 100).component
    np.testing.assert_array_equal(np.bincount(component), np.full(50, 2))
