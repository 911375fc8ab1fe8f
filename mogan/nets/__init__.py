"""Networks: config -> a generator and a discriminator module."""

import flax.linen as nn

from mogan.errors import InputError
from mogan.nets.deligan import ImageDiscriminator, ImageGenerator
from mogan.nets.mlp import PointDiscriminator, PointGenerator

__all__ = ["make_networks"]


def make_networks(config, shape: tuple[int, ...], axis_name: str | None = None) -> tuple[nn.Module, nn.Module]:
    """(generator, discriminator) for data of `shape` (a sample's own), as config.model says.

    generator(z [n, d], component [n], train) -> [n, *shape]; discriminator(x, train) -> logits [n].
    Raises InputError if the networks are not made for data of that shape.
    """
    rank, kind = (1, "points") if config.model.name == "mlp" else (3, "images")
    if len(shape) != rank:
        raise InputError(
            f"config.model.name = {config.model.name!r} works on {kind}, but a sample of config.data.source = "
            f"{config.data.source!r} has shape {tuple(shape)}; choose another model or source"
        )
    return PAIRS[config.model.name](config, tuple(shape), axis_name)


def _mlp(config, shape, axis_name):
    model = config.model
    one_hot = config.latent.components if model.one_hot else 0
    return PointGenerator(model.hidden_g, shape[0], model.experts, one_hot), PointDiscriminator(model.hidden_d)


def _deligan(config, shape, axis_name):
    model = config.model
    one_hot = config.latent.components if model.one_hot else 0
    generator = ImageGenerator(shape, model.width_g, model.kernels_g, one_hot, axis_name)
    discriminator = ImageDiscriminator(
        model.width_d,
        model.kernels_d,
        model.minibatch_kernels,
        model.minibatch_dims,
        model.minibatch_normalize,
        axis_name,
    )
    return generator, discriminator


PAIRS = {"mlp": _mlp, "deligan": _deligan}
