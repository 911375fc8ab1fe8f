"""mogan.losses.relativistic against its equation in float64, pair by pair, and its known optimum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.config import base, update
from mogan.errors import InputError
from mogan.losses import make_loss
from mogan.losses.relativistic import first_is_real, relativistic
from mogan.types import Judged

N, LOSS = 5, relativistic()
seeds = st.integers(0, 2**32 - 1)


def drawn(seed, size=1.0):
    """(real logits, generated logits, real weights, generated weights), float64."""
    rng = np.random.default_rng(seed)
    return *(size * rng.normal(size=(2, N))), *rng.uniform(0, 2, (2, N))


def judged(real, fake, real_weight, fake_weight):
    return Judged(real, real_weight), Judged(fake, fake_weight)


def pair_by_pair(real, fake, real_weight, fake_weight):
    """Discriminator: -E log sigmoid(l(x) - l(G(z))); generator: the same with the sides exchanged."""

    def minus_log_sigmoid(t):
        return np.logaddexp(0, -t)

    pairs = list(zip(real, fake, real_weight * fake_weight, strict=True))
    return (
        np.mean([w * minus_log_sigmoid(x - g) for x, g, w in pairs]),
        np.mean([w * minus_log_sigmoid(g - x) for x, g, w in pairs]),
    )


@jax.jit
def players(real, fake, real_weight, fake_weight):
    """(value, gradients in both sides' logits) of discriminator and generator."""
    weights = real_weight, fake_weight
    return [
        jax.value_and_grad(lambda *logits, part=part: part({}, *judged(*logits, *weights)), argnums=(0, 1))(real, fake)
        for part in (LOSS.discriminator, LOSS.generator)
    ]


@settings(max_examples=60)
@given(seed=seeds, size=st.sampled_from([0.0, 1.0, 100.0]))
def test_values_are_the_equation_at_any_logit(seed, size):
    sides = drawn(seed, size)
    for (value, gradients), right in zip(players(*map(jnp.float32, sides)), pair_by_pair(*sides), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-5, atol=1e-5 * (1 + size))
        assert np.isfinite(gradients).all()


@given(seed=seeds)
@settings(max_examples=10)
def test_gradients_are_finite_differences_and_both_sides_move_apart(seed):
    (*logits, real_weight, fake_weight), step = drawn(seed), 1e-6
    nudges = step * np.eye(2 * N).reshape(-1, 2, N)

    def values(nudge):
        return np.array(pair_by_pair(*(logits + nudge), real_weight, fake_weight))

    slopes = np.array([(values(nudge) - values(-nudge)) / (2 * step) for nudge in nudges]).T.reshape(2, 2, N)
    with jax.enable_x64(True):
        found = np.array([gradients for _, gradients in players(*logits, real_weight, fake_weight)])
    np.testing.assert_allclose(found, slopes, atol=1e-8)
    np.testing.assert_allclose(found[:, 0], -found[:, 1])  # what one side gains the other loses: only differences count


@given(seed=seeds)
@settings(max_examples=20)
def test_the_best_discriminator_is_the_log_ratio_of_densities(seed):
    """Over all pairs of points, each as often as its densities p and q say, l = log(p / q) + any number is stationary
    (Jolicoeur-Martineau 2019), and nothing near it is better."""
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(N), size=2) + 1e-2
    p, q = p / p.sum(), q / q.sum()
    x, g = (side.ravel() for side in np.indices((N, N)))

    def value(logits):
        return first_is_real(Judged(logits[x], N * p[x]), Judged(logits[g], N * q[g]))

    best = np.log(p / q) + 3.0
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.grad(value)(best), 0.0, atol=1e-12)
        assert all(value(best) < value(best + 0.1 * nudge) for nudge in rng.normal(size=(5, N)))


def test_an_encoder_has_no_term_of_its_own_and_the_score_is_the_logit():
    real, fake = judged(*map(jnp.float32, drawn(0)))
    assert LOSS.compares and LOSS.encoder({}, real) == 0.0
    assert LOSS.score(real.logits) is real.logits and LOSS.update({}, real, fake) == {} == LOSS.init()


def test_make_loss_builds_it_behind_every_head():
    columns = jnp.float32(np.random.default_rng(1).normal(size=(2, N, 4)))
    weight, label = jnp.ones(N), jnp.arange(N) % 3
    sides = [Judged(logits, weight, label) for logits in columns]
    for head, score in (("acgan", lambda c: c[:, 0]), ("semi_supervised", lambda c: jax.nn.logsumexp(c, -1))):
        values = {"loss.name": "relativistic", "model.head": head, "latent.components": 3, "loss.class_weight": 0.0}
        loss = make_loss(update(base(), values), classes=3)
        assert loss.compares
        np.testing.assert_allclose(
            [loss.discriminator({}, *sides), loss.generator({}, *sides)],
            pair_by_pair(*np.float64([score(c) for c in columns]), np.ones(N), np.ones(N)),
            rtol=1e-5,
        )
    plain = make_loss(update(base(), {"loss.name": "relativistic", "loss.d_weight": 0.5}))
    sides = judged(*map(jnp.float32, drawn(2)))
    assert plain.discriminator({}, *sides) == 0.5 * LOSS.discriminator({}, *sides)
    assert plain.generator({}, *sides) == LOSS.generator({}, *sides)


def test_other_losses_are_not_shown_real_samples():
    names = ("minimax", "non_saturating", "least_squares", "hinge", "fisher", "lol1", "lol2")
    assert not any(make_loss(update(base(), {"loss.name": name})).compares for name in names)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"data.batch_size_g": 100}, "config.data.batch_size_g = 100: loss.name = 'relativistic' sets each generated"),
        ({"model.head": "sigmoids"}, "of the non-saturating kind"),
    ],
)
def test_what_cannot_be_paired_is_refused(values, reason):
    with pytest.raises(InputError, match=reason):
        update(base(), {"loss.name": "relativistic"} | values)
