"""Networks: config -> generator, discriminator and encoder modules."""

from typing import NamedTuple

import flax.linen as nn

from mogan.errors import InputError
from mogan.nets.dcgan import DCGANDiscriminator, DCGANEncoder, DCGANGenerator
from mogan.nets.deligan import ImageDiscriminator, ImageGenerator
from mogan.nets.deligan_color import WeightNormDiscriminator, smallest
from mogan.nets.heads import head_width
from mogan.nets.levels import SMALLEST
from mogan.nets.mlp import PointDiscriminator, PointEncoder, PointGenerator
from mogan.nets.resnet import ResNetDiscriminator, ResNetEncoder, ResNetGenerator

__all__ = ["Networks", "head_width", "make_networks"]


class Networks(NamedTuple):
    """generator(z [n, d], component [n], train) -> [n, *shape]; discriminator(x, [z,] train) -> logits [n] or
    [n, heads]; encoder(x, train) -> z, or None."""

    generator: nn.Module
    discriminator: nn.Module
    encoder: nn.Module | None = None


def make_networks(config, shape: tuple[int, ...], classes: int = 0, axis_name: str | None = None) -> Networks:
    """The networks of config.model for data of `shape` (a sample's own) in so many classes.

    Raises InputError if the networks are not made for data of that shape.
    """
    rank, kind = (1, "points") if config.model.name == "mlp" else (3, "images")
    if len(shape) != rank:
        raise InputError(
            f"config.model.name = {config.model.name!r} works on {kind}, but a sample of config.data.source = "
            f"{config.data.source!r} has shape {tuple(shape)}; choose another model or source"
        )
    return FAMILIES[config.model.name](config, tuple(shape), head_width(config, classes), axis_name)


def _one_hot(config):
    return config.latent.components if config.model.one_hot else 0


def _mlp(config, shape, heads, axis_name):
    model = config.model
    style = {name: model[name] for name in ("activation", "initializer", "initializer_out")}
    (size,) = shape
    return Networks(
        PointGenerator(
            model.hidden_g,
            size,
            model.experts,
            _one_hot(config),
            output=model.output,
            norm=model.batch_norm,
            axis_name=axis_name,
            **style,
        ),
        PointDiscriminator(model.hidden_d, heads, maxout=model.maxout, **style),
        PointEncoder(model.hidden_e, config.latent.dim, output=model.output_e, **style) if model.encoder else None,
    )


def _deligan(config, shape, heads, axis_name):
    """The generator is one for all; the discriminator that for MNIST or, weight-normed, those of LAYERS.

    Raises InputError if nothing would be left of such images in the latter, or for no layers."""
    model, plain = config.model, config.model.name == "deligan"
    for name in ("kernels_g", "kernels_d"):
        if not model[name]:
            raise InputError(f"config.model.{name} = (): give a kernel size for each layer, such as (3, 5, 5)")
    generator = ImageGenerator(
        shape, model.width_g, model.kernels_g, _one_hot(config), axis_name, not plain, model.extra_g
    )
    tail = model.minibatch_kernels, model.minibatch_dims, model.minibatch_normalize, heads, axis_name
    if plain:
        return Networks(generator, ImageDiscriminator(model.width_d, model.kernels_d, *tail))
    if min(shape[:2]) < smallest(model.name):
        raise InputError(
            f"config.model.name = {model.name!r}: images of {shape[1]}x{shape[0]} pixels are too small for it; give "
            f"config.data.image_size = {smallest(model.name)} or more"
        )
    return Networks(generator, WeightNormDiscriminator(model.name, model.width_d, *tail))


def _dcgan(config, shape, heads, axis_name):
    model, tanh = config.model, config.model.output_e == "tanh"
    _check_halved(model.name, shape)
    return Networks(
        DCGANGenerator(shape, model.width_g, model.kernel, model.norm_g, _one_hot(config), axis_name),
        DCGANDiscriminator(
            model.width_d, model.kernel, model.norm_d, heads, axis_name, model.minibatch_std, model.dense_d
        ),
        DCGANEncoder(config.latent.dim, model.width_g, model.kernel, model.norm_e, tanh, axis_name)
        if model.encoder
        else None,
    )


def _resnet(config, shape, heads, axis_name):
    model, tanh = config.model, config.model.output_e == "tanh"
    _check_halved(model.name, shape)
    return Networks(
        ResNetGenerator(shape, model.width_g, model.blocks, _one_hot(config)),
        ResNetDiscriminator(model.width_d, model.blocks, heads, axis_name, model.minibatch_std, model.spectral_norm),
        ResNetEncoder(config.latent.dim, model.width_g, model.blocks, tanh) if model.encoder else None,
    )


def _check_halved(name, shape):
    """Raises InputError for images that are small already."""
    if max(shape[:2]) <= SMALLEST:
        raise InputError(
            f"config.model.name = {name!r}: images of {shape[1]}x{shape[0]} pixels are too small for it; give "
            f"config.data.image_size = {SMALLEST + 1} or more"
        )


FAMILIES = {
    "mlp": _mlp,
    "deligan": _deligan,
    "deligan_cifar": _deligan,
    "deligan_sketches": _deligan,
    "dcgan": _dcgan,
    "resnet": _resnet,
}
