"""Inception-v3 of 2015-12-05, the network of Inception Score and FID, for inference only.

Szegedy et al. 2016, as the published TensorFlow graph (inception-2015-12-05.tgz) has it, which is neither the paper's
network nor torchvision's: 1008 classes; images resized inside, without antialiasing; average pools that leave the
padding out of the mean; and in the last block a max pool where an average is meant. Batch norm is folded into the
convolutions, so a layer is relu(convolution + bias), and the parameters are those of a weight file as they stand
(inception_weights.py): `weights_NAME` OIHW and `bias_NAME`, NAME being the graph's, with / written _.
"""

import functools
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

SIZE = 299  # pixels a side of what the first convolution sees


class Conv(NamedTuple):
    """relu(convolution + bias), its kernel height x width; `name` is the graph's."""

    name: str
    channels: int
    height: int = 1
    width: int = 1
    stride: int = 1
    padding: str = "SAME"


class Join(NamedTuple):
    """Paths beside each other, each a tuple of layers, whose channels are concatenated in this order."""

    paths: tuple


def resize(images, size: int = SIZE):
    """Images [n, h, w, c] float32 as [n, size, size, c], by the bilinear interpolation of TensorFlow 1.

    Pixel i of the result lies at i h / size of the source (align_corners and half_pixel_centers both False), between
    the pixel above and the next, of which the last row is its own next; shrinking skips pixels, there is no antialias.
    """
    for axis in (2, 1):  # columns first, as in TensorFlow's kernel, so that rounding agrees
        images = _interpolate(images, axis, size)
    return images


def _interpolate(x, axis, size):
    length = x.shape[axis]
    at = np.arange(size, dtype=np.float32) * np.float32(length / size)
    low = at.astype(np.int32)
    share = np.expand_dims(at - low, [other for other in range(x.ndim) if other != axis])
    below, above = jnp.take(x, low, axis), jnp.take(x, np.minimum(low + 1, length - 1), axis)
    return below + (above - below) * share


largest = functools.partial(nn.max_pool, window_shape=(3, 3), padding="SAME")
halved = functools.partial(nn.max_pool, window_shape=(3, 3), strides=(2, 2), padding="VALID")
average = functools.partial(nn.avg_pool, window_shape=(3, 3), padding="SAME", count_include_pad=False)


def convs(scope: str, *shapes) -> tuple[Conv, ...]:
    """Convolutions in a row, of (channels, height, width, stride, padding), numbered as the graph does."""
    return tuple(Conv(f"{scope}conv_{i}" if i else f"{scope}conv", *shape) for i, shape in enumerate(shapes))


def block_a(name, pooled):
    """Joins 1x1, 5x5 and two 3x3 convolutions, and a pool: torchvision's InceptionA."""
    return Join(
        (
            convs(f"{name}_", (64,)),
            convs(f"{name}_tower_", (48,), (64, 5, 5)),
            convs(f"{name}_tower_1_", (64,), (96, 3, 3), (96, 3, 3)),
            (average, *convs(f"{name}_tower_2_", (pooled,))),
        )
    )


def block_b(name):
    """From 35 to 17 pixels a side: torchvision's InceptionB."""
    return Join(
        (
            convs(f"{name}_", (384, 3, 3, 2, "VALID")),
            convs(f"{name}_tower_", (64,), (96, 3, 3), (96, 3, 3, 2, "VALID")),
            (halved,),
        )
    )


def block_c(name, width):
    """7x7 convolutions made of 1x7 and 7x1: torchvision's InceptionC."""
    row, column = (width, 1, 7), (width, 7, 1)
    return Join(
        (
            convs(f"{name}_", (192,)),
            convs(f"{name}_tower_", (width,), row, (192, 7, 1)),
            convs(f"{name}_tower_1_", (width,), column, row, column, (192, 1, 7)),
            (average, *convs(f"{name}_tower_2_", (192,))),
        )
    )


def block_d(name):
    """From 17 to 8 pixels a side: torchvision's InceptionD."""
    return Join(
        (
            convs(f"{name}_tower_", (192,), (320, 3, 3, 2, "VALID")),
            convs(f"{name}_tower_1_", (192,), (192, 1, 7), (192, 7, 1), (192, 3, 3, 2, "VALID")),
            (halved,),
        )
    )


def block_e(name, pool):
    """3x3 convolutions that end in 1x3 beside 3x1: torchvision's InceptionE."""
    return Join(
        (
            convs(f"{name}_", (320,)),
            (*convs(f"{name}_tower_", (384,)), _fork(f"{name}_tower_mixed_")),
            (*convs(f"{name}_tower_1_", (448,), (384, 3, 3)), _fork(f"{name}_tower_1_mixed_")),
            (pool, *convs(f"{name}_tower_2_", (192,))),
        )
    )


def _fork(scope):
    return Join(tuple((conv,) for conv in convs(scope, (384, 1, 3), (384, 3, 1))))


STEM = convs("", (32, 3, 3, 2, "VALID"), (32, 3, 3, 1, "VALID"), (64, 3, 3), (80,), (192, 3, 3, 1, "VALID"))

# level, which is the number of features: the layers that lead to it from the level before
STAGES = {
    64: (*STEM[:3], halved),
    192: (*STEM[3:], halved),
    768: (
        block_a("mixed", 32),
        block_a("mixed_1", 64),
        block_a("mixed_2", 64),
        block_b("mixed_3"),
        block_c("mixed_4", 128),
        block_c("mixed_5", 160),
        block_c("mixed_6", 160),
        block_c("mixed_7", 192),
    ),
    1280: (block_d("mixed_8"),),
    2048: (block_e("mixed_9", average), block_e("mixed_10", largest)),
}
LEVELS = tuple(STAGES)


def run(param, layer, x):
    """What `layer` (a Conv, a Join, a tuple of layers in a row, or a function) makes of x [n, h, w, c].

    param(name, shape) -> the array of that name.
    """
    if isinstance(layer, Conv):
        return _convolve(param, layer, x)
    if isinstance(layer, Join):
        return jnp.concatenate([run(param, path, x) for path in layer.paths], axis=-1)
    if isinstance(layer, tuple):
        return functools.reduce(lambda x, inner: run(param, inner, x), layer, x)
    return layer(x)


def _convolve(param, conv, x):
    kernel = param(f"weights_{conv.name}", (conv.channels, x.shape[-1], conv.height, conv.width))
    y = lax.conv_general_dilated(
        x,
        kernel,
        window_strides=(conv.stride, conv.stride),
        padding=conv.padding,
        dimension_numbers=("NHWC", "OIHW", "NHWC"),
        precision=lax.Precision.HIGHEST,  # the default would round to tf32 or bfloat16, and scores would drift
    )
    return nn.relu(y + param(f"bias_{conv.name}", (conv.channels,)))


class Inception(nn.Module):
    """uint8 images [n, h, w, 1 or 3] of 0..255, any size -> {level: features [n, level] float32} up to `level`.

    Features are means over the positions after the first (64) and second (192) max pool, mixed_7 (768), mixed_8 (1280)
    and mixed_10 (2048: pool_3, that of the FID). Under jit, only the levels that are used cost anything.
    """

    level: int = LEVELS[-1]

    @nn.compact
    def __call__(self, images):
        def param(name, shape):
            return self.param(name, nn.initializers.zeros, shape, jnp.float32)  # values come from a weight file

        x = jnp.broadcast_to(images, (*images.shape[:3], 3)).astype(jnp.float32)
        x = (resize(x) - 128) / 128
        found = {}
        for level in LEVELS[: LEVELS.index(self.level) + 1]:
            x = run(param, STAGES[level], x)
            found[level] = x.mean((1, 2))
        return found


@functools.cache
def parameter_shapes(level: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the arrays that features of `level` need; the same key finds them in a weight file."""
    image = jax.ShapeDtypeStruct((1, SIZE, SIZE, 3), jnp.uint8)
    tree = jax.eval_shape(Inception(level).init, jax.ShapeDtypeStruct((2,), jnp.uint32), image)
    return {name: leaf.shape for name, leaf in tree["params"].items()}
