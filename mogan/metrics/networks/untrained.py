"""Features of images by a network that was never trained: for scores that need no download, and images unlike photos.

Naeem et al. 2020 (density and coverage), section 4, find a network of random weights the better judge of images that
Inception has not seen the like of. Numbers of different networks do not compare, and this one is mogan's own.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from mogan.machine.jit import jit
from mogan.metrics.networks.classifier import Network
from mogan.metrics.networks.fitting import in_blocks
from mogan.metrics.networks.inception import checked_images
from mogan.nets.levels import sizes_of

NETWORK, KEY = Network(1), 0


def untrained_features(images) -> np.ndarray:
    """Features [n, d] float32 of uint8 images [n, h, w, 1 or 3]: mean and standard deviation over the positions of each
    channel of every convolution of a classifier (`classifier.Network`), whose kernels are random, by a fixed key, and
    of a size that keeps that of the images (He et al. 2015). The same for the same images.

    Raises InputError for other images.
    """
    images = checked_images(images)
    variables = _drawn(images[:1])
    return in_blocks(images, lambda block: _see(variables, block))


@functools.partial(jit, once=True)
def _drawn(images):
    return jax.tree.map(_of_unit_gain, NETWORK.init(jax.random.key(KEY), images, train=False))


@jit
def _see(variables, images):
    found = NETWORK.apply(variables, images, train=False)
    levels = [found[f"conv_{level}"] for level in range(len(sizes_of(images.shape[1:])))]
    return jnp.concatenate([of(level, (1, 2)) for level in levels for of in (jnp.mean, jnp.std)], axis=1)


def _of_unit_gain(leaf):
    """A kernel [kh, kw, in, out] with the variance 2 / (kh kw in), any other leaf as it is."""
    return leaf / leaf.std() * jnp.sqrt(2 / leaf[..., 0].size) if leaf.ndim == 4 else leaf


def standardized(features, real) -> np.ndarray:
    """`features` [n, d] less the mean of those of `real` images [m, d], over their deviation, the root of its mean
    square over all d, float64: what hardly varies among real images does not count more for it."""
    real = np.asarray(real, np.float64)
    return (np.asarray(features, np.float64) - real.mean(0)) / max(np.sqrt(real.var(0).mean()), 1e-9)
