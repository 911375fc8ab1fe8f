"""Losses between one real/fake logit l and its player, D = sigmoid(l); written on l, so stable at any l."""

import jax
import jax.numpy as jnp

from mogan.types import Judged, Loss


def discriminator_cross_entropy(real: Judged, fake: Judged):
    """-E log D(x) - E log(1 - D(G(z))) (DeLiGAN eq. 4, as a loss to descend)."""
    return weighted_mean(jax.nn.softplus(-real.logits), real) + weighted_mean(jax.nn.softplus(fake.logits), fake)


def generator_minimax(fake: Judged):
    """E log(1 - D(G(z))) (DeLiGAN eq. 3)."""
    return weighted_mean(-jax.nn.softplus(fake.logits), fake)


def generator_non_saturating(fake: Judged):
    """-E log D(G(z)) (Goodfellow et al. 2014, section 3; the released DeLiGAN programs)."""
    return weighted_mean(jax.nn.softplus(-fake.logits), fake)


def weighted_mean(terms, judged: Judged):
    """Mean over the batch of terms [n], each times its sample's weight."""
    return jnp.mean(judged.weight * terms)


def stateless(discriminator, generator) -> Loss:
    """A Loss that keeps no state, from discriminator(real, fake) and generator(fake)."""
    return Loss(
        init=lambda: (),
        discriminator=lambda state, real, fake: discriminator(real, fake),
        generator=lambda state, fake: generator(fake),
        update=lambda state, real, fake: state,
    )


def minimax() -> Loss:
    """The saddle point of DeLiGAN eq. 5."""
    return stateless(discriminator_cross_entropy, generator_minimax)


def non_saturating() -> Loss:
    """As minimax, with the generator's loss that does not vanish where D is sure."""
    return stateless(discriminator_cross_entropy, generator_non_saturating)
