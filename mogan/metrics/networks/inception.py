"""Features of image sets by Inception-v3 (inception_net.py), for the Frechet distance, KID, precision and recall, and
the class probabilities of the Inception Score. Say beside every score which level, and which weight file, it is of.

    real, fake = cached_features(train_images), features(samples)
    frechet_distance(real, fake), inception_score(class_probs(fake))
"""

import functools
import hashlib
import os
import shutil
from pathlib import Path

import jax
import numpy as np
from scipy.special import softmax

from mogan.errors import InputError
from mogan.machine.bar import bar_of, skip
from mogan.machine.cache import cache_folder, cached_array
from mogan.machine.jit import jit
from mogan.machine.mesh import shardings
from mogan.machine.uses_jax import uses_jax
from mogan.metrics.checks import checked_count, checked_features
from mogan.metrics.networks.inception_net import Inception
from mogan.metrics.networks.inception_weights import (
    BIASED_LOGITS,
    LOGITS,
    Weights,
    load_weights,
    parameters,
    pick,
)

POOL_3 = 2048
NAME = "Inception-v3"  # before the bar
PART = 1024  # images, a whole number of batches


@uses_jax
def features(images, level: int = POOL_3, weights: Weights | None = None, batch_size: int = 64) -> np.ndarray:
    """Features [n, level] float32 of uint8 images [n, h, w, 1 or 3] in 0..255, a grey image standing for three equal
    channels. Any size: they are resized to 299 x 299 as TensorFlow's graph does.

    Level 2048 (pool_3) is that of the FID; 64, 192, 768 and 1280 lie below it. All devices share each batch. A bar on
    stderr shows the progress, if that is a terminal.

    Raises:
      InputError: images of another type or shape, another level, a weight file that is missing, damaged or too partial
        for the level, or a batch size that is no whole number from 1.
    """
    images = checked_images(images)
    checked_count("batch_size", batch_size, least=1)
    params = parameters(weights or load_weights(), level)
    split, everywhere = shardings()
    size = split.mesh.size * -(-min(batch_size, len(images)) // split.mesh.size)
    params = jax.device_put({"params": params}, everywhere)
    rows = []
    with bar_of(NAME, len(images)) as seen:
        for start, batch in _batches(images, size):
            rows.append(_apply(Inception(level), params, jax.device_put(batch, split)))
            if len(rows) > 1:
                rows[-2] = np.asarray(rows[-2])  # waits for the batch before, while the devices are at this one
            seen(min(len(batch), len(images) - start))
        return np.concatenate(rows)[: len(images)]


def checked_images(images) -> np.ndarray:
    """uint8 images [n, h, w, 1 or 3], as they are. Raises InputError for anything else, floats above all."""
    images = np.asarray(images)
    if images.dtype != np.uint8:
        remedy = "give uint8 in 0..255 (mogan.data.to_uint8 makes it of [-1, 1])"
        raise InputError(f"images of {images.dtype}: {remedy}")
    if images.ndim != 4 or 0 in images.shape or images.shape[-1] not in (1, 3):
        raise InputError(f"images of shape {list(images.shape)}: give [n, h, w, 1 or 3], none of them 0")
    return images


def _batches(images, size):
    for start in range(0, len(images), size):
        batch = images[start : start + size]
        # of one shape, so that one program serves; what is added is cut off again
        yield start, np.pad(batch, ((0, size - len(batch)), (0, 0), (0, 0), (0, 0)))


@functools.partial(jit, static_argnums=0)
def _apply(network, params, images):
    return network.apply(params, images)[network.level]


def cached_features(
    images,
    level: int = POOL_3,
    weights: Weights | None = None,
    batch_size: int = 64,
    folder: str | os.PathLike | None = None,
) -> np.ndarray:
    """`features`, kept on disk for the next call with equal images, level and weights: for reference sets.

    One .npz a set, named by the SHA-256 of all three, in `folder`, by default `features` in $MOGAN_CACHE or
    ~/.cache/mogan. A file that is damaged is made anew. Raises InputError as `features`.
    """
    images, weights = checked_images(images), weights or load_weights()
    parameters(weights, level)  # what cannot be computed is refused, whatever the folder holds
    unfinished, folder = unfinished_folder(images, level, weights), Path(folder or cache_folder() / "features")
    make = functools.partial(resumed_features, images, level, weights, unfinished, batch_size)
    found = _stored(folder, images, (int(level), weights.sha256), level, make)
    shutil.rmtree(unfinished, ignore_errors=True)
    return found


def unfinished_folder(images, level: int, weights: Weights) -> Path:
    """A folder of the cache for parts of the features of these very images."""
    digest = hashlib.sha256(repr((images.shape, int(level), weights.sha256)).encode())
    digest.update(np.ascontiguousarray(images))
    return cache_folder() / "unfinished" / digest.hexdigest()


def resumed_features(images, level: int, weights: Weights, folder: Path, batch_size: int = 64) -> np.ndarray:
    """`features`, of which `folder` holds each 1,024 images as soon as they are done: a call that is interrupted goes
    on where it was. What is in the folder afterwards is the caller's to remove; of fewer images there is none."""
    images = checked_images(images)
    starts = range(0, max(len(images) - PART, 1), PART)  # the last part is longer, so that none is less than a batch
    if len(starts) == 1:
        return features(images, level, weights, batch_size)
    parts = []
    for start in starts:
        part = images[start : len(images) if start == starts[-1] else start + PART]
        make = functools.partial(features, part, level, weights, batch_size)
        parts.append(_stored(folder, part, (), level, make))
    return np.concatenate(parts)


def _stored(folder, images, about, level, make):
    """make(), features of the images, from the cache where they are there; then the bar does not wait for them."""
    fresh = []
    found = cached_array(folder, "features", images, about, (len(images), level), lambda: fresh.append(True) or make())
    if not fresh:
        skip(NAME, len(images))
    return found


def logits(pool_3, weights: Weights | None = None, *, bias: bool = False) -> np.ndarray:
    """Logits [n, 1008] float32 of features [n, 2048] of level 2048, without the softmax layer's bias unless asked.

    One pass through the network thus serves FID and Inception Score. The Inception Score's program leaves the bias out
    (torch-fidelity's `logits_unbiased`); the graph's own output has it (`logits`).

    Raises:
      InputError: features of another shape or not finite, or a weight file without the softmax layer.
    """
    pool_3 = checked_features("pool_3", pool_3)
    if pool_3.shape[1] != POOL_3:
        raise InputError(f"pool_3 of shape {list(pool_3.shape)}: give features of level {POOL_3}")
    names = BIASED_LOGITS if bias else LOGITS
    arrays = pick(weights or load_weights(), names, "logits with bias" if bias else "logits")
    return pool_3.astype(np.float32) @ arrays["weights_softmax"].T + arrays.get("bias_softmax", np.float32(0))


def class_probs(pool_3, weights: Weights | None = None) -> np.ndarray:
    """Class probabilities [n, 1008] float64 for `inception_score`: the softmax of `logits` without bias.

    They stay in the order of pool_3; shuffle them first if samples come ordered. Raises InputError as `logits`.
    """
    return softmax(logits(pool_3, weights).astype(np.float64), axis=1)
