"""The one step factory: a GAN, a loss, optimizers and a schedule in, a pure training step out."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from mogan.schedules import Schedule, Updates, tally
from mogan.types import GAN, Array, Judged, LatentSample, Loss, Noise, Optimizer, Params, TrainState


class Draw(NamedTuple):
    """The randomness of one update: the latent's, and a key for the networks' own (dropout, noise layers)."""

    noise: Noise
    key: Array


@dataclasses.dataclass(frozen=True)
class TrainStep:
    """A pure function step(state, batches, key) -> (state, tally), also to be had in two parts.

    draws(key, step) -> all randomness of that step, from the run's own key; it may be made for many steps at once
    advance(state, batches, draws) -> (state, tally)
    """

    draws: Callable[..., Any]
    advance: Callable[..., tuple[TrainState, Any]]

    def __call__(self, state, batches, key):
        return self.advance(state, batches, self.draws(key, state.step))


class Fakes(NamedTuple):
    """Generated samples x [n, ...], the latent samples they come from, and the batch statistics after making them."""

    x: Array
    sample: LatentSample
    stats: Params


SEEN = ("d_loss", "d_real", "d_fake", "g_loss", "penalty")
GENERATOR_GROUPS = ("generator", "latent")


def make_init(gan: GAN, loss: Loss, optimizers: dict[str, Optimizer], schedule: Schedule, ema: float = 0.0):
    """init(key) -> the TrainState of step 0."""

    def init(key):
        params, stats = gan.init(key)
        return TrainState(
            step=jnp.int32(0),
            params=params,
            stats=stats,
            opt={group: optimizers[group].init(params[group]) for group in params},
            loss=loss.init(),
            schedule=schedule.init(),
            # a copy: the state is donated, and a donated buffer must not appear twice
            ema=jax.tree.map(jnp.copy, _averaged(params, stats)) if ema else {},
        )

    return init


def make_train_step(
    gan: GAN,
    loss: Loss,
    optimizers: dict[str, Optimizer],
    schedule: Schedule,
    batch_size: int,
    *,
    ema: float = 0.0,
    place=lambda tree: tree,
    reduce=lambda tree: tree,
) -> TrainStep:
    """The TrainStep of these parts.

    `batches` is a list of `schedule.batches` Batches of `batch_size` real samples; `key` is the run's own, the step's
    is fold_in(key, state.step). The tally maps names of SEEN (and the schedule's) to [sum, count] over the step's
    updates. Batch norm's running averages follow every training pass, whoever is updated. `ema` is the decay of the
    generator's average, 0 for none. `place` is applied to what has a leading batch axis (it shards it), `reduce` to
    what is a mean over the batch (it averages over devices).
    """

    def draw(key):
        noise_key, network_key = jax.random.split(key)
        return Draw(gan.latent.noise(noise_key, batch_size), network_key)

    def generated(params, stats, draw):
        sample = gan.latent.transform(params["latent"], place(draw.noise))
        x, stats = gan.generate(params, stats, sample, key=_network_keys(draw)[0], train=True)
        return Fakes(x, sample, stats)

    def fakes(state, draw):
        return generated(state.params, state.stats, draw)

    def discriminator_update(state, batch, fakes, draw, factor=1.0):
        batch = place(batch)
        _, real_key, fake_key = _network_keys(draw)

        def objective(own):
            params = state.params | {"discriminator": own}
            on_real, stats = gan.discriminate(params, fakes.stats, batch.x, key=real_key, train=True)
            on_fake, stats = gan.discriminate(params, stats, fakes.x, key=fake_key, train=True)
            sides = Judged(on_real, jnp.ones_like(on_real), batch.y), judged(on_fake, fakes.sample)
            return loss.discriminator(state.loss, *sides), (stats, sides)

        (value, (stats, sides)), grads = jax.value_and_grad(objective, has_aux=True)(state.params["discriminator"])
        state = state.replace(stats=stats, loss=loss.update(state.loss, *sides))
        state = descend(state, {"discriminator": reduce(grads)}, factor)
        means = reduce({"d_loss": value, "d_real": sides[0].logits.mean(), "d_fake": sides[1].logits.mean()})
        return state, tally(SEEN, **means)

    def generator_side(params, fakes, draw):
        """(loss, statistics) of one batch of generated samples."""
        logits, stats = gan.discriminate(params, fakes.stats, fakes.x, key=_network_keys(draw)[2], train=True)
        return judged(logits, fakes.sample), stats

    def generator_update(state, batch, draw):
        def objective(own):
            params = state.params | own
            side, stats = generator_side(params, generated(params, state.stats, draw), draw)
            value, penalty = loss.generator(state.loss, side), gan.latent.penalty(own["latent"])
            return value + penalty, (value, penalty, stats)

        own = {group: state.params[group] for group in GENERATOR_GROUPS}
        (_, (value, penalty, stats)), grads = jax.value_and_grad(objective, has_aux=True)(own)
        state = descend(state.replace(stats=stats), reduce(grads), 1.0)
        return state, tally(SEEN, **reduce({"g_loss": value, "penalty": penalty}))

    def generator_loss(state, fakes, draw):
        side, _ = generator_side(state.params, fakes, draw)
        return reduce(loss.generator(state.loss, side))

    def judged(logits, sample):
        return Judged(logits, sample.weight, sample.component)

    def descend(state, grads, factor):
        params, opt = dict(state.params), dict(state.opt)
        for group, grad in grads.items():
            params[group], opt[group] = optimizers[group].apply(grad, opt[group], params[group], state.step, factor)
        return state.replace(params=params, opt=opt)

    updates = Updates(fakes, discriminator_update, generator_update, generator_loss)

    def draws(key, step):
        return jax.vmap(draw)(jax.random.split(jax.random.fold_in(key, step), schedule.draws))

    def advance(state, batches, draws):
        state, seen = schedule.run(updates, state, batches, draws)
        if ema:
            new = _averaged(state.params, state.stats)
            state = state.replace(ema=jax.tree.map(lambda old, now: ema * old + (1 - ema) * now, state.ema, new))
        return state.replace(step=state.step + 1), seen

    return TrainStep(draws, advance)


def _network_keys(draw):
    """Keys for what networks draw themselves: in the generator, on real samples, on generated ones."""
    return jax.random.split(draw.key, 3)


def _averaged(params, stats):
    """What the exponential moving average covers: all that generating a sample reads."""
    return {
        "params": {group: params[group] for group in GENERATOR_GROUPS},
        "stats": {"generator": stats["generator"]},
    }
