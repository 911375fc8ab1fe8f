"""Codes of images by an autoencoder, whose K-means clusters are GM-GAN's second baseline (section 5.2, table 3).

The paper takes MNIST's scores from Xie, Girshick and Farhadi (2016) and names no network of its own. Here it is mogan's
DCGAN encoder and generator, narrow, with codes of 10 numbers as there.
"""

import functools
import os
from pathlib import Path
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import numpy as np

from mogan.data.pipeline import from_uint8
from mogan.errors import InputError
from mogan.machine.cache import cache_folder, cached_array
from mogan.machine.jit import jit
from mogan.metrics.checks import checked_count
from mogan.metrics.networks.fitting import fit, in_blocks
from mogan.metrics.networks.inception import checked_images
from mogan.nets.dcgan import DCGANEncoder, DCGANGenerator
from mogan.nets.levels import SMALLEST

VERSION = 3  # of the network and its training: raise it with any change to them, and no file of before is read
CODE_DIM = 10
WIDTH, KERNEL = 16, 3  # channels 16, 32, 64 of 28 pixels


class Autoencoder(NamedTuple):
    """A trained `Network` and its params and stats, nested dicts of numpy arrays."""

    network: "Network"
    params: Any
    stats: Any


class Network(nn.Module):
    """uint8 images [n, *shape] -> codes [n, dim], and images in (-1, 1) made of these alone."""

    shape: tuple[int, int, int]
    dim: int

    @nn.compact
    def __call__(self, images, train: bool):
        codes = DCGANEncoder(self.dim, WIDTH, KERNEL, norm=True, tanh=False)(from_uint8(images), train)
        return codes, DCGANGenerator(self.shape, WIDTH, KERNEL, norm=True)(codes, None, train)


def autoencoder_codes(images, seed: int, epochs: int, dim: int = CODE_DIM) -> np.ndarray:
    """Codes [n, dim] float32 of uint8 images [n, h, w, 1 or 3], by an autoencoder trained on these very images.

    The same for the same arguments on one platform. Raises InputError as `train_autoencoder`.
    """
    return encode(train_autoencoder(images, seed, epochs, dim), images)


def train_autoencoder(images, seed: int, epochs: int, dim: int = CODE_DIM) -> Autoencoder:
    """An autoencoder of uint8 images [n, h, w, 1 or 3], by the mean squared error of pixels in [-1, 1].

    `epochs` passes of `fit`. No image is kept out: those that are clustered are those to be known.

    Raises:
      InputError: images of another type or shape, or none of whose sides is above 6 pixels, or seed, epochs or dim out
        of range.
    """
    images = _checked(images)
    checked_count("seed", seed, least=0)
    checked_count("epochs", epochs, least=1)
    checked_count("dim", dim, least=1)
    network = Network(images.shape[1:], dim)
    options = {"key": jax.random.key(seed), "epochs": epochs, "what": "autoencoder"}
    return Autoencoder(network, *fit(network, _squared_error, images, images, **options))


def encode(autoencoder: Autoencoder, images) -> np.ndarray:
    """Codes [n, dim] float32 of uint8 images [n, h, w, c] of the shape trained on. Raises InputError for others."""
    return _outputs(autoencoder, images, 0)


def reconstruct(autoencoder: Autoencoder, images) -> np.ndarray:
    """What is made of the codes of `encode`: float32 images [n, h, w, c] in (-1, 1). Raises InputError likewise."""
    return _outputs(autoencoder, images, 1)


def _outputs(autoencoder, images, which):
    images, network = _checked(images), autoencoder.network
    if images.shape[1:] != network.shape:
        raise InputError(f"images of shape {list(images.shape)}: the autoencoder was trained on {list(network.shape)}")
    return in_blocks(images, lambda block: _see(network, which, autoencoder.params, autoencoder.stats, block))


@functools.partial(jit, static_argnums=(0, 1))
def _see(network, which, params, stats, images):
    return network.apply({"params": params, "batch_stats": stats}, images, train=False)[which]


def _squared_error(outputs, images):
    return (outputs[1] - from_uint8(images)) ** 2


def cached_codes(
    images, seed: int, epochs: int, dim: int = CODE_DIM, folder: str | os.PathLike | None = None
) -> np.ndarray:
    """`autoencoder_codes`, kept on disk for the next call with equal arguments.

    One .npz each, named by the SHA-256 of them all, in `folder`, by default `codes` in $MOGAN_CACHE or ~/.cache/mogan.
    A file that is damaged is made anew. Raises InputError as `train_autoencoder`.
    """
    images = _checked(images)
    return cached_array(
        Path(folder or cache_folder() / "codes"),
        "codes",
        images,
        (VERSION, seed, epochs, dim),
        (len(images), dim),
        lambda: autoencoder_codes(images, seed, epochs, dim),
    )


def _checked(images):
    images = checked_images(images)
    if max(images.shape[1:3]) <= SMALLEST:
        raise InputError(f"images of shape {list(images.shape)}: give some with a side above {SMALLEST} pixels")
    return images
