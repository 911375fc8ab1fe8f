"""DeLiGAN's image networks in PyTorch, as its users write them, for samples of shape (height, width, channels)."""

import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm


class Generator(nn.Module):
    """A dense layer and transposed convolutions of stride 2, batch norm and relu between them."""

    def __init__(self, shape, dim, model):
        super().__init__()
        stages = len(model.kernels_g)
        sizes = [-(-shape[0] // 2**left) for left in range(stages, -1, -1)]
        channels = [model.width_g * 2 ** (stages - 1 - stage) for stage in range(stages)] + [shape[2]]
        self.first = channels[0], sizes[0]
        self.dense = nn.Linear(dim, channels[0] * sizes[0] ** 2)
        self.norm = nn.BatchNorm1d(channels[0] * sizes[0] ** 2)
        layers = []
        for stage, kernel in enumerate(model.kernels_g):
            left = sizes[stage + 1] - ((sizes[stage] - 1) * 2 - 2 * (kernel // 2) + kernel)
            layer = nn.ConvTranspose2d(channels[stage], channels[stage + 1], kernel, 2, kernel // 2, left)
            if stage < stages - 1:
                layers += [layer, nn.BatchNorm2d(channels[stage + 1]), nn.ReLU()]
            else:
                layers += [layer if model.name == "deligan" else weight_norm(layer, dim=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z):
        channels, size = self.first
        x = torch.relu(self.norm(self.dense(z))).view(-1, channels, size, size)
        return self.layers(x.to(memory_format=torch.channels_last))


class Discriminator(nn.Module):
    """Convolutions, what is left of the image pooled, mini-batch discrimination, one dense layer."""

    def __init__(self, shape, model):
        super().__init__()
        plain = model.name == "deligan"
        self.pool = torch.amax if plain else torch.mean
        self.layers, width = (plain_layers if plain else normed_layers)(shape, model)
        self.noise = 0.0 if plain else 0.2
        self.closeness = MinibatchDiscrimination(width, model)
        last = nn.Linear(width + model.minibatch_kernels, 1)
        self.last = last if plain else weight_norm(last)

    def forward(self, x):
        x = x + self.noise * torch.randn_like(x) if self.noise else x
        x = self.pool(self.layers(x), dim=(2, 3))
        return self.last(torch.cat([x, self.closeness(x)], 1))[:, 0]


class MinibatchDiscrimination(nn.Module):
    """How close each sample [n, width] lies to the others of its batch: [n, kernels]."""

    def __init__(self, width, model):
        super().__init__()
        self.theta = nn.Parameter(0.05 * torch.randn(width, model.minibatch_kernels, model.minibatch_dims))
        self.log_gain = nn.Parameter(torch.zeros(model.minibatch_kernels, model.minibatch_dims))
        self.normalize = model.minibatch_normalize

    def forward(self, x):
        weight = self.theta / self.theta.norm(dim=0) * self.log_gain.exp()
        m = torch.einsum("ni,ikd->nkd", x, weight)
        closeness = torch.exp(-(m[:, None] - m[None]).abs().sum(-1)).sum(1)
        return closeness / closeness.sum() if self.normalize else closeness - 1


def plain_layers(shape, model):
    """(layers, channels of the last): DeLiGAN's for MNIST."""
    layers, channels = [], shape[2]
    for level, kernel in enumerate(model.kernels_d):
        width = model.width_d * 2**level
        norm = [nn.BatchNorm2d(width)] if level else []
        layers += [nn.Conv2d(channels, width, kernel, 2, kernel // 2), *norm, nn.LeakyReLU(0.2)]
        channels = width
    return nn.Sequential(*layers), channels


def normed_layers(shape, model):
    """(layers, channels of the last): DeLiGAN's for CIFAR-10 and sketches, from mogan's own table."""
    from mogan.nets.deligan_color import DROPOUT, LAYERS  # not above: it needs JAX, and the plain networks do not

    layers, channels = [], shape[2]
    for layer in LAYERS[model.name]:
        if layer is DROPOUT:
            layers.append(nn.Dropout(0.5))
            continue
        width = model.width_d * layer.channels
        conv = nn.Conv2d(channels, width, *layer[1:])
        layers += [weight_norm(conv), nn.LeakyReLU(0.2)]
        channels = width
    return nn.Sequential(*layers), channels
