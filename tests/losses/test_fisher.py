"""mogan.losses.fisher against the augmented Lagrangian in float64 and against closed forms of the Fisher IPM."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.losses.fisher import fisher, second_moment
from mogan.types import Judged

N, RHO = 6, 0.7
seeds = st.integers(0, 2**32 - 1)


def sides_of(seed, size=3.0):
    """Critic values [2, N] and weights [2, N], of the real and the generated side."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, size, (2, N)), rng.uniform(0, 2, (2, N))


def judge(values, weights):
    return [Judged(*map(jnp.asarray, side)) for side in zip(values, weights, strict=True)]


def lagrangian(values, weights, multiplier):
    """(Omega, V, dV/dvalues) of Mroueh & Sercu 2017, in float64."""
    omega = np.mean(weights * values**2, axis=1).sum() / 2
    ipm = np.mean(weights[0] * values[0]) - np.mean(weights[1] * values[1])
    sign = np.array([[1.0], [-1.0]])
    slope = weights * (sign - (multiplier + RHO * (omega - 1)) * values) / N
    return omega, ipm + multiplier * (1 - omega) - RHO / 2 * (omega - 1) ** 2, slope


@jax.jit
def players(values, weights, state):
    """Values and gradients of the three players' losses, and the state after the critic's update."""
    loss = fisher(RHO)
    parts = [
        lambda values: loss.discriminator(state, *judge(values, weights)),
        lambda values: loss.generator(state, None, judge(values, weights)[1]),
        lambda values: loss.encoder(state, judge(values, weights)[0]),
    ]
    return [jax.value_and_grad(part)(values) for part in parts], loss.update(state, *judge(values, weights))


@settings(max_examples=60)
@given(seed=seeds, multiplier=st.floats(-3, 3, width=32), size=st.sampled_from([0.0, 0.1, 3.0, 100.0]))
def test_the_critic_descends_minus_the_augmented_lagrangian(seed, multiplier, size):
    values, weights = sides_of(seed, size)
    state = {"multiplier": jnp.float32(multiplier), "omega": jnp.float32(1)}
    (critic, generator, encoder), new = players(*map(jnp.float32, (values, weights)), state)
    omega, v, slope = lagrangian(values, weights, multiplier)
    np.testing.assert_allclose(critic[0], -v, rtol=1e-5, atol=1e-5 * (1 + omega))
    np.testing.assert_allclose(critic[1], -slope, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(generator[0], -np.mean(weights[1] * values[1]), rtol=1e-5, atol=1e-5 * (1 + size))
    np.testing.assert_allclose(generator[1], [np.zeros(N), -weights[1] / N], rtol=1e-6)
    np.testing.assert_allclose(encoder[0], np.mean(weights[0] * values[0]), rtol=1e-5, atol=1e-5 * (1 + size))
    np.testing.assert_allclose(encoder[1], [weights[0] / N, np.zeros(N)], rtol=1e-6)
    assert new["omega"] == pytest.approx(omega, rel=1e-5)
    assert new["multiplier"] == pytest.approx(multiplier + RHO * (omega - 1), rel=1e-5, abs=1e-5)


def test_the_critics_gradient_is_finite_differences():
    """Of V's value in float64: the tangent by which the program writes the square is no part of this test."""
    (values, weights), step = sides_of(0), 1e-6
    nudges = step * np.eye(2 * N).reshape(-1, 2, N)
    slopes = [
        (lagrangian(values + nudge, weights, 0.4)[1] - lagrangian(values - nudge, weights, 0.4)[1]) / (2 * step)
        for nudge in nudges
    ]
    with jax.enable_x64(True):
        (critic, *_), _ = players(values, weights, {"multiplier": jnp.asarray(0.4), "omega": jnp.asarray(1.0)})
        np.testing.assert_allclose(critic[1].ravel(), -np.array(slopes), rtol=1e-6, atol=1e-7)


def test_the_state_keeps_its_types():
    loss, (values, weights) = fisher(RHO), sides_of(1)
    state = loss.init()
    assert {name: float(value) for name, value in state.items()} == {"multiplier": 0.0, "omega": 1.0}
    new = loss.update(state, *judge(jnp.float32(values), jnp.float32(weights)))
    for old, value in zip(jax.tree.leaves(state), jax.tree.leaves(new), strict=True):
        assert (old.dtype, old.weak_type) == (value.dtype, value.weak_type) == (jnp.float32, False)
    assert loss.score(values) is values


@settings(max_examples=20)
@given(seed=seeds)
def test_the_mean_over_devices_is_the_whole_batchs(seed):
    """Each half of the batch is a device, mapped under an axis: what `reduce` averages over, and nothing else."""
    values, weights = map(jnp.float32, sides_of(seed))
    state = {"multiplier": jnp.float32(0.4), "omega": jnp.float32(1)}
    value, grad, new = halves(*(array.reshape(2, 2, N // 2).swapaxes(0, 1) for array in (values, weights)), state)
    (whole, *_), whole_new = players(values, weights, state)
    np.testing.assert_allclose(value.mean(), whole[0], rtol=1e-5, atol=1e-5)
    # d of the mean over devices: each half's gradient counts half
    np.testing.assert_allclose(grad.swapaxes(0, 1).reshape(2, N) / 2, whole[1], rtol=1e-4, atol=1e-5)
    for name, right in whole_new.items():
        np.testing.assert_allclose(new[name], np.full(2, right), rtol=1e-5, atol=1e-6)


@jax.jit
def halves(values, weights, state):
    """(critic's loss [2], its gradient [2, 2, N/2], state [2]) of two devices."""
    loss = fisher(RHO, lambda omega: jax.lax.pmean(omega, "device"))

    def device(values, weights):
        def critic(values):
            return loss.discriminator(state, *judge(values, weights))

        return *jax.value_and_grad(critic)(values), loss.update(state, *judge(values, weights))

    return jax.vmap(device, axis_name="device")(values, weights)


def ascend(critic, params, points, weights, *, rho, rate, steps):
    """Gradient ascent of V with Adam, expectations as weighted sums over points [2, n]; (IPM, Omega, state) at the end,
    IPM = (E f(x) - E f(G(z))) / sqrt(Omega), which is free of f's scale."""
    loss, optimizer, scales = fisher(rho), optax.adam(rate), weights * weights.shape[1]

    def step(carry, _):
        params, moments, state = carry

        def objective(params):
            sides = judge(critic(params, points), scales)
            return loss.discriminator(state, *sides), sides

        grads, sides = jax.grad(objective, has_aux=True)(params)
        updates, moments = optimizer.update(grads, moments)
        return (optax.apply_updates(params, updates), moments, loss.update(state, *sides)), None

    start = params, optimizer.init(params), loss.init()
    (params, _, state), _ = jax.lax.scan(step, start, length=steps)
    real, fake = judge(critic(params, points), scales)
    omega = second_moment(real, fake)
    return (loss.encoder(state, real) + loss.generator(state, None, fake)) / jnp.sqrt(omega), omega, state


def test_a_linear_critic_finds_the_mahalanobis_distance():
    """sup over f = v . phi is sqrt(d' S^-1 d): d the difference of phi's means, S the mean of its second moments under
    both (Mroueh & Sercu 2017, section 3); S and d here from scipy's moments, the training from quadrature points."""
    mean, deviation = np.array([0.5, -0.3]), np.array([1.0, 0.7])
    nodes, gauss = np.polynomial.hermite_e.hermegauss(9)
    points = jnp.float32(mean[:, None] + deviation[:, None] * nodes)
    weights = jnp.float32(np.tile(gauss / gauss.sum(), (2, 1)))

    def critic(v, x):
        return v[0] + v[1] * x + v[2] * x**2

    moments = np.array(
        [[scipy.stats.norm.moment(k, loc=m, scale=s) for k in range(5)] for m, s in zip(mean, deviation, strict=True)]
    )
    second = moments.mean(0)[np.add.outer(range(3), range(3))]
    difference = moments[0, :3] - moments[1, :3]
    closed = np.sqrt(difference @ np.linalg.solve(second, difference))

    train = jax.jit(lambda v: ascend(critic, v, points, weights, rho=0.01, rate=0.01, steps=3000))
    ipm, omega, state = train(jnp.float32([0.1, 0.0, 0.0]))
    assert ipm == pytest.approx(closed, rel=1e-4)
    assert omega == pytest.approx(1.0, abs=1e-3)
    assert state["multiplier"] == pytest.approx(closed / 2, rel=1e-3)  # where V is stationary and Omega is 1


def test_a_network_finds_the_chi_squared_distance():
    """IPM^2 = integral (p - q)^2 / ((p + q) / 2) over all critics (Mroueh & Sercu 2017, section 3)."""
    p, q = scipy.stats.norm(0.6, 1.0), scipy.stats.norm(-0.6, 0.8)

    def ratio(x):
        return (p.pdf(x) - q.pdf(x)) ** 2 / ((p.pdf(x) + q.pdf(x)) / 2)

    closed = np.sqrt(scipy.integrate.quad(ratio, -6, 6)[0])
    grid = np.linspace(-5, 5, 101)
    weights = jnp.float32(np.stack([p.pdf(grid), q.pdf(grid)]) * (grid[1] - grid[0]))

    def critic(params, x):
        return jnp.tanh(x[..., None] * params["in"] + params["shift"]) @ params["out"]

    keys = jax.random.split(jax.random.key(0), 3)
    params = {name: jax.random.normal(key, (16,)) for name, key in zip(("in", "shift", "out"), keys, strict=True)}
    points = jnp.float32(np.stack([grid, grid]))
    train = jax.jit(lambda params: ascend(critic, params, points, weights, rho=0.01, rate=0.01, steps=3000))
    ipm, omega, _ = train(params)
    assert ipm == pytest.approx(closed, rel=1e-3)
    assert omega == pytest.approx(1.0, abs=1e-3)
