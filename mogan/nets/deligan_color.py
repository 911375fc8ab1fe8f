"""DeLiGAN's discriminators for CIFAR-10 (section 5.4) and sketches (section 5.5), after Salimans et al. 2016."""

from typing import NamedTuple

import flax.linen as nn

from mogan.nets.layers import Dropout, GaussianNoise, MinibatchDiscrimination
from mogan.nets.ops import leaky_relu
from mogan.nets.weight_norm import WeightNormConv, WeightNormDense


class Layer(NamedTuple):
    """A weight-normed convolution with leaky ReLU; `channels` in units of the network's width."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 1  # zeros on every side, as in the released programs


DROPOUT = None
LAYERS = {
    "deligan_cifar": (
        Layer(1, 3),
        Layer(1, 3),
        Layer(1, 3, 2),
        DROPOUT,
        Layer(2, 3),
        Layer(2, 3),
        Layer(2, 3, 2),
        DROPOUT,
        Layer(2, 3, 1, 0),
        Layer(2, 1, 1, 0),
        Layer(2, 1, 1, 0),
    ),
    "deligan_sketches": (
        Layer(1, 5),
        Layer(1, 5, 2),
        DROPOUT,
        Layer(2, 5, 2),
        DROPOUT,
        Layer(4, 3, 2, 0),
        Layer(4, 1, 1, 0),
    ),
}


def smallest(network: str) -> int:
    """Pixels that an image needs in width and height for something to be left of it after LAYERS[network]."""
    pixels = 1
    for layer in reversed([layer for layer in LAYERS[network] if layer is not DROPOUT]):
        pixels = max((pixels - 1) * layer.stride + layer.kernel - 2 * layer.padding, 1)
    return pixels


class WeightNormDiscriminator(nn.Module):
    """Images [n, h, w, c] -> logits [n], or [n, heads] where `heads` > 0.

    Gaussian noise of 0.2, the convolutions of LAYERS[network] in multiples of `width`, the mean over what is left of
    the image, mini-batch discrimination that starts fitted to the batch, one dense layer that starts at a standard
    deviation of 0.1.
    """

    network: str
    width: int
    minibatch_kernels: int
    minibatch_dims: int
    minibatch_normalize: bool = False
    heads: int = 0
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool):
        x = GaussianNoise(0.2, self.axis_name)(x, train)
        for layer in LAYERS[self.network]:
            if layer is DROPOUT:
                x = Dropout(self.axis_name)(x, train)
            else:
                x = leaky_relu(WeightNormConv(self.width * layer.channels, *layer[1:])(x))
        x = MinibatchDiscrimination(
            self.minibatch_kernels, self.minibatch_dims, self.minibatch_normalize, self.axis_name, fitted=True
        )(x.mean(axis=(1, 2)))
        logits = WeightNormDense(self.heads or 1, std=0.1, train_gain=True)(x)
        return logits if self.heads else logits[:, 0]
