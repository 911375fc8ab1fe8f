"""The one step factory: a GAN, a loss, optimizers and a schedule in, a pure training step out."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from mogan.algorithm.updates import Draw, made_by, make_updates
from mogan.types import GAN, ONE_DEVICE, Axis, Loss, Optimizer, Penalty, Reconstruction, Schedule, TrainState, TrainStep


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
            # a copy: in a state that a caller donates no buffer may appear twice
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
    mode_seeking: Callable | None = None,
    reconstruction: Reconstruction | None = None,
    ema: float = 0.0,
    ema_warmup: bool = False,
    axis: Axis = ONE_DEVICE,
) -> TrainStep:
    """The TrainStep of these parts.

    `batches` is a list of `schedule.batches` Batches of `batch_size` real samples; `batch_size_g` generated ones make a
    generator update, 0 for as many. `key` is the run's own, the step's is fold_in(key, state.step). The tally maps
    names of SEEN (the loss's and the schedule's too) to [sum, count] over the step's updates. Batch norm's running
    averages follow every training pass, whoever is updated. `mode_seeking` is what the generator descends besides its
    loss (losses.make_mode_seeking), `reconstruction` what it does together with the encoder. `ema` is the decay of the
    average of all but the discriminator, 0 for none, and `ema_warmup` lets it rise (`decay_of`). `axis` says how arrays
    lie on devices.
    """
    updates = make_updates(gan, loss, optimizers, penalty, mode_seeking, axis, reconstruction)

    def draw(key):
        noise_key, network_key, more_key, between_key, again_key = jax.random.split(key, 5)
        more = gan.latent.noise(more_key, batch_size_g - batch_size) if batch_size_g > batch_size else None
        between = penalty.draw(between_key, batch_size) if penalty else None
        again = gan.latent.noise(again_key, max(batch_size, batch_size_g)).base if mode_seeking else None
        return Draw(gan.latent.noise(noise_key, batch_size), network_key, more, between, again)

    def draws(key, step):
        return jax.vmap(draw)(jax.random.split(jax.random.fold_in(key, step), schedule.draws))

    def advance(state, batches, draws):
        state, seen = schedule.run(updates, state, batches, draws)
        if ema:
            new, decay = _averaged(state.params, state.stats), decay_of(ema, ema_warmup, state.step)
            state = state.replace(ema=jax.tree.map(lambda old, now: decay * old + (1 - decay) * now, state.ema, new))
        return state.replace(step=state.step + 1), seen

    return TrainStep(draws, advance)


def decay_of(ema: float, warmup: bool, step):
    """The average's decay after step t, counted from 0: `ema`, or with `warmup` min(ema, (1 + t) / (10 + t)), so that
    the first steps are soon forgotten (TensorFlow's ExponentialMovingAverage with num_updates = t)."""
    return jnp.minimum(ema, (1 + step) / (10 + step)) if warmup else ema


def _averaged(params, stats):
    """What the exponential moving average covers."""
    return {"params": made_by(params), "stats": made_by(stats)}
