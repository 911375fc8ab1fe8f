"""mogan.nets.resnet against the same written out in numpy float64; shapes at many sizes; how it starts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.nets.levels import channels_of, sizes_of
from mogan.nets.resnet import (
    ResidualBlock,
    ResNetDiscriminator,
    ResNetEncoder,
    ResNetGenerator,
    halved,
    upsampled,
)
from mogan.types import LatentSample
from tests.helpers.references import conv, dense, leaky_relu, normals, random_variables

SIZES = [(16, 16, 1), (17, 23, 3), (28, 28, 1), (32, 32, 3), (40, 40, 3), (64, 48, 3), (96, 96, 1), (256, 256, 3)]


def block(x, p):
    """One residual block, written out."""
    y = leaky_relu(conv(x, p["Conv_0"], 1))
    y = leaky_relu(conv(y, p["Conv_1"], 1))
    return x + conv(y, p["Conv_2"], 1)


def mean_of_four(x):
    """Pixel by pixel; beyond an odd last line that line itself."""
    n, h, w, c = x.shape
    out = np.zeros((n, -(-h // 2), -(-w // 2), c))
    for i, j in np.ndindex(out.shape[1:3]):
        rows, columns = [2 * i, min(2 * i + 1, h - 1)], [2 * j, min(2 * j + 1, w - 1)]
        out[:, i, j] = np.mean([x[:, a, b] for a in rows for b in columns], axis=0)
    return out


def test_a_block_is_its_definition():
    x, module = normals(0, 2, 6, 5, 4), ResidualBlock(3)
    variables = random_variables(module, 1, x)
    shapes = {name: leaf["kernel"].shape for name, leaf in variables["params"].items()}
    assert shapes == {"Conv_0": (1, 1, 4, 2), "Conv_1": (3, 3, 2, 2), "Conv_2": (1, 1, 2, 4)}
    got = jax.jit(lambda v: module.apply(v, x))(variables)
    np.testing.assert_allclose(got, block(x, variables["params"]), rtol=1e-4, atol=1e-4)


def doubled(x, size):
    """Along each axis in turn: 3/4 of a pixel's own old one, 1/4 of the one on its other side, or of itself."""
    for axis in (1, 2):
        x = np.moveaxis(x, axis, 0)
        out = np.zeros((2 * len(x), *x.shape[1:]))
        for i in range(len(x)):
            out[2 * i] = 0.75 * x[i] + 0.25 * x[max(i - 1, 0)]
            out[2 * i + 1] = 0.75 * x[i] + 0.25 * x[min(i + 1, len(x) - 1)]
        x = np.moveaxis(out, 0, axis)
    return x[:, : size[0], : size[1]]


def test_sizes_change_by_interpolation_and_by_means():
    x = np.float32(normals(0, 2, 5, 4, 3))
    np.testing.assert_allclose(halved(x), mean_of_four(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(upsampled(x, (9, 8)), doubled(x, (9, 8)), rtol=1e-5, atol=1e-6)


def numbered(p, kind):
    """The parameters of a module's layers of one kind, in the order of their calls."""
    return iter(p[name] for name in sorted((n for n in p if n.startswith(kind + "_")), key=lambda n: int(n[-1])))


def test_the_generator_is_its_definition():
    z, component = normals(0, 3, 2), np.array([0, 2, 1])
    generator = ResNetGenerator((11, 9, 2), 2, 2, one_hot=3)
    variables = random_variables(generator, 1, z, component, train=False)
    variables = jax.tree.map(lambda leaf: leaf / 3, variables)  # else tanh hides what came before
    got = jax.jit(lambda v: generator.apply(v, z, component, train=True))(variables)
    p = variables["params"]
    blocks, convs = numbered(p, "ResidualBlock"), numbered(p, "Conv")
    x = dense(np.concatenate([z, np.eye(3)[component]], 1), p["Dense_0"]).reshape(3, 6, 5, 4)
    x = block(block(x, next(blocks)), next(blocks))
    x = doubled(conv(x, next(convs), 1), (11, 9))
    x = block(block(x, next(blocks)), next(blocks))
    np.testing.assert_allclose(got, np.tanh(conv(leaky_relu(x), next(convs), 1)), rtol=1e-4, atol=1e-4)


def features(images, p):
    blocks, convs = numbered(p, "ResidualBlock"), numbered(p, "Conv")
    x = block(conv(images, next(convs), 1), next(blocks))
    x = block(conv(mean_of_four(x), next(convs), 1), next(blocks))
    return leaky_relu(x).reshape(len(x), -1)


@pytest.mark.parametrize("heads", [0, 3])
def test_the_discriminator_of_pairs_is_its_definition(heads):
    images, z = normals(0, 4, 11, 9, 2), normals(1, 4, 3)
    discriminator = ResNetDiscriminator(2, 1, heads)
    variables = random_variables(discriminator, 1, images, z, train=False)
    got = jax.jit(lambda v: discriminator.apply(v, images, z, train=True))(variables)
    p = variables["params"]
    hidden = leaky_relu(dense(np.concatenate([features(images, p), z], 1), p["Dense_0"]))
    logits = dense(hidden, p["Dense_1"])
    np.testing.assert_allclose(got, logits if heads else logits[:, 0], rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("tanh", [False, True])
def test_the_encoder_is_its_definition(tanh):
    images = normals(0, 4, 11, 9, 2)
    encoder = ResNetEncoder(3, 2, 1, tanh)
    variables = random_variables(encoder, 1, images, train=False)
    got = jax.jit(lambda v: encoder.apply(v, images, train=True))(variables)
    p = variables["params"]
    expected = dense(features(images, p), p["Dense_0"])
    np.testing.assert_allclose(got, np.tanh(expected) if tanh else expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("blocks", [1, 3])
def test_shapes_of_a_bigan(shape, blocks):
    model = {"model.name": "resnet", "model.encoder": True, "model.blocks": blocks, "model.minibatch_std": True}
    gan = make_gan(update(base(), model | {"latent.dim": 7}), shape)
    params, stats = jax.eval_shape(gan.init, jax.random.key(0), jnp.zeros((2, *shape)))
    levels = len(sizes_of(shape))
    for group in ("generator", "discriminator", "encoder"):
        assert sum(name.startswith("ResidualBlock") for name in params[group]) == blocks * levels
    assert not jax.tree.leaves(stats) and channels_of(16, levels)[-1] == 16 * 2 ** min(levels - 1, 3)

    def passes(params, stats):
        sample = LatentSample(jnp.zeros((4, 7)), jnp.zeros(4, jnp.int32), jnp.ones(4))
        x, _ = gan.generate(params, stats, sample, key=jax.random.key(0), train=True)
        z, _ = gan.encode(params, stats, x, key=jax.random.key(1), train=True)
        return x, z, gan.discriminate(params, stats, x, z, key=jax.random.key(2), train=True)[0]

    assert [leaf.shape for leaf in jax.eval_shape(passes, params, stats)] == [(4, *shape), (4, 7), (4,)]


@pytest.mark.parametrize("blocks", [1, 4])
def test_every_block_starts_as_the_identity_and_signals_keep_their_size(blocks):
    """Fix-up: the last layer of a branch starts at 0, and the inner ones at the blocks' number to the power of -1/4."""
    x = np.float32(normals(0, 8, 16, 16, 16))
    discriminator = ResNetDiscriminator(64, blocks)
    p = discriminator.init(jax.random.key(0), x, train=True)["params"]
    own = p["ResidualBlock_0"]
    depth = 3 * blocks
    assert not own["Conv_2"]["kernel"].any()
    for name, fan_in in (("Conv_0", 64), ("Conv_1", 9 * 32)):
        expected = np.sqrt(2 / 1.04 / fan_in) * depth**-0.25
        np.testing.assert_allclose(np.std(own[name]["kernel"]), expected, rtol=0.05)
    logits = discriminator.apply({"params": p}, x, train=True)
    assert 0.05 < np.std(logits) < 5
