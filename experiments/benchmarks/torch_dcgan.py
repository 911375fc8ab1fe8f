"""DCGAN in PyTorch, as its users write it, for samples of shape (height, width, channels); a BiGAN's encoder as well.

Kernels are of size 4: padding 1 halves or doubles an even side; where a side is odd, as 7, one more row is padded, or
cut.
"""

import torch
from torch import nn

SMALLEST = 6  # no side of the smallest level is longer


def sizes_of(shape):
    """(height, width) of all levels, the image's own first, each half of the one before."""
    sizes = [tuple(shape[:2])]
    while max(sizes[-1]) > SMALLEST:
        sizes.append(tuple(-(-length // 2) for length in sizes[-1]))
    return sizes


def channels_of(width, levels):
    """Channels of the levels below the image."""
    return [width * 2 ** min(level, 3) for level in range(levels)]


class Generator(nn.Module):
    """z [n, dim] -> images [n, c, h, w]: a dense layer, transposed convolutions of stride 2."""

    def __init__(self, shape, dim, model):
        super().__init__()
        sizes = sizes_of(shape)
        self.first = (channels := channels_of(model.width_g, len(sizes) - 1))[-1], *sizes[-1]
        self.dense = nn.Linear(dim, channels[-1] * sizes[-1][0] * sizes[-1][1])
        widths = [*reversed(channels), shape[2]]
        layers = [*norm(channels[-1], model.norm_g), nn.LeakyReLU(0.2)]
        for level, size in enumerate(reversed(sizes[:-1])):
            cut = 2 * sizes[-1 - level][0] - size[0]  # of mogan's sizes: 1 where an odd side is reached
            layer = nn.ConvTranspose2d(widths[level], widths[level + 1], model.kernel, 2, 1)
            layers += [layer, *([nn.ZeroPad2d((0, -cut, 0, -cut))] if cut else [])]
            inner = [*norm(widths[level + 1], model.norm_g), nn.LeakyReLU(0.2)]
            layers += inner if level < len(sizes) - 2 else [nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z):
        x = self.dense(z).view(-1, *self.first)
        return self.layers(x.to(memory_format=torch.channels_last))


class Discriminator(nn.Module):
    """Images [n, c, h, w], and z [n, dim] beside them if `dim` > 0 -> logits [n]."""

    def __init__(self, shape, dim, model):
        super().__init__()
        self.halved, features = halved(shape, model.width_d, model.kernel, model.norm_d, first=False)
        width = channels_of(model.width_d, len(sizes_of(shape)))[-1]
        self.dense = nn.Sequential(nn.Linear(features, width), *norm(width, model.norm_d, flat=True), nn.LeakyReLU(0.2))
        self.last = nn.Sequential(nn.Linear(width + dim, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))

    def forward(self, x, z=None):
        x = self.dense(self.halved(x))
        return self.last(x if z is None else torch.cat([x, z], 1))[:, 0]


class Encoder(nn.Module):
    """Images [n, c, h, w] -> z [n, dim] in (-1, 1)."""

    def __init__(self, shape, dim, model):
        super().__init__()
        self.halved, features = halved(shape, model.width_g, model.kernel, model.norm_e, first=True)
        self.dense = nn.Linear(features, dim)

    def forward(self, x):
        return torch.tanh(self.dense(self.halved(x)))


def halved(shape, width, kernel, normed, first):
    """(layers from images to flat features, how many these are): a convolution of stride 2 a level; batch norm where
    `normed`, after the first of them only if `first`."""
    sizes, layers, channels = sizes_of(shape), [], shape[2]
    for level, features in enumerate(channels_of(width, len(sizes) - 1)):
        odd = sizes[level][0] % 2  # SAME then has 1 zero before and 2 after
        layers += [nn.ZeroPad2d((0, 1, 0, 1))] if odd else []
        layers += [nn.Conv2d(channels, features, kernel, 2, 1), *norm(features, normed and (first or level > 0))]
        layers, channels = [*layers, nn.LeakyReLU(0.2)], features
    return nn.Sequential(*layers, nn.Flatten()), channels * sizes[-1][0] * sizes[-1][1]


def norm(width, wanted, flat=False):
    """[a batch norm], or [] if it is not wanted."""
    return [nn.BatchNorm1d(width) if flat else nn.BatchNorm2d(width)] if wanted else []
