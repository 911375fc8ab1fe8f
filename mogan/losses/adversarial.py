"""Losses between one real/fake logit l and its players; with D = sigmoid(l) they are written on l, so stable at any l.

Expectations are means over the batch of a term times its sample's weight. The encoder of a BiGAN plays on the
generator's side: it wants its real pairs (x, E(x)) taken for generated ones.
"""

import jax
import jax.numpy as jnp

from mogan.types import Judged, Loss


def weighted_mean(terms, judged: Judged):
    """Mean over the batch of terms [n], each times its sample's weight."""
    return jnp.mean(judged.weight * terms)


def discriminator_cross_entropy(real: Judged, fake: Judged):
    """-E log D(x) - E log(1 - D(G(z))) (DeLiGAN eq. 4, as a loss to descend)."""
    return weighted_mean(jax.nn.softplus(-real.logits), real) + weighted_mean(jax.nn.softplus(fake.logits), fake)


def generator_minimax(fake: Judged):
    """E log(1 - D(G(z))) (DeLiGAN eq. 3)."""
    return weighted_mean(-jax.nn.softplus(fake.logits), fake)


def encoder_minimax(real: Judged):
    """E log D(x, E(x)): with generator_minimax, minus the discriminator's loss (Donahue et al. 2017, BiGAN)."""
    return weighted_mean(-jax.nn.softplus(-real.logits), real)


def generator_non_saturating(fake: Judged):
    """-E log D(G(z)) (Goodfellow et al. 2014, section 3; the released DeLiGAN programs)."""
    return weighted_mean(jax.nn.softplus(-fake.logits), fake)


def encoder_non_saturating(real: Judged):
    """-E log(1 - D(x, E(x))): the labels flipped, as in the vanilla BiGAN of LOGAN's released program."""
    return weighted_mean(jax.nn.softplus(real.logits), real)


def discriminator_wasserstein(real: Judged, fake: Judged):
    """-E l(x) + E l(G(z)) (Arjovsky et al. 2017, WGAN, algorithm 1)."""
    return weighted_mean(-real.logits, real) + weighted_mean(fake.logits, fake)


def generator_logit(fake: Judged):
    """-E l(G(z)) (Arjovsky et al. 2017, WGAN, algorithm 1; LOGAN section 3.1, L_{E,G})."""
    return weighted_mean(-fake.logits, fake)


def encoder_logit(real: Judged):
    """E l(x, E(x)) (LOGAN section 3.1, L_{E,G})."""
    return weighted_mean(real.logits, real)


def discriminator_least_squares(real: Judged, fake: Judged):
    """1/2 E (l(x) - 1)^2 + 1/2 E l(G(z))^2 (Mao et al. 2017, LSGAN, targets 0 and 1)."""
    return weighted_mean((real.logits - 1) ** 2 / 2, real) + weighted_mean(fake.logits**2 / 2, fake)


def generator_least_squares(fake: Judged):
    """1/2 E (l(G(z)) - 1)^2 (Mao et al. 2017, LSGAN, target 1)."""
    return weighted_mean((fake.logits - 1) ** 2 / 2, fake)


def encoder_least_squares(real: Judged):
    """1/2 E l(x, E(x))^2: LSGAN's targets, flipped."""
    return weighted_mean(real.logits**2 / 2, real)


def discriminator_hinge(real: Judged, fake: Judged):
    """E max(0, 1 - l(x)) + E max(0, 1 + l(G(z))) (Lim & Ye 2017; Miyato et al. 2018)."""
    return weighted_mean(jax.nn.relu(1 - real.logits), real) + weighted_mean(jax.nn.relu(1 + fake.logits), fake)


def stateless(discriminator, generator, encoder) -> Loss:
    """A Loss on logits [n] that keeps no state, from discriminator(real, fake), generator(fake) and encoder(real)."""
    return Loss(
        init=lambda: {},
        score=lambda logits: logits,
        discriminator=lambda state, real, fake: discriminator(real, fake),
        generator=lambda state, real, fake: generator(fake),
        encoder=lambda state, real: encoder(real),
        update=lambda state, real, fake: state,
    )


def minimax() -> Loss:
    """The saddle point of DeLiGAN eq. 5: generator and encoder descend exactly minus the discriminator's loss."""
    return stateless(discriminator_cross_entropy, generator_minimax, encoder_minimax)


def non_saturating() -> Loss:
    """As minimax, with losses of generator and encoder that do not vanish where D is sure."""
    return stateless(discriminator_cross_entropy, generator_non_saturating, encoder_non_saturating)


def wasserstein() -> Loss:
    """WGAN (Arjovsky et al. 2017); what keeps l Lipschitz, a penalty or clipped weights, is not part of the loss."""
    return stateless(discriminator_wasserstein, generator_logit, encoder_logit)


def least_squares() -> Loss:
    """LSGAN (Mao et al. 2017), on the logit itself."""
    return stateless(discriminator_least_squares, generator_least_squares, encoder_least_squares)


def hinge() -> Loss:
    """The hinge loss (Lim & Ye 2017; Miyato et al. 2018)."""
    return stateless(discriminator_hinge, generator_logit, encoder_logit)
