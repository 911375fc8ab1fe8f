"""The one step factory: a GAN, a loss, optimizers and a schedule in, a pure training step out."""

import jax
import jax.numpy as jnp

from mogan.schedules import Schedule, Updates, tally
from mogan.types import GAN, Judged, Loss, Optimizer, TrainState

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
):
    """step(state, batches, key) -> (state, tally).

    `batches` is a list of `schedule.batches` Batches of `batch_size` real samples; `key` is the run's own, the step's
    is fold_in(key, state.step). The tally maps names of SEEN (and the schedule's) to [sum, count] over the step's
    updates. Batch norm's running averages follow every training pass, whoever is updated. `ema` is the decay of the
    generator's average, 0 for none. `place` is applied to what has a leading batch axis (it shards it), `reduce` to
    what is a mean over the batch (it averages over devices).
    """

    def draw(params, key):
        return place(gan.latent.sample(params["latent"], key, batch_size))

    def judged(logits, sample):
        return Judged(logits, sample.weight, sample.component)

    def discriminator_update(state, batch, key, factor=1.0):
        latent_key, generator_key, real_key, fake_key = jax.random.split(key, 4)
        batch = place(batch)
        sample = draw(state.params, latent_key)
        fake, stats = gan.generate(state.params, state.stats, sample, key=generator_key, train=True)

        def objective(own):
            params = state.params | {"discriminator": own}
            on_real, new_stats = gan.discriminate(params, stats, batch.x, key=real_key, train=True)
            on_fake, new_stats = gan.discriminate(params, new_stats, fake, key=fake_key, train=True)
            sides = Judged(on_real, jnp.ones_like(on_real), batch.y), judged(on_fake, sample)
            return loss.discriminator(state.loss, *sides), (new_stats, sides)

        (value, (stats, sides)), grads = jax.value_and_grad(objective, has_aux=True)(state.params["discriminator"])
        state = state.replace(stats=stats, loss=loss.update(state.loss, *sides))
        state = _descend(state, {"discriminator": reduce(grads)}, factor)
        means = reduce({"d_loss": value, "d_real": sides[0].logits.mean(), "d_fake": sides[1].logits.mean()})
        return state, tally(SEEN, **means)

    def generator_side(params, stats, key):
        """(Judged, stats) of one batch of samples; the same samples for the same key."""
        latent_key, generator_key, fake_key = jax.random.split(key, 3)
        sample = draw(params, latent_key)
        fake, new_stats = gan.generate(params, stats, sample, key=generator_key, train=True)
        logits, new_stats = gan.discriminate(params, new_stats, fake, key=fake_key, train=True)
        return judged(logits, sample), new_stats

    def generator_update(state, batch, key):
        def objective(own):
            side, stats = generator_side(state.params | own, state.stats, key)
            value, penalty = loss.generator(state.loss, side), gan.latent.penalty(own["latent"])
            return value + penalty, (value, penalty, stats)

        own = {group: state.params[group] for group in GENERATOR_GROUPS}
        (_, (value, penalty, stats)), grads = jax.value_and_grad(objective, has_aux=True)(own)
        state = _descend(state.replace(stats=stats), reduce(grads), 1.0)
        return state, tally(SEEN, **reduce({"g_loss": value, "penalty": penalty}))

    def generator_loss(state, batch, key):
        side, _ = generator_side(state.params, state.stats, key)
        return reduce(loss.generator(state.loss, side))

    def _descend(state, grads, factor):
        params, opt = dict(state.params), dict(state.opt)
        for group, grad in grads.items():
            params[group], opt[group] = optimizers[group].apply(grad, opt[group], params[group], state.step, factor)
        return state.replace(params=params, opt=opt)

    updates = Updates(discriminator_update, generator_update, generator_loss)

    def step(state, batches, key):
        state, seen = schedule.run(updates, state, batches, jax.random.fold_in(key, state.step))
        if ema:
            new = _averaged(state.params, state.stats)
            state = state.replace(ema=jax.tree.map(lambda old, now: ema * old + (1 - ema) * now, state.ema, new))
        return state.replace(step=state.step + 1), seen

    return step


def _averaged(params, stats):
    """What the exponential moving average covers: all that generating a sample reads."""
    return {
        "params": {group: params[group] for group in GENERATOR_GROUPS},
        "stats": {"generator": stats["generator"]},
    }
