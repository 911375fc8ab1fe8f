"""LOGAN's losses (section 3.1): the discriminator classifies, the other players descend its logit."""

import jax

from mogan.losses.adversarial import (
    discriminator_cross_entropy,
    encoder_logit,
    generator_logit,
    stateless,
    weighted_mean,
)
from mogan.types import Judged, Loss


def discriminator_squared_sigmoid(real: Judged, fake: Judged):
    """E (1 - D(x))^2 + E D(G(z))^2, D = sigmoid(l) (LOGAN section 3.1, the second L_D)."""
    # 1 - D as sigmoid(-l), which keeps its digits where D is near 1
    real_terms, fake_terms = jax.nn.sigmoid(-real.logits) ** 2, jax.nn.sigmoid(fake.logits) ** 2
    return weighted_mean(real_terms, real) + weighted_mean(fake_terms, fake)


def lol1() -> Loss:
    """LOGAN section 3.1: the first L_D, which is cross-entropy, and L_{E,G} = E l(x, E(x)) - E l(G(z), z)."""
    return stateless(discriminator_cross_entropy, generator_logit, encoder_logit)


def lol2() -> Loss:
    """LOGAN section 3.1: the second L_D, squares of sigmoids, and the same L_{E,G} as lol1."""
    return stateless(discriminator_squared_sigmoid, generator_logit, encoder_logit)
