"""Families of symmetric distributions, scaled to mean 0 and standard deviation 1: what a component is made of.

Deli-Fisher GAN (section 4) takes the general mixture sum_i w_i D_i(theta_i) and draws its noise from the normalized
D_i: with one scale for all families, a component's mean and covariance are the same parameters whatever its family.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
from jax.scipy import stats

from mogan.types import Array


class Family(NamedTuple):
    """sample(key, shape) -> independent draws float32; log_prob(x) -> their log density, elementwise; its name."""

    name: str
    sample: Callable[[Array, tuple[int, ...]], Array]
    log_prob: Callable[[Array], Array]


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
