"""Every metric of mogan: plain functions on arrays, samples first."""

from mogan.metrics.density import (
    high_quality_share,
    log_likelihood,
    mode_kl,
    mode_shares,
    modes_captured,
    reconstruction_error,
    reconstruction_scores,
    toy_scores,
)

__all__ = [
    "high_quality_share",
    "log_likelihood",
    "mode_kl",
    "mode_shares",
    "modes_captured",
    "reconstruction_error",
    "reconstruction_scores",
    "toy_scores",
]
