"""LOGAN's losses (section 3.1): the discriminator classifies, generator and encoder descend its logit l together,
L_{E,G} = E l(x, E(x)) - E l(G(z), z)."""

import jax

from mogan.losses.adversarial import minus_log_d, minus_log_not_d, of_terms
from mogan.types import Loss


def lol1() -> Loss:
    """The first L_D of LOGAN section 3.1, which is cross-entropy: -E log D(x) - E log(1 - D(G(z)))."""
    return of_terms(
        real=minus_log_d,
        fake=minus_log_not_d,
        generator=lambda logit: -logit,
        encoder=lambda logit: logit,
    )


def lol2() -> Loss:
    """The second L_D of LOGAN section 3.1: E (1 - D(x))^2 + E D(G(z))^2."""
    return of_terms(
        real=lambda logit: jax.nn.sigmoid(-logit) ** 2,  # 1 - D, which so keeps its digits where D is near 1
        fake=lambda logit: jax.nn.sigmoid(logit) ** 2,
        generator=lambda logit: -logit,
        encoder=lambda logit: logit,
    )
