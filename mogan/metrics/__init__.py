"""Every metric of mogan: plain functions on arrays, samples first."""

from mogan.metrics.clustering import adjusted_rand_index, clustering_accuracy, kmeans, nmi
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
from mogan.metrics.frechet import frechet_distance, frechet_from_moments, moments
from mogan.metrics.inception_score import inception_score
from mogan.metrics.kernel import kernel_inception_distance, kid_subset_size
from mogan.metrics.memorization import memorization_rate, nearest_distance, rate_of_distances
from mogan.metrics.modified_inception_score import modified_inception_score
from mogan.metrics.nearest import nearest
from mogan.metrics.networks.autoencoder import CODE_DIM, autoencoder_codes, cached_codes
from mogan.metrics.precision_recall import density_coverage, precision_recall
from mogan.metrics.quality_diversity import (
    combined,
    default_log_a,
    diversity,
    diversity_inter,
    diversity_intra,
    quality_score,
)
from mogan.metrics.ssim import ms_ssim, ssim

__all__ = [
    "CODE_DIM",
    "adjusted_rand_index",
    "autoencoder_codes",
    "cached_codes",
    "clustering_accuracy",
    "combined",
    "default_log_a",
    "density_coverage",
    "diversity",
    "diversity_inter",
    "diversity_intra",
    "frechet_distance",
    "frechet_from_moments",
    "high_quality_share",
    "inception_score",
    "kernel_inception_distance",
    "kid_subset_size",
    "kmeans",
    "log_likelihood",
    "memorization_rate",
    "mode_kl",
    "mode_shares",
    "modes_captured",
    "modified_inception_score",
    "moments",
    "ms_ssim",
    "nearest",
    "nearest_distance",
    "nmi",
    "precision_recall",
    "quality_score",
    "rate_of_distances",
    "reconstruction_error",
    "reconstruction_scores",
    "ssim",
    "toy_scores",
]
