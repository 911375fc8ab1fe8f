"""Families of symmetric distributions, scaled to mean 0 and standard deviation 1: what a component is made of.

Deli-Fisher GAN (section 4) takes the general mixture sum_i w_i D_i(theta_i) and draws its noise from the normalized
D_i: with one scale for all families, a component's mean and covariance are the same parameters whatever its family.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy import stats

from mogan.errors import InputError
from mogan.types import Array


class Family(NamedTuple):
    """sample(key, shape) -> independent draws float32; log_prob(x) -> their log density, elementwise; its name."""

    name: str
    sample: Callable[[Array, tuple[int, ...]], Array]
    log_prob: Callable[[Array], Array]


def make_families(names: str, dof: float) -> tuple[Family, ...]:
    """The families that `names` lists, with commas between: D^(k mod F) is that of component k (Deli-Fisher section 4,
    where every component may have one of its own).

    Raises:
      InputError: a name is none of FAMILIES.
    """
    for name in names.split(","):
        if name not in FAMILIES:
            raise InputError(
                f"family = {names!r}: choose one of {', '.join(FAMILIES)}, or several with commas between, which "
                "components take in turn"
            )
    return tuple(make_family(name, dof) for name in names.split(","))


def draw_each(families: tuple[Family, ...], key, shape: tuple[int, ...]) -> Array:
    """Draws of `shape` of one family; of several, beside each other on a new last axis but one: [..., F, d]."""
    if len(families) == 1:
        return families[0].sample(key, shape)
    draws = [
        family.sample(own, shape) for family, own in zip(families, jax.random.split(key, len(families)), strict=True)
    ]
    return jnp.stack(draws, axis=-2)


def take_own(families: tuple[Family, ...], draws: Array, component: Array) -> Array:
    """Of draws [n, F, d] each row's own, that of component [n]'s family; those of one family [n, d] as they are."""
    return draws if len(families) == 1 else draws[jnp.arange(len(draws)), component % len(families)]


def log_prob_of_each(families: tuple[Family, ...], base: Array) -> Array:
    """Log densities of base [n, K, d], elementwise, each component's under its own family."""
    if len(families) == 1:
        return families[0].log_prob(base)
    found = jnp.zeros_like(base)
    for first, family in enumerate(families):
        own = slice(first, None, len(families))
        found = found.at[:, own].set(family.log_prob(base[:, own]))
    return found


def make_family(name: str, dof: float) -> Family:
    """One of FAMILIES; `dof`, above 2 so that there is a variance, are the degrees of freedom of student_t."""
    return Family(name, *FAMILIES[name](dof))


def _normalized(sample, log_prob, deviation: float):
    """(sample, log_prob) of the distribution of mean 0 and standard deviation `deviation` that jax draws, divided by
    it."""
    return (
        lambda key, shape: sample(key, shape=shape) / deviation,
        lambda x: log_prob(deviation * x) + math.log(deviation),
    )


FAMILIES = {
    "normal": lambda dof: _normalized(jax.random.normal, stats.norm.logpdf, 1.0),
    "uniform": lambda dof: _normalized(
        partial(jax.random.uniform, minval=-1.0, maxval=1.0),
        partial(stats.uniform.logpdf, loc=-1.0, scale=2.0),
        1.0 / math.sqrt(3.0),
    ),
    "laplace": lambda dof: _normalized(jax.random.laplace, stats.laplace.logpdf, math.sqrt(2.0)),
    "logistic": lambda dof: _normalized(jax.random.logistic, stats.logistic.logpdf, math.pi / math.sqrt(3.0)),
    "student_t": lambda dof: _normalized(
        partial(jax.random.t, df=dof), partial(stats.t.logpdf, df=dof), math.sqrt(dof / (dof - 2.0))
    ),
}
