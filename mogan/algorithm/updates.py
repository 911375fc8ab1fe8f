"""One update of either player: gradients of its objective, descended; what a schedule arranges into a step."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from mogan.algorithm.objectives import make_objectives, split
from mogan.algorithm.schedules import tally
from mogan.types import GAN, Array, Axis, Loss, Noise, Optimizer, Penalty, Reconstruction, Updates

SEEN = ("d_loss", "d_real", "d_fake", "d_penalty", "g_loss", "penalty", "mode_seeking", "reconstruction_loss")


class Draw(NamedTuple):
    """The randomness of one update: the latent's, a key for the passes of the networks, the noise of the samples that a
    generator update adds where its batch is larger, the penalty's, and for mode seeking the base of a second draw of
    every component. None for what is not needed."""

    noise: Noise
    key: Array
    more: Noise | None = None
    between: Any = None
    again: Array | None = None


def make_updates(
    gan: GAN,
    loss: Loss,
    optimizers: dict[str, Optimizer],
    penalty: Penalty | None,
    mode_seeking: Callable | None,
    axis: Axis,
    reconstruction: Reconstruction | None = None,
) -> Updates:
    """The Updates of these parts, whose draws are Draws."""
    place, reduce = axis.place, axis.reduce
    objectives = make_objectives(gan, loss, penalty, mode_seeking, reconstruction)
    names = (*SEEN, *loss.init())

    def fakes(state, draw):
        return objectives.fakes(state.params, state.stats, place(draw.noise), split(draw.key))

    def discriminator_update(state, batch, fakes, draw, factor=1.0):
        batch, keys = place(batch), split(draw.key)
        due = True if not penalty or penalty.every == 1 else state.step % penalty.every == 0

        def objective(own):
            params = state.params | {"discriminator": own}
            return objectives.discriminator(params, state.loss, batch, fakes, place(draw.between), keys, due)

        (_, seen), grads = jax.value_and_grad(objective, has_aux=True)(state.params["discriminator"])
        state = state.replace(stats=seen.stats, loss=loss.update(state.loss, seen.real, seen.fake))
        state = descend(state, {"discriminator": reduce(grads)}, factor)
        scores = {"d_real": loss.score(seen.real.logits).mean(), "d_fake": loss.score(seen.fake.logits).mean()}
        d_penalty = {"d_penalty": seen.penalty} if penalty else {}
        tallied = tally(names, **reduce({"d_loss": seen.loss} | scores | d_penalty), **state.loss)
        return state, tallied | {"d_penalty": due * tallied["d_penalty"]}

    def generator_update(state, batch, draw):
        batch, keys = place(batch), split(draw.key)
        noise = draw.noise if draw.more is None else jax.tree.map(_joined, draw.noise, draw.more)

        def objective(own):
            params = state.params | own
            fakes = objectives.fakes(params, state.stats, place(noise), keys)
            value, stats = objectives.generator(params, state.loss, batch, fakes, keys)
            besides = {"penalty": gan.latent.penalty(own["latent"])}
            if mode_seeking:
                pairs = fakes, place(noise), place(draw.again)
                besides["mode_seeking"] = objectives.mode_seeking(params, state.stats, *pairs, keys)
            if reconstruction:
                besides["reconstruction_loss"] = objectives.reconstruction(params, state.stats, batch, fakes, keys)
            return value + sum(besides.values()), ({"g_loss": value} | besides, stats)

        (_, (seen, stats)), grads = jax.value_and_grad(objective, has_aux=True)(made_by(state.params))
        state = descend(state.replace(stats=stats), reduce(grads), 1.0)
        return state, tally(names, **reduce(seen))

    def generator_loss(state, batch, fakes, draw):
        return reduce(objectives.generator(state.params, state.loss, place(batch), fakes, split(draw.key))[0])

    def descend(state, grads, factor):
        params, opt = dict(state.params), dict(state.opt)
        for group, grad in grads.items():
            params[group], opt[group] = optimizers[group].apply(grad, opt[group], params[group], state.step, factor)
        if "latent" in grads:
            params["latent"] = gan.latent.project(params["latent"])
        return state.replace(params=params, opt=opt)

    return Updates(fakes, discriminator_update, generator_update, generator_loss)


def _joined(a, b):
    return jnp.concatenate([a, b])


def made_by(groups):
    """The groups that make samples and codes: all but the one that judges them."""
    return {name: group for name, group in groups.items() if name != "discriminator"}
