"""Losses between one real/fake logit l and its players; with D = sigmoid(l) they are written on l, so stable at any l.

Expectations are means over the batch of a term times its sample's weight. The encoder of a BiGAN plays on the
generator's side: it wants its real pairs (x, E(x)) taken for generated ones.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from mogan.errors import InputError
from mogan.types import Array, Judged, Loss


def weighted_mean(terms, judged: Judged):
    """Mean over the batch of terms [n], each times its sample's weight."""
    return jnp.mean(judged.weight * terms)


def minus_log_d(logit):
    """-log D."""
    return jax.nn.softplus(-logit)


def minus_log_not_d(logit):
    """-log(1 - D)."""
    return jax.nn.softplus(logit)


def minimax() -> Loss:
    """The saddle point of DeLiGAN eq. 5: generator and encoder descend exactly minus the discriminator's loss.

    The discriminator descends -E log D(x) - E log(1 - D(G(z))) (DeLiGAN eq. 4), the generator E log(1 - D(G(z)))
    (DeLiGAN eq. 3), the encoder E log D(x, E(x)) (Donahue et al. 2017, BiGAN).
    """
    return of_terms(
        real=minus_log_d,
        fake=minus_log_not_d,
        generator=lambda logit: -minus_log_not_d(logit),
        encoder=lambda logit: -minus_log_d(logit),
    )


def non_saturating() -> Loss:
    """As minimax, with losses of generator and encoder that do not vanish where D is sure.

    The generator descends -E log D(G(z)) (Goodfellow et al. 2014, section 3; the released DeLiGAN programs), the
    encoder -E log(1 - D(x, E(x))): the labels flipped, as in the vanilla BiGAN of LOGAN's released program.
    """
    return of_terms(real=minus_log_d, fake=minus_log_not_d, generator=minus_log_d, encoder=minus_log_not_d)


def wasserstein() -> Loss:
    """The discriminator descends -E l(x) + E l(G(z)), the generator -E l(G(z)) (Arjovsky et al. 2017, WGAN, algorithm
    1), the encoder E l(x, E(x)). What keeps l Lipschitz, a penalty or clipped weights, is not part of the loss."""
    return of_terms(
        real=lambda logit: -logit,
        fake=lambda logit: logit,
        generator=lambda logit: -logit,
        encoder=lambda logit: logit,
    )


def least_squares() -> Loss:
    """The discriminator descends 1/2 E (l(x) - 1)^2 + 1/2 E l(G(z))^2, the generator 1/2 E (l(G(z)) - 1)^2 (Mao et al.
    2017, LSGAN, targets 0 and 1, on the logit itself), the encoder 1/2 E l(x, E(x))^2: the targets flipped."""
    return of_terms(
        real=lambda logit: (logit - 1) ** 2 / 2,
        fake=lambda logit: logit**2 / 2,
        generator=lambda logit: (logit - 1) ** 2 / 2,
        encoder=lambda logit: logit**2 / 2,
    )


def hinge() -> Loss:
    """The discriminator descends E max(0, 1 - l(x)) + E max(0, 1 + l(G(z))), the generator -E l(G(z)) (Lim & Ye 2017;
    Miyato et al. 2018), the encoder E l(x, E(x))."""
    return of_terms(
        real=lambda logit: jax.nn.relu(1 - logit),
        fake=lambda logit: jax.nn.relu(1 + logit),
        generator=lambda logit: -logit,
        encoder=lambda logit: logit,
    )


Term = Callable[[Array], Array]  # of logits [n], elementwise


def of_terms(real: Term, fake: Term, generator: Term, encoder: Term) -> Loss:
    """The Loss without state whose discriminator descends E real(l(x)) + E fake(l(G(z))), whose generator descends
    E generator(l(G(z))), and whose encoder E encoder(l(x, E(x))). Raises InputError for what is no function."""
    for name, term in {"real": real, "fake": fake, "generator": generator, "encoder": encoder}.items():
        if not callable(term):
            raise InputError(f"{name} = {term!r}: give a function of logits [n]")

    def mean(term, judged):
        return weighted_mean(term(judged.logits), judged)

    return stateless(
        discriminator=lambda on_real, on_fake: mean(real, on_real) + mean(fake, on_fake),
        generator=lambda on_real, on_fake: mean(generator, on_fake),
        encoder=lambda on_real: mean(encoder, on_real),
    )


def stateless(discriminator, generator, encoder, *, score=lambda logits: logits, compares: bool = False) -> Loss:
    """The Loss that has no state, of discriminator(real, fake), generator(real, fake) and encoder(real); `score` and
    `compares` are a Loss's."""
    return Loss(
        init=lambda: {},
        score=score,
        discriminator=lambda state, real, fake: discriminator(real, fake),
        generator=lambda state, real, fake: generator(real, fake),
        encoder=lambda state, real: encoder(real),
        update=lambda state, real, fake: state,
        compares=compares,
    )
