"""A trained GAN in use: what plots, scores, training and users draw from it, generate, encode and reconstruct."""

import functools
import numbers
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.algorithm.augment import make_augment
from mogan.algorithm.optim import average_decay
from mogan.algorithm.seeds import of_member
from mogan.config.choices import LARGEST_SCALE, SMALLEST_SCALE, is_whole
from mogan.data import from_uint8, to_uint8
from mogan.errors import InputError
from mogan.latents.weights import draw_by
from mogan.machine.jit import jit
from mogan.machine.memory import check_samples
from mogan.machine.uses_jax import uses_jax
from mogan.types import GAN, LatentSample, Params, TrainState

BLOCK = 500  # samples on the device at a time, to bound memory


class Samples(NamedTuple):
    """On the host: x, images uint8 [n, h, w, c] or points float32 [n, d]; z [n, d] float32; component [n] int32."""

    x: np.ndarray
    z: np.ndarray
    component: np.ndarray


class Model(NamedTuple):
    """A trained GAN in use. Data are as data sets hold them: images uint8 [n, h, w, c], points float32 [n, d].

    gan: its functions; batch norm uses its running averages
    params, stats: of one member of a run; if `average`, their exponential moving average
    seed: the seed that the member was trained from
    member: its place among the seeds that are trained side by side
    augment(key, x) -> x: what the discriminator sees of images in [-1, 1] as it is trained; None for x itself
    """

    gan: GAN
    params: Params
    stats: Params
    seed: int = 0
    member: int = 0
    average: bool = False
    augment: Callable | None = None

    @uses_jax
    def sample(self, key, n: int, *, scale: float = 1.0, component: int | None = None) -> Samples:
        """n independent draws from the prior, components by their current probabilities.

        `scale` multiplies every component's covariance; `component` is one for all samples.

        Raises InputError: a component that the prior does not have, a scale out of range, or more samples than memory
        holds.
        """
        last = self.gan.latent.components - 1
        if component is not None and not (is_whole(component) and 0 <= component <= last):
            raise InputError(f"component = {component!r}: the latent has components 0 to {last}")
        if not (isinstance(scale, numbers.Real) and SMALLEST_SCALE <= scale <= LARGEST_SCALE):
            raise InputError(f"scale = {scale!r}: give a number from {SMALLEST_SCALE} to {LARGEST_SCALE}")
        keys = jax.random.split(key, -(-n // BLOCK))
        options = float(scale), -1 if component is None else int(component)
        drawn = (self._run("sample", block_key, *options) for block_key in keys)
        return Samples(*(leaf[:n] for leaf in _joined(drawn, n)))

    @uses_jax
    def generate(self, z, component) -> np.ndarray:
        """G(z) [n, ...] of z [n, d] under the components [n] int32, for a generator that sees them."""
        (x,) = _joined(self._run("generate", *block) for block in _blocks(z, component))
        return x

    @uses_jax
    def encode(self, x) -> np.ndarray:
        """z = E(x) [n, d], of a GAN with an encoder: the z that `reconstruct` decodes, bit for bit."""
        return _joined(self._run("reconstruct", from_uint8(block)) for (block,) in _blocks(x))[1]

    @uses_jax
    def reconstruct(self, x) -> np.ndarray:
        """G(E(x)) [n, ...], of a GAN with an encoder."""
        return _joined(self._run("reconstruct", from_uint8(block)) for (block,) in _blocks(x))[0]

    @uses_jax
    def augmented(self, key, x) -> np.ndarray:
        """Images x, uint8 [n, h, w, c], as the discriminator sees them in training: changed by augment.policy, with the
        probability that training has come to."""
        return to_uint8(self.augment(key, from_uint8(x)))

    def moments(self):
        """(means [K, d], standard deviations [K, d]) of the mixture; (None, None) of a prior without parameters."""
        params = self.params["latent"]
        return jax.device_get(self.gan.latent.moments(params)) if params else (None, None)

    def _run(self, program, *arguments):
        """What a program gives for one block, on the host, samples first."""
        x, *others = jax.device_get(getattr(_programs(self.gan), program)(self.params, self.stats, *arguments))
        return to_uint8(x) if x.ndim == 4 else x, *others


def make_model(gan: GAN, state: TrainState, config, member: int = 0, average: bool | None = None) -> Model:
    """The model of one of the seeds in a run's `state`: its current parameters or their moving average; with None the
    average where the run keeps one.

    Raises InputError for a member that the run does not have, or an average that it does not keep.
    """
    if not 0 <= member < config.train.seeds:
        raise InputError(f"member = {member}: the run has members 0 to {config.train.seeds - 1}")
    kept = average_decay(config) > 0
    if average and not kept:
        raise InputError("ema = True: the run keeps no moving average (config.optim.ema = 0); leave it out")
    average = kept if average is None else average
    own = of_member(state, config, member)
    params, stats = (own.ema["params"], own.ema["stats"]) if average else (own.params, own.stats)
    seed, augment = config.train.seed + member, make_augment(config)
    if augment and "augment" in own.loss:
        augment = functools.partial(augment, probability=own.loss["augment"])
    return Model(gan, params, stats, seed, member, average, augment)


@functools.lru_cache(maxsize=4)  # one GAN for each, so that programs are compiled once
def by_batch_statistics(gan: GAN) -> GAN:
    """`gan`, whose generator normalises by the samples that it makes at once, up to BLOCK, as it is trained and as
    DeLiGAN's released program samples; a sample then depends on those beside it."""

    def generate(params, stats, sample, *, key, train):
        return gan.generate(params, stats, sample, key=key, train=True)

    return gan._replace(generate=generate)


class _Programs(NamedTuple):
    """Compiled functions (params, stats, ...) of one GAN, each for a block."""

    sample: Callable
    generate: Callable
    reconstruct: Callable


@functools.lru_cache(maxsize=4)  # compiled once for a GAN, not once for a picture or an evaluation
def _programs(gan: GAN) -> _Programs:
    @jit
    def sample(params, stats, key, scale, component):
        choice_key, sample_key, noise_key = jax.random.split(key, 3)
        chosen = draw_by(choice_key, BLOCK, gan.latent.weights(params["latent"]))
        # -1 stands for "as the prior chooses", so that one compiled program serves both
        component = jnp.where(component < 0, chosen, component)
        drawn = gan.latent.sample(params["latent"], sample_key, BLOCK, scale=scale, component=component)
        x, _ = gan.generate(params, stats, drawn, key=noise_key, train=False)
        return x, drawn.z, drawn.component

    @jit
    def generate(params, stats, z, component):
        sample = LatentSample(z, component, jnp.ones(len(z)))
        return gan.generate(params, stats, sample, key=_unused_key(), train=False)[:1]

    @jit
    def reconstruct(params, stats, x):
        z, _ = gan.encode(params, stats, x, key=_unused_key(), train=False)
        sample = LatentSample(z, jnp.zeros(len(z), jnp.int32), jnp.ones(len(z)))
        return gan.generate(params, stats, sample, key=_unused_key(), train=False)[0], z

    return _Programs(sample, generate, reconstruct)


def _unused_key():
    """For networks that have no noise of their own outside training, as all of them."""
    return jax.random.key(0)


def _blocks(*arrays):
    """The arrays [n, ...] in parts of at most BLOCK rows."""
    return (tuple(array[start : start + BLOCK] for array in arrays) for start in range(0, len(arrays[0]), BLOCK))


def _joined(blocks, n: int = 0) -> tuple[np.ndarray, ...]:
    """The arrays of all blocks, each made when the one before is on the host.

    Raises InputError if n samples, whose size the first block shows, are more than memory holds.
    """
    made = []
    for block in blocks:
        made.append(block)
        if len(made) == 1:
            check_samples(n, sum(leaf.nbytes for leaf in block) // len(block[0]))
    return tuple(map(np.concatenate, zip(*made, strict=True)))
