"""Quality against diversity as the latent's covariance is scaled, over runs of each model (GM-GAN, figure 7)."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mogan.errors import InputError
from mogan.machine.files import expanded
from mogan.tables.report import cell, markdown_table

MAKE = "python experiments/evaluate.py --metrics=qd --scales=0.5,0.6,... --out=FILE.json"


class Sweep(NamedTuple):
    """Of R runs of a model at S scales of the covariance: quality and diversity [R, S], both in [0, 1]."""

    scales: tuple[float, ...]
    quality: np.ndarray
    diversity: np.ndarray


def read_sweeps(files: Mapping[str, Sequence]) -> dict[str, Sweep]:
    """The sweeps of each model, from the files that evaluate.py wrote of its runs.

    Raises:
      InputError: a file is missing, is not evaluate.py's or holds no sweep; or the files differ in their scales or in
        the constant of the quality score, and so in the classifier.
    """
    found = {name: [(path, *_read(expanded(path))) for path in paths] for name, paths in files.items()}
    (first, conditions, _), *others = [run for runs in found.values() for run in runs]
    for path, other, _ in others:
        if other != conditions:
            raise InputError(
                f"{path} has scales {_listed(other[0])} and log_a = {other[1]:.6g}, {first} has "
                f"{_listed(conditions[0])} and {conditions[1]:.6g}: evaluate all with the same "
                "`scales`, `seed`, `epochs` and reference"
            )
    return {
        name: Sweep(conditions[0], *np.array([scores for *_, scores in runs]).transpose(1, 0, 2))
        for name, runs in found.items()
    }


def table(sweeps: Mapping[str, Sweep]) -> str:
    """Mean and standard error over runs of quality and diversity, a row a model and scale; Markdown."""
    rows = [
        [name, f"{scale:g}", cell(quality, 3), cell(diversity, 3)]
        for name, sweep in sweeps.items()
        for scale, quality, diversity in zip(sweep.scales, sweep.quality.T, sweep.diversity.T, strict=True)
    ]
    return markdown_table(["model", "scale", "quality", "diversity"], rows)


def _read(path):
    """((scales, log_a), [quality [S], diversity [S]]) of one run."""
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))["scores"]["qd"]
        sweep = scores["sweep"]
        conditions = tuple(float(row["scale"]) for row in sweep), float(scores["log_a"])
        return conditions, [[float(row[name]) for row in sweep] for name in ("quality", "diversity")]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; make it by {MAKE}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} holds no sweep of qd; make it by {MAKE}") from error


def _listed(scales):
    return ", ".join(f"{scale:g}" for scale in scales)
