"""Weight normalisation with data-dependent initial values (Salimans and Kingma 2016).

A layer is y = g t + b with t = v / ||v|| applied to x, ||v|| taken for each output feature on its own. At the start g
and b are such that y has mean 0 and standard deviation `std` in every feature, over the batch that the network is made
with.
"""

import flax.linen as nn
import jax.numpy as jnp

from mogan.nets import ops

DIRECTION = nn.initializers.normal(0.05)


class WeightNormDense(nn.Module):
    """x [..., i] -> [..., features]; on images a 1x1 convolution, "network in network"."""

    features: int
    std: float = 1.0

    @nn.compact
    def __call__(self, x):
        direction = self.param("direction", DIRECTION, (x.shape[-1], self.features))
        return _gain_and_bias(self, x @ _unit(direction))


class WeightNormConv(nn.Module):
    """`ops.conv`: x [n, h, w, i] -> [n, h', w', features], kernel x kernel, SAME or VALID."""

    features: int
    kernel: int
    stride: int = 1
    padding: str = "SAME"
    std: float = 1.0

    @nn.compact
    def __call__(self, x):
        direction = self.param("direction", DIRECTION, (self.kernel, self.kernel, x.shape[-1], self.features))
        return _gain_and_bias(self, ops.conv(x, _unit(direction), stride=self.stride, padding=self.padding))


class WeightNormConvTranspose(nn.Module):
    """`ops.conv_transpose`: x [n, h, w, i] -> [n, *size, features]."""

    features: int
    kernel: int
    stride: int
    size: tuple[int, int]
    std: float = 1.0

    @nn.compact
    def __call__(self, x):
        direction = self.param("direction", DIRECTION, (self.kernel, self.kernel, x.shape[-1], self.features))
        return _gain_and_bias(self, ops.conv_transpose(x, _unit(direction), stride=self.stride, size=self.size))


def _unit(direction):
    return direction / jnp.linalg.norm(direction.reshape(-1, direction.shape[-1]), axis=0)


def _gain_and_bias(layer, t):
    axes = tuple(range(t.ndim - 1))

    def start_gain(key):
        return layer.std / jnp.maximum(t.std(axes), 1e-6)  # a feature that no input of the batch moves has no scale

    gain = layer.param("gain", start_gain)
    return gain * t + layer.param("bias", lambda key: -gain * t.mean(axes))
