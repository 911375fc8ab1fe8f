"""Features of images by a network that was never trained: for scores that need no download, and images unlike photos.

Naeem et al. 2020 (density and coverage), section 4, find a network of random weights the better judge of images that
Inception has not seen the like of. Numbers of different networks do not compare, and this one is mogan's own.
"""

import jax
import jax.numpy as jnp
import numpy as np

from mogan.machine.jit import jit
from mogan.metrics.networks.classifier import Network
from mogan.metrics.networks.fitting import in_blocks
from mogan.metrics.networks.inception import checked_images
from mogan.nets.levels import sizes_of

KEY = 0


def untrained_features(images) -> np.ndarray:
    """Features [n, d] float32 of uint8 images [n, h, w, 1 or 3]: mean and standard deviation over the positions of each
    channel of every convolution of a classifier (`classifier.Network`), whose weights are those it would be trained
    from, by a fixed key. The same for the same images.

    Raises InputError for other images.
    """
    images = checked_images(images)
    return in_blocks(images, _see)


@jit
def _see(images):
    network = Network(1)
    variables = network.init(jax.random.key(KEY), images[:1], train=False)
    found = network.apply(variables, images, train=False)
    levels = [found[f"conv_{level}"] for level in range(len(sizes_of(images.shape[1:])))]
    return jnp.concatenate([of(level, (1, 2)) for level in levels for of in (jnp.mean, jnp.std)], axis=1)


def standardized(features, real) -> np.ndarray:
    """`features` [n, d] with the mean and standard deviation that those of `real` images [m, d] have as 0 and 1,
    float64; what does not vary there is left out."""
    real = np.asarray(real, np.float64)
    mean, std = real.mean(0), real.std(0)
    varies = std > 1e-6 * np.abs(mean).max()
    return ((np.asarray(features, np.float64) - mean) / np.where(varies, std, 1))[:, varies]
