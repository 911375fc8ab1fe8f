"""Differentiable augmentation of whatever a discriminator of images sees in training (Zhao et al. 2020, DiffAugment).

Each transformation takes images x [n, h, w, c] in [-1, 1] and numbers u [n, 3] from U(0, 1); what it moves out of the
image becomes 0, grey, as in the released program, whose ranges these are.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from mogan.nets.layers import batch_draw
from mogan.types import GAN


def color(x, u):
    """Brightness: plus U(-1/2, 1/2). Saturation: a pixel's distance from its mean over channels times U(0, 2).
    Contrast: the distance from the image's mean times U(1/2, 3/2)."""
    lighter, saturated, contrast = (u[:, i, None, None, None] for i in range(3))
    x = x + lighter - 0.5
    x = _around(x, x.mean(3, keepdims=True), 2 * saturated)
    return _around(x, x.mean((1, 2, 3), keepdims=True), contrast + 0.5)


def translation(x, u):
    """By whole pixels, up to 1/8 of the image, in both directions. As a product with a matrix of zeros and ones for
    each axis: gathers are slow to differentiate."""
    height, width = x.shape[1:3]
    rows, columns = _shifts(height, u[:, 0]), _shifts(width, u[:, 1])
    # exact: of each sum one term is not 0, which must not be rounded to bfloat16 or TF32
    return jnp.einsum("nij,njkc,nlk->nilc", rows, x, columns, precision="highest")


def cutout(x, u):
    """A rectangle of half the height and half the width, its centre anywhere in the image, becomes 0."""
    height, width = x.shape[1:3]
    hole = _stripe(height, u[:, 0])[:, :, None] & _stripe(width, u[:, 1])[:, None, :]
    return jnp.where(hole[..., None], 0, x)


def _around(x, centre, factor):
    return (x - centre) * factor + centre


def _whole(u, count):
    """Whole numbers 0 to count - 1, equally probable, of u from U(0, 1)."""
    return jnp.minimum(jnp.floor(u * count), count - 1).astype(jnp.int32)


def _shifts(length, u):
    """[n, length, length]: row i of each matrix takes pixel i + s, |s| at most length / 8."""
    most = int(length / 8 + 0.5)
    shift, pixels = _whole(u, 2 * most + 1) - most, jnp.arange(length)
    return (pixels[:, None] + shift[:, None, None] == pixels).astype(jnp.float32)


def _stripe(length, u):
    """[n, length] bool: half the pixels of a line, or those of them that lie on it."""
    size = int(length / 2 + 0.5)
    first = _whole(u, length + 1 - size % 2) - size // 2
    place = jnp.arange(length) - first[:, None]
    return (place >= 0) & (place < size)


TRANSFORMATIONS = {"color": color, "translation": translation, "cutout": cutout}


def make_augment(config, axis_name: str | None = None) -> Callable | None:
    """augment(key, x [n, h, w, c], probability=config.augment.probability) -> x: of each image each transformation of
    config.augment.policy, in the order of TRANSFORMATIONS, with that probability; None if the policy is empty.
    `axis_name` names a pmap axis, if any, over which the batch is split."""
    policy = config.augment.policy
    if not policy:
        return None

    def augment(key, x, probability=config.augment.probability):
        # a key for every transformation there is: what one draws does not depend on the others
        for (name, transform), own in zip(TRANSFORMATIONS.items(), jax.random.split(key, 3), strict=True):
            if name in policy:
                u = batch_draw(jax.random.uniform, own, (len(x), 4), axis_name)
                x = jnp.where((u[:, 3] < probability)[:, None, None, None], transform(x, u[:, :3]), x)
        return x

    return augment


def augmented(gan: GAN, augment: Callable | None) -> GAN:
    """`gan`, whose discriminator sees augment(key, x) in every training pass, real and generated; its `probability` may
    be given with the pass (`losses.adaptive`). A gradient penalty is on the slope in x itself, before (as in the
    programs of Zhao et al. and of Karras et al. 2020, ADA)."""
    if augment is None:
        return gan

    def discriminate(params, stats, x, z=None, *, key, train, **adaptive):
        if train:
            own, key = jax.random.split(key)
            x = augment(own, x, **adaptive)
        return gan.discriminate(params, stats, x, z, key=key, train=train)

    return gan._replace(discriminate=discriminate)
