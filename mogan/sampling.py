"""Drawing from a trained generator."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.errors import InputError
from mogan.types import GAN, TrainState

BLOCK = 500  # samples generated at a time, to bound memory


class Samples(NamedTuple):
    """On the host: x [n, ...] float32 (images in [-1, 1]), z [n, d] float32, component [n] int32."""

    x: np.ndarray
    z: np.ndarray
    component: np.ndarray


def variables(state: TrainState, use_ema: bool = False):
    """(params, stats) to generate with: the current ones, or their exponential moving average.

    Raises InputError if the average is asked for and the run kept none.
    """
    if not use_ema:
        return state.params, state.stats
    if not state.ema:
        raise InputError("this run kept no moving average (config.optim.ema = 0); sample without --ema")
    return state.ema["params"], state.ema["stats"]


def make_sampler(gan: GAN):
    """draw(params, stats, key, n, *, scale=1.0, component=None) -> Samples, with batch norm's running averages.

    `scale` multiplies every component's covariance; `component` is one for all samples, or None for the prior's own
    choice. Raises InputError for a component that the prior does not have, or a scale that is not positive.
    """

    @jax.jit
    def block(params, stats, key, scale, component):
        sample_key, noise_key = jax.random.split(key)
        # -1 stands for "the prior's own choice", so that one compiled program serves both
        free = gan.latent.sample(params["latent"], sample_key, BLOCK, scale=scale)
        fixed = gan.latent.sample(params["latent"], sample_key, BLOCK, scale=scale, component=component)
        sample = jax.tree.map(lambda a, b: jnp.where(component < 0, a, b), free, fixed)
        x, _ = gan.generate(params, stats, sample, key=noise_key, train=False)
        return x, sample.z, sample.component

    def draw(params, stats, key, n, *, scale=1.0, component=None) -> Samples:
        if component is not None and not 0 <= component < gan.latent.components:
            raise InputError(f"component = {component}: the latent has components 0 to {gan.latent.components - 1}")
        if not 0.0 < scale < float("inf"):
            raise InputError(f"scale = {scale}: give a number above 0")
        blocks = [
            jax.device_get(block(params, stats, block_key, scale, -1 if component is None else component))
            for block_key in jax.random.split(key, -(-n // BLOCK))
        ]
        return Samples(*(np.concatenate(leaves)[:n] for leaves in zip(*blocks, strict=True)))

    return draw
