"""Training the small networks that scores need: `fit`, and applying them to many images: `in_blocks`."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

from mogan.machine.bar import bar_of
from mogan.machine.jit import jit
from mogan.machine.uses_jax import uses_jax

BATCH = 64  # images of a training step
BLOCK = 100  # images seen at a time afterwards, to bound memory
RATE = 3e-3  # of Adam at the start, falling to 0 along a cosine


class Plan(NamedTuple):
    """What a training program is compiled for."""

    network: nn.Module
    loss: Callable
    epochs: int
    batches: int  # of an epoch
    batch: int


@uses_jax
def fit(network, loss, images, targets, *, key, epochs: int, flip=False, what="classifier") -> tuple[dict, dict]:
    """(params, stats) of `network` for the least mean of loss(network(images, train=True), targets), as numpy arrays.

    `images` uint8 [n, h, w, c] and `targets` [n, ...]; `loss` a function of a module, as programs are compiled for it.
    Adam, `epochs` passes in batches of 64, in a new order each, what fills no batch left out; `flip` mirrors images at
    random. `what` stands before its bar.
    """
    batch = min(BATCH, len(images))
    plan = Plan(network, loss, epochs, len(images) // batch, batch)
    init_key, train_key = jax.random.split(key)
    state = _start(plan, init_key, images[:1])
    x, y = jax.device_put((images, targets))
    with bar_of(what, epochs * len(images)) as seen:
        for epoch_key in jax.random.split(train_key, epochs):
            state, mean = _epoch(plan, state, x, y, epoch_key, flip)
            mean.block_until_ready()
            seen(len(images))
    params, stats, _ = jax.device_get(state)
    return params, stats


def in_blocks(images, apply) -> np.ndarray:
    """apply(images) [n, ...] of images [n, h, w, c], so many at a time that memory is bounded."""
    size = min(BLOCK, len(images))
    blocks = []
    for start in range(0, len(images), size):
        block = images[start : start + size]
        # of one shape, so that one program serves; what is added is cut off again
        blocks.append(np.asarray(apply(np.pad(block, ((0, size - len(block)), (0, 0), (0, 0), (0, 0))))))
    return np.concatenate(blocks)[: len(images)]


def _adam(plan):
    return optax.adam(optax.cosine_decay_schedule(RATE, plan.epochs * plan.batches))


@functools.partial(jit, once=True, static_argnums=0)
def _start(plan, key, images):
    variables = plan.network.init(key, images, train=False)
    return variables["params"], variables["batch_stats"], _adam(plan).init(variables["params"])


@functools.partial(jit, static_argnums=0)
def _epoch(plan, state, x, y, key, flip):
    """One pass over the data; beside the state the mean loss."""
    order_key, flip_key = jax.random.split(key)
    rows = jax.random.permutation(order_key, len(x))[: plan.batches * plan.batch].reshape(plan.batches, plan.batch)
    mirrored = jax.random.bernoulli(flip_key, shape=rows.shape) & flip

    def step(state, batch):
        params, stats, opt = state
        rows, mirrored = batch
        images = jnp.where(mirrored[:, None, None, None], x[rows][:, :, ::-1], x[rows])

        def loss(params):
            variables = {"params": params, "batch_stats": stats}
            outputs, changed = plan.network.apply(variables, images, train=True, mutable=["batch_stats"])
            return plan.loss(outputs, y[rows]).mean(), changed["batch_stats"]

        (mean, stats), grads = jax.value_and_grad(loss, has_aux=True)(params)
        updates, opt = _adam(plan).update(grads, opt)
        return (optax.apply_updates(params, updates), stats, opt), mean

    state, means = jax.lax.scan(step, state, (rows, mirrored))
    return state, means.mean()
