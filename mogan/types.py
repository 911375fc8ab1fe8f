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
    """What is random in n draws from a latent, whatever its parameters: component [n] int32, base [n, d] of mean 0 and
    (but for the uniform prior) standard deviation 1; [n, K, d] where components are summed instead of chosen, [n, F, d]
    of F families, of which each component has one."""

    component: Array
    base: Array


class Latent(NamedTuple):
    """A latent prior, by the reparameterization trick: noise first, then a function of the parameters.

    init(key) -> params
    noise(key, n) -> Noise
    transform(params, Noise, scale=1.0) -> LatentSample; `scale` multiplies every component's covariance
    sample(params, key, n, *, scale=1.0, component=None) -> LatentSample, the two in one; `component` (int or [n]
        array) fixes the component, and the weight is then 1
    weights(params) -> [K], the components' probabilities
    log_prob(params, z [n, d]) -> [n]
    penalty(params) -> scalar, added to the generator's loss (the sigma regulariser, DeLiGAN eq. 10)
    moments(params) -> (means [K, d], standard deviations [K, d]), K = 1 where the component is only a label
    project(params) -> the nearest parameters that the latent allows; applied after every update
    own(Noise) -> of its base what `transform` looks at: of several families' draws those of the sample's component
    """

    init: Callable[[Array], Params]
    noise: Callable[[Array, int], Noise]
    transform: Callable[..., LatentSample]
    sample: Callable[..., LatentSample]
    weights: Callable[[Params], Array]
    log_prob: Callable[[Params, Array], Array]
    penalty: Callable[[Params], Array]
    moments: Callable[[Params], tuple[Array, Array]]
    dim: int
    components: int
    project: Callable[[Params], Params] = lambda params: params
    own: Callable[[Noise], Array] = lambda noise: noise.base


class GAN(NamedTuple):
    """Networks and latent bound into pure functions.

    init(key, x [n, ...]) -> (params, stats): two dicts keyed by group ("generator", "latent", "discriminator",
        "encoder"); real samples x and as many generated ones are what data-dependent initial values are made from
    generate(params, stats, latent_sample, *, key, train) -> (x [n, ...], stats)
    discriminate(params, stats, x, z=None, *, key, train) -> (logits [n], or [n, heads] with a conditional head, stats);
        z [n, d] is given where there is an encoder: then pairs are judged (BiGAN); `probability`, where augmentation
        adapts, is that of a training pass
    encode(params, stats, x, *, key, train) -> (z [n, d], stats); None without an encoder
    """

    init: Callable[..., tuple[Params, Params]]
    generate: Callable[..., tuple[Array, Params]]
    discriminate: Callable[..., tuple[Array, Params]]
    latent: Latent
    encode: Callable[..., tuple[Array, Params]] | None = None


class Judged(NamedTuple):
    """What a loss sees of one side: logits [n] or [n, heads], each sample's weight [n], and its label [n] int32 or
    None: the class of a real sample, the latent component of a generated one."""

    logits: Array
    weight: Array
    label: Array | None = None


class Loss(NamedTuple):
    """An adversarial loss pair.

    init() -> state, a dict of scalars, often empty
    score(logits) -> [n]: of the discriminator's output, the logit that says how real
    discriminator(state, real: Judged, fake: Judged) -> scalar that the discriminator descends
    generator(state, real: Judged | None, fake: Judged) -> scalar that generator and latent descend; an encoder too,
        where there is one, through real pairs
    encoder(state, real: Judged) -> scalar, added to it where there is an encoder: what it makes of real pairs
    update(state, real: Judged, fake: Judged) -> state, after each discriminator update
    compares: whether the generator's loss needs real samples; where it does not, it is given None in their place
    """

    init: Callable[[], dict[str, Array]]
    score: Callable[[Array], Array]
    discriminator: Callable[[Any, Judged, Judged], Array]
    generator: Callable[[Any, Judged | None, Judged], Array]
    encoder: Callable[[Any, Judged], Array]
    update: Callable[[Any, Judged, Judged], Any]
    compares: bool = False


class Pairs(NamedTuple):
    """What a penalty looks at, sample beside sample, each without gradient: real (x, z = E(x)), generated
    (fake_x = G(z'), fake_z = z') with its weight [n], and the ways back, x_back = G(E(x)) and z_back = E(G(z')).
    All that involves an encoder is None without one."""

    x: Array
    z: Array | None
    fake_x: Array
    fake_z: Array | None
    weight: Array
    x_back: Array | None = None
    z_back: Array | None = None


class Penalty(NamedTuple):
    """What the discriminator descends besides its loss.

    draw(key, n) -> its randomness for n samples, a tree of arrays [n]
    value(critic, pairs: Pairs, drawn) -> scalar, weighted; critic(x, z) -> [n] is the loss's score of D's output
    reconstructs: whether pairs must hold the ways back
    every: it is applied in one of so many steps, multiplied by that number (lazy regularisation, Karras et al. 2020,
        StyleGAN2, appendix B): 1, in all
    """

    draw: Callable[[Array, int], Any]
    value: Callable[..., Array]
    reconstructs: bool = False
    every: int = 1


class Reconstruction(NamedTuple):
    """What generator and encoder descend besides the loss, for the ways back.

    value(x, x_back = G(E(x)), z, z_back = E(G(z)), weight [n] of the generated samples) -> scalar
    separate: whether the way back of x trains the generator alone and that of z the encoder alone
    """

    value: Callable[..., Array]
    separate: bool = False


class Optimizer(NamedTuple):
    """One parameter group's optimizer.

    init(params) -> state
    apply(grads, state, params, step, factor=1.0) -> (params, state); `step` is the training step (learning-rate
        schedules follow it, not the count of updates), `factor` multiplies the learning rate of this one update.
    """

    init: Callable[[Params], Any]
    apply: Callable[..., tuple[Params, Any]]


class Axis(NamedTuple):
    """How one step's code meets the devices.

    name: the pmap axis, for batch norm and mini-batch discrimination; None where arrays are global
    place: shards a tree of arrays with a leading batch axis
    reduce: averages over devices what each computed as a mean over its part of the batch
    """

    name: str | None
    place: Callable[[Any], Any]
    reduce: Callable[[Any], Any]


ONE_DEVICE = Axis(None, lambda tree: tree, lambda tree: tree)


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


class Updates(NamedTuple):
    """One update of either player, which a schedule arranges into a step. A draw is all the randomness of one update; a
    tally maps names to [sum, count] of what was observed.

    fakes(state, draw) -> generated samples, opaque to the schedule
    discriminator(state, batch, fakes, draw, factor=1.0) -> (state, tally); `factor` multiplies the learning rate
    generator(state, batch, draw) -> (state, tally)
    generator_loss(state, batch, fakes, draw) -> scalar
    """

    fakes: Callable[..., Any]
    discriminator: Callable[..., tuple[TrainState, Any]]
    generator: Callable[..., tuple[TrainState, Any]]
    generator_loss: Callable[..., Array]


class Schedule(NamedTuple):
    """Who is updated when.

    batches, draws: real batches and draws that a step consumes
    init() -> the schedule's own state, held in TrainState.schedule
    run(updates, state, list of Batch, draws with a leading axis) -> (state, tally)
    """

    batches: int
    draws: int
    init: Callable[[], Any]
    run: Callable[[Updates, TrainState, list[Batch], Any], tuple[TrainState, Any]]


class Algorithm(NamedTuple):
    """What one training step is made of, by name.

    optimizers: one for each group of parameters
    batch_size, batch_size_g: real samples of an update, and generated ones of a generator update, 0 for as many
    penalty: what the discriminator descends besides its loss, if anything
    mode_seeking(x, other_x, base, other_base, weight [n]) -> scalar that the generator descends besides its loss, where
        pairs of samples come from pairs of noise within one component
    reconstruction: what generator and encoder descend besides, if anything
    ema: the decay of the moving average of all but the discriminator, 0 for none; `ema_warmup` lets it rise
    """

    gan: GAN
    loss: Loss
    optimizers: dict[str, Optimizer]
    schedule: Schedule
    batch_size: int
    batch_size_g: int = 0
    penalty: Penalty | None = None
    mode_seeking: Callable[..., Array] | None = None
    reconstruction: Reconstruction | None = None
    ema: float = 0.0
    ema_warmup: bool = False


class TrainStep(NamedTuple):
    """A pure function step(state, batches, key) -> (state, tally), which can also be called in its two parts.

    draws(key, step) -> all randomness of that step, from the run's own key; it may be made for many steps at once
    advance(state, batches, draws) -> (state, tally)
    """

    draws: Callable[..., Any]
    advance: Callable[..., tuple[TrainState, Any]]

    def __call__(self, state, batches, key):
        return self.advance(state, batches, self.draws(key, state.step))
