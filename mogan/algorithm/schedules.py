"""Who is updated when: what one training step does with the two players' updates."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from mogan.types import Schedule


def make_schedule(config) -> Schedule:
    """The schedule that `config` (the `schedule` group) describes."""
    return SCHEDULES[config.name](config)


def tally(names: tuple[str, ...], **values) -> dict[str, jax.Array]:
    """{name: [sum, count]}: one observation of each given value, none of the other names. Tallies add up."""
    return {name: jnp.stack([jnp.float32(values[name]), 1.0]) if name in values else jnp.zeros(2) for name in names}


def add(*tallies):
    """The tally of all observations in `tallies`."""
    return jax.tree.map(lambda *entries: sum(entries), *tallies)


def in_turn(update, state, inputs, count: int):
    """`count` times update(state, a slice of inputs) -> (state, tally): the last state, and the tally of all."""
    if count == 1:  # without the compilation of a loop
        return update(state, jax.tree.map(lambda leaf: leaf[0], inputs))
    state, tallies = lax.scan(update, state, inputs, length=count)
    return state, jax.tree.map(lambda entries: entries.sum(0), tallies)


def alternate(d_updates: int, g_updates: int) -> Schedule:
    """`d_updates` discriminator updates, each on a batch of its own, then `g_updates` generator updates."""
    parts = slice(None, d_updates), slice(d_updates, None)

    def run(updates, state, batches, draws):
        def discriminator(state, batch_and_draw):
            batch, draw = batch_and_draw
            return updates.discriminator(state, batch, updates.fakes(state, draw), draw)

        def generator(state, draw):
            return updates.generator(state, batches[-1], draw)

        for_d, for_g = (jax.tree.map(lambda leaf, part=part: leaf[part], draws) for part in parts)
        batch_each = jax.tree.map(lambda *leaves: jnp.stack(leaves), *batches)
        state, seen_d = in_turn(discriminator, state, (batch_each, for_d), d_updates)
        state, seen_g = in_turn(generator, state, for_g, g_updates)
        return state, add(seen_d, seen_g)

    return Schedule(d_updates, d_updates + g_updates, lambda: (), run)


def threshold(
    *, slots: int, up: float, up_after: int, down: float, down_after: int, floor: float, count: str, extra_d: bool
) -> Schedule:
    """The threshold schedule of the released DeLiGAN programs (toy, MNIST, sketches).

    A threshold t starts at 1. In each of `slots` slots on one batch the generator is updated if its loss exceeds t, the
    discriminator otherwise. Before a batch, t rises by `up` (to 1 at most) if more than `up_after` generator updates
    have been counted, and falls by `down` (to `floor` at least) if more than `down_after` discriminator updates have;
    either starts the counts again. `count`: "in_a_row", or "difference" of one player's updates over the other's.
    `extra_d`: one more discriminator update at half the learning rate each time t rises, or would but for its bound
    (sketches).
    """

    def init():
        return {"threshold": jnp.float32(1.0), "generator": jnp.int32(0), "discriminator": jnp.int32(0)}

    def move(own):
        rise = own["generator"] > up_after
        fall = ~rise & (own["discriminator"] > down_after)
        t = own["threshold"]
        t = jnp.where(rise, jnp.minimum(t + up, 1.0), jnp.where(fall, jnp.maximum(t - down, floor), t))
        unless_moved = jnp.where(rise | fall, 0, 1)
        return rise, {
            "threshold": t,
            "generator": unless_moved * own["generator"],
            "discriminator": unless_moved * own["discriminator"],
        }

    def counted(own, player, other):
        rest = own[other] - 1 if count == "difference" else jnp.int32(0)
        return own | {player: own[player] + 1, other: rest}

    def run(updates, state, batches, draws):
        (batch,) = batches
        rise, own = move(state.schedule)
        state = state.replace(schedule=own)
        seen = []
        if extra_d:
            extra_draw, draws = (
                jax.tree.map(lambda leaf: leaf[slots], draws),
                jax.tree.map(lambda leaf: leaf[:slots], draws),
            )
            extra = functools.partial(
                updates.discriminator, state, batch, updates.fakes(state, extra_draw), extra_draw, 0.5
            )
            nothing = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(extra)[1])
            state, tallied = lax.cond(rise, extra, lambda: (state, nothing))
            seen.append(tallied)

        def update_generator(slot_state, fakes, draw):
            new, tallied = updates.generator(slot_state, batch, draw)
            return new.replace(schedule=counted(slot_state.schedule, "generator", "discriminator")), tallied

        def update_discriminator(slot_state, fakes, draw):
            new, tallied = updates.discriminator(slot_state, batch, fakes, draw)
            return new.replace(schedule=counted(slot_state.schedule, "discriminator", "generator")), tallied

        def slot(slot_state, draw):
            # the samples that decide are those that the discriminator is then updated on, as in the released programs
            fakes = updates.fakes(slot_state, draw)
            exceeds = updates.generator_loss(slot_state, batch, fakes, draw) > slot_state.schedule["threshold"]
            return lax.cond(exceeds, update_generator, update_discriminator, slot_state, fakes, draw)

        state, tallied = in_turn(slot, state, draws, slots)
        seen.append(tallied)
        level = tally(("threshold",), threshold=state.schedule["threshold"])
        return state, add(*seen) | level

    return Schedule(1, slots + extra_d, init, run)


SCHEDULES = {
    "alternate": lambda c: alternate(c.d_updates, c.g_updates),
    "threshold": lambda c: threshold(
        slots=c.slots,
        up=c.up,
        up_after=c.up_after,
        down=c.down,
        down_after=c.down_after,
        floor=c.floor,
        count=c.count,
        extra_d=c.extra_d,
    ),
}
