"""The relativistic pairing loss: the discriminator tells of a real and a generated sample which one is real."""

import jax
import jax.numpy as jnp

from mogan.losses.adversarial import stateless
from mogan.types import Judged, Loss


def first_is_real(one: Judged, other: Judged):
    """E w softplus(-(l(one) - l(other))), sample i of one side against sample i of the other, w the product of their
    weights (Jolicoeur-Martineau 2019, RSGAN; Huang et al. 2024, R3GAN: its loss with f(t) = -log(1 + exp(-t)))."""
    return jnp.mean(one.weight * other.weight * jax.nn.softplus(other.logits - one.logits))


def relativistic() -> Loss:
    """The discriminator descends E softplus(-(l(x) - l(G(z)))), the generator its mirror E softplus(-(l(G(z)) - l(x))).

    An encoder descends the generator's loss, in which its real pairs (x, E(x)) stand: it has no term of its own. Both
    sides must hold as many samples. The loss does not change when a number is added to every logit.
    """
    return stateless(
        discriminator=lambda real, fake: first_is_real(real, fake),
        generator=lambda real, fake: first_is_real(fake, real),
        encoder=lambda real: jnp.zeros(()),
        compares=True,
    )
