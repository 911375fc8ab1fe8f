"""Adversarial losses: config -> Loss."""

from mogan.losses.adversarial import minimax, non_saturating
from mogan.types import Loss

__all__ = ["make_loss", "minimax", "non_saturating"]

NAMES = {"minimax": minimax, "non_saturating": non_saturating}


def make_loss(config) -> Loss:
    """The loss that `config` (the `loss` group) names."""
    return NAMES[config.name]()
