"""mogan.algorithm.augment against DiffAugment (Zhao et al. 2020) written with slices and loops in numpy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.algorithm.augment import TRANSFORMATIONS, augmented, color, cutout, make_augment, translation
from mogan.algorithm.make import make_algorithm
from mogan.config import base, update
from mogan.errors import InputError
from mogan.types import GAN

N, SHAPES = 6, [(8, 8, 3), (9, 12, 1), (5, 16, 2)]
seeds, shapes = st.integers(0, 2**32 - 1), st.sampled_from(SHAPES)
IMAGES = {"model.name": "dcgan", "model.width_g": 2, "model.width_d": 2, "latent.dim": 3, "data.batch_size": N}


def drawn(seed, shape, n=N):
    rng = np.random.default_rng(seed)
    return np.float32(rng.uniform(-1, 1, (n, *shape))), np.float32(rng.uniform(0, 1, (n, 3)))


def numpy_color(x, u):
    """rand_brightness, rand_saturation and rand_contrast of one image, in float64."""
    x = np.float64(x) + (u[0] - 0.5)
    grey = x.mean(2, keepdims=True)
    x = (x - grey) * (2 * u[1]) + grey
    return (x - x.mean()) * (u[2] + 0.5) + x.mean()


def numpy_translation(x, u):
    """A crop of the padded image (rand_translation)."""
    (height, width, _), most = x.shape, [int(length * 0.125 + 0.5) for length in x.shape[:2]]
    padded = np.pad(x, ((most[0],) * 2, (most[1],) * 2, (0, 0)))
    top, left = (int(u[i] * (2 * most[i] + 1)) for i in range(2))
    return padded[top : top + height, left : left + width]


def numpy_cutout(x, u):
    """Pixel by pixel, with the indices clamped to the image (rand_cutout)."""
    x, sizes = x.copy(), [int(length * 0.5 + 0.5) for length in x.shape[:2]]
    offsets = [int(u[i] * (x.shape[i] + 1 - sizes[i] % 2)) for i in range(2)]
    for i, j in np.ndindex(*sizes):
        row, column = (
            np.clip(k + offset - size // 2, 0, length - 1)
            for k, offset, size, length in zip((i, j), offsets, sizes, x.shape[:2], strict=True)
        )
        x[row, column] = 0
    return x


@settings(max_examples=25)
@given(seed=seeds, shape=shapes)
@pytest.mark.parametrize(
    ("transform", "reference"), [(color, numpy_color), (translation, numpy_translation), (cutout, numpy_cutout)]
)
def test_transformations_are_the_released_programs(transform, reference, seed, shape):
    x, u = drawn(seed, shape)
    right = [reference(image, numbers) for image, numbers in zip(x, u, strict=True)]
    np.testing.assert_allclose(transform(x, u), right, rtol=1e-5, atol=0 if transform is not color else 1e-5)


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_gradients_flow_back_through_the_transformation(name):
    """A transformation that is affine in x: its transpose, found by applying it to every basis image."""
    transform, (x, u) = TRANSFORMATIONS[name], drawn(0, (4, 4, 2), n=1)
    weight = np.random.default_rng(1).normal(size=x.shape)
    basis = np.float32(np.eye(x.size).reshape(-1, *x.shape))
    base_point = np.asarray(transform(np.zeros_like(x), u))
    right = [np.sum(weight * (np.asarray(transform(image, u)) - base_point)) for image in basis]
    gradient = jax.grad(lambda x: jnp.sum(weight * transform(x, u)))(jnp.asarray(x))
    np.testing.assert_allclose(np.ravel(gradient), right, rtol=1e-4, atol=1e-5)


def augment_of(policy, **changes):
    return make_augment(update(base(), IMAGES | {"augment.policy": policy} | changes))


@pytest.mark.parametrize("probability", [0.0, 0.25, 1.0])
def test_each_image_is_changed_with_the_probability(probability):
    x = np.ones((2000, 8, 8, 1), np.float32)
    changed = {}
    for name in TRANSFORMATIONS:
        found = augment_of(name, **{"augment.probability": probability})(jax.random.key(0), x)
        changed[name] = np.any(np.asarray(found) != x, axis=(1, 2, 3))
        share = {"color": 1.0, "cutout": 1.0, "translation": 8 / 9}[name]  # one shift in nine is none
        assert changed[name].mean() == pytest.approx(probability * share, abs=0.04)
    if probability == 0.25:  # independently
        both = (changed["color"] & changed["cutout"]).mean()
        assert both == pytest.approx(1 / 16, abs=0.02)


def test_whatever_the_policy_a_transformation_draws_the_same():
    """All three are those one by one, in their order; what the order of the policy is does not matter."""
    x, key = drawn(3, (8, 8, 3))[0], jax.random.key(1)
    one_by_one = x
    for name in TRANSFORMATIONS:
        one_by_one = augment_of(name)(key, one_by_one)
    np.testing.assert_array_equal(augment_of("cutout,color,translation")(key, x), one_by_one)
    assert augment_of("") is None


def test_devices_share_the_key_and_no_number():
    config = update(base(), IMAGES | {"augment.policy": "color,translation,cutout"})
    x, key = drawn(4, (8, 8, 3))[0], jax.random.key(2)
    halves = jax.vmap(lambda part: make_augment(config, "devices")(key, part), axis_name="devices")(
        x.reshape(2, N // 2, *x.shape[1:])
    )
    np.testing.assert_allclose(halves.reshape(x.shape), make_augment(config)(key, x), rtol=1e-5, atol=1e-6)


def test_only_the_discriminator_and_only_in_training_sees_changed_images():
    seen = []

    def discriminate(params, stats, x, z=None, *, key, train):
        seen.append((x, z, key))
        return x.mean((1, 2, 3)), stats

    gan = GAN(None, "generate", discriminate, "latent", "encode")
    wrapped = augmented(gan, lambda key, x: x + 1)
    assert (wrapped.generate, wrapped.encode) == ("generate", "encode")
    x, key = jnp.zeros((2, 4, 4, 1)), jax.random.key(0)
    for train in (True, False):
        logits, _ = wrapped.discriminate(None, None, x, "z", key=key, train=train)
        np.testing.assert_array_equal(logits, float(train))
    (_, z, inner), (_, _, outer) = seen
    assert z == "z" and inner != key == outer  # what the network draws has a key of its own
    assert augmented(gan, None) is gan


@pytest.mark.parametrize(
    ("policy", "precision", "encoder", "norm"),
    [
        ("color,translation,cutout", "default", False, False),
        ("translation,cutout", "bfloat16", True, False),
        ("translation,cutout", "float32", False, True),
    ],
)
def test_networks_of_every_kind_are_trained_through_it(policy, precision, encoder, norm):
    """The logits' gradient in x, and the penalty on it, are finite and reach pixels that are left in the picture."""
    changes = {"model.precision": precision, "model.encoder": encoder, "model.norm_d": norm}
    config = update(base(), IMAGES | changes | {"augment.policy": policy})
    gan = make_algorithm(config, (8, 8, 3)).gan
    x = jnp.asarray(drawn(5, (8, 8, 3))[0])
    params, stats = gan.init(jax.random.key(0), x)
    z = jnp.ones((N, 3)) if encoder else None

    def penalty(own):
        def score(x):
            return gan.discriminate(params | {"discriminator": own}, stats, x, z, key=jax.random.key(1), train=True)[0]

        slopes = jax.grad(lambda x: score(x).sum())(x)
        return jnp.sum(slopes**2), slopes

    (value, slopes), grads = jax.jit(jax.value_and_grad(penalty, has_aux=True))(params["discriminator"])
    assert value > 0 and all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((slopes, grads)))
    untouched = np.all(np.asarray(slopes) == 0, axis=-1).mean((1, 2))
    # cut out or moved out; contrast is of the whole image, from which nothing is then left out
    assert all(share == 0 if "color" in policy else 0.05 < share < 0.7 for share in untouched)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"augment.policy": "colour"}, "config.augment.policy = 'colour': give some of color, translation, cutout"),
        ({"augment.policy": "color,color"}, "each once"),
        ({"augment.policy": "color", "model.name": "mlp"}, "it changes images, and model.name = 'mlp' works on points"),
        ({"augment.probability": 0.5}, "config.augment.probability = 0.5: there is nothing to do with it"),
        ({"augment.policy": "color", "augment.probability": 1.5}, "give at most 1.0"),
    ],
)
def test_bad_values_are_refused(values, reason):
    with pytest.raises(InputError) as refused:
        update(base(), IMAGES | values)
    assert reason in str(refused.value)
