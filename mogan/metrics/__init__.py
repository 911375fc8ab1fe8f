"""Every metric of mogan: plain functions on arrays, samples first."""

from mogan.metrics.clustering import adjusted_rand_index, clustering_accuracy, kmeans, nmi
from mogan.metrics.components import component_diversity, within_between, within_between_of_clusters
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
from mogan.metrics.modes import class_coverage
from mogan.metrics.modified_inception_score import modified_inception_score
from mogan.metrics.nearest import nearest
from mogan.metrics.networks.autoencoder import CODE_DIM, autoencoder_codes, cached_codes
from mogan.metrics.precision_recall import density_coverage, prdc, precision_recall
from mogan.metrics.quality_diversity import (
    combined,
    default_log_a,
    diversity,
    diversity_inter,
    diversity_intra,
    quality_score,
)
from mogan.metrics.ssim import ms_ssim, ssim
from mogan.metrics.support_size import birthday_batch, count_alike, nearest_other, support_size

__all__ = [
    "CODE_DIM",
    "adjusted_rand_index",
    "autoencoder_codes",
    "birthday_batch",
    "cached_codes",
    "class_coverage",
    "clustering_accuracy",
    "combined",
    "component_diversity",
    "count_alike",
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
    "nearest_other",
    "nmi",
    "prdc",
    "precision_recall",
    "quality_score",
    "rate_of_distances",
    "reconstruction_error",
    "reconstruction_scores",
    "ssim",
    "support_size",
    "toy_scores",
    "within_between",
    "within_between_of_clusters",
]
