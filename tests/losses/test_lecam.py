"""mogan.losses.lecam against Tseng et al. 2021 in numpy float64, with every loss that it may be joined with."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.config import base, update
from mogan.errors import InputError
from mogan.losses import make_loss
from mogan.types import Judged

N, WEIGHT, DECAY = 6, 0.3, 0.75
NAMES = ("minimax", "non_saturating", "least_squares", "hinge", "fisher", "lol1", "lol2", "relativistic")


def built(name, reduce=lambda tree: tree, **values):
    values = {"loss.name": name, "loss.lecam_decay": DECAY} | values
    return make_loss(update(base(), values), classes=3, reduce=reduce)


def drawn(seed):
    """Logits and weights of the real and the generated side, float64."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 2, (2, N)), rng.uniform(0, 2, (2, N))


def judged(logits, weights):
    return [Judged(jnp.asarray(own), jnp.asarray(weight)) for own, weight in zip(logits, weights, strict=True)]


def divergence(logits, weights, averages):
    """One sample at a time."""
    terms = [w * max(0.0, x - averages[1]) ** 2 for x, w in zip(logits[0], weights[0], strict=True)]
    terms += [w * max(0.0, averages[0] - x) ** 2 for x, w in zip(logits[1], weights[1], strict=True)]
    return sum(terms) / N


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), averages=st.tuples(st.floats(-3, 3, width=32), st.floats(-3, 3, width=32)))
@pytest.mark.parametrize("name", NAMES)
def test_the_discriminator_descends_it_besides_its_loss(name, seed, averages):
    logits, weights = drawn(seed)
    sides = judged(*np.float32((logits, weights)))
    plain, loss = built(name), built(name, **{"loss.lecam": WEIGHT})
    state = loss.init() | dict(zip(("lecam_real", "lecam_fake"), averages, strict=True))
    extra = loss.discriminator(state, *sides) - plain.discriminator(state, *sides)
    np.testing.assert_allclose(extra, WEIGHT * divergence(logits, weights, averages), rtol=1e-3, atol=1e-4)
    assert loss.generator(state, *sides) == plain.generator(state, *sides)
    assert loss.encoder(state, sides[0]) == plain.encoder(state, sides[0])
    assert (loss.compares, set(loss.init())) == (plain.compares, {*plain.init(), "lecam_real", "lecam_fake"})


def test_gradients_are_finite_differences():
    (logits, weights), averages = drawn(0), (0.5, -0.5)
    nudges = 1e-6 * np.eye(2 * N).reshape(-1, 2, N)
    right = [
        (divergence(logits + nudge, weights, averages) - divergence(logits - nudge, weights, averages)) / 2e-6
        for nudge in nudges
    ]
    with jax.enable_x64(True):
        plain, loss = built("hinge"), built("hinge", **{"loss.lecam": 1.0})
        state = {"lecam_real": averages[0], "lecam_fake": averages[1]}

        def extra(logits):
            sides = judged(logits, weights)
            return loss.discriminator(state, *sides) - plain.discriminator({}, *sides)

        np.testing.assert_allclose(jax.grad(extra)(jnp.asarray(logits)).ravel(), right, atol=1e-7)


@pytest.mark.parametrize("name", ["hinge", "fisher"])
def test_the_averages_follow_the_logits_of_all_devices_and_the_rest_of_the_state_is_the_losss(name):
    logits, weights = np.float32(drawn(1))
    sides = judged(logits, weights)
    # `reduce` stands for another device, on which every mean is twice as large
    loss = built(name, lambda tree: jax.tree.map(lambda mean: 1.5 * mean, tree), **{"loss.lecam": WEIGHT})
    plain = built(name, lambda tree: jax.tree.map(lambda mean: 1.5 * mean, tree))
    state = loss.init()
    right = np.zeros(2)
    for _ in range(3):
        expected = plain.update({key: state[key] for key in plain.init()}, *sides)
        state = loss.update(state, *sides)
        right = DECAY * right + (1 - DECAY) * 1.5 * np.mean(weights * logits, axis=1)
        np.testing.assert_allclose([state["lecam_real"], state["lecam_fake"]], right, rtol=1e-5)
        assert {key: state[key] for key in expected} == expected


def test_behind_a_head_it_is_on_the_real_fake_logit():
    columns = np.random.default_rng(2).normal(size=(2, N, 4)).astype(np.float32)
    label = jnp.arange(N) % 3
    sides = [Judged(jnp.asarray(own), jnp.ones(N), label) for own in columns]
    head = {"model.head": "acgan", "latent.components": 3}
    head |= {"loss.d_weight": 0.5}  # of the adversarial part alone
    plain, loss = built("hinge", **head), built("hinge", **head, **{"loss.lecam": WEIGHT})
    extra = loss.discriminator(loss.init(), *sides) - plain.discriminator({}, *sides)
    assert float(extra) == pytest.approx(WEIGHT * divergence(columns[..., 0], np.ones((2, N)), (0, 0)), rel=1e-4)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"loss.lecam": -1.0}, "config.loss.lecam = -1.0: give at least 0.0"),
        ({"loss.lecam_decay": 1.0}, "config.loss.lecam_decay = 1.0: give at most"),
        ({"loss.lecam": 0.1, "model.head": "sigmoids", "loss.name": "non_saturating"}, "has a logit a class"),
    ],
)
def test_bad_values_are_refused(values, reason):
    with pytest.raises(InputError, match=reason):
        update(base(), values)
