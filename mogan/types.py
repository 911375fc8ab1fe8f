"""The vocabulary of mogan: every type that crosses a module boundary, on one page.

Algorithms are NamedTuples of pure functions (as in optax); data are NamedTuples or flax.struct pytrees.
Shapes: n samples, d latent dimensions, K mixture components, h x w x c images.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import flax.struct
import jax

Array = jax.Array
Params = Any  # a pytree of float32 arrays


class Batch(NamedTuple):
    """Real samples: x [n, ...] float32 (images in [-1, 1]), y [n] int32 class labels or None."""

    x: Array
    y: Array | None = None


class LatentSample(NamedTuple):
    """Draws from a latent prior: z [n, d], component [n] int32, weight [n] (1 unless weights are learned)."""

    z: Array
    component: Array
    weight: Array


class Noise(NamedTuple):
    """What is random in n draws from a latent, whatever its parameters: component [n] int32, base [n, d] (scale 1)."""

    component: Array
    base: Array


class Latent(NamedTuple):
    """A latent prior, by the reparameterization trick: noise first, then a function of the parameters.

    init(key) -> params
    noise(key, n) -> Noise
    transform(params, Noise, scale=1.0) -> LatentSample; `scale` multiplies every component's covariance
    sample(params, key, n, *, scale=1.0, component=None) -> LatentSample, the two in one; `component` (int or [n]
        array) fixes the component
    log_prob(params, z [n, d]) -> [n]
    penalty(params) -> scalar, added to the generator's loss (the sigma regulariser, DeLiGAN eq. 10)
    moments(params) -> (means [K, d], standard deviations [K, d]), K = 1 where the component is but a label
    """

    init: Callable[[Array], Params]
    noise: Callable[[Array, int], Noise]
    transform: Callable[..., LatentSample]
    sample: Callable[..., LatentSample]
    log_prob: Callable[[Params, Array], Array]
    penalty: Callable[[Params], Array]
    moments: Callable[[Params], tuple[Array, Array]]
    dim: int
    components: int


class GAN(NamedTuple):
    """Networks and latent bound into pure functions.

    init(key) -> (params, stats): two dicts keyed by group ("generator", "latent", "discriminator", ...)
    generate(params, stats, latent_sample, *, key, train) -> (x [n, ...], stats)
    discriminate(params, stats, x, *, key, train) -> (logits [n], stats)
    encode: as generate, from x to z [n, d]; None without an encoder.
    """

    init: Callable[..., tuple[Params, Params]]
    generate: Callable[..., tuple[Array, Params]]
    discriminate: Callable[..., tuple[Array, Params]]
    latent: Latent
    encode: Callable[..., tuple[Array, Params]] | None = None


class Judged(NamedTuple):
    """What a loss sees of one side: logits [n], each sample's weight [n], its class or component [n] or None."""

    logits: Array
    weight: Array
    label: Array | None = None


class Loss(NamedTuple):
    """An adversarial loss pair.

    init() -> state (a pytree, often empty)
    discriminator(state, real: Judged, fake: Judged) -> scalar that the discriminator descends
    generator(state, fake: Judged) -> scalar that generator and latent descend
    update(state, real: Judged, fake: Judged) -> state, after each discriminator update
    """

    init: Callable[[], Any]
    discriminator: Callable[[Any, Judged, Judged], Array]
    generator: Callable[[Any, Judged], Array]
    update: Callable[[Any, Judged, Judged], Any]


class Optimizer(NamedTuple):
    """One parameter group's optimizer.

    init(params) -> state
    apply(grads, state, params, step, factor=1.0) -> (params, state); `step` is the training step (learning-rate
        schedules follow it, not the count of updates), `factor` multiplies the learning rate of this one update.
    """

    init: Callable[[Params], Any]
    apply: Callable[..., tuple[Params, Any]]


@flax.struct.dataclass
class TrainState:
    """All that training changes: arrays only; no function, no key. Every member may carry a leading axis of seeds."""

    step: Array
    params: Params
    stats: Params
    opt: Any
    loss: Any
    schedule: Any
    ema: Any
