"""mogan.losses.penalties against numpy in float64, on a critic whose gradients are known by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.config import base, update
from mogan.losses import make_penalty
from mogan.losses.penalties import gradient_penalty, pairwise_x, pairwise_z, r1, r2
from mogan.types import Pairs

N, SHAPE, DIM = 4, (2, 3), 2
SIZE = int(np.prod(SHAPE))
seeds = st.integers(0, 2**32 - 1)


def critic_of(params):
    """tanh(x . a + z . b) + 1/2 x' Q x; without z its terms are left out."""

    def critic(x, z=None):
        flat = x.reshape(len(x), -1)
        code = 0 if z is None else z @ params["b"]
        return jnp.tanh(flat @ params["a"] + code) + ((flat @ params["q"]) * flat).sum(1) / 2

    return critic


def slopes_of(params, x, z=None):
    """The critic's gradients in x [n, SIZE] and z [n, d], by hand."""
    flat = x.reshape(len(x), -1)
    code = 0 if z is None else z @ params["b"]
    outer = 1 - np.tanh(flat @ params["a"] + code) ** 2
    return outer[:, None] * params["a"] + flat @ (params["q"] + params["q"].T) / 2, outer[:, None] * params["b"]


def drawn(seed, encoder=True):
    """(critic's parameters, Pairs, eps [n]) in float64."""
    rng = np.random.default_rng(seed)
    params = {"a": rng.normal(size=SIZE), "b": rng.normal(size=DIM), "q": rng.normal(size=(SIZE, SIZE))}
    x, fake_x, x_back = rng.normal(size=(3, N, *SHAPE))
    z, fake_z, z_back = rng.normal(size=(3, N, DIM)) if encoder else (None, None, None)
    pairs = Pairs(x, z, fake_x, fake_z, rng.uniform(0, 2, N), x_back if encoder else None, z_back)
    return params, pairs, rng.uniform(size=N)


def single(tree):
    return jax.tree.map(jnp.float32, tree)


def between(eps, one, other):
    return np.stack([share * a + (1 - share) * b for share, a, b in zip(eps, one, other, strict=True)])


def lengths(vectors):
    return np.array([np.sqrt(np.sum(vector**2)) for vector in vectors])


def expected_gradient_penalty(params, pairs, eps):
    x = between(eps, pairs.x, pairs.fake_x)
    if pairs.z is None:
        slopes = slopes_of(params, x)[0]
    else:
        slopes = np.concatenate(slopes_of(params, x, between(eps, pairs.z, pairs.fake_z)), axis=1)
    return np.mean(pairs.weight * (lengths(slopes) - 1) ** 2)


def expected_pairwise_x(params, pairs, eps, squared=False):
    unit = (pairs.x - pairs.x_back).reshape(N, -1)
    unit = unit / lengths(unit)[:, None]
    slopes = slopes_of(params, between(eps, pairs.x, pairs.x_back), pairs.z)[0]
    return np.mean(lengths(slopes - unit) ** (2 if squared else 1))


def expected_pairwise_z(params, pairs, eps, squared=False):
    unit = pairs.fake_z - pairs.z_back
    unit = unit / lengths(unit)[:, None]
    slopes = slopes_of(params, pairs.fake_x, between(eps, pairs.fake_z, pairs.z_back))[1]
    return np.mean(pairs.weight * lengths(-slopes - unit) ** (2 if squared else 1))


def expected_zero_centred(params, x, z, weight):
    slopes = np.concatenate(slopes_of(params, x, z)[: 1 if z is None else 2], axis=1)
    return np.mean(weight * lengths(slopes) ** 2) / 2


def expected_r1(params, pairs, eps):
    return expected_zero_centred(params, pairs.x, pairs.z, np.ones(N))


def expected_r2(params, pairs, eps):
    return expected_zero_centred(params, pairs.fake_x, pairs.fake_z, pairs.weight)


def at_samples(function):
    """A penalty that draws nothing, called as those that do."""
    return lambda critic, pairs, eps: function(critic, pairs)


TERMS = {  # (with encoder, arguments, the penalty, its equation)
    "gradient_penalty": (False, {}, gradient_penalty, expected_gradient_penalty),
    "gradient_penalty of pairs": (True, {}, gradient_penalty, expected_gradient_penalty),
    "r1": (False, {}, at_samples(r1), expected_r1),
    "r1 of pairs": (True, {}, at_samples(r1), expected_r1),
    "r2": (False, {}, at_samples(r2), expected_r2),
    "r2 of pairs": (True, {}, at_samples(r2), expected_r2),
    "pairwise_x": (True, {}, pairwise_x, expected_pairwise_x),
    "pairwise_x squared": (True, {"squared": True}, pairwise_x, expected_pairwise_x),
    "pairwise_z": (True, {}, pairwise_z, expected_pairwise_z),
    "pairwise_z squared": (True, {"squared": True}, pairwise_z, expected_pairwise_z),
}


def compiled(function, arguments):
    """(params, pairs, eps) -> (value, gradient in the critic's parameters), for the penalty `function`."""
    return jax.jit(jax.value_and_grad(lambda params, pairs, eps: function(critic_of(params), pairs, eps, **arguments)))


COMPILED = {name: compiled(function, arguments) for name, (_, arguments, function, _) in TERMS.items()}


@settings(max_examples=40)
@given(name=st.sampled_from(sorted(TERMS)), seed=seeds)
def test_values_are_the_equations(name, seed):
    encoder, arguments, _, equation = TERMS[name]
    sides = drawn(seed, encoder)
    value, _ = COMPILED[name](*single(sides))
    assert value == pytest.approx(equation(*sides, **arguments), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", TERMS)
def test_the_critics_gradients_are_finite_differences_of_the_equations(name):
    """The second derivative by which a penalty trains the critic."""
    encoder, arguments, _, equation = TERMS[name]
    (params, *others), rng, step = drawn(0, encoder), np.random.default_rng(1), 1e-6
    with jax.enable_x64(True):
        gradient = jax.tree.map(np.asarray, COMPILED[name](params, *others)[1])
    for _ in range(5):
        along = {leaf: rng.normal(size=value.shape) for leaf, value in params.items()}
        up, down = ({leaf: params[leaf] + sign * along[leaf] for leaf in params} for sign in (step, -step))
        slope = (equation(up, *others, **arguments) - equation(down, *others, **arguments)) / (2 * step)
        assert sum(np.vdot(along[leaf], gradient[leaf]) for leaf in params) == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", TERMS)
def test_vanishing_norms_leave_value_and_gradient_finite(name):
    """A constant critic, whose gradient is 0, at samples that are their own way back, where u is 0."""
    params, pairs, eps = drawn(2, TERMS[name][0])
    if pairs.z is not None:
        pairs = pairs._replace(x_back=pairs.x, z_back=pairs.fake_z)
    constant = jax.tree.map(np.zeros_like, params)
    value, gradient = COMPILED[name](*single((constant, pairs, eps)))
    assert value == pytest.approx(np.mean(pairs.weight) if "gradient_penalty" in name else 0.0)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize(("name", "group"), [("pairwise_x", 0), ("pairwise_z", 1)])
def test_where_a_sample_is_its_own_way_back_the_gradient_itself_is_penalized(name, group):
    params, pairs, eps = drawn(3)
    pairs = pairs._replace(x_back=pairs.x, z_back=pairs.fake_z)
    value, gradient = COMPILED[name](*single((params, pairs, eps)))
    points = (pairs.x, pairs.z) if group == 0 else (pairs.fake_x, pairs.fake_z)
    weight = (np.ones(N), pairs.weight)[group]
    assert value == pytest.approx(np.mean(weight * lengths(slopes_of(params, *points)[group])), rel=1e-4)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize(("term", "sign"), [(pairwise_x, 1), (pairwise_z, -1)])
def test_pairwise_penalties_vanish_at_slope_one_towards_the_data(term, sign):
    """All ways back differ by one vector; the logit grows at slope 1 towards x, and falls towards z (LOGAN 3.2)."""
    _, pairs, eps = drawn(4)
    away = np.full(SIZE if sign > 0 else DIM, 0.5)
    unit = away / np.linalg.norm(away)
    pairs = pairs._replace(x_back=pairs.x - np.full(SHAPE, 0.5), z_back=pairs.fake_z - np.full(DIM, 0.5))

    def critic(x, z):
        return sign * (x.reshape(N, -1) if sign > 0 else z) @ unit

    assert term(critic, *single((pairs, eps))) == pytest.approx(0.0, abs=1e-5)
    mean_weight = 1.0 if sign > 0 else np.mean(pairs.weight)
    flipped = term(lambda x, z: -critic(x, z), *single((pairs, eps)))
    assert flipped == pytest.approx(2 * mean_weight, rel=1e-5)  # against the direction: || -u - u || = 2


def penalty_of(**weights):
    return make_penalty(update(base(), {"model.encoder": True} | {f"loss.{name}": w for name, w in weights.items()}))


def value_of(penalty, pairs, critic, key):
    return penalty.value(critic, pairs, penalty.draw(key, len(pairs.x)))


def test_make_penalty_sums_what_has_a_weight():
    params, pairs, _ = single(drawn(5))
    critic, key = critic_of(params), jax.random.key(0)
    alone = {
        name: float(value_of(penalty_of(**{name: 1.0}), pairs, critic, key))
        for name in ("gradient_penalty", "pairwise_x", "pairwise_z", "r1", "r2")
    }
    weights = {"gradient_penalty": 0.5, "pairwise_x": 2.0, "pairwise_z": 3.0, "r1": 4.0, "r2": 5.0}
    total = value_of(penalty_of(**weights), pairs, critic, key)
    assert total == pytest.approx(sum(weights[name] * alone[name] for name in weights), rel=1e-5)
    assert value_of(penalty_of(pairwise_x=1.0, pairwise_squared=True), pairs, critic, key) > alone["pairwise_x"]


def test_make_penalty_asks_for_ways_back_only_where_they_are_used():
    assert penalty_of() is None
    assert not penalty_of(gradient_penalty=10.0, r1=1.0, r2=1.0).reconstructs
    assert penalty_of(r1=1.0).draw(jax.random.key(0), 3) == {}
    assert penalty_of(pairwise_x=0.1).reconstructs
    assert penalty_of(gradient_penalty=1.0, pairwise_z=0.1).reconstructs


def test_every_sample_and_every_penalty_has_its_own_uniform_place_between_the_ends():
    """Between 0 and 1 with a slope that is the place itself, each penalty is E (eps - 1)^2 = 1/3."""
    n = 2000
    one, none = jnp.ones((n, 1)), jnp.zeros((n, 1))
    pairs = Pairs(one, one, none, one, jnp.ones(n), none, none)
    critics = {
        "gradient_penalty": lambda x, z: x[:, 0] ** 2 / 2,
        "pairwise_x": lambda x, z: x[:, 0] ** 2 / 2,
        "pairwise_z": lambda x, z: -(z[:, 0] ** 2) / 2,
    }
    seen = {
        float(value_of(penalty_of(**{name: 1.0}, pairwise_squared=True), pairs, critic, jax.random.key(1)))
        for name, critic in critics.items()
    }
    assert len(seen) == 3  # no two share their places
    assert list(seen) == pytest.approx([1 / 3] * 3, abs=0.03)
