"""A training step on the platforms that are not at hand: it lowers for them, and their convolutions train alike."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.make import init_of, make_algorithm, step_of
from mogan.nets import ops
from mogan.types import Batch, Optimizer
from tests.helpers.support import load_setup, shrink

IMAGES = {  # a variant of every family of networks, schedules and penalties: the shape of its images
    "mnist500_deligan.py:deligan": (28, 28, 1),
    "cifar2k_deligan.py:deligan_released": (32, 32, 3),
    "sketches_deligan.py:similar_deligan": (32, 32, 1),
    "cifar10_delifisher.py:delifisher_weights": (32, 32, 3),
    "celeba_logan_bigan.py:lol1_pairwise": (128, 128, 3),
    "signs_gmgan.py:gmgan_supervised_dynamic": (40, 40, 3),
}
DESCENT = Optimizer(  # linear in the gradients, where Adam would make much of a small difference
    init=lambda params: (),
    apply=lambda grads, state, params, step, factor=1.0: (
        jax.tree.map(lambda p, g: p - 0.1 * factor * g, params, grads),
        state,
    ),
)


def parts(config, shape, optimizer=None):
    """(init, step, batches that a step takes) of `config`."""
    algorithm = make_algorithm(config, shape, classes=10)
    if optimizer:
        algorithm = algorithm._replace(optimizers=dict.fromkeys(algorithm.optimizers, optimizer))
    return init_of(algorithm), step_of(algorithm), algorithm.schedule.batches


def use_other_convolutions(monkeypatch):
    """Puts what GPU and TPU compute in place of `ops.conv` and `ops.conv_transpose`, traced once a shape as those."""

    @partial(jax.jit, static_argnames=("stride", "padding"))
    def conv(x, kernel, *, stride=1, padding="SAME"):
        return ops.conv_lax(x, kernel, stride, padding)

    @partial(jax.jit, static_argnames=("stride", "size"))
    def conv_transpose(x, kernel, *, stride, size):
        return ops.conv_transpose_lax(x, kernel, stride, size)

    monkeypatch.setattr(ops, "conv", conv)
    monkeypatch.setattr(ops, "conv_transpose", conv_transpose)


@pytest.mark.parametrize("reference", IMAGES)
def test_a_step_lowers_for_gpu_and_tpu_with_their_own_convolutions(reference, monkeypatch):
    config, shape = load_setup(reference), IMAGES[reference]
    init, step, count = parts(config, shape)
    key = jax.eval_shape(lambda: jax.random.key(0))
    x = jax.ShapeDtypeStruct((config.data.batch_size, *shape), jnp.float32)
    y = jax.ShapeDtypeStruct((config.data.batch_size,), jnp.int32)
    arguments = jax.eval_shape(init, key, x), [Batch(x, y)] * count, key

    def convolutions(*platforms):
        """On each platform, how many there are in the step."""
        traced = jax.jit(lambda *args: step(*args)).trace(*arguments)
        lowered = (traced.lower(lowering_platforms=(platform,)).as_text() for platform in platforms)
        return [text.count("stablehlo.convolution") for text in lowered]

    cpu, cuda, tpu = convolutions("cpu", "cuda", "tpu")
    use_other_convolutions(monkeypatch)
    assert [cuda, tpu] == convolutions("cpu") * 2 != [cpu, cpu]


@pytest.mark.parametrize("reference", ["mnist500_deligan.py", "cifar2k_deligan.py", "celeba_logan_bigan.py"])
def test_a_step_trains_alike_by_the_convolutions_of_gpu_and_tpu(reference, monkeypatch):
    config = shrink(load_setup(reference), schedule__slots=1, schedule__d_updates=1, schedule__g_updates=1)
    n, shape = config.data.batch_size, (18, 18, 3)
    x = jnp.float32(np.random.default_rng(0).uniform(-1, 1, (n, *shape)))
    init, step, count = parts(config, shape, DESCENT)
    start = jax.jit(init)(jax.random.key(0), x)

    def trained():
        run = jax.jit(lambda state, batches: step(state, batches, jax.random.key(1)))
        state, seen = run(start, [Batch(x, jnp.arange(n) % 10)] * count)
        return jax.tree.map(jnp.subtract, state.params, start.params), seen

    changes, seen = trained()
    use_other_convolutions(monkeypatch)
    expected, seen_there = trained()
    assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(expected)) > 1e-3
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6), changes, expected)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5), seen, seen_there)
