"""mogan.nets.dcgan against the same written out in numpy float64, and shapes and counts by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.nets.dcgan import DCGANDiscriminator, DCGANEncoder, DCGANGenerator
from mogan.nets.levels import channels_of, sizes_of
from mogan.types import LatentSample
from tests.helpers.references import batch_norm, conv, conv_transpose, dense, leaky_relu, normals, random_variables

AXES = (0, 1, 2)
# pixels: (smallest level, channels of the levels below the image at width 64)
LEVELS = {
    28: (4, [64, 128, 256]),
    32: (4, [64, 128, 256]),
    40: (5, [64, 128, 256]),
    64: (4, [64, 128, 256, 512]),
    96: (6, [64, 128, 256, 512]),
    128: (4, [64, 128, 256, 512, 512]),
}


@pytest.mark.parametrize("pixels", LEVELS)
def test_levels_and_channels(pixels):
    smallest, channels = LEVELS[pixels]
    sizes = sizes_of((pixels, pixels, 3))
    assert (sizes[0], sizes[-1]) == ((pixels, pixels), (smallest, smallest))
    assert channels_of(64, len(sizes) - 1) == channels


def total(tree):
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize("pixels", LEVELS)
def test_shapes_and_counts_of_a_bigan(pixels):
    """LOGAN's: kernels 4 x 4, batch norm in G and E only, z of 128 dimensions."""
    smallest, channels = LEVELS[pixels]
    model = {"model.name": "dcgan", "model.width_g": 64, "model.width_d": 64, "model.encoder": True}
    gan = make_gan(update(base(), model | {"latent.kind": "uniform", "latent.dim": 128}), (pixels, pixels, 3))
    params, stats = jax.eval_shape(gan.init, jax.random.key(0), jnp.zeros((2, pixels, pixels, 3)))
    steps = list(zip([3, *channels], channels, strict=False))
    down = sum(16 * a * b + b for a, b in steps)
    up = sum(16 * a * b + a for a, b in steps)
    deepest, features = channels[-1], 64 * 2 ** min(len(channels), 3)
    flat = smallest**2 * deepest
    assert total(params["generator"]) == 129 * flat + up + 2 * sum(channels)
    assert total(params["discriminator"]) == (
        down + (flat + 1) * features + (features + 128 + 1) * features + features + 1
    )
    assert total(params["encoder"]) == down + 2 * sum(channels) + (flat + 1) * 128

    def passes(params, stats, train):
        keys = jax.random.split(jax.random.key(0), 3)
        sample = LatentSample(jnp.zeros((4, 128)), jnp.zeros(4, jnp.int32), jnp.ones(4))
        x, stats = gan.generate(params, stats, sample, key=keys[0], train=train)
        z, stats = gan.encode(params, stats, x, key=keys[1], train=train)
        return x, z, *gan.discriminate(params, stats, x, z, key=keys[2], train=train)

    for train in (False, True):
        x, z, logits, new = jax.eval_shape(lambda p, s, train=train: passes(p, s, train), params, stats)
        assert (x.shape, z.shape, logits.shape) == ((4, pixels, pixels, 3), (4, 128), (4,))
        assert new == stats


def norm(params, index):
    return params[f"BatchNorm_{index}"]["BatchNorm_0"]


@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("one_hot", [0, 3])
def test_the_generator_is_its_definition(normed, one_hot):
    z, component = normals(0, 5, 2), np.array([0, 2, 1, 2, 0])
    generator = DCGANGenerator((13, 14, 2), 2, 4, normed, one_hot)
    variables = random_variables(generator, 1, z, component, train=False)
    got, _ = jax.jit(lambda v: generator.apply(v, z, component, train=True, mutable=["batch_stats"]))(variables)
    p = variables["params"]

    def activate(x, index):
        return leaky_relu(batch_norm(x, norm(p, index), AXES) if normed else x)

    seen = np.concatenate([z, np.eye(3)[component]], 1) if one_hot else z
    x = activate(dense(seen, p["Dense_0"]).reshape(5, 4, 4, 4), 0)
    x = activate(conv_transpose(x, p["ConvTranspose_0"], 2, (7, 7)), 1)
    x = np.tanh(conv_transpose(x, p["ConvTranspose_1"], 2, (13, 14)))
    np.testing.assert_allclose(got, x, rtol=1e-4, atol=1e-4)


def features(images, p, normed):
    x = leaky_relu(conv(images, p["Conv_0"], 2))
    x = conv(x, p["Conv_1"], 2)
    x = leaky_relu(batch_norm(x, norm(p, 0), AXES) if normed else x)
    x = dense(x.reshape(len(x), -1), p["Dense_0"])
    return leaky_relu(batch_norm(x, norm(p, 1), 0) if normed else x)


@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("heads", [0, 3])
def test_the_discriminator_of_pairs_is_its_definition(normed, heads):
    images, z = normals(0, 4, 13, 14, 2), normals(1, 4, 3)
    discriminator = DCGANDiscriminator(2, 4, normed, heads)
    variables = random_variables(discriminator, 1, images, z, train=False)
    got, _ = jax.jit(lambda v: discriminator.apply(v, images, z, train=True, mutable=["batch_stats"]))(variables)
    p = variables["params"]
    x = np.concatenate([features(images, p["Features_0"], normed), z], 1)
    logits = dense(leaky_relu(dense(x, p["Dense_0"])), p["Dense_1"])
    assert got.shape == ((4, heads) if heads else (4,))
    np.testing.assert_allclose(got, logits if heads else logits[:, 0], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("tanh", [False, True])
def test_the_encoder_is_its_definition(tanh):
    images = normals(0, 4, 13, 14, 2)
    encoder = DCGANEncoder(3, 2, 4, True, tanh)
    variables = random_variables(encoder, 1, images, train=False)
    got, _ = jax.jit(lambda v: encoder.apply(v, images, train=True, mutable=["batch_stats"]))(variables)
    p = variables["params"]
    x = images
    for level in range(2):
        x = leaky_relu(batch_norm(conv(x, p[f"Conv_{level}"], 2), norm(p, level), AXES))
    expected = dense(x.reshape(4, -1), p["Dense_0"])
    np.testing.assert_allclose(got, np.tanh(expected) if tanh else expected, rtol=1e-4, atol=1e-4)


def test_the_released_widths_of_logans_discriminators():
    """640 units after the features and z of a BiGAN on CIFAR-10 (512 + 128), 256 after a GAN's; 0: as before."""
    for encoder, wide in ((True, 640), (False, 256), (False, 0)):
        model = {"model.name": "dcgan", "model.width_d": 64, "model.encoder": encoder, "model.dense_d": wide}
        gan = make_gan(update(base(), model | {"latent.kind": "uniform", "latent.dim": 128}), (32, 32, 3))
        params, _ = jax.eval_shape(gan.init, jax.random.key(0), jnp.zeros((2, 32, 32, 3)))
        kernels = {leaf.shape for leaf in jax.tree.leaves(params["discriminator"]) if len(leaf.shape) == 2}
        hidden = wide or 512
        assert {(512 + 128 * encoder, hidden), (hidden, 1)} <= kernels
