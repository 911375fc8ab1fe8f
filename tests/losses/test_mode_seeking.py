"""mogan.losses.mode_seeking against Mao et al. 2019 in numpy float64, alone and as the generator descends it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.algorithm.objectives import make_objectives, split
from mogan.config import base, update
from mogan.latents import make_latent
from mogan.losses import make_loss, make_mode_seeking
from mogan.losses.mode_seeking import distance_ratios, mode_seeking
from tests.algorithm.test_objectives import PARAMS, assert_close, bigan, slopes
from tests.algorithm.test_step import simple_gan
from tests.helpers.steps import BATCH, TINY, N, make

SHAPE, DIM = (2, 3, 1), 2
seeds = st.integers(0, 2**32 - 1)


def drawn(seed):
    """(x, other x, base, other base, weight) in float64."""
    rng = np.random.default_rng(seed)
    return *rng.normal(size=(2, N, *SHAPE)), *rng.normal(size=(2, N, DIM)), rng.uniform(0, 2, N)


def written_out(x, other_x, noise, other_noise, weight):
    """Mao et al. 2019: the ratio of the mean absolute differences, one pair at a time; one over its mean."""
    ratios = [
        np.abs(a - b).mean() / np.abs(e - f).mean() for a, b, e, f in zip(x, other_x, noise, other_noise, strict=True)
    ]
    return 1 / (np.mean(weight * ratios) + 1e-5)


@jax.jit
def value_and_gradient(x, other_x, noise, other_noise, weight):
    return jax.value_and_grad(lambda x: mode_seeking(distance_ratios(x, other_x, noise, other_noise), weight))(x)


@settings(max_examples=40)
@given(seed=seeds)
def test_value_is_the_equation(seed):
    sides = drawn(seed)
    value, _ = value_and_gradient(*map(jnp.float32, sides))
    assert float(value) == pytest.approx(written_out(*sides), rel=1e-4)


def test_gradient_is_that_of_the_equation():
    x, *others = drawn(0)
    nudges = 1e-6 * np.eye(x.size).reshape(-1, *x.shape)
    right = [(written_out(x + nudge, *others) - written_out(x - nudge, *others)) / 2e-6 for nudge in nudges]
    with jax.enable_x64(True):
        _, gradient = value_and_gradient(x, *others)
    np.testing.assert_allclose(gradient.ravel(), right, rtol=1e-5, atol=1e-8)


def test_two_devices_have_the_whole_batchs_value_and_gradient():
    sides = tuple(map(jnp.float32, drawn(1)))
    halves = jax.tree.map(lambda leaf: leaf.reshape(2, N // 2, *leaf.shape[1:]), sides)

    def half(x, other_x, noise, other_noise, weight):
        def value(x):
            ratios = distance_ratios(x, other_x, noise, other_noise)
            return mode_seeking(ratios, weight, lambda ratio: jax.lax.pmean(ratio, "devices"))

        return jax.value_and_grad(value)(x)

    values, gradients = jax.vmap(half, axis_name="devices")(*halves)
    value, gradient = value_and_gradient(*sides)
    np.testing.assert_allclose(values.mean(), value, rtol=1e-5)
    np.testing.assert_allclose(gradients.reshape(gradient.shape) / 2, gradient, rtol=1e-4, atol=1e-6)


def test_one_picture_a_component_stays_finite_and_the_weights_are_left_alone():
    x, _, base_noise, other_noise, weight = map(jnp.float32, drawn(2))
    value, gradient = value_and_gradient(x, x, base_noise, base_noise, weight)
    assert float(value) == pytest.approx(1e5, rel=1e-3) and np.isfinite(gradient).all()
    ratios = distance_ratios(x, 2 * x, base_noise, other_noise)
    assert not np.any(jax.grad(lambda weight: mode_seeking(ratios, weight))(weight))


@pytest.mark.parametrize(("combine", "families"), [("choose", 1), ("choose", 2), ("sum", 1), ("sum", 2)])
def test_generator_and_latent_descend_it_on_two_draws_of_one_component(combine, families):
    """Of several families' draws only those count that the samples are made of."""
    weight, family = 0.5, ",".join(("normal", "laplace")[:families])
    prior = {"latent.components": 2, "latent.combine": combine, "latent.family": family}
    config = update(base(), prior | {"loss.mode_seeking": weight})
    latent = make_latent(config.latent)
    objectives = make_objectives(bigan(latent), make_loss(config), None, make_mode_seeking(config))
    noise, again = latent.noise(jax.random.key(3), N), latent.noise(jax.random.key(5), N).base
    stats, keys = dict.fromkeys(("generator", "encoder", "discriminator"), 0), split(jax.random.key(4))

    def descended(own):
        params = jax.tree.map(jnp.float32, PARAMS) | own
        fakes = objectives.fakes(params, stats, noise, keys)
        return objectives.mode_seeking(params, stats, fakes, noise, again, keys)

    def right(params):
        k, noises = np.asarray(noise.component), np.float64([noise.base, again])
        if combine == "choose" and families > 1:
            noises = noises[:, np.arange(N), k]  # component k is of family k
        mean, scale = params["latent"]["mean"], params["latent"]["scale"]
        z = (mean + scale * noises).mean(2) if combine == "sum" else mean[k] + scale[k] * noises
        one, other = np.tanh(z @ params["generator"])
        return weight * written_out(one, other, *noises, np.ones(N))

    own = jax.tree.map(jnp.float32, {group: PARAMS[group] for group in ("generator", "latent")})
    value, grads = jax.value_and_grad(descended)(own)
    assert float(value) == pytest.approx(right(PARAMS), rel=1e-4)
    assert_close(grads, {group: slopes(right, PARAMS, group) for group in own})


def judge(params, stats, x, z=None, **_):
    return x @ params["discriminator"], stats


@pytest.mark.parametrize(
    "latent",
    [
        {"kind": "normal", "penalty": 0.0},
        {"kind": "uniform", "penalty": 0.0},
        {"weights": "learned"},
        {"combine": "sum"},
    ],
)
@pytest.mark.parametrize("more", [0, 3])
def test_a_step_reports_it_and_only_where_it_has_a_weight(latent, more):
    values = TINY | {f"latent.{name}": value for name, value in latent.items()}
    seen = {}
    for weight in (0.0, 0.25):
        config = update(base(), values | {"loss.mode_seeking": weight})
        gan, seek = simple_gan(config)._replace(discriminate=judge), make_mode_seeking(config)
        init, step = make(gan, config, mode_seeking=seek, batch_size_g=more and N + more)
        state, seen[weight] = step(init(jax.random.key(0), BATCH.x), [BATCH], jax.random.key(1))
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state.params))
    assert seen[0.0]["mode_seeking"][1] == 0 and seen[0.25]["mode_seeking"][1] == 1
    # x = a z with a = 1: the ratio is that of z to its noise, 1 but for scales of 0.2 and the sum of components
    ratio = 0.25 / float(seen[0.25]["mode_seeking"][0])
    assert 0.1 < ratio < 1.01
    assert float(seen[0.0]["g_loss"][0]) == float(seen[0.25]["g_loss"][0])
