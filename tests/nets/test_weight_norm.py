"""Weight norm, its data-dependent start, and DeLiGAN's networks made of it, against numpy float64 and hand counts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.errors import InputError
from mogan.nets import deligan_color, make_networks
from mogan.nets.deligan import ImageGenerator
from mogan.nets.deligan_color import LAYERS, WeightNormDiscriminator, smallest
from mogan.nets.layers import Dropout, GaussianNoise, MinibatchDiscrimination, coins
from mogan.nets.weight_norm import WeightNormConv, WeightNormConvTranspose, WeightNormDense
from tests.helpers.references import (
    conv,
    conv_transpose,
    dense,
    leaky_relu,
    minibatch_features,
    normals,
    random_variables,
)


def plain(params):
    """The kernel and bias of the layer without weight norm that computes the same: g v / ||v||, b."""
    v = np.asarray(params["direction"], np.float64)
    norms = np.sqrt((v**2).sum(tuple(range(v.ndim - 1))))
    return {"kernel": v / norms * np.asarray(params["gain"]), "bias": np.asarray(params["bias"])}


LAYER_CASES = {
    "dense": (WeightNormDense(3), lambda x, p: dense(x, p)),
    "conv": (WeightNormConv(3, 3, 2), lambda x, p: conv(x, p, 2)),
    "transpose": (WeightNormConvTranspose(3, 5, 2, (9, 8)), lambda x, p: conv_transpose(x, p, 2, (9, 8))),
}


@pytest.mark.parametrize("case", LAYER_CASES)
def test_a_layer_is_its_definition(case):
    layer, reference = LAYER_CASES[case]
    x = normals(0, 4, 5, 4, 2)
    variables = random_variables(layer, 1, x)
    np.testing.assert_allclose(
        layer.apply(variables, x), reference(x, plain(variables["params"])), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("std", [1.0, 0.1])
@pytest.mark.parametrize("case", LAYER_CASES)
def test_the_start_depends_on_the_batch(case, std):
    layer = LAYER_CASES[case][0].clone(std=std)
    x = 3 * normals(0, 6, 5, 4, 2) + 2
    y, _ = layer.init_with_output(jax.random.key(0), x)
    axes = tuple(range(y.ndim - 1))
    again = layer.apply(layer.init(jax.random.key(0), x), x)
    for values in (y, again):
        np.testing.assert_allclose(values.mean(axes), 0, atol=1e-5)
        np.testing.assert_allclose(values.std(axes), std, rtol=1e-4)


@pytest.mark.parametrize("n", [1, 4])
def test_a_feature_that_nothing_moves_starts_with_the_gain_of_one_that_varies_by_1(n):
    params = WeightNormDense(3, std=0.1).init(jax.random.key(0), jnp.ones((n, 2)))["params"]
    np.testing.assert_allclose(params["gain"], 0.1)
    assert np.isfinite(params["bias"]).all()


def test_noise_and_dropout_act_in_training_only():
    x = jnp.ones((200, 100))
    for layer in (GaussianNoise(0.2), Dropout()):
        np.testing.assert_array_equal(layer.apply({}, x, train=False), x)
    noisy = GaussianNoise(0.2).apply({}, x, train=True, rngs={"noise": jax.random.key(0)}) - x
    assert (noisy.mean(), noisy.std()) == (pytest.approx(0, abs=0.01), pytest.approx(0.2, rel=0.02))
    dropped = Dropout().apply({}, x, train=True, rngs={"noise": jax.random.key(0)})
    assert set(np.unique(dropped)) == {0.0, 2.0} and dropped.mean() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("shape", [(1,), (31, 2), (64, 3000), (100, 40, 50)])
def test_coins_are_fair_and_independent(shape):
    heads = np.asarray(coins(jax.random.key(3), shape))
    assert heads.shape == shape and heads.dtype == bool
    signs = 2.0 * heads.reshape(shape[0], -1) - 1
    count = signs.shape[1]
    assert abs(signs.mean()) < 5 / np.sqrt(signs.size) or signs.size == 1
    if count >= 1000:
        for shift in (0, 1, 32):  # of a pair of images, and of pixels beside each other
            pairs = signs @ np.roll(signs, shift, axis=1).T / count
            assert np.abs(pairs - (shift == 0) * np.eye(len(signs))).max() < 6 / np.sqrt(count)


@pytest.mark.parametrize("layer", [GaussianNoise(0.2), Dropout()])
def test_devices_draw_parts_of_one_batch(layer):
    """Four devices, as a mapped axis that shares the key, give what one gives."""
    x, own = jnp.float32(normals(0, 8, 3)), layer.clone(axis_name="device")
    rngs = {"noise": jax.random.key(1)}
    parts = jax.vmap(lambda part: own.apply({}, part, train=True, rngs=rngs), axis_name="device")(x.reshape(4, 2, 3))
    np.testing.assert_array_equal(parts.reshape(8, 3), layer.apply({}, x, train=True, rngs=rngs))


@pytest.mark.parametrize("network", LAYERS)
@pytest.mark.parametrize("heads", [0, 3])
def test_the_discriminator_is_its_definition(network, heads):
    """At rest: without noise and dropout."""
    images = normals(0, 3, smallest(network) + 1, 18, 2)
    discriminator = WeightNormDiscriminator(network, 2, 4, 2, False, heads)
    variables = random_variables(discriminator, 1, images, train=False)
    p, x = variables["params"], images
    layers = [layer for layer in LAYERS[network] if layer is not deligan_color.DROPOUT]
    for index, layer in enumerate(layers):
        x = leaky_relu(conv(x, plain(p[f"WeightNormConv_{index}"]), layer.stride, layer.padding))
    own = p["MinibatchDiscrimination_0"]
    x = minibatch_features(x.mean((1, 2)), own["theta"], own["log_gain"], False)
    logits = dense(x, plain(p["WeightNormDense_0"]))
    got = jax.jit(lambda v: discriminator.apply(v, images, train=False))(variables)
    assert got.shape == ((3, heads) if heads else (3,))
    np.testing.assert_allclose(got, logits if heads else logits[:, 0], rtol=2e-3, atol=1e-3)


@pytest.mark.parametrize("network", LAYERS)
def test_images_too_small_are_refused(network):
    """One pixel less than what is asked for leaves nothing of an image."""
    discriminator, size = WeightNormDiscriminator(network, 2, 4, 2), smallest(network)
    for pixels, left in ((size, True), (size - 1, False)):
        images = normals(0, 3, pixels, pixels, 1)
        logits = jax.jit(lambda x: discriminator.init_with_output(jax.random.key(0), x, train=False)[0])(images)
        assert np.isfinite(logits).all() == left
    config = update(base(), {"model.name": network, "model.kernels_g": (5, 5)})
    make_networks(config, (size, size, 1))
    with pytest.raises(InputError, match=f"of {size - 1}x32 pixels are too small .*image_size = {size} or more"):
        make_networks(config, (32, size - 1, 1))


@pytest.mark.parametrize("network", LAYERS)
def test_only_the_last_gain_is_trained(network):
    images = normals(0, 3, 18, 18, 1)
    discriminator = WeightNormDiscriminator(network, 2, 4, 2)
    params = random_variables(discriminator, 1, images, train=False)["params"]
    weights = normals(2, 3)
    grads = jax.jit(jax.grad(lambda p: discriminator.apply({"params": p}, images, train=False) @ weights))(params)
    moved = {name for name, layer in grads.items() if "gain" in layer and np.any(layer["gain"])}
    assert moved == {"WeightNormDense_0"}
    assert all(np.any(layer["direction"]) for layer in grads.values() if "direction" in layer)


def test_minibatch_discrimination_starts_fitted_to_the_batch():
    x = normals(0, 6, 5)
    layer = MinibatchDiscrimination(4, 3, fitted=True)
    own = layer.init(jax.random.key(0), jnp.float32(x))["params"]
    weight = np.float64(own["theta"]) / np.linalg.norm(own["theta"], axis=0) * np.exp(own["log_gain"])
    m = np.einsum("ni,ikd->nkd", x, weight)
    nearest = [[min(np.abs(m[i, k] - m[j, k]).sum() for j in range(6) if j != i) for k in range(4)] for i in range(6)]
    np.testing.assert_allclose(np.mean(nearest, 0), 2, rtol=1e-5)
    for rows in (x[:1], np.ones((3, 5))):  # one sample, samples alike: nothing to fit to
        start = layer.init(jax.random.key(0), jnp.float32(rows))["params"]["log_gain"]
        np.testing.assert_array_equal(start, np.zeros((4, 3)))


def test_the_generator_ends_in_a_weight_normed_layer():
    z, component = normals(0, 6, 3), np.zeros(6, int)
    generator = ImageGenerator((8, 8, 3), 2, (5, 5), weight_norm=True, extra=4)
    params = generator.init(jax.random.key(0), z, component, train=True)["params"]
    assert params["extra"]["kernel"].shape == (3, 4)
    assert set(params["WeightNormConvTranspose_0"]) == {"direction", "gain", "bias"}
    images, _ = generator.init_with_output(jax.random.key(0), z, component, train=True)
    before = np.arctanh(np.asarray(images, np.float64))
    np.testing.assert_allclose(before.std((0, 1, 2)), 0.1, rtol=1e-2)
    directions = params["Dense_0"]["kernel"], params["extra"]["kernel"], params["ConvTranspose_0"]["kernel"]
    for kernel in directions:  # N(0, 0.05^2)
        assert abs(kernel.std() / 0.05 - 1) < 5 / np.sqrt(2 * kernel.size)


def total(tree):
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def convolutions(*layers):
    """Parameters of weight-normed layers (kernel, in, out): a direction, a gain and a bias."""
    return sum(k * k * i * o + 2 * o for k, i, o in layers)


CIFAR_D = (
    convolutions((3, 3, 96), *[(3, 96, 96)] * 2, (3, 96, 192), *[(3, 192, 192)] * 3, *[(1, 192, 192)] * 2)
    + (192 * 100 * 5 + 100 * 5)
    + convolutions((1, 292, 10))
)
CIFAR_G = 100 * 8192 + 3 * 8192 + (25 * 512 * 256 + 3 * 256) + (25 * 256 * 128 + 3 * 128) + convolutions((5, 128, 3))
SKETCH_D = convolutions((5, 1, 20), (5, 20, 20), (5, 20, 40), (3, 40, 80), (1, 80, 80)) + (80 + 1) * 50 * 5
SKETCH_G = 100 * 2560 + 3 * 2560 + (25 * 160 * 80 + 3 * 80) + (25 * 80 * 40 + 3 * 40) + convolutions((5, 40, 1))
NETWORKS = {
    "deligan_cifar": ((32, 32, 3), 128, 96, 100, "semi_supervised", CIFAR_G, CIFAR_D),
    "deligan_sketches": ((32, 32, 1), 40, 20, 50, "real_fake", SKETCH_G, SKETCH_D + convolutions((1, 130, 1))),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_shapes_and_counts_of_the_papers_networks(name):
    shape, width_g, width_d, kernels, head, generator, discriminator = NETWORKS[name]
    model = {"name": name, "width_g": width_g, "width_d": width_d, "minibatch_kernels": kernels, "head": head}
    model |= {"kernels_g": (5, 5, 5)}
    config = update(base(), {f"model.{field}": value for field, value in model.items()} | {"latent.dim": 100})
    gan = make_gan(config, shape, classes=10)
    params, stats = jax.eval_shape(gan.init, jax.random.key(0), jnp.zeros((4, *shape)))
    assert (total(params["generator"]), total(params["discriminator"])) == (generator, discriminator)
    images = jnp.zeros((4, *shape))
    logits, _ = jax.eval_shape(
        lambda p, s: gan.discriminate(p, s, images, key=jax.random.key(0), train=True), params, stats
    )
    assert logits.shape == ((4, 10) if head == "semi_supervised" else (4,))
