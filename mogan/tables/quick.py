"""A small version of every table, that shows in minutes whether all of it works; its numbers say nothing of a paper."""

from typing import Any, NamedTuple

from mogan.config.fields import FIELDS
from mogan.evaluation.scores import METRICS
from mogan.evaluation.settings import Settings
from mogan.evaluation.work import INCEPTION
from mogan.tables.grids import GridTable
from mogan.tables.sweeps import SweepTable
from mogan.tables.toy import ToyTable

OWN = ("data.dir", "data.flip", "data.seed", "data.holdout", "data.placement", "data.batch_size", "data.batch_size_g")
DIGITS = {name: field.default for name, field in FIELDS.items() if name.startswith("data.") and name not in OWN}
SHORT = {"train.log_every": 20, "train.eval_every": 0, "train.sample_every": 0, "train.checkpoint_every": 1000}
IMAGES = (
    DIGITS
    | SHORT
    | {"data.source": "digits", "data.image_size": 32, "train.steps": 20, "model.width_g": 8, "model.width_d": 8}
)
TOYS = {"train.steps": 400, "train.log_every": 100, "train.eval_every": 0, "train.checkpoint_every": 1000}
SCORES = {"classifier": "cnn", "num": 400, "epochs": 2}
SCALES = (0.5, 1.0, 2.0)


class Quick(NamedTuple):
    """A table, what is changed in every config, and in the scores of images; about: what to say of it."""

    table: Any
    overrides: dict[str, Any]
    scores: dict[str, Any]
    about: str


def quick(table) -> Quick:
    """The small version of a table: few steps, one seed and, of images, narrow networks on scikit-learn's digits, and
    no score that needs Inception's weights."""
    if isinstance(table, ToyTable):
        return Quick(table, TOYS, {}, f"one seed, {TOYS['train.steps']} steps")
    about = f"one seed, {IMAGES['train.steps']} steps of narrow networks on scikit-learn's digits"
    if isinstance(table, GridTable):
        return Quick(table, IMAGES, {}, about)
    about += f", scored by {SCORES['num']} samples and a small classifier"
    if isinstance(table, SweepTable):
        return Quick(table._replace(scales=SCALES), IMAGES, SCORES, about)
    asked = Settings(table.metrics, classifier=SCORES["classifier"])
    kept = tuple(name for name in table.metrics if INCEPTION not in METRICS[name].networks(asked))
    if left_out := [name for name in table.metrics if name not in kept]:
        about += f"; without {', '.join(left_out)}, which need Inception's weights"
    return Quick(table._replace(metrics=kept), IMAGES, SCORES, about)
