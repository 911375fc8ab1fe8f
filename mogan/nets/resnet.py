"""Residual networks without normalisation for images of any size, after R3GAN (Huang et al. 2024, sections 3 and 4).

Images are halved as often as `levels.sizes_of` says; at each of these sizes stand `blocks` residual blocks, `width`
channels at the images' own and twice as many at each further one, up to 8 * width. Sizes change between blocks, upwards
by interpolation, downwards by the mean of 2x2, with a 1x1 convolution at the smaller size where channels change.
A residual branch is a bottleneck of half the channels (He et al. 2016), R3GAN's without its groups of channels, which
are slow on CPU. Nothing is normalised: branches start at 0, and their inner layers smaller the more blocks there are
(fix-up, Zhang et al. 2019). Under spectral norm, which has no use for a kernel of zeros, no branch starts at 0.
"""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp

from mogan.nets.layers import Conv, Dense, MinibatchStd, with_one_hot
from mogan.nets.levels import channels_of, sizes_of
from mogan.nets.ops import leaky_relu, returning_tanh

LINEAR = nn.initializers.variance_scaling(1.0, "fan_in", "normal")
RECTIFIED = 2 / (1 + 0.2**2)  # variance before leaky ReLU of slope 0.2 that gives 1 after it (He et al. 2015)


class ResidualBlock(nn.Module):
    """x [n, h, w, c] -> x + branch(x): convolutions 1x1 to c/2 channels, 3x3, and 1x1 back to c, leaky ReLU between.

    `depth` counts the blocks of the network: the first two convolutions start depth^(-1/4) times as large as alone, the
    `last` at 0 (fix-up for branches of three layers).
    """

    depth: int
    last: Callable = nn.initializers.zeros

    @nn.compact
    def __call__(self, x):
        channels = x.shape[-1]
        start = nn.initializers.variance_scaling(RECTIFIED * self.depth**-0.5, "fan_in", "normal")
        y = leaky_relu(Conv(max(1, channels // 2), 1, initializer=start)(x))
        y = leaky_relu(Conv(max(1, channels // 2), 3, initializer=start)(y))
        return x + Conv(channels, 1, initializer=self.last)(y)


def upsampled(x, size: tuple[int, int]):
    """Images [n, h, w, c] twice as large in both directions, bilinear (each new pixel 3/4 of the nearest old one and
    1/4 of the next, at the edge of itself), cropped to [n, *size, c]."""
    n, h, w, c = x.shape
    return jax.image.resize(x, (n, 2 * h, 2 * w, c), "bilinear")[:, : size[0], : size[1]]


def halved(x):
    """Images [n, h, w, c] -> [n, ceil(h/2), ceil(w/2), c], means of 2x2 pixels; an odd last line counts twice."""
    n, h, w, c = x.shape
    x = jnp.pad(x, ((0, 0), (0, h % 2), (0, w % 2), (0, 0)), mode="edge")
    return x.reshape(n, -(-h // 2), 2, -(-w // 2), 2, c).mean((2, 4))


def recoloured(x, channels: int):
    """x itself, or where it has other than so many channels, a 1x1 convolution of it; within a compact call."""
    return x if x.shape[-1] == channels else Conv(channels, 1, initializer=LINEAR)(x)


def trunk(x, width: int, blocks: int, last: Callable = nn.initializers.zeros):
    """Images [n, h, w, c] -> [n, features]: all levels, the largest first, the `last` layers of branches started so;
    within a module's compact call."""
    channels = channels_of(width, len(sizes_of(x.shape[1:])))
    x = Conv(width, 3, initializer=LINEAR)(x)
    for level, features in enumerate(channels):
        x = recoloured(halved(x), features) if level else x
        for _ in range(blocks):
            x = ResidualBlock(blocks * len(channels), last)(x)
    return leaky_relu(x).reshape(len(x), -1)


class ResNetGenerator(nn.Module):
    """z [n, d], component [n] -> images [n, h, w, c] in (-1, 1).

    A dense layer to the smallest level, the levels upwards, a 3x3 convolution and `ops.returning_tanh`. `one_hot` > 0:
    the component is appended to z as a one-hot vector of that length.
    """

    shape: tuple[int, int, int]
    width: int
    blocks: int
    one_hot: int = 0

    @nn.compact
    def __call__(self, z, component, train: bool):
        z = with_one_hot(z, component, self.one_hot)
        sizes = sizes_of(self.shape)
        channels = channels_of(self.width, len(sizes))
        (height, width), deepest = sizes[-1], channels[-1]
        x = Dense(height * width * deepest, kernel_init=LINEAR)(z).reshape(-1, height, width, deepest)
        for level in reversed(range(len(sizes))):
            if level < len(sizes) - 1:
                x = upsampled(recoloured(x, channels[level]), sizes[level])
            for _ in range(self.blocks):
                x = ResidualBlock(self.blocks * len(sizes))(x)
        return returning_tanh(Conv(self.shape[2], 3, initializer=LINEAR)(leaky_relu(x)))


class ResNetDiscriminator(nn.Module):
    """Images [n, h, w, c], and with an encoder z [n, d] beside them -> logits [n], or [n, heads] where `heads` > 0.

    The features of the image, joined by z, go through one hidden layer as wide as the deepest level has channels; with
    `minibatch_std` it also sees how much they vary over the batch. `spectral_norm` says that its kernels will be
    divided by their norms.
    """

    width: int
    blocks: int
    heads: int = 0
    axis_name: str | None = None
    minibatch_std: bool = False
    spectral_norm: bool = False

    @nn.compact
    def __call__(self, x, z=None, *, train: bool):
        deepest = channels_of(self.width, len(sizes_of(x.shape[1:])))[-1]
        features = trunk(x, self.width, self.blocks, LINEAR if self.spectral_norm else nn.initializers.zeros)
        if self.minibatch_std:
            features = MinibatchStd(self.axis_name)(features)
        joined = features if z is None else jnp.concatenate([features, z], axis=-1)
        hidden = Dense(deepest, kernel_init=nn.initializers.variance_scaling(RECTIFIED, "fan_in", "normal"))(joined)
        logits = Dense(self.heads or 1, kernel_init=LINEAR)(leaky_relu(hidden))
        return logits if self.heads else logits[:, 0]


class ResNetEncoder(nn.Module):
    """Images [n, h, w, c] -> z [n, out]: the discriminator's levels and a dense layer; `tanh` where the prior of z lies
    in (-1, 1)."""

    out: int
    width: int
    blocks: int
    tanh: bool

    @nn.compact
    def __call__(self, x, train: bool):
        z = Dense(self.out, kernel_init=LINEAR)(trunk(x, self.width, self.blocks))
        return nn.tanh(z) if self.tanh else z
