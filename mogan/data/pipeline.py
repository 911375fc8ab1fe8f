"""Batches on device: which samples a batch holds is a pure function of (key, its position in the run)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.data.dataset import Dataset
from mogan.data.toy import Density
from mogan.errors import InputError
from mogan.types import Array, Batch


class Pipeline(NamedTuple):
    """Pure functions from a run's data key to its batches, for use inside jit, scan and vmap (over key: many seeds).

    arrays: a pytree of numpy arrays, put on device once and shared by all seeds
    plan(key, start, count) -> xs, a pytree with a leading axis of count: what makes each of the batches at positions
        start, start + 1, ...; `start` is an int32 scalar (batches since step 0), `count` is static
    fetch(arrays, x) -> Batch, for one entry x of xs
    gather(xs) -> xs with the samples themselves, on the host; None where these lie on device, among `arrays`
    epoch: batches in one pass over a finite set, whose plan costs as much for one batch as for a whole pass; else 0
    """

    arrays: Any
    plan: Callable[[Array, Array, int], Any]
    fetch: Callable[[Any, Any], Batch]
    gather: Callable[[Any], Any] | None = None
    epoch: int = 0


FLIP = 2**31 - 1  # the stream of mirrorings; those of the epochs are numbered from 0


def make_pipeline(dataset: Dataset, batch_size: int, flip: bool = False, stream: bool = False) -> Pipeline:
    """Batches of `batch_size` samples: epochs without replacement of a finite set, fresh points of a density.

    `flip`: each image is mirrored left to right with probability 1/2. `stream`: a finite set stays on the host, which
    sends the same batches over as they are needed.

    Raises:
      InputError: the batch is larger than the data.
    """
    check_batch(dataset, batch_size)
    if is_fresh(dataset):
        return _fresh(dataset.density, batch_size)
    return _epochs(dataset, batch_size, flip, stream)


def is_fresh(dataset: Dataset) -> bool:
    """Whether every batch is drawn anew from the data's density."""
    return dataset.density is not None and len(dataset.x) == 0


def check_batch(dataset: Dataset, batch_size: int) -> None:
    """Raises InputError if the data holds no whole batch."""
    n = len(dataset.x)
    if batch_size > n and not is_fresh(dataset):
        raise InputError(f"config.data.batch_size = {batch_size}: the data has {n} samples; give at most {n}")


def _fresh(density: Density, batch_size):
    def plan(key, start, count):
        return jax.vmap(jax.random.fold_in, (None, 0))(key, start + jnp.arange(count))

    def fetch(arrays, key):
        return Batch(*density.sample(key, batch_size))

    return Pipeline((), plan, fetch)


def _epochs(dataset: Dataset, batch_size, flip, stream):
    """Each epoch is a permutation of its own, whose last n mod batch_size samples are left out."""
    n = len(dataset.x)
    per_epoch = n // batch_size

    def plan(key, start, count):
        # `start` is not known when this is compiled, the number of epochs that count batches can touch is
        epochs = start // per_epoch + jnp.arange((count + per_epoch - 2) // per_epoch + 1)
        orders = jax.vmap(lambda epoch: jax.random.permutation(jax.random.fold_in(key, epoch), n))(epochs)
        batches = orders[:, : per_epoch * batch_size].reshape(-1, batch_size)
        rows = jax.lax.dynamic_slice_in_dim(batches, start % per_epoch, count)
        return (rows, mirrored(key, start + jnp.arange(count))) if flip else rows

    def mirrored(key, positions):
        keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.fold_in(key, FLIP), positions)
        return jax.vmap(lambda own: jax.random.bernoulli(own, shape=(batch_size,)))(keys)

    def look_up(x, y, rows):
        return x[rows], None if y is None else y[rows]

    def gather(entries):
        rows, mirror = entries if flip else (entries, None)
        found = look_up(dataset.x, dataset.y, rows)
        return (found, mirror) if flip else found

    def fetch(arrays, entry):
        found, mirror = entry if flip else (entry, None)
        images, labels = found if stream else look_up(*jax.tree.map(jnp.asarray, arrays), found)
        if flip:
            images = jnp.where(mirror[:, None, None, None], images[:, :, ::-1], images)
        return Batch(from_uint8(images), labels)

    arrays, gathered = ((), gather) if stream else ((dataset.x, dataset.y), None)
    return Pipeline(arrays, plan, fetch, gathered, per_epoch)


def from_uint8(x):
    """Images 0..255 as float32 in [-1, 1], as networks see them; what is not uint8 (points) unchanged."""
    return x.astype(np.float32) / 127.5 - 1 if x.dtype == np.uint8 else x


def to_uint8(images) -> np.ndarray:
    """Images in [-1, 1] (values outside are clipped) as uint8 0..255, rounded: the inverse of `from_uint8`."""
    return np.clip(np.round((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)
