"""What the tests of checkpoints share: a state of training, and a folder with two checkpoints."""

import shutil

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from mogan.runs import checkpoint
from mogan.types import TrainState


def make_state(seed):
    keys = jax.random.split(jax.random.key(seed), 4)
    params = {
        "generator": {f"layer_{i}": {"kernel": jax.random.normal(keys[i], (8, 8))} for i in range(3)},
        "latent": {"mean": jax.random.normal(keys[3], (3, 2)).at[0, 0].set(jnp.nan)},
    }
    return TrainState(
        step=jnp.int32(seed),
        params=params,
        stats={},
        opt={name: optax.adam(1e-3).init(tree) for name, tree in params.items()},
        loss=(),
        schedule=(jnp.float32(0.7), jnp.array([True, False])),
        ema=jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params),
    )


def assert_same(left, right):
    assert jax.tree.structure(left) == jax.tree.structure(right)
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        assert (a.dtype, a.shape, np.asarray(a).tobytes()) == (b.dtype, b.shape, np.asarray(b).tobytes())


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with the checkpoints 1 and 2, not to be changed."""
    folder = tmp_path_factory.mktemp("saved")
    for step in (1, 2):
        checkpoint.save(folder, step, make_state(step), keep=3)
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of it, free to damage."""
    return shutil.copytree(saved, tmp_path / "checkpoints")
