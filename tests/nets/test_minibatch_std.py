"""The mini-batch standard deviation (Karras et al. 2018), alone and in the DCGAN discriminator."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.errors import InputError
from mogan.nets.layers import MinibatchStd

N, D = 6, 5
X = np.float32(np.random.default_rng(0).normal(3, 2, (N, D)))


def written_out(x):
    """Number by number in float64."""
    deviations = [np.sqrt(np.mean((np.float64(x[:, j]) - np.float64(x[:, j]).mean()) ** 2) + 1e-8) for j in range(D)]
    return np.mean(deviations)


def test_every_sample_gets_the_batchs_mean_deviation():
    found = MinibatchStd().apply({}, X)
    np.testing.assert_array_equal(found[:, :D], X)
    np.testing.assert_allclose(found[:, D], written_out(X), rtol=1e-6)


def test_devices_share_one_batch():
    apart = jax.vmap(lambda x: MinibatchStd("devices").apply({}, x), axis_name="devices")(X.reshape(2, N // 2, D))
    np.testing.assert_allclose(apart.reshape(N, D + 1), MinibatchStd().apply({}, X), rtol=1e-6)


def test_equal_samples_have_a_finite_gradient():
    same = jnp.ones((N, D))
    assert np.isfinite(jax.grad(lambda x: MinibatchStd().apply({}, x)[:, D].sum())(same)).all()
    assert MinibatchStd().apply({}, jnp.bfloat16(X)).dtype == jnp.bfloat16


@pytest.mark.parametrize(("name", "precision"), [("dcgan", "default"), ("dcgan", "bfloat16"), ("resnet", "default")])
def test_the_discriminator_tells_a_varied_batch_from_a_uniform_one(name, precision):
    """One image beside copies of itself, and beside others: without the feature its logit is the same."""
    rng = np.random.default_rng(1)
    varied = np.float32(rng.uniform(-1, 1, (N, 8, 8, 1)))
    uniform = np.tile(varied[:1], (N, 1, 1, 1))
    for on in (False, True):
        values = {"model.name": name, "model.width_g": 4, "model.width_d": 4, "model.minibatch_std": on}
        gan = make_gan(update(base(), values | {"model.precision": precision, "model.encoder": True}), (8, 8, 1))
        params, stats = gan.init(jax.random.key(0), varied)
        params["discriminator"] = jax.tree.map(lambda leaf: 5 * leaf, params["discriminator"])

        def first(x, gan=gan, params=params, stats=stats):
            z = jnp.zeros((N, 2))
            return gan.discriminate(params, stats, x, z, key=jax.random.key(1), train=True)[0][0]

        assert bool(first(varied) != first(uniform)) == on


def test_other_families_refuse_it():
    with pytest.raises(InputError, match="config.model.minibatch_std = True: only dcgan and resnet have it"):
        update(base(), {"model.minibatch_std": True, "model.name": "deligan"})
