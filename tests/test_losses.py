"""mogan.losses against the equations written on D = sigmoid(l) in float64, finite differences and known optima."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.config import base, update
from mogan.losses import adversarial, make_loss, minimax, non_saturating
from mogan.types import Judged

N = 5
LOSSES = {"minimax": minimax(), "non_saturating": non_saturating()}
logits = st.lists(st.floats(-100, 100, width=32), min_size=N, max_size=N).map(np.array)
small_logits = st.lists(st.floats(-4, 4, width=32), min_size=N, max_size=N).map(np.array)
weights = st.lists(st.floats(0, 4, width=32), min_size=N, max_size=N).map(np.array)
names = st.sampled_from(sorted(LOSSES))


def judged(values, weight=None):
    return Judged(jnp.asarray(values), jnp.ones(len(values)) if weight is None else jnp.asarray(weight))


def log_d(values):
    """log sigmoid(l), exact in float64 for any l."""
    return -np.logaddexp(0, -values)


def log_not_d(values):
    """log(1 - sigmoid(l)), exact in float64 for any l."""
    return -np.logaddexp(0, values)


def sigmoid(values):
    return np.exp(log_d(values))


@jax.jit
def everything(real, fake, real_weight, fake_weight):
    """{name: ((d value, (d/d real, d/d fake)), (g value, d/d fake))} of both losses."""

    def both(loss):
        def discriminator(real, fake):
            return loss.discriminator((), Judged(real, real_weight), Judged(fake, fake_weight))

        def generator(fake):
            return loss.generator((), Judged(fake, fake_weight))

        d = jax.value_and_grad(discriminator, argnums=(0, 1))(real, fake)
        return d, jax.value_and_grad(generator)(fake)

    return {name: both(loss) for name, loss in LOSSES.items()}


@settings(max_examples=50, deadline=None)
@given(name=names, real=small_logits, fake=small_logits)
def test_values_are_the_papers_equations_on_probabilities(name, real, fake):
    """Written as in the paper, on D itself."""
    d_real, d_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    loss = LOSSES[name]
    expected = -np.mean(np.log(d_real)) - np.mean(np.log(1 - d_fake))
    assert loss.discriminator((), judged(real), judged(fake)) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    expected = {"minimax": np.mean(np.log(1 - d_fake)), "non_saturating": -np.mean(np.log(d_fake))}[name]
    assert loss.generator((), judged(fake)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(real=logits, fake=logits, real_weight=weights, fake_weight=weights)
def test_weighted_values_and_gradients_at_any_logit(real, fake, real_weight, fake_weight):
    got = everything(*map(jnp.asarray, (real, fake, real_weight, fake_weight)))
    d_value = -np.mean(real_weight * log_d(real)) - np.mean(fake_weight * log_not_d(fake))
    d_grads = -real_weight * sigmoid(-real) / N, fake_weight * sigmoid(fake) / N
    g_values = {
        "minimax": np.mean(fake_weight * log_not_d(fake)),
        "non_saturating": -np.mean(fake_weight * log_d(fake)),
    }
    g_grads = {
        "minimax": -fake_weight * sigmoid(fake) / N,
        "non_saturating": -fake_weight * sigmoid(-fake) / N,
    }
    for name, (d, g) in got.items():
        np.testing.assert_allclose(d[0], d_value, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(d[1], d_grads, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(g[0], g_values[name], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(g[1], g_grads[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_finite_differences(name):
    rng = np.random.default_rng(0)
    real, fake, weight = rng.normal(0, 3, (3, N))
    loss, step = LOSSES[name], 1e-5
    with jax.enable_x64(True):

        def total(real, fake):
            own = judged(fake, weight)
            return 2 * loss.discriminator((), judged(real, weight), own) + 3 * loss.generator((), own)

        grads = jax.grad(total, argnums=(0, 1))(real, fake)
        for side, index in np.ndindex(2, N):
            nudge = np.zeros((2, N))
            nudge[side, index] = step
            slope = (total(*(np.stack([real, fake]) + nudge)) - total(*(np.stack([real, fake]) - nudge))) / (2 * step)
            assert grads[side][index] == pytest.approx(float(slope), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("far", [100.0, 1e4])
def test_far_logits_stay_finite_and_exact(far):
    for sign in (1, -1):
        got = everything(*(jnp.full(N, value) for value in (sign * far, -sign * far, 1.0, 1.0)))
        for name, (d, g) in got.items():
            right = sign > 0  # the discriminator is sure of the truth, or of its opposite
            assert d[0] == pytest.approx(0.0 if right else 2 * far, abs=1e-6)
            np.testing.assert_allclose(d[1][0], 0.0 if right else -1 / N, atol=1e-6)
            np.testing.assert_allclose(d[1][1], 0.0 if right else 1 / N, atol=1e-6)
            if name == "minimax":  # vanishes where the discriminator is sure of the fake
                assert g[0] == pytest.approx(0.0 if right else -far, abs=1e-6)
                np.testing.assert_allclose(g[1], 0.0 if right else -1 / N, atol=1e-6)
            else:  # there it does not
                assert g[0] == pytest.approx(far if right else 0.0, abs=1e-6)
                np.testing.assert_allclose(g[1], -1 / N if right else 0.0, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_best_discriminator_is_the_density_ratio(seed):
    """With densities p and q as weights, l = log(p / q) is the minimum, 2 log 2 - 2 JS(p, q) (Goodfellow et al.)."""
    p, q = np.random.default_rng(seed).dirichlet(np.ones(N), size=2) + 1e-3
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    divergence = np.sum(p * np.log(p / middle) + q * np.log(q / middle)) / 2
    best = jnp.asarray(np.log(p / q))

    def value(values):
        return adversarial.discriminator_cross_entropy(judged(values, N * p), judged(values, N * q))

    assert value(best) == pytest.approx(2 * np.log(2) - 2 * divergence, rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(jax.grad(value)(best), 0.0, atol=1e-6)
    assert value(best + 0.5) > value(best) < value(best - 0.5)


@pytest.mark.parametrize("name", LOSSES)
def test_these_losses_keep_no_state(name):
    loss = LOSSES[name]
    assert jax.tree.leaves(loss.init()) == []
    assert loss.update(loss.init(), judged(np.ones(2)), judged(np.ones(2))) == loss.init()


@pytest.mark.parametrize("name", LOSSES)
def test_make_loss_builds_every_name(name):
    built = make_loss(update(base(), {"loss.name": name}).loss)
    values = judged(np.linspace(-2, 2, N))
    assert built.generator((), values) == LOSSES[name].generator((), values)
    assert built.discriminator((), values, values) == LOSSES[name].discriminator((), values, values)


@pytest.mark.parametrize(
    ("function", "source"),
    [
        (adversarial.generator_minimax, "DeLiGAN eq. 3"),
        (adversarial.discriminator_cross_entropy, "DeLiGAN eq. 4"),
        (adversarial.minimax, "DeLiGAN eq. 5"),
        (adversarial.generator_non_saturating, "Goodfellow et al. 2014"),
    ],
)
def test_docstrings_name_their_equation(function, source):
    assert source in function.__doc__
