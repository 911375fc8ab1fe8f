"""config.model.precision: in what the networks compute, and what stays float32."""

import jax
import jax.extend
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.types import LatentSample

SHAPE, N = (12, 12, 3), 6
FAMILIES = {
    "mlp": {"model.hidden_g": (16,), "model.hidden_d": (16,), "model.hidden_e": (16,), "model.encoder": True},
    "dcgan": {"model.encoder": True, "model.width_g": 4, "model.width_d": 4, "model.norm_d": True},
    "resnet": {"model.encoder": True, "model.width_g": 4, "model.width_d": 4, "model.minibatch_std": True},
    "deligan": {"model.width_g": 4, "model.width_d": 4, "model.kernels_g": (3, 5, 5), "model.kernels_d": (5, 3)},
    "deligan_cifar": {"model.width_g": 4, "model.width_d": 4, "model.kernels_g": (5, 5, 5)},
}


def configure(family, precision):
    values = {"model.name": family, "latent.dim": 5, "latent.components": 3, "model.one_hot": family == "deligan"}
    return update(base(), values | FAMILIES[family] | {"model.precision": precision})


def passes(family, precision):
    """A function of (params, stats, x, z) that runs every network in a training pass."""
    gan = make_gan(configure(family, precision), SHAPE[:1] if family == "mlp" else SHAPE)

    def run(params, stats, x, z):
        key = jax.random.key(3)
        sample = LatentSample(z, jnp.arange(N) % 3, jnp.ones(N))
        made, stats = gan.generate(params, stats, sample, key=key, train=True)
        code, stats = gan.encode(params, stats, x, key=key, train=True) if gan.encode else (None, stats)
        judged, stats = gan.discriminate(params, stats, x, code, key=key, train=True)
        return (made, judged) if code is None else (made, judged, code), stats

    return gan, run


def inputs(family):
    shape = (N, *(SHAPE[:1] if family == "mlp" else SHAPE))
    rng = np.random.default_rng(0)
    return jnp.float32(rng.uniform(-1, 1, shape)), jnp.float32(rng.normal(size=(N, 5)))


def products(jaxpr):
    """Every matrix product and convolution in `jaxpr` and in what it calls."""
    for equation in jaxpr.eqns:
        if equation.primitive.name in ("dot_general", "conv_general_dilated"):
            yield equation
        for inner in jax.extend.core.jaxprs_in_params(equation.params):
            yield from products(inner)


@pytest.mark.parametrize("family", FAMILIES)
def test_bfloat16_is_near_float32_and_stays_inside_the_networks(family):
    gan, exact = passes(family, "float32")
    _, half = passes(family, "bfloat16")

    @jax.jit
    def both(x, z):
        params, stats = gan.init(jax.random.key(0), x)

        def outputs(params):
            found, new_stats = half(params, stats, x, z)
            return sum(jnp.sum(out**2) for out in found), (found, new_stats)

        grads, (found, new_stats) = jax.grad(outputs, has_aux=True)(params)
        return exact(params, stats, x, z)[0], found, new_stats, grads

    expected, found, new_stats, grads = both(*inputs(family))
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == jnp.float32
        spread = np.abs(b - b.mean(0)).max() + np.abs(b).max()
        assert 0 < np.abs(a - b).max() < 0.05 * spread
    assert {leaf.dtype for leaf in jax.tree.leaves(new_stats)} <= {jnp.dtype(jnp.float32)}
    assert all(leaf.dtype == jnp.float32 and np.isfinite(leaf).all() for leaf in jax.tree.leaves(grads))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_product_is_of_the_type_asked_for(family):
    x, z = inputs(family)
    params, stats = jax.eval_shape(passes(family, "float32")[0].init, jax.random.key(0), x)
    traced = {name: jax.make_jaxpr(passes(family, name)[1])(params, stats, x, z) for name in ("float32", "bfloat16")}
    found = list(products(traced["bfloat16"].jaxpr))
    assert found and sum(v.aval.dtype != jnp.bfloat16 for e in found for v in e.invars) <= 2  # the last, after float32
    for equation in products(traced["float32"].jaxpr):
        assert equation.params["precision"] == (jax.lax.Precision.HIGHEST,) * 2
