"""Latent priors: config -> Latent."""

from collections.abc import Callable

from mogan.config.fields import allow
from mogan.errors import InputError
from mogan.latents.mixture import mixture
from mogan.latents.simple import normal, of_one, uniform
from mogan.types import Latent

__all__ = ["add", "make_latent", "mixture", "normal", "of_one", "uniform"]


def make_latent(config) -> Latent:
    """The latent that `config` (the `latent` group) describes.

    Raises InputError if weights_given, where it is used, does not hold one number a component.
    """
    return KINDS[config.kind](config)


def add(name: str, make: Callable[..., Latent]) -> None:
    """Makes make(config.latent) -> Latent the prior that config.latent.kind = `name` names, in this process, in place
    of one that was added before.

    A run knows it by its name alone: one that has begun goes on with whatever stands there.

    Raises:
      InputError: mogan has a prior of that name, or `make` is no function.
    """
    if not callable(make):
        raise InputError(f"make = {make!r}: give a function of config.latent that makes a mogan.types.Latent")
    allow("latent.kind", name)
    KINDS[name] = make


KINDS = {
    "normal": lambda c: normal(c.dim, c.components, c.choose),
    "uniform": lambda c: uniform(c.dim, c.components, c.choose),
    "mixture": lambda c: mixture(
        c.components,
        c.dim,
        family=c.family,
        dof=c.dof,
        covariance=c.covariance,
        mean_range=c.mean_range,
        scale_init=c.scale_init,
        scale_start=c.scale_start,
        scale_min=c.scale_min,
        choose=c.choose,
        trainable=c.trainable,
        weights=c.weights,
        weights_given=c.weights_given,
        combine=c.combine,
        penalty=c.penalty,
        penalty_target=c.penalty_target,
    ),
}
