"""DCGAN (Radford, Metz, Chintala 2016) at any size, as LOGAN's supplement has it, with the encoder of a BiGAN.

Images are halved as often as `levels.sizes_of` says. The convolution that leaves or reaches the image has `width`
channels, each further level twice as many, up to 8 * width. Leaky ReLU throughout; batch norm, where it is asked for,
in the generator and the encoder after each layer but the last, in the discriminator after each convolution but the
first.
"""

import flax.linen as nn
import jax.numpy as jnp

from mogan.nets.layers import TRUNCATED, BatchNorm, Conv, ConvTranspose, Dense, MinibatchStd, with_one_hot
from mogan.nets.levels import channels_of, sizes_of
from mogan.nets.ops import leaky_relu


def halved(x, width, kernel, activate):
    """Images [n, h, w, c] -> [n, features]: a convolution of stride 2 and activate(x, level) for each level."""
    for level, features in enumerate(channels_of(width, len(sizes_of(x.shape[1:])) - 1)):
        x = activate(Conv(features, kernel, stride=2)(x), level)
    return x.reshape(len(x), -1)


def activated(x, train, norm, axis_name):
    """Leaky ReLU of x, after batch norm if `norm`."""
    return leaky_relu(BatchNorm(axis_name)(x, train) if norm else x)


class DCGANGenerator(nn.Module):
    """z [n, d], component [n] -> images [n, h, w, c] in (-1, 1).

    A dense layer to the smallest level, then a transposed convolution of stride 2 for each level above. `one_hot` > 0:
    the component is appended to z as a one-hot vector of that length.
    """

    shape: tuple[int, int, int]
    width: int
    kernel: int
    norm: bool
    one_hot: int = 0
    axis_name: str | None = None

    @nn.compact
    def __call__(self, z, component, train: bool):
        z = with_one_hot(z, component, self.one_hot)
        sizes = sizes_of(self.shape)
        channels = channels_of(self.width, len(sizes) - 1)
        (height, width), deepest = sizes[-1], channels[-1]
        x = Dense(height * width * deepest, kernel_init=TRUNCATED)(z).reshape(-1, height, width, deepest)
        x = activated(x, train, self.norm, self.axis_name)
        for size, features in zip(sizes[-2:0:-1], channels[-2::-1], strict=True):
            x = activated(ConvTranspose(features, self.kernel, 2, size)(x), train, self.norm, self.axis_name)
        return nn.tanh(ConvTranspose(self.shape[2], self.kernel, 2, sizes[0])(x))


class Features(nn.Module):
    """Images [n, h, w, c] -> [n, features]: those `halved`, and a convolution over all that is left; with
    `minibatch_std` it also sees how much the batch varies there."""

    width: int
    kernel: int
    norm: bool
    minibatch_std: bool = False
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool):
        levels = len(sizes_of(x.shape[1:])) - 1

        def activate(x, level):
            return activated(x, train, self.norm and level > 0, self.axis_name)

        x = halved(x, self.width, self.kernel, activate)
        if self.minibatch_std:
            x = MinibatchStd(self.axis_name)(x)
        return activate(Dense(self.width * 2 ** min(levels, 3), kernel_init=TRUNCATED)(x), levels)


class DCGANDiscriminator(nn.Module):
    """Images [n, h, w, c], and with an encoder z [n, d] beside them -> logits [n], or [n, heads] where `heads` > 0.

    z joins the features of the image before a dense layer of `dense` units, or, where that is 0, of as many as there
    are features (LOGAN's BiGAN).
    """

    width: int
    kernel: int
    norm: bool
    heads: int = 0
    axis_name: str | None = None
    minibatch_std: bool = False
    dense: int = 0

    @nn.compact
    def __call__(self, x, z=None, *, train: bool):
        x = Features(self.width, self.kernel, self.norm, self.minibatch_std, self.axis_name)(x, train)
        joined = x if z is None else jnp.concatenate([x, z], axis=-1)
        hidden = leaky_relu(Dense(self.dense or x.shape[-1], kernel_init=TRUNCATED)(joined))
        logits = Dense(self.heads or 1, kernel_init=TRUNCATED)(hidden)
        return logits if self.heads else logits[:, 0]


class DCGANEncoder(nn.Module):
    """Images [n, h, w, c] -> z [n, out], the generator's mirror image: images `halved`, then a dense layer.

    `tanh` where the prior of z lies in (-1, 1).
    """

    out: int
    width: int
    kernel: int
    norm: bool
    tanh: bool
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool):
        def activate(x, level):
            return activated(x, train, self.norm, self.axis_name)

        z = Dense(self.out, kernel_init=TRUNCATED)(halved(x, self.width, self.kernel, activate))
        return nn.tanh(z) if self.tanh else z
