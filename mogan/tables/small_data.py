"""Small, diverse data: papers' models and a modern baseline, each with one Gaussian and with mixtures; and the recipe
for own images beside the papers' priors."""

from types import MappingProxyType

from mogan.tables.image import ImageTable
from mogan.tables.sweeps import SweepTable

PRIORS = ("gan", "deligan", "gmgan")
ROWS = (
    *PRIORS,
    *(f"{prior}_augment" for prior in PRIORS),
    *(f"{prior}_modern" for prior in PRIORS),
    "deligan_modern_seek",
    "gmgan_modern_seek",
    *(f"deligan_modern_k{components}" for components in (5, 20, 200)),
)
SETS = ("sketches", "mnist", "cifar", "signs")
COLUMNS = {
    "FID": ("fid", "fid", 1),
    "KID x 1000": ("kid", "mean", 1000),
    "precision": ("prdc", "precision", 1),
    "recall": ("prdc", "recall", 1),
    "density": ("prdc", "density", 1),
    "coverage": ("prdc", "coverage", 1),
    "copies": ("memorization", "rate", 1),
    "within / between": ("components", "ratio", 1),
}
HELDOUT = """FID and KID are of Inception's features (of the first 768 unless others are asked for), against
images that were held out; precision, recall, density and coverage likewise."""
COLUMNS_ARE = f"""{HELDOUT} copies: the share of samples nearer to the
training images than all but 1 % of the held-out images are; within / between: the median distance of two samples of one
component over that of two of different ones, near 0 where a component is one picture. A row with a moving average is
scored by it."""


def distances(scores, row, classes):
    """A column a score that the run has, each of one run."""
    found = {name: column for name, column in COLUMNS.items() if column[0] in scores}
    return {row: {name: [factor * scores[metric][score], None] for name, (metric, score, factor) in found.items()}}


SMALL_DATA = ImageTable(
    config="small_data.py",
    variants=tuple(f"{data}_{row}" for data in SETS for row in ROWS),
    metrics=("fid", "kid", "prdc", "memorization"),
    of_mixtures=("components",),
    read=distances,
    paper={},
    seeds=3,
    scored=MappingProxyType({"reference": "heldout", "features": 768, "num": 1000}),
    timed=True,
    about="""
# Small, diverse data: does a mixture as prior still help under a modern baseline?

Rows are DATA_PRIOR, one Gaussian (gan), a learned mixture (deligan) or a static one (gmgan); _augment adds DiffAugment,
_modern to this the relativistic loss with R1 and R2 and a moving average of the generator, _seek to these mode seeking
within components and a floor under their deviations; _kN has N components and not 50. One DCGAN and one number of steps
for all.
"""
    + COLUMNS_ARE,
)
OWN_IMAGES = SMALL_DATA._replace(
    config="own_images.py",
    variants=("recipe", "recipe_gaussian", "deligan", "gmgan", "gan"),
    about="""
# Your own images: the recipe beside the papers' priors

`recipe` is a mixture as prior, residual networks, the relativistic loss with R1 and R2, adaptive augmentation and a
moving average of the generator; recipe_gaussian the same with one Gaussian as prior; deligan, gmgan (a static mixture)
and gan have the papers' priors on one DCGAN with the plain loss. All take as many steps of as many images.
"""
    + COLUMNS_ARE,
)
OWN_IMAGES_SCALES = SweepTable(
    data={"own": OWN_IMAGES.config},
    panels={"": ("recipe", "recipe_gaussian")},
    variants=("recipe", "recipe_gaussian"),
    shown={name: COLUMNS[name] for name in ("precision", "recall", "FID", "KID x 1000", "density", "coverage")}
    | {f"{name}, untrained": ("untrained", name, 1) for name in ("density", "coverage")},
    scales=(0.5, 1.0, 2.0, 4.0),
    seeds=OWN_IMAGES.seeds,
    scored=OWN_IMAGES.scored,
    about=f"""
# Your own images: the recipe with its mixture and with one Gaussian, as the latent's covariance is scaled

Trained at scale 1; a smaller scale draws samples nearer to the mean of their component, a larger one further from it.
{HELDOUT} "untrained" are those of a random network's features, which need no weights.""",
)
BY_DATA = {f"small_data_{data}": SMALL_DATA._replace(variants=tuple(f"{data}_{row}" for row in ROWS)) for data in SETS}
OF_OWN_IMAGES = {"own_images": OWN_IMAGES, "own_images_scales": OWN_IMAGES_SCALES}
SMALL_DATA_TABLES = {"small_data": SMALL_DATA} | BY_DATA | OF_OWN_IMAGES
