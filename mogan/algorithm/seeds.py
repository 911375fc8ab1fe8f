"""Runs by their seeds: the keys of one, and many side by side, each array with a leading axis of seeds."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class RunKeys(NamedTuple):
    """A run's four streams of randomness: initial values, order of the data, training steps, pictures and scores."""

    init: jax.Array
    data: jax.Array
    step: jax.Array
    sample: jax.Array


def run_keys(seed) -> RunKeys:
    """The keys of the run with that seed."""
    return RunKeys(*jax.random.split(jax.random.key(seed), 4))


def all_seeds(config):
    """What a program maps over: the one seed, or [S]."""
    first, count = config.train.seed, config.train.seeds
    return np.int32(first) if count == 1 else np.arange(first, first + count, dtype=np.int32)


def for_every_seed(function, config, *trees):
    """function(seed, *trees), mapped over the seeds and the leading axis of `trees` where there are several."""
    return (function if config.train.seeds == 1 else jax.vmap(function))(all_seeds(config), *trees)


def abstract_state(init, config, shape: tuple[int, ...]):
    """Structure, shapes and types of the state that init(key, x) makes for every seed, x being samples of `shape`."""
    x = jax.ShapeDtypeStruct((config.data.batch_size, *shape), jnp.float32)
    return jax.eval_shape(lambda x: for_every_seed(lambda seed: init(run_keys(seed).init, x), config), x)


def of_member(state, config, index: int):
    """The state of one of the seeds trained side by side."""
    return state if config.train.seeds == 1 else jax.tree.map(lambda leaf: leaf[index], state)
