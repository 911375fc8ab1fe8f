"""latent.scale_min: a floor under the standard deviations of a mixture's components."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.config import base, update
from mogan.errors import InputError
from mogan.latents import mixture
from mogan.latents.covariance import COVARIANCES
from tests.algorithm.test_step import simple_gan
from tests.helpers.steps import BATCH, TINY, make

K, D, LEAST = 3, 2, 0.25
SHAPES = {"isotropic": (K,), "diagonal": (K, D), "full": (K, D, D)}


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), covariance=st.sampled_from(sorted(SHAPES)))
def test_no_standard_deviation_is_below_the_floor_and_what_is_above_stays(seed, covariance):
    shape = COVARIANCES[covariance]
    a = jnp.float32(np.random.default_rng(seed).normal(0, 0.3, SHAPES[covariance]))
    floored = shape.floor(a, LEAST)
    before, after = np.abs(shape.sigma(a)), np.abs(shape.sigma(floored))
    np.testing.assert_allclose(after, np.maximum(before, LEAST), rtol=1e-6)
    rows = np.float64(a).reshape(-1, D if covariance == "full" else 1)
    moved = np.float64(floored).reshape(rows.shape)
    length = np.linalg.norm(rows, axis=1)
    np.testing.assert_array_equal(moved[length > LEAST], rows[length > LEAST])
    np.testing.assert_allclose(moved, rows * np.maximum(1, LEAST / length)[:, None], rtol=1e-5)  # on its own side


@pytest.mark.parametrize("covariance", SHAPES)
def test_nothing_is_lifted_to_the_floor(covariance):
    floored = COVARIANCES[covariance].floor(jnp.zeros(SHAPES[covariance]), LEAST)
    assert np.abs(COVARIANCES[covariance].sigma(floored)) == pytest.approx(LEAST)


@pytest.mark.parametrize("combine", ["choose", "sum"])
def test_a_mixture_starts_above_its_floor(combine):
    latent = mixture(200, D, scale_init=0.5, scale_start="uniform", scale_min=LEAST, combine=combine)
    scale = latent.init(jax.random.key(0))["scale"]
    assert np.abs(scale).min() == LEAST and scale.min() < -LEAST and np.abs(scale).max() > LEAST
    free = mixture(200, D, scale_init=0.5, scale_start="uniform", combine=combine)
    assert np.abs(free.init(jax.random.key(0))["scale"]).min() < LEAST / 10


@pytest.mark.parametrize("covariance", SHAPES)
def test_training_that_pulls_below_the_floor_ends_on_it_and_can_leave_it(covariance):
    """The sigma regulariser first pulls to 0, then back to 1: a scale on its floor still has a gradient."""
    values = {
        "latent.covariance": covariance,
        "latent.scale_init": 0.5,
        "latent.scale_min": LEAST,
        "latent.penalty": 100.0,
        "optim.lr": 0.1,
    }

    def trained(state, target, steps):
        config = update(base(), TINY | values | {"latent.penalty_target": target})
        init, step = make(simple_gan(config), config)
        state, step = state or init(jax.random.key(0), BATCH.x), jax.jit(step.__call__)
        for _ in range(steps):
            state, _ = step(state, [BATCH], jax.random.key(1))
        return state, np.abs(COVARIANCES[covariance].sigma(state.params["latent"]["scale"]))

    state, sigma = trained(None, 0.0, 5)
    np.testing.assert_allclose(sigma, LEAST, rtol=1e-6)
    _, sigma = trained(state, 1.0, 15)
    assert sigma.min() > 1.2 * LEAST


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (
            {"latent.scale_min": 0.3},
            "config.latent.scale_min = 0.3: the standard deviations start at latent.scale_init",
        ),
        ({"latent.scale_min": 0.1, "latent.kind": "normal"}, "'normal' has no scales that could fall"),
        ({"latent.scale_min": -0.1}, "config.latent.scale_min = -0.1: give at least 0.0"),
        ({"loss.mode_seeking": -0.1}, "config.loss.mode_seeking = -0.1: give at least 0.0"),
    ],
)
def test_bad_values_are_refused(values, reason):
    with pytest.raises(InputError, match=reason):
        update(base(), values)
