"""The residual networks under every loss, latents, heads and encoder by turns, and with what small data have besides.

Steps are traced and not run, but for one: that every part meets every other, test_combinations shows on points.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.make import init_of, make_algorithm, step_of
from mogan.config import base, update
from mogan.types import Batch
from tests.config.test_combinations import HEADS, LATENTS, LOSSES, refusal

N, SHAPE = 6, (8, 8, 1)
RESNET = {
    "model.name": "resnet",
    "model.width_g": 2,
    "model.width_d": 2,
    "data.batch_size": N,
    "latent.components": 3,
    "optim.ema": 0.9,
}
EXTRAS = (
    {"model.minibatch_std": True},
    {"augment.policy": "color,translation,cutout", "augment.probability": 0.5, "model.spectral_norm": True},
    {"model.precision": "bfloat16", "model.blocks": 2},
)


def configure(number, loss):
    """The config of one loss: with the `number`-th latent, head and extra of those that go with it."""
    turns = ((latent, head) for shift in range(len(HEADS)) for latent, head in [choice(number, shift)])
    latent, head = next(pair for pair in turns if not refusal(pair[0], loss, pair[1]))
    values = LATENTS[latent] | {"loss.name": loss} | LOSSES[loss] | {"model.head": head}
    return update(base(), RESNET | EXTRAS[number % len(EXTRAS)] | values | {"model.encoder": number % 2 == 1})


def choice(number, shift):
    return list(LATENTS)[number % len(LATENTS)], HEADS[(number + shift) % len(HEADS)]


def make(config):
    algorithm = make_algorithm(config, SHAPE, 3)
    init, step = init_of(algorithm), step_of(algorithm)
    rng = np.random.default_rng(0)
    batch = Batch(np.float32(rng.uniform(-1, 1, (N, *SHAPE))), np.arange(N, dtype=np.int32) % 3)
    return init, lambda state: step(state, [batch], jax.random.key(1)), batch


@pytest.mark.parametrize("number", range(len(LOSSES)))
def test_a_step_gives_a_state_like_the_one_it_took(number):
    init, step, batch = make(configure(number, list(LOSSES)[number]))
    state = jax.eval_shape(init, jax.random.key(0), jnp.asarray(batch.x))
    new, _ = jax.eval_shape(step, state)
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), new) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), state
    )


def test_two_steps_move_every_parameter():
    """The first moves the last layer of each branch, which starts at 0, the second what lies before it."""
    init, step, batch = make(update(base(), RESNET | {"loss.name": "non_saturating", "model.encoder": True}))
    start = jax.jit(init)(jax.random.key(0), batch.x)
    state = start
    for _ in range(2):
        state, _ = jax.jit(step)(state)
    moved = jax.tree.map(lambda a, b: bool(np.any(a != b)) and bool(np.isfinite(b).all()), start.params, state.params)
    assert all(jax.tree.leaves(moved)), moved
