"""Drawing from a trained generator, and sending data through encoder and generator."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.config.choices import LARGEST_SCALE, SMALLEST_SCALE
from mogan.errors import InputError
from mogan.latents.weights import draw_by
from mogan.machine.memory import check_samples
from mogan.machine.uses_jax import uses_jax
from mogan.nets import cpu_conv
from mogan.types import GAN, Latent, LatentSample, TrainState

BLOCK = 500  # samples generated at a time, to bound memory


class Samples(NamedTuple):
    """On the host: x [n, ...] float32 (images in [-1, 1]), z [n, d] float32, component [n] int32."""

    x: np.ndarray
    z: np.ndarray
    component: np.ndarray


def latent_moments(latent: Latent, params):
    """(means [K, d], standard deviations [K, d]) of a mixture's parameters, (None, None) of a prior without any."""
    return jax.device_get(latent.moments(params)) if params else (None, None)


def variables(state: TrainState, use_ema: bool = False):
    """(params, stats) to generate with: the current ones, or their exponential moving average.

    Raises InputError if the average is asked for and the run kept none.
    """
    if not use_ema:
        return state.params, state.stats
    if not state.ema:
        raise InputError("this run kept no moving average (config.optim.ema = 0); sample without --ema")
    return state.ema["params"], state.ema["stats"]


@functools.lru_cache(maxsize=4)  # compiled once for a GAN, not once for a picture or an evaluation
def make_sampler(gan: GAN):
    """draw(params, stats, key, n, *, scale=1.0, component=None) -> Samples, with batch norm's running averages.

    Samples are independent draws from the prior, components with their current probabilities. `scale` multiplies every
    component's covariance; `component` is one for all samples. Raises InputError for a component that the prior does
    not have, a scale that is not positive, or more samples than memory holds.
    """

    @cpu_conv.jit
    def block(params, stats, key, scale, component):
        choice_key, sample_key, noise_key = jax.random.split(key, 3)
        chosen = draw_by(choice_key, BLOCK, gan.latent.weights(params["latent"]))
        # -1 stands for "as the prior chooses", so that one compiled program serves both
        component = jnp.where(component < 0, chosen, component)
        sample = gan.latent.sample(params["latent"], sample_key, BLOCK, scale=scale, component=component)
        x, _ = gan.generate(params, stats, sample, key=noise_key, train=False)
        return x, sample.z, sample.component

    @uses_jax
    def draw(params, stats, key, n, *, scale=1.0, component=None) -> Samples:
        if component is not None and not 0 <= component < gan.latent.components:
            raise InputError(f"component = {component}: the latent has components 0 to {gan.latent.components - 1}")
        if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
            raise InputError(f"scale = {scale}: give a number from {SMALLEST_SCALE} to {LARGEST_SCALE}")
        blocks = []
        for block_key in jax.random.split(key, -(-n // BLOCK)):
            made = block(params, stats, block_key, scale, -1 if component is None else component)
            blocks.append(jax.device_get(made))
            if len(blocks) == 1:  # which shows what a sample takes
                check_samples(n, sum(leaf.nbytes for leaf in blocks[0]) // BLOCK)
        return Samples(*(np.concatenate(leaves)[:n] for leaves in zip(*blocks, strict=True)))

    return draw


@functools.lru_cache(maxsize=4)
def make_reconstructor(gan: GAN):
    """reconstruct(params, stats, x [n, ...]) -> (z = E(x) [n, d], G(z) [n, ...]) on the host, of a GAN with an encoder.

    Batch norm uses its running averages.
    """

    @cpu_conv.jit
    def block(params, stats, x):
        key = jax.random.key(0)  # nothing is drawn: no network has noise of its own outside training
        z, _ = gan.encode(params, stats, x, key=key, train=False)
        sample = LatentSample(z, jnp.zeros(len(z), jnp.int32), jnp.ones(len(z)))
        return z, gan.generate(params, stats, sample, key=key, train=False)[0]

    @uses_jax
    def reconstruct(params, stats, x):
        blocks = [jax.device_get(block(params, stats, x[start : start + BLOCK])) for start in range(0, len(x), BLOCK)]
        return tuple(np.concatenate(leaves) for leaves in zip(*blocks, strict=True))

    return reconstruct
