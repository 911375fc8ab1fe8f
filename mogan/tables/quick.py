"""A small version of every table, that shows in minutes whether all of it works; its numbers say nothing of a paper."""

from typing import Any, NamedTuple

from mogan.config.fields import FIELDS
from mogan.evaluation.scores import METRICS
from mogan.evaluation.settings import Settings
from mogan.evaluation.work import INCEPTION
from mogan.tables.grids import GridTable
from mogan.tables.report import counted
from mogan.tables.rows import Request
from mogan.tables.sweeps import SweepTable
from mogan.tables.toy import ToyTable

RUNS = 4  # the most that a small version has, but two rows of each data set
OWN = ("data.dir", "data.flip", "data.seed", "data.holdout", "data.placement", "data.batch_size", "data.batch_size_g")
DIGITS = {name: field.default for name, field in FIELDS.items() if name.startswith("data.") and name not in OWN}
SHORT = {"train.log_every": 10, "train.eval_every": 0, "train.sample_every": 0, "train.checkpoint_every": 1000}
IMAGES = (
    DIGITS
    | SHORT
    | {"data.source": "digits", "data.image_size": 24, "model.width_g": 4, "model.width_d": 4}
    | {"train.steps": 10, "train.chunk": 5}  # a chunk that divides the steps: one program is compiled
)
TOYS = {"train.steps": 400, "train.log_every": 100, "train.eval_every": 0, "train.checkpoint_every": 1000}
SCORES = {"classifier": "cnn", "num": 400, "epochs": 10}
SCALES = (0.5, 1.0, 2.0)


class Quick(NamedTuple):
    """A table, what is changed in every config, and in the scores of images."""

    table: Any
    overrides: dict[str, Any]
    scores: dict[str, Any]


def quick(whole) -> Quick:
    """The small version of a table: few rows, one seed and few steps; of images, narrow networks on scikit-learn's
    digits, and no score that needs Inception's weights."""
    sets = whole.sources if isinstance(whole, ToyTable) else whole.data if isinstance(whole, SweepTable) else ("",)
    table = whole._replace(variants=spread(whole.variants, max(2, RUNS // len(sets))))
    if isinstance(table, ToyTable):
        return Quick(table, TOYS, {})
    if isinstance(table, GridTable):
        return Quick(table, IMAGES, {})
    asked = Settings(table.metrics, classifier=SCORES["classifier"])
    metrics = tuple(name for name in table.metrics if INCEPTION not in METRICS[name].networks(asked))
    looks = any(METRICS[name].compares(asked) for name in metrics)
    scored = {name: value for name, value in table.scored.items() if looks or name != "reference"}
    if isinstance(table, SweepTable):
        shown = {column: score for column, score in table.shown.items() if score[0] in metrics}
        return Quick(table._replace(shown=shown, scored=scored, scales=SCALES), IMAGES, SCORES)
    return Quick(table._replace(metrics=metrics, scored=scored), IMAGES, SCORES)


def described(whole, chosen, request: Request) -> str:
    """What is small about the small version of a table: that of a request for `chosen` of `whole`."""
    fields, scores = request.overrides, request.scores
    rows = f"{len(chosen.variants)} of {len(whole.variants)} rows, " if chosen.variants != whole.variants else ""
    about = f"{rows}{counted(request.seeds, 'seed')}, {fields['train.steps']} steps"
    if "data.source" in fields:
        source = "scikit-learn's digits" if fields["data.source"] == "digits" else fields["data.source"]
        about += f" of networks {fields['model.width_g']} wide on {source}"
    if scores:
        about += f", scored by {scores['num']} samples and a classifier {scores['classifier']}"
    left_out = [name for name in getattr(whole, "metrics", ()) if name not in chosen.metrics]
    return about + (f"; without {', '.join(left_out)}, which need Inception's weights" if left_out else "")


def spread(names: tuple[str, ...], most: int) -> tuple[str, ...]:
    """All names, or `most`, 2 or more, of them: the first, the last, and some evenly between."""
    if len(names) <= most:
        return names
    return tuple(names[round(at * (len(names) - 1) / (most - 1))] for at in range(most))
