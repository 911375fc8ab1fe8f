"""mogan.algorithm.spectral_norm against numpy's singular values, and in discriminators of every family."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.algorithm.spectral_norm import KEPT, estimated, iterated
from mogan.config import base, update
from mogan.errors import InputError

SHAPES = {"dense": (7, 5), "conv": (3, 3, 4, 6), "column": (9, 1)}
FAMILIES = {
    "mlp": ({"model.hidden_d": (6,)}, (2,)),
    "dcgan": ({"model.width_d": 2, "model.width_g": 2, "model.encoder": True, "model.norm_d": True}, (8, 8, 1)),
    "resnet": ({"model.width_d": 2, "model.width_g": 2, "model.precision": "bfloat16"}, (8, 8, 1)),
    "deligan": ({"model.width_d": 2, "model.width_g": 2, "model.kernels_d": (3, 3)}, (8, 8, 1)),
}


def kernel_of(name):
    return np.random.default_rng(0).normal(size=SHAPES[name])


@pytest.mark.parametrize("name", SHAPES)
def test_iterations_come_to_the_largest_singular_value(name):
    kernel = kernel_of(name)
    u = np.random.default_rng(1).normal(size=SHAPES[name][-1])
    for _ in range(200):
        sigma, u = iterated(jnp.float32(kernel), jnp.float32(u))
    largest = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]
    assert float(sigma) == pytest.approx(largest, rel=1e-4)
    assert float(estimated(jnp.float32(kernel), u)) == pytest.approx(largest, rel=1e-4)


def test_one_iteration_is_algorithm_1():
    kernel, u = kernel_of("conv"), np.random.default_rng(2).normal(size=6)
    matrix = kernel.reshape(-1, 6)
    v = matrix @ u / np.linalg.norm(matrix @ u)
    new = matrix.T @ v / np.linalg.norm(matrix.T @ v)
    sigma, found = iterated(jnp.float32(kernel), jnp.float32(u))
    np.testing.assert_allclose(found, new, rtol=1e-5)
    assert float(sigma) == pytest.approx(v @ matrix @ new, rel=1e-5)
    slope = jax.grad(lambda kernel: iterated(kernel, jnp.float32(u))[0])(jnp.float32(kernel))
    np.testing.assert_allclose(slope, np.outer(v, new).reshape(kernel.shape), rtol=1e-4, atol=1e-6)


def make(family):
    values, shape = FAMILIES[family]
    config = update(base(), {"model.name": family, "model.spectral_norm": True} | values)
    gan = make_gan(config, shape)
    x = jnp.float32(np.random.default_rng(0).uniform(-1, 1, (4, *shape)))
    z = jnp.ones((4, 2)) if config.model.encoder else None
    params, stats = gan.init(jax.random.key(0), x)
    return (
        gan,
        params,
        stats,
        lambda params, stats, train: gan.discriminate(params, stats, x, z, key=jax.random.key(1), train=train),
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_kernels_may_be_of_any_size(family):
    """What the discriminator says does not change when every kernel is made ten times as large."""
    gan, params, stats, judge = make(family)
    judge = jax.jit(judge, static_argnums=2)
    large = jax.tree_util.tree_map_with_path(
        lambda path, leaf: 10 * leaf if path[-1].key == "kernel" else leaf, params["discriminator"]
    )
    logits, new = judge(params, stats, True)
    others, _ = judge(params | {"discriminator": large}, stats, True)
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(others, logits, rtol=0.02 if family == "resnet" else 1e-3, atol=1e-3)
    assert jax.tree.structure(new) == jax.tree.structure(stats)
    before, after = stats["discriminator"][KEPT], new["discriminator"][KEPT]
    assert any(not np.array_equal(before[name], after[name]) for name in before)
    _, same = judge(params, new, False)
    jax.tree.map(np.testing.assert_array_equal, same["discriminator"][KEPT], after)  # not in training, it stays


def test_a_trained_estimate_bounds_the_slope_of_an_mlp_by_1():
    gan, params, stats, judge = make("mlp")
    for _ in range(50):
        _, stats = judge(params, stats, True)
    x = jnp.float32(np.random.default_rng(3).normal(size=(50, 2)))

    def score(x):
        return gan.discriminate(params, stats, x, key=jax.random.key(0), train=False)[0].sum()

    slopes = np.linalg.norm(jax.grad(score)(x), axis=1)
    assert 0.01 < slopes.max() <= 1.0001  # tanh has slopes up to 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"model.name": "deligan_sketches"}, "is weight-normed"),
        ({"loss.clip": 0.1}, "both bound the discriminator's weights"),
    ],
)
def test_what_makes_no_sense_is_refused(values, reason):
    with pytest.raises(InputError, match=reason):
        update(base(), {"model.spectral_norm": True} | values)


def test_a_wasserstein_critic_may_be_bounded_so():
    assert update(base(), {"model.spectral_norm": True, "loss.name": "wasserstein"}).model.spectral_norm
