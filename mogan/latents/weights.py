"""The components' probabilities w (Deli-Fisher GAN section 4), and draws of components by them."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.errors import InputError
from mogan.types import Array, Params


class Weights(NamedTuple):
    """The probabilities w of K components.

    init() -> their part of the latent's parameters: {} or {"logits" [K]}
    current(params) -> w [K], of sum 1
    draw(key, n) -> component [n] int32, whatever the parameters
    importance(params, component [n]) -> [n], w over the probabilities that `draw` draws by
    """

    init: Callable[[], Params]
    current: Callable[[Params], Array]
    draw: Callable[[Array, int], Array]
    importance: Callable[[Params, Array], Array]


def make_weights(kind: str, components: int, given: tuple[float, ...], choose: str) -> Weights:
    """One of WEIGHTS: "equal", "given" (`given`, divided by its sum) or "learned" (the softmax of logits that start at
    `given`, and at equality where that is (1.0,)). `choose` is "random" or "stratified", as in `draw_equal`.

    Raises:
      InputError: `given` does not hold one number a component.
    """
    return WEIGHTS[kind](components, given, choose)


def draw_equal(key, n: int, components: int, choose: str):
    """Component labels [n] int32, all equally probable.

    `choose` is "random" (independent) or "stratified" (each component n / components times, up to rounding; a random
    offset keeps every sample's own label uniform).
    """
    if choose == "random":
        return jax.random.randint(key, (n,), 0, components)
    offset = jax.random.randint(key, (), 0, components)
    return (jnp.arange(n) + offset) % components


def draw_by(key, n: int, weights):
    """Independent component labels [n] int32 of probabilities `weights` [K]: where a uniform number falls among their
    cumulative sums. Its cost hardly depends on K, that of jax.random.categorical is n K."""
    sums = jnp.cumsum(weights)
    points = jax.random.uniform(key, (n,)) * sums[-1]  # the sum of float32 may miss 1
    # the last bound is left out: rounding must not lift a point above it
    return jnp.searchsorted(sums[:-1], points, side="right").astype(jnp.int32)


def draw_given(key, n: int, weights: np.ndarray, choose: str):
    """Component labels [n] int32 of probabilities `weights` [K] float64.

    `choose` is "random" (independent) or "stratified" (systematic sampling: component k gets n w_k samples, up to
    rounding, since n points at equal distance behind one random offset fall into the cumulative weights).
    """
    if choose == "random":
        return draw_by(key, n, jnp.asarray(weights, jnp.float32))
    offset_key, order_key = jax.random.split(key)
    # in a random order every sample's own label has probability w, and a part of the draw is no run of one component
    points = jax.random.permutation(order_key, n) + jax.random.uniform(offset_key)
    # the last bound is left out: rounding must not lift a point above it
    bounds = jnp.asarray(n * np.cumsum(weights)[:-1], jnp.float32)
    return jnp.searchsorted(bounds, points, side="right")


def _equal(components, given, choose) -> Weights:
    return Weights(
        init=dict,
        current=lambda params: jnp.full(components, 1.0 / components, jnp.float32),
        draw=functools.partial(draw_equal, components=components, choose=choose),
        importance=_ones,
    )


def _given(components, given, choose) -> Weights:
    weights = _normalized(given, components)
    return Weights(
        init=dict,
        current=lambda params: jnp.asarray(weights, jnp.float32),
        draw=functools.partial(draw_given, weights=weights, choose=choose),
        importance=_ones,
    )


def _learned(components, given, choose) -> Weights:
    """A choice has no gradient (DeLiGAN section 4.1: "we cannot obtain gradients"), an expectation has: components are
    drawn equally often, and each sample weighs K w_k, so that means are unbiased and differentiable in w."""
    start = np.zeros(components) if given == (1.0,) else np.log(_normalized(given, components))

    def current(params):
        return jax.nn.softmax(params["logits"])

    return Weights(
        init=lambda: {"logits": jnp.asarray(start, jnp.float32)},
        current=current,
        draw=functools.partial(draw_equal, components=components, choose=choose),
        importance=lambda params, component: components * current(params)[component],
    )


def _ones(params, component):
    return jnp.ones(len(component))


def _normalized(given, components) -> np.ndarray:
    if len(given) != components:
        raise InputError(f"config.latent.weights_given = {given!r}: give one a component, {components} numbers")
    if not all(number > 0 for number in given):
        raise InputError(f"config.latent.weights_given = {given!r}: give numbers above 0")
    return np.asarray(given, np.float64) / np.sum(given)


WEIGHTS = {"equal": _equal, "given": _given, "learned": _learned}
