"""The one step factory: a GAN, a loss, optimizers and a schedule in, a pure training step out."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from mogan.objectives import make_objectives, split
from mogan.schedules import Schedule, Updates, tally
from mogan.types import GAN, Array, Loss, Noise, Optimizer, Penalty, TrainState


class Draw(NamedTuple):
    """The randomness of one update: the latent's, a key for the passes of the networks, and the noise of the samples
    that a generator update adds where its batch is larger."""

    noise: Noise
    key: Array
    more: Noise | None


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


SEEN = ("d_loss", "d_real", "d_fake", "d_penalty", "g_loss", "penalty")


def make_init(gan: GAN, loss: Loss, optimizers: dict[str, Optimizer], schedule: Schedule, ema: float = 0.0):
    """init(key, x) -> the TrainState of step 0; x [n, ...] is a batch of real samples."""

    def init(key, x):
        params, stats = gan.init(key, x)
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
    batch_size_g: int = 0,
    *,
    penalty: Penalty | None = None,
    ema: float = 0.0,
    place=lambda tree: tree,
    reduce=lambda tree: tree,
) -> TrainStep:
    """The TrainStep of these parts.

    `batches` is a list of `schedule.batches` Batches of `batch_size` real samples; `batch_size_g` generated ones make a
    generator update, 0 for as many. `key` is the run's own, the step's is fold_in(key, state.step). The tally maps
    names of SEEN (the loss's and the schedule's too) to [sum, count] over the step's updates. Batch norm's running
    averages follow every training pass, whoever is updated. `ema` is the decay of the average of all but the
    discriminator, 0 for none. `place` is applied to what has a leading batch axis (it shards it), `reduce` to what is a
    mean over the batch (it averages over devices).
    """
    objectives = make_objectives(gan, loss, penalty)
    names = (*SEEN, *loss.init())

    def fakes(state, draw):
        return objectives.fakes(state.params, state.stats, place(draw.noise), split(draw.key))

    def discriminator_update(state, batch, fakes, draw, factor=1.0):
        batch, keys = place(batch), split(draw.key)

        def objective(own):
            params = state.params | {"discriminator": own}
            return objectives.discriminator(params, state.loss, batch, fakes, keys)

        (_, seen), grads = jax.value_and_grad(objective, has_aux=True)(state.params["discriminator"])
        state = state.replace(stats=seen.stats, loss=reduce(loss.update(state.loss, seen.real, seen.fake)))
        state = descend(state, {"discriminator": reduce(grads)}, factor)
        scores = {"d_real": loss.score(seen.real.logits).mean(), "d_fake": loss.score(seen.fake.logits).mean()}
        fine = {"d_penalty": seen.penalty} if penalty else {}
        return state, tally(names, **reduce({"d_loss": seen.loss} | scores | fine), **state.loss)

    def generator_update(state, batch, draw):
        batch, keys = place(batch), split(draw.key)
        noise = draw.noise if draw.more is None else jax.tree.map(_joined, draw.noise, draw.more)

        def objective(own):
            params = state.params | own
            fakes = objectives.fakes(params, state.stats, place(noise), keys)
            value, stats = objectives.generator(params, state.loss, batch, fakes, keys)
            regulariser = gan.latent.penalty(own["latent"])
            return value + regulariser, (value, regulariser, stats)

        (_, (value, regulariser, stats)), grads = jax.value_and_grad(objective, has_aux=True)(_made_by(state.params))
        state = descend(state.replace(stats=stats), reduce(grads), 1.0)
        return state, tally(names, **reduce({"g_loss": value, "penalty": regulariser}))

    def generator_loss(state, batch, fakes, draw):
        return reduce(objectives.generator(state.params, state.loss, place(batch), fakes, split(draw.key))[0])

    def descend(state, grads, factor):
        params, opt = dict(state.params), dict(state.opt)
        for group, grad in grads.items():
            params[group], opt[group] = optimizers[group].apply(grad, opt[group], params[group], state.step, factor)
        return state.replace(params=params, opt=opt)

    updates = Updates(fakes, discriminator_update, generator_update, generator_loss)

    def draw(key):
        noise_key, network_key, more_key = jax.random.split(key, 3)
        more = gan.latent.noise(more_key, batch_size_g - batch_size) if batch_size_g > batch_size else None
        return Draw(gan.latent.noise(noise_key, batch_size), network_key, more)

    def draws(key, step):
        return jax.vmap(draw)(jax.random.split(jax.random.fold_in(key, step), schedule.draws))

    def advance(state, batches, draws):
        state, seen = schedule.run(updates, state, batches, draws)
        if ema:
            new = _averaged(state.params, state.stats)
            state = state.replace(ema=jax.tree.map(lambda old, now: ema * old + (1 - ema) * now, state.ema, new))
        return state.replace(step=state.step + 1), seen

    return TrainStep(draws, advance)


def _joined(a, b):
    return jnp.concatenate([a, b])


def _made_by(groups):
    """The groups that make samples and codes: all but the one that judges them."""
    return {name: group for name, group in groups.items() if name != "discriminator"}


def _averaged(params, stats):
    """What the exponential moving average covers."""
    return {"params": _made_by(params), "stats": _made_by(stats)}
