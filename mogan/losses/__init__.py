"""Losses: config -> Loss, what the players descend; and what they descend in addition to it: the discriminator a
Penalty, the generator mode seeking and, with the encoder, a Reconstruction."""

from functools import partial

from mogan.config.fields import allow
from mogan.config.mapping import class_of
from mogan.errors import InputError
from mogan.losses.adaptive import adaptive
from mogan.losses.adversarial import hinge, least_squares, minimax, non_saturating, of_terms, wasserstein
from mogan.losses.conditional import ac_gan, info_gan, mapped, no_labels, semi_supervised, sigmoids
from mogan.losses.fisher import fisher
from mogan.losses.lecam import lecam
from mogan.losses.logit import lol1, lol2
from mogan.losses.mode_seeking import make_mode_seeking
from mogan.losses.penalties import make_penalty
from mogan.losses.reconstruction import make_reconstruction
from mogan.losses.relativistic import relativistic
from mogan.types import Loss

__all__ = ["add", "make_loss", "make_mode_seeking", "make_penalty", "make_reconstruction", "of_terms"]

LOSSES = {  # name: make(config.loss, reduce) -> Loss
    "minimax": lambda config, reduce: minimax(),
    "non_saturating": lambda config, reduce: non_saturating(),
    "wasserstein": lambda config, reduce: wasserstein(),
    "least_squares": lambda config, reduce: least_squares(),
    "hinge": lambda config, reduce: hinge(),
    "fisher": lambda config, reduce: fisher(config.rho, reduce),
    "lol1": lambda config, reduce: lol1(),
    "lol2": lambda config, reduce: lol2(),
    "relativistic": lambda config, reduce: relativistic(),
}


def add(name: str, loss: Loss) -> None:
    """Makes `loss` the one that config.loss.name = `name` names, in this process, in place of one that was
    added before.

    A run knows it by its name alone: one that has begun goes on with whatever stands there.

    Raises:
      InputError: mogan has a loss of that name, or `loss` is none.
    """
    if not isinstance(loss, Loss):
        raise InputError(f"loss = {loss!r}: give a mogan.types.Loss, as mogan.losses.of_terms makes one")
    allow("loss.name", name)
    LOSSES[name] = lambda config, reduce: loss


def make_loss(config, classes: int = 0, reduce=lambda tree: tree) -> Loss:
    """The loss that config.loss names, behind the head that config.model.head names.

    `classes` counts the classes of the data, 0 where it has no labels; `reduce` averages a scalar over devices, where
    each holds a part of the batch.

    Raises:
      InputError: a head that needs labels, without classes.
    """
    head, name = config.model.head, config.loss.name
    if head not in ("real_fake", "infogan") and not classes:
        raise no_labels(head)
    weigh = partial(_weigh_discriminator, config.loss.d_weight)
    heads = {
        "real_fake": lambda loss: loss,
        "sigmoids": lambda loss: weigh(sigmoids()),
        "acgan": lambda loss: ac_gan(loss, config.loss.class_weight),
        "semi_supervised": lambda loss: semi_supervised(loss, config.loss.class_weight),
        "infogan": lambda loss: info_gan(loss, config.loss.class_weight),
    }
    loss = weigh(LOSSES[name](config.loss, reduce))
    if config.loss.lecam:
        loss = lecam(loss, config.loss.lecam, config.loss.lecam_decay, reduce)
    if config.augment.target:
        step = config.data.batch_size / config.augment.images
        loss = adaptive(loss, config.augment.target, config.augment.probability, step, reduce)
    loss, asked = heads[head](loss), class_of(config, classes)
    return mapped(loss, asked) if asked else loss


def _weigh_discriminator(weight, loss):
    """`loss`, the discriminator's part of it times `weight`."""
    if weight == 1:
        return loss
    return loss._replace(discriminator=lambda *sides: weight * loss.discriminator(*sides))
