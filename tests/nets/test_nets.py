"""mogan.nets against networks written out in numpy float64 and counts by hand."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.config.commands import load_config
from mogan.errors import InputError
from mogan.nets import make_networks
from mogan.nets.deligan import ImageDiscriminator, ImageGenerator
from mogan.nets.layers import BatchNorm, MinibatchDiscrimination
from mogan.nets.mlp import MLP, EnsembleMLP, PointDiscriminator, PointGenerator
from mogan.types import LatentSample
from tests.helpers.references import (
    batch_norm,
    conv,
    conv_transpose,
    dense,
    minibatch_features,
    normals,
    random_variables,
)

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


def mlp(x, layers):
    """tanh between the layers, linear at the end."""
    for layer in layers[:-1]:
        x = np.tanh(dense(x, layer))
    return dense(x, layers[-1])


def layers_of(params):
    return [params[f"Dense_{index}"] for index in range(len(params))]


# --- layers ---


@pytest.mark.parametrize("normalize", [False, True])
def test_minibatch_discrimination_is_its_definition(normalize):
    module, x = MinibatchDiscrimination(4, 2, normalize), normals(0, 5, 3) / 2
    params = random_variables(module, 1, x)["params"]
    expected = minibatch_features(x, params["theta"], params["log_gain"], normalize)
    got = jax.jit(module.apply)({"params": params}, x)
    assert got.shape == (5, 3 + 4)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_minibatch_discrimination_starts_with_unit_columns():
    module, x = MinibatchDiscrimination(4, 2), normals(0, 5, 3)
    params = module.init(jax.random.key(0), x)["params"]
    expected = minibatch_features(x, np.asarray(params["theta"], np.float64), np.zeros((4, 2)), False)
    np.testing.assert_allclose(module.apply({"params": params}, x), expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(6, 3), (2, 4, 5, 3)])
def test_batch_norm_follows_the_batch_and_its_running_averages(shape):
    module, axes = BatchNorm(), tuple(range(len(shape) - 1))
    x = 0.01 * normals(0, *shape) + [0.0, 0.01, -0.02]  # a spread at which eps shows
    variables = random_variables(module, 1, x, train=False)
    variables["batch_stats"] = jax.tree.map(np.abs, variables["batch_stats"])
    params, old = variables["params"]["BatchNorm_0"], variables["batch_stats"]["BatchNorm_0"]
    y, new = module.apply(variables, x, train=True, mutable=["batch_stats"])
    np.testing.assert_allclose(y, batch_norm(x, params, axes), rtol=1e-4, atol=1e-4)
    new = new["batch_stats"]["BatchNorm_0"]
    np.testing.assert_allclose(new["mean"], 0.9 * old["mean"] + 0.1 * x.mean(axes), rtol=1e-5)
    np.testing.assert_allclose(new["var"], 0.9 * old["var"] + 0.1 * x.var(axes), rtol=1e-5)
    at_rest = (x - old["mean"]) / np.sqrt(old["var"] + 1e-5) * params["scale"] + params["bias"]
    np.testing.assert_allclose(module.apply(variables, x, train=False), at_rest, rtol=1e-4, atol=1e-5)


def test_batch_norm_scales_start_near_one():
    scale = BatchNorm().init(jax.random.key(0), jnp.zeros((2, 2000)), train=False)["params"]["BatchNorm_0"]["scale"]
    assert float(scale.mean()) == pytest.approx(1.0, abs=0.003)
    assert float(scale.std()) == pytest.approx(0.02, rel=0.1)


def test_mlp_is_its_definition():
    module, x = MLP((4, 3), 2), normals(0, 5, 2)
    params = random_variables(module, 1, x)["params"]
    np.testing.assert_allclose(module.apply({"params": params}, x), mlp(x, layers_of(params)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("train", [True, False])
def test_an_mlp_with_batch_norm_and_maxout_is_its_definition(train):
    """PacGAN's networks: W x without a bias, normalised over the batch (running moments after training); max of k."""
    module, x = MLP((4,), 2, "relu", "normal", norm=True), normals(0, 7, 3)
    variables = random_variables(module, 1, x, train)
    variables["batch_stats"] = jax.tree.map(np.abs, variables["batch_stats"])
    kernel, last = (variables["params"][f"Dense_{layer}"] for layer in range(2))
    assert set(kernel) == {"kernel"}
    norm, running = (variables[group]["BatchNorm_0"]["BatchNorm_0"] for group in ("params", "batch_stats"))
    h = np.asarray(x, np.float64) @ np.asarray(kernel["kernel"], np.float64)
    mean, var = (h.mean(0), h.var(0)) if train else (running["mean"], running["var"])
    h = np.maximum(0, (h - mean) / np.sqrt(var + 1e-5) * norm["scale"] + norm["bias"])
    got = module.apply(variables, x, train, mutable=["batch_stats"])[0]
    np.testing.assert_allclose(got, h @ last["kernel"] + last["bias"], rtol=1e-4, atol=1e-5)

    params = random_variables(PointDiscriminator((4,), maxout=3), 2, x, train=True)["params"]["MLP_0"]
    pieces = (x @ params["Dense_0"]["kernel"] + params["Dense_0"]["bias"]).reshape(7, 3, 4)
    expected = pieces.max(1) @ params["Dense_1"]["kernel"] + params["Dense_1"]["bias"]
    got = PointDiscriminator((4,), maxout=3).apply({"params": {"MLP_0": params}}, x, train=True)
    np.testing.assert_allclose(got, expected[:, 0], rtol=1e-5, atol=1e-6)


def test_an_ensemble_runs_each_sample_through_its_own_member():
    module, x, component = EnsembleMLP(3, (4, 5), 2), normals(0, 7, 2), np.array([2, 0, 1, 1, 2, 0, 2])
    params = random_variables(module, 1, x, component)["params"]
    members = [
        [{"kernel": params[f"kernel_{layer}"][m], "bias": params[f"bias_{layer}"][m]} for layer in range(3)]
        for m in range(3)
    ]
    expected = [mlp(one, members[m]) for one, m in zip(x, component, strict=True)]
    np.testing.assert_allclose(module.apply({"params": params}, x, component), expected, rtol=1e-5, atol=1e-6)


def test_members_of_an_ensemble_start_as_networks_of_their_own():
    """Xavier's bound is that of one member's own layer, not of the array of all."""
    params = EnsembleMLP(6, (40,), 2).init(jax.random.key(0), jnp.zeros((1, 20)), jnp.zeros(1, int))["params"]
    bound = np.sqrt(6 / (20 + 40))
    assert 0.97 * bound < float(jnp.abs(params["kernel_0"]).max()) <= bound
    assert len({float(member[0, 0]) for member in params["kernel_0"]}) == 6
    np.testing.assert_array_equal(params["bias_0"], 0.0)


def test_last_layers_of_an_ensemble_may_start_otherwise():
    params = PointGenerator((40,), 20, experts=6, initializer="normal", initializer_out="xavier").init(
        jax.random.key(0), jnp.zeros((1, 20)), jnp.zeros(1, int), train=True
    )["params"]["EnsembleMLP_0"]
    bound = np.sqrt(6 / (20 + 40))
    assert 0.97 * bound < float(jnp.abs(params["kernel_1"]).max()) <= bound
    assert float(params["kernel_0"].std()) == pytest.approx(0.02, rel=0.05)


# --- whole networks ---


@pytest.mark.parametrize("one_hot", [0, 3])
def test_point_networks_are_their_definition(one_hot):
    z, component = normals(0, 5, 2), np.array([0, 2, 1, 2, 0])
    generator, discriminator = PointGenerator((4,), 2, 0, one_hot), PointDiscriminator((4,))
    g = random_variables(generator, 1, z, component, train=True)["params"]
    d = random_variables(discriminator, 2, z, train=True)["params"]
    seen = np.concatenate([z, np.eye(3)[component]], 1) if one_hot else z
    points = np.tanh(mlp(seen, layers_of(g["MLP_0"])))
    got = generator.apply({"params": g}, z, component, train=True)
    np.testing.assert_allclose(got, points, rtol=1e-5, atol=1e-6)
    logits = mlp(points, layers_of(d["MLP_0"]))[:, 0]
    got = discriminator.apply({"params": d}, points, train=True)
    np.testing.assert_allclose(got, logits, rtol=1e-5, atol=1e-6)


def test_an_ensemble_generator_ends_in_tanh():
    generator, z, component = PointGenerator((4,), 2, experts=3), normals(0, 5, 2), np.array([0, 2, 1, 2, 0])
    params = random_variables(generator, 1, z, component, train=True)["params"]
    raw = EnsembleMLP(3, (4,), 2).apply({"params": params["EnsembleMLP_0"]}, z, component)
    np.testing.assert_allclose(generator.apply({"params": params}, z, component, train=True), np.tanh(raw), rtol=1e-5)


@pytest.mark.parametrize("one_hot", [0, 3])
def test_the_image_generator_is_its_definition(one_hot):
    z, component = normals(0, 5, 2), np.array([0, 2, 1, 2, 0])
    generator = ImageGenerator((7, 5, 2), 3, (3, 2), one_hot)
    variables = random_variables(generator, 1, z, component, train=False)
    got, _ = jax.jit(lambda v: generator.apply(v, z, component, train=True, mutable=["batch_stats"]))(variables)
    p = variables["params"]
    seen = np.concatenate([z, np.eye(3)[component]], 1) if one_hot else z
    norm = [p[f"BatchNorm_{index}"]["BatchNorm_0"] for index in range(2)]
    x = np.maximum(batch_norm(dense(seen, p["Dense_0"]), norm[0], 0), 0).reshape(5, 2, 2, 6)
    x = np.maximum(batch_norm(conv_transpose(x, p["ConvTranspose_0"], 2, (4, 3)), norm[1], (0, 1, 2)), 0)
    x = np.tanh(conv_transpose(x, p["ConvTranspose_1"], 2, (7, 5)))
    np.testing.assert_allclose(got, x, rtol=1e-4, atol=1e-5)


def test_the_image_discriminator_is_its_definition():
    images = normals(0, 4, 7, 5, 2)
    discriminator = ImageDiscriminator(3, (3, 2), 4, 2, True)
    variables = random_variables(discriminator, 1, images, train=False)
    got, _ = jax.jit(lambda v: discriminator.apply(v, images, train=True, mutable=["batch_stats"]))(variables)
    p = variables["params"]
    x = conv(images, p["Conv_0"], 2)
    x = np.where(x > 0, x, 0.2 * x)
    x = batch_norm(conv(x, p["Conv_1"], 2), p["BatchNorm_0"]["BatchNorm_0"], (0, 1, 2))
    x = np.where(x > 0, x, 0.2 * x).max(axis=(1, 2))
    own = p["MinibatchDiscrimination_0"]
    x = minibatch_features(x, own["theta"], own["log_gain"], True)
    np.testing.assert_allclose(got, dense(x, p["Dense_0"])[:, 0], rtol=1e-4, atol=1e-4)


# --- the papers' networks ---

MNIST_G = 30 * 1024 + 1024 + 2 * 1024 + (9 * 64 * 32 + 32 + 2 * 32) + (25 * 32 * 16 + 16 + 2 * 16) + (25 * 16 + 1)
MNIST_D = (25 * 16 + 16) + (25 * 16 * 32 + 3 * 32) + (9 * 32 * 64 + 3 * 64) + (64 + 1) * 64 * 5 + (64 + 64 + 1)
DIGITS_G = 10 * 128 + 128 + 2 * 128 + (9 * 32 * 16 + 16 + 2 * 16) + (9 * 16 + 1)
DIGITS_D = (9 * 16 + 16) + (9 * 16 * 32 + 3 * 32) + (32 + 1) * 32 * 5 + (32 + 32 + 1)
WIDE = 2 * 513 * 512
TOY_G, TOY_D = 2 * 32 + 32 + 32 * 2 + 2, 2 * 32 + 32 + 32 + 1
# config: (shape of a sample, parameters of generator, discriminator and latent)
COUNTS = {
    "toy_deligan:deligan": ((2,), TOY_G, TOY_D, 50 * 2 * 2),
    "toy_deligan:gan": ((2,), TOY_G, TOY_D, 0),
    "toy_deligan:gan++": ((2,), 2 * 50 + 50 + 50 * 32 + 32 + 32 * 2 + 2, TOY_D, 0),
    "toy_deligan:ensemble": ((2,), 50 * TOY_G, TOY_D, 50 * 2 * 2),
    "toy_deligan:nx": ((2,), 2 * 1600 + 1600 + 1600 * 2 + 2, TOY_D, 0),
    "toy_deligan:moe": ((2,), 52 * 32 + 32 + 32 * 2 + 2, TOY_D, 0),
    "mnist500_deligan:deligan": ((28, 28, 1), MNIST_G, MNIST_D, 50 * 30 * 2),
    "mnist500_deligan:gan": ((28, 28, 1), MNIST_G, MNIST_D, 0),
    "digits_deligan:deligan": ((8, 8, 1), DIGITS_G, DIGITS_D, 50 * 10 * 2),
    "digits_deligan:gan": ((8, 8, 1), DIGITS_G, DIGITS_D, 0),
    "toy_logan:v": ((2,), 3 * 512 + WIDE + 513 * 2, 3 * 512 + WIDE + 513, 0),
    "toy_gmgan:gmgan": ((2,), 101 * 128 + 129 * 128 + 129 * 2, 3 * 128 + 129 * 128 + 129, 9 * 100 * 2),
    "toy_gmgan:gmgan_dynamic": ((2,), 101 * 128 + 129 * 128 + 129 * 2, 3 * 128 + 129 * 128 + 129, 9 * (100**2 + 100)),
}


def config_of(name):
    file, _, variant = name.partition(":")
    return load_config(f"{EXPERIMENTS / file}.py:{variant}", [])


@pytest.mark.parametrize("name", COUNTS)
def test_shapes_and_counts_of_every_experiment(name):
    shape, *expected = COUNTS[name]
    config = config_of(name)
    gan = make_gan(config, shape)
    params, stats = jax.eval_shape(gan.init, jax.random.key(0), jnp.zeros((2, *shape)))
    groups = ("generator", "discriminator", "latent")
    assert [sum(leaf.size for leaf in jax.tree.leaves(params[group])) for group in groups] == expected
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves((params, stats)))
    sample = LatentSample(jnp.zeros((3, config.latent.dim)), jnp.zeros(3, jnp.int32), jnp.ones(3))

    def both(params, stats, train):
        x, stats = gan.generate(params, stats, sample, key=jax.random.key(0), train=train)
        return x, *gan.discriminate(params, stats, x, key=jax.random.key(1), train=train)

    for train in (False, True):
        x, logits, new = jax.eval_shape(functools.partial(both, train=train), params, stats)
        assert (x.shape, logits.shape) == ((3, *shape), (3,))
        assert new == stats


def test_the_mnist_layers_are_those_of_the_paper():
    gan = make_gan(config_of("mnist500_deligan:deligan"), (28, 28, 1))
    params, _ = jax.eval_shape(gan.init, jax.random.key(0), jnp.zeros((2, 28, 28, 1)))
    kernels = lambda group, kind: [  # noqa: E731
        value["kernel"].shape for name, value in sorted(params[group].items()) if name.startswith(kind)
    ]
    assert kernels("generator", "Dense") == [(30, 4 * 4 * 64)]
    assert kernels("generator", "ConvTranspose") == [(3, 3, 64, 32), (5, 5, 32, 16), (5, 5, 16, 1)]
    assert kernels("discriminator", "Conv") == [(5, 5, 1, 16), (5, 5, 16, 32), (3, 3, 32, 64)]
    assert params["discriminator"]["MinibatchDiscrimination_0"]["theta"].shape == (64, 64, 5)
    assert kernels("discriminator", "Dense") == [(64 + 64, 1)]


@pytest.mark.parametrize(("model", "shape"), [("mlp", (8, 8, 1)), ("deligan", (2,))])
def test_networks_refuse_data_of_another_kind(model, shape):
    with pytest.raises(InputError, match=rf"config\.model\.name = '{model}'.*shape \({shape[0]}"):
        make_networks(update(base(), {"model.name": model}), shape)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"model.name": "dcgan"},
            "'dcgan': images of 6x5 pixels are too small for it; give config.data.image_size = 7",
        ),
        ({"model.name": "deligan", "model.kernels_g": ()}, r"config\.model\.kernels_g = \(\): give a kernel size"),
        ({"model.name": "deligan", "model.kernels_d": ()}, r"config\.model\.kernels_d = \(\): give a kernel size"),
    ],
)
def test_networks_refuse_what_leaves_no_layer(changes, message):
    with pytest.raises(InputError, match=message):
        make_networks(update(base(), changes), (5, 6, 1))


def test_last_layers_may_start_otherwise_than_the_hidden_ones():
    """LOGAN's toy networks: hidden layers within sqrt(3) 1.43 / sqrt(in), the last by Glorot, within sqrt(6 / both)."""
    walk, glorot = np.sqrt(3 / 200) * 1.43, np.sqrt(6 / (200 + 3))
    for last, bound in (("same", walk), ("xavier", glorot)):
        params = MLP((200,), 3, initializer="random_walk", initializer_out=last).init(
            jax.random.key(0), np.zeros((1, 2))
        )
        kernel = np.abs(params["params"]["Dense_1"]["kernel"])
        assert 0.97 * bound < kernel.max() <= bound
    assert np.abs(params["params"]["Dense_0"]["kernel"]).max() <= np.sqrt(3 / 2) * 1.43
