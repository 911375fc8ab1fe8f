"""Weight normalisation with data-dependent initial values (Salimans and Kingma 2016).

A layer is y = g t + b with t = v / ||v|| applied to x, ||v|| taken for each output feature on its own. At the start g
and b are such that y has mean 0 and standard deviation `std` in every feature, over the batch that the network is made
with. Its gain then stays as it is unless `train_gain`: in the released DeLiGAN programs that of a network's last layer
alone is trained.
"""

import functools

import flax.linen as nn
import jax.numpy as jnp
from jax import lax

from mogan.nets import ops

DIRECTION = nn.initializers.normal(0.05)


class WeightNormDense(nn.Module):
    """x [..., i] -> [..., features]; on images a 1x1 convolution, "network in network"."""

    features: int
    std: float = 1.0
    train_gain: bool = False

    @nn.compact
    def __call__(self, x):
        direction = self.param("direction", DIRECTION, (x.shape[-1], self.features))
        return _normed(self, direction, lambda kernel: x @ kernel)


class WeightNormConv(nn.Module):
    """`ops.conv`: x [n, h, w, i] -> [n, h', w', features], kernel x kernel."""

    features: int
    kernel: int
    stride: int = 1
    padding: str | int = "SAME"
    std: float = 1.0
    train_gain: bool = False

    @nn.compact
    def __call__(self, x):
        direction = self.param("direction", DIRECTION, (self.kernel, self.kernel, x.shape[-1], self.features))
        return _normed(self, direction, functools.partial(ops.conv, x, stride=self.stride, padding=self.padding))


class WeightNormConvTranspose(nn.Module):
    """`ops.conv_transpose`: x [n, h, w, i] -> [n, *size, features]."""

    features: int
    kernel: int
    stride: int
    size: tuple[int, int]
    std: float = 1.0
    train_gain: bool = False

    @nn.compact
    def __call__(self, x):
        direction = self.param("direction", DIRECTION, (self.kernel, self.kernel, x.shape[-1], self.features))
        return _normed(self, direction, functools.partial(ops.conv_transpose, x, stride=self.stride, size=self.size))


def _normed(layer, direction, apply):
    """apply(kernel) + b with the kernel g v / ||v||: the gain acts on the kernel, which is small."""
    unit = direction / jnp.linalg.norm(direction.reshape(-1, direction.shape[-1]), axis=0)

    def start_gain(key):
        t = apply(unit)
        std = t.std(tuple(range(t.ndim - 1)))
        return layer.std / jnp.where(std > 1e-6, std, 1.0)  # a feature that no input of the batch moves has no scale

    gain = layer.param("gain", start_gain)
    y = apply((gain if layer.train_gain else lax.stop_gradient(gain)) * unit)
    return y + layer.param("bias", lambda key: -y.mean(tuple(range(y.ndim - 1))))
