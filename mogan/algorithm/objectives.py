"""What each player descends, as a function of the parameters: the networks' passes, joined with loss and penalty."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from mogan.types import GAN, Array, Judged, LatentSample, Loss, Pairs, Params, Penalty, Reconstruction


class Fakes(NamedTuple):
    """Generated samples x [n, ...], the latent samples they come from, and the batch statistics after making them."""

    x: Array
    sample: LatentSample
    stats: Params


class Keys(NamedTuple):
    """Keys for what the networks draw in the passes of one update (dropout, noise layers)."""

    generate: Array
    judge_real: Array
    judge_fake: Array
    encode: Array
    generate_back: Array
    encode_back: Array
    judge_between: Array
    generate_again: Array


class Seen(NamedTuple):
    """What the discriminator's objective is made of: its loss, the penalty, both sides as judged; statistics."""

    loss: Array
    penalty: Array
    real: Judged
    fake: Judged
    stats: Params


class Objectives(NamedTuple):
    """Pure functions of parameters and data; every pass is a training pass.

    fakes(params, stats, noise, keys) -> Fakes
    discriminator(params, loss_state, batch, fakes, drawn, keys, due=True) -> (scalar that the discriminator descends,
        Seen); `drawn` is the randomness of the penalty, None without one, `due` whether it is applied
    generator(params, loss_state, batch, fakes, keys) -> (scalar that generator, latent and encoder descend, statistics)
    mode_seeking(params, stats, fakes, noise, again, keys) -> scalar, of the fakes made from `noise` and of a second
        draw of the same components, whose base is `again`; to be called only where there is mode seeking
    reconstruction(params, stats, batch, fakes, keys) -> scalar, of the ways back; likewise
    """

    fakes: Callable[..., Fakes]
    discriminator: Callable[..., tuple[Array, Seen]]
    generator: Callable[..., tuple[Array, Params]]
    mode_seeking: Callable[..., Array]
    reconstruction: Callable[..., Array]


def split(key) -> Keys:
    """A key for each pass of one update."""
    return Keys(*jax.random.split(key, len(Keys._fields)))


def make_objectives(
    gan: GAN,
    loss: Loss,
    penalty: Penalty | None = None,
    mode_seeking=None,
    reconstruction: Reconstruction | None = None,
) -> Objectives:
    """The objectives of this GAN under this loss; with an encoder, pairs (x, E(x)) stand against pairs (G(z), z).

    `mode_seeking` is as losses.make_mode_seeking makes it."""

    def fakes(params, stats, noise, keys):
        sample = gan.latent.transform(params["latent"], noise)
        x, stats = gan.generate(params, stats, sample, key=keys.generate, train=True)
        return Fakes(x, sample, stats)

    def encode(params, stats, x, key):
        return gan.encode(params, stats, x, key=key, train=True) if gan.encode else (None, stats)

    def discriminate(params, stats, loss_state, x, z, key):
        # where the augmentation adapts, its probability is a state of the loss
        adaptive = {"probability": loss_state["augment"]} if "augment" in loss_state else {}
        return gan.discriminate(params, stats, x, z, key=key, train=True, **adaptive)

    def judge_real(params, stats, loss_state, batch, z, key):
        logits, stats = discriminate(params, stats, loss_state, batch.x, z, key)
        return Judged(logits, jnp.ones(len(logits)), batch.y), stats

    def judge_fake(params, stats, loss_state, fakes, key):
        logits, stats = discriminate(params, stats, loss_state, fakes.x, latent_of(fakes), key)
        return Judged(logits, fakes.sample.weight, fakes.sample.component), stats

    def latent_of(fakes):
        return fakes.sample.z if gan.encode else None

    def back(params, stats, z, keys):
        # networks that need the component are refused where there is an encoder: any label will do
        sample = LatentSample(z, jnp.zeros(len(z), jnp.int32), jnp.ones(len(z)))
        return gan.generate(params, stats, sample, key=keys.generate_back, train=True)[0]

    def penalize(params, stats, loss_state, batch, z, fakes, drawn, keys):
        def critic(x, z):
            return loss.score(discriminate(params, stats, loss_state, x, z, keys.judge_between)[0])

        pairs = Pairs(batch.x, z, fakes.x, latent_of(fakes), fakes.sample.weight)
        if penalty.reconstructs:
            x_back = back(params, stats, z, keys)
            z_back, _ = encode(params, stats, fakes.x, keys.encode_back)
            pairs = pairs._replace(x_back=x_back, z_back=z_back)
        return penalty.value(critic, pairs, drawn)

    def discriminator(params, loss_state, batch, fakes, drawn, keys, due=True):
        z, stats = encode(params, fakes.stats, batch.x, keys.encode)
        real, stats = judge_real(params, stats, loss_state, batch, z, keys.judge_real)
        fake, stats = judge_fake(params, stats, loss_state, fakes, keys.judge_fake)
        value = loss.discriminator(loss_state, real, fake)
        if not penalty:
            return value, Seen(value, jnp.zeros(()), real, fake, stats)
        d_penalty = when(due, lambda: penalize(params, stats, loss_state, batch, z, fakes, drawn, keys))
        return value + penalty.every * d_penalty, Seen(value, d_penalty, real, fake, stats)

    def generator(params, loss_state, batch, fakes, keys):
        fake, stats = judge_fake(params, fakes.stats, loss_state, fakes, keys.judge_fake)
        if not (gan.encode or loss.compares):
            return loss.generator(loss_state, None, fake), stats
        z, stats = encode(params, stats, batch.x, keys.encode)
        real, stats = judge_real(params, stats, loss_state, batch, z, keys.judge_real)
        value = loss.generator(loss_state, real, fake)
        return value + loss.encoder(loss_state, real) if gan.encode else value, stats

    def seek(params, stats, one, noise, again, keys):
        second, own = noise._replace(base=again), gan.latent.own
        sample = gan.latent.transform(params["latent"], second)
        other, _ = gan.generate(params, stats, sample, key=keys.generate_again, train=True)
        return mode_seeking(one.x, other, own(noise), own(second), weight=one.sample.weight)

    def come_back(params, stats, batch, fakes, keys):
        held = jax.lax.stop_gradient if reconstruction.separate else lambda value: value
        z, _ = encode(params, stats, batch.x, keys.encode)
        x_back = back(params, stats, held(z), keys)
        z_back, _ = encode(params, stats, held(fakes.x), keys.encode_back)
        return reconstruction.value(batch.x, x_back, fakes.sample.z, z_back, held(fakes.sample.weight))

    return Objectives(fakes, discriminator, generator, seek, come_back)


def when(due, value):
    """value(), a scalar, where `due`, and 0 at no cost where not; it may be known only as the program runs."""
    return value() if due is True else jax.lax.cond(due, value, lambda: jnp.zeros(()))
