"""Mode coverage on Stacked MNIST: every loss with one Gaussian and with a mixture, small and at PacGAN's size."""

from types import MappingProxyType

from mogan.tables.image import ImageTable
from mogan.tables.toy_tables import MODES


def coverage(scores, row, classes):
    """Modes that samples reach and the KL divergence of their histogram from the data's, of one run."""
    captured, kl = scores["modes"]["captured"], scores["modes"]["kl"]
    return {row: {"modes of 1,000": [captured, None], "KL": None if kl is None else [kl, None]}}


ABOUT = """
# Mode coverage: Stacked MNIST, every loss with one Gaussian and with a mixture

Three random digits are the channels of an image. A classifier of single digits reads 26,000 samples of a model: how
many of the 1,000 modes they reach, and the KL divergence of their histogram from that of the data. A row is a loss with
z from U(-1, 1)^100, or with 50 learned components (_mixture)."""
STACKED_MNIST_FULL = ImageTable(
    config="stacked_mnist.py",
    variants=MODES.variants,
    metrics=("modes",),
    read=coverage,
    paper={},
    seeds=3,
    scored=MappingProxyType({"num": 26_000, "epochs": 5}),
    timed=True,
    about=f"{ABOUT} Networks and updates are of VEEGAN's size.\n",
)
STACKED_MNIST = STACKED_MNIST_FULL._replace(
    variants=tuple(f"small_{model}" for model in MODES.variants),
    about=f"""{ABOUT} So that all rows fit on a small machine, networks are
16 wide and the discriminator makes 6,250 updates (64 and 100,000 at VEEGAN's size).
""",
)
STACKED_MNIST_TABLES = {"stacked_mnist": STACKED_MNIST, "stacked_mnist_full": STACKED_MNIST_FULL}
