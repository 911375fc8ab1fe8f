"""Mode seeking (Mao et al. 2019, MSGAN) within components: two draws of one component must not become one picture."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

EPSILON = 1e-5  # the released program's


def distance_ratios(x, other_x, base, other_base):
    """[n]: the mean absolute difference of samples x, other_x [n, ...] over that of the noise base, other_base [n, ...]
    they come from, pair by pair (Mao et al. 2019, eq. 3; the noise before a component's own mean and scale, so that a
    component whose scale shrinks does not count as diverse)."""
    return _distances(x, other_x) / jnp.maximum(_distances(base, other_base), EPSILON)


def mode_seeking(ratios, weight, reduce=lambda tree: tree):
    """1 / (r + 1e-5), r = E w ratio, over both draws' components (the released program of Mao et al. 2019: what the
    generator descends for it). `weight` [n] gets no gradient: the components' probabilities are not to follow their
    diversity. `reduce` averages a scalar over devices, where each holds a part of the batch."""
    ratio = jnp.mean(jax.lax.stop_gradient(weight) * ratios)
    # The tangent at the whole batch's ratio: linear in each device's part, so that the mean over devices, and that of
    # the gradients, are the whole batch's.
    whole = jax.lax.stop_gradient(reduce(ratio)) + EPSILON
    return 1 / whole - (ratio + EPSILON - whole) / whole**2


def make_mode_seeking(config, reduce=lambda tree: tree) -> Callable | None:
    """(x, other_x, base, other_base, weight [n]) -> scalar that the generator descends besides its loss, weighted by
    config.loss.mode_seeking; None if that is 0."""
    scale = config.loss.mode_seeking
    if not scale:
        return None
    return lambda *draws, weight: scale * mode_seeking(distance_ratios(*draws), weight, reduce)


def _distances(one, other):
    return jnp.abs(one - other).reshape(len(one), -1).mean(1)
