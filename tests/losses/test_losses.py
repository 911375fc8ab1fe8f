"""mogan.losses on one logit against the equations in float64, finite differences and known optima."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.config import base, update
from mogan.errors import InputError
from mogan.losses import adversarial, logit, make_loss
from mogan.losses.fisher import fisher
from mogan.types import Judged

N = 5
LOSSES = {
    "minimax": adversarial.minimax(),
    "non_saturating": adversarial.non_saturating(),
    "wasserstein": adversarial.wasserstein(),
    "least_squares": adversarial.least_squares(),
    "hinge": adversarial.hinge(),
    "lol1": logit.lol1(),
    "lol2": logit.lol2(),
}
logits = st.lists(st.floats(-100, 100, width=32), min_size=N, max_size=N).map(np.array)
small_logits = st.lists(st.floats(-4, 4, width=32), min_size=N, max_size=N).map(np.array)
weights = st.lists(st.floats(0, 4, width=32), min_size=N, max_size=N).map(np.array)


def judged(values, weight=None):
    return Judged(jnp.asarray(values), jnp.ones(len(values)) if weight is None else jnp.asarray(weight))


def log_d(values):
    """log sigmoid(l), exact in float64 for any l."""
    return -np.logaddexp(0, -values)


def sigmoid(values):
    return np.exp(log_d(values))


# Each part of a loss: (its term, the term's derivative) as float64 functions of logits.
LOG_D = (log_d, lambda values: sigmoid(-values))
LOG_NOT_D = (lambda values: log_d(-values), lambda values: -sigmoid(values))
LOGIT = (lambda values: values, np.ones_like)


def minus(part):
    return lambda values: -part[0](values), lambda values: -part[1](values)


def half_square(target):
    return lambda values: (values - target) ** 2 / 2, lambda values: values - target


def hinge(sign):
    return lambda values: np.maximum(0, 1 + sign * values), lambda values: sign * (sign * values > -1.0)


def sigmoid_square(sign):
    """sigmoid(sign l)^2, whose derivative is 2 sign D^2 (1 - D)."""
    return (
        lambda values: sigmoid(sign * values) ** 2,
        lambda values: 2 * sign * sigmoid(sign * values) ** 2 * sigmoid(-sign * values),
    )


EQUATIONS = {  # discriminator on real, on fake; generator on fake; encoder on real
    "minimax": (minus(LOG_D), minus(LOG_NOT_D), LOG_NOT_D, LOG_D),
    "non_saturating": (minus(LOG_D), minus(LOG_NOT_D), minus(LOG_D), minus(LOG_NOT_D)),
    "wasserstein": (minus(LOGIT), LOGIT, minus(LOGIT), LOGIT),
    "least_squares": (half_square(1), half_square(0), half_square(1), half_square(0)),
    "hinge": (hinge(-1), hinge(1), minus(LOGIT), LOGIT),
    "lol1": (minus(LOG_D), minus(LOG_NOT_D), minus(LOGIT), LOGIT),
    "lol2": (sigmoid_square(-1), sigmoid_square(1), minus(LOGIT), LOGIT),
}


@jax.jit
def everything(real, fake, real_weight, fake_weight):
    """{name: (d value, d/d real, d/d fake, g value, d/d fake, e value, d/d real)} of all losses."""

    def parts(loss):
        state = loss.init()

        def discriminator(real, fake):
            return loss.discriminator(state, Judged(real, real_weight), Judged(fake, fake_weight))

        d_value, d_grads = jax.value_and_grad(discriminator, argnums=(0, 1))(real, fake)
        generator = jax.value_and_grad(lambda fake: loss.generator(state, None, Judged(fake, fake_weight)))(fake)
        encoder = jax.value_and_grad(lambda real: loss.encoder(state, Judged(real, real_weight)))(real)
        return d_value, *d_grads, *generator, *encoder

    return {name: parts(loss) for name, loss in LOSSES.items()}


def expected(name, real, fake, real_weight, fake_weight):
    """What `everything` gives of that loss, in float64."""

    def mean(part, weight, values):
        return np.mean(weight * part[0](values)), weight * part[1](values) / N

    on_real, on_fake, generator, encoder = EQUATIONS[name]
    (real_value, real_grad), (fake_value, fake_grad) = (
        mean(on_real, real_weight, real),
        mean(on_fake, fake_weight, fake),
    )
    players = mean(generator, fake_weight, fake), mean(encoder, real_weight, real)
    return real_value + fake_value, real_grad, fake_grad, *players[0], *players[1]


@settings(max_examples=80)
@given(real=logits, fake=logits, real_weight=weights, fake_weight=weights)
def test_weighted_values_and_gradients_at_any_logit(real, fake, real_weight, fake_weight):
    sides = real, fake, real_weight, fake_weight
    for name, got in everything(*map(jnp.asarray, sides)).items():
        for value, right in zip(got, expected(name, *sides), strict=True):
            # terms of either sign may cancel in a sum, of which each has the error of its own size
            np.testing.assert_allclose(
                value, right, rtol=1e-5, atol=1e-6 * (1 + np.abs(real).max() + np.abs(fake).max())
            )


@pytest.mark.parametrize("far", [100.0, 1e4])
def test_far_logits_stay_finite_and_exact(far):
    for sign in (1, -1):  # the discriminator is sure of the truth, or of its opposite
        sides = [np.full(N, value, np.float32) for value in (sign * far, -sign * far, 1, 1)]
        for name, got in everything(*sides).items():
            for value, right in zip(got, expected(name, *np.float64(sides)), strict=True):
                np.testing.assert_allclose(value, right, rtol=1e-6, atol=1e-30)


@settings(max_examples=30)
@given(real=small_logits, fake=small_logits)
def test_values_are_the_papers_equations_on_probabilities(real, fake):
    """Written as in the papers, on D itself."""
    d_real, d_fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    got = everything(*map(jnp.asarray, (real, fake, np.ones(N), np.ones(N))))
    entropy, logit_game = -np.mean(np.log(d_real)) - np.mean(np.log(1 - d_fake)), np.mean(real) - np.mean(fake)
    discriminator = {
        "minimax": entropy,  # DeLiGAN eq. 4
        "non_saturating": entropy,
        "lol1": entropy,  # LOGAN section 3.1
        "lol2": np.mean(d_fake**2) + np.mean((1 - d_real) ** 2),
    }
    together = {  # what generator and encoder descend
        "minimax": -entropy,  # DeLiGAN eq. 5
        "non_saturating": -np.mean(np.log(d_fake)) - np.mean(np.log(1 - d_real)),
        "lol1": logit_game,
        "lol2": logit_game,
    }
    for name, value in discriminator.items():
        assert got[name][0] == pytest.approx(value, rel=1e-5, abs=1e-5)
        assert got[name][3] + got[name][5] == pytest.approx(together[name], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_finite_differences(name):
    rng, loss, step = np.random.default_rng(0), LOSSES[name], 1e-5
    weight = rng.uniform(0, 2, N)
    with jax.enable_x64(True):

        @jax.jit
        def total(sides):
            real, fake = judged(sides[0], weight), judged(sides[1], weight[::-1])
            return (
                2 * loss.discriminator({}, real, fake) + 3 * loss.generator({}, None, fake) + 5 * loss.encoder({}, real)
            )

        sides, nudges = rng.normal(0, 3, (2, N)), step * np.eye(2 * N).reshape(-1, 2, N)
        slopes = [(total(sides + nudge) - total(sides - nudge)) / (2 * step) for nudge in nudges]
        np.testing.assert_allclose(jax.grad(total)(sides).ravel(), slopes, rtol=1e-6, atol=1e-8)


def densities(seed):
    """Two densities over N points."""
    p, q = np.random.default_rng(seed).dirichlet(np.ones(N), size=2) + 1e-3
    return p / p.sum(), q / q.sum()


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_best_discriminator_is_the_density_ratio(seed):
    """With densities p and q as weights, l = log(p / q) is the minimum, 2 log 2 - 2 JS(p, q) (Goodfellow et al.)."""
    p, q = densities(seed)
    middle = (p + q) / 2
    divergence = np.sum(p * np.log(p / middle) + q * np.log(q / middle)) / 2
    best = jnp.asarray(np.log(p / q))

    def value(values):
        return LOSSES["minimax"].discriminator({}, judged(values, N * p), judged(values, N * q))

    assert value(best) == pytest.approx(2 * np.log(2) - 2 * divergence, rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(jax.grad(value)(best), 0.0, atol=1e-6)
    assert value(best + 0.5) > value(best) < value(best - 0.5)


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("least_squares", lambda p, q: p / (p + q)),  # Mao et al. 2017: D* = (b p + a q) / (p + q)
        ("lol2", lambda p, q: np.log(p / q)),  # D* = p / (p + q) again, now of the sigmoid
        ("hinge", lambda p, q: np.sign(p - q)),
    ],
)
def test_the_best_discriminator_of_other_losses(name, best):
    p, q = densities(1)
    loss, best = LOSSES[name], jnp.asarray(best(p, q))

    @jax.jit
    def value(values):
        return loss.discriminator({}, judged(values, N * p), judged(values, N * q))

    for nudge in np.concatenate([np.eye(N), -np.eye(N)]):
        assert value(best) < value(best + 0.1 * nudge)


@pytest.mark.parametrize("name", LOSSES)
def test_these_losses_keep_no_state_and_score_the_logit(name):
    loss, values = LOSSES[name], judged(np.ones(2))
    assert loss.init() == {} == loss.update(loss.init(), values, values)
    assert loss.score(values.logits) is values.logits


def values_of(loss, state=None):
    real, fake, state = judged(np.linspace(-2, 2, N)), judged(np.linspace(1, 3, N)), state or loss.init()
    return [
        float(f)
        for f in (loss.discriminator(state, real, fake), loss.generator(state, real, fake), loss.encoder(state, real))
    ]


@pytest.mark.parametrize("name", LOSSES)
def test_make_loss_builds_every_name(name):
    config = update(base(), {"loss.name": name, "loss.gradient_penalty": 10.0})  # without which wasserstein is refused
    assert values_of(make_loss(config)) == values_of(LOSSES[name])


def test_make_loss_hands_rho_and_reduce_to_fisher():
    """On one device `reduce` changes nothing; here it stands for another device, whose part has twice the moment."""
    config = update(base(), {"loss.name": "fisher", "loss.rho": 0.5})
    side = judged(np.full(N, 2.0, np.float32))
    assert make_loss(config).update({"multiplier": 1.0, "omega": 1.0}, side, side) == {"multiplier": 2.5, "omega": 4.0}
    built = make_loss(config, reduce=lambda omega: 1.5 * omega)
    assert built.update({"multiplier": 1.0, "omega": 1.0}, side, side) == {"multiplier": 3.5, "omega": 6.0}
    state = {"multiplier": jnp.float32(1), "omega": jnp.float32(1)}
    assert values_of(make_loss(config), state) == values_of(fisher(0.5), state)


def test_the_discriminators_weight_is_its_own():
    config = update(base(), {"loss.name": "hinge", "loss.d_weight": 0.25})
    (d, *others), (plain_d, *plain_others) = values_of(make_loss(config)), values_of(LOSSES["hinge"])
    assert d == 0.25 * plain_d
    assert others == plain_others


@pytest.mark.parametrize("head", ["sigmoids", "acgan", "semi_supervised"])
def test_heads_that_need_labels_say_so(head):
    with pytest.raises(InputError, match=f"config.model.head = '{head}' needs labels, which config.data.source"):
        make_loss(update(base(), {"model.head": head, "loss.name": "non_saturating"}))


@pytest.mark.parametrize(
    ("function", "source"),
    [
        (adversarial.minimax, "DeLiGAN eq. 3"),
        (adversarial.minimax, "DeLiGAN eq. 4"),
        (adversarial.minimax, "DeLiGAN eq. 5"),
        (adversarial.non_saturating, "Goodfellow et al. 2014"),
        (adversarial.wasserstein, "Arjovsky et al. 2017"),
        (adversarial.least_squares, "Mao et al. 2017"),
        (adversarial.hinge, "Miyato et al. 2018"),
        (logit.lol1, "LOGAN section 3.1"),
        (logit.lol2, "LOGAN section 3.1"),
        (fisher, "Mroueh & Sercu 2017"),
    ],
)
def test_docstrings_name_their_equation(function, source):
    assert source in " ".join(function.__doc__.split())
