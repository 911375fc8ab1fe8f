"""Which state of a run is the best by a score that it logs."""

import math

from mogan.errors import InputError
from mogan.metrics.meanings import MEANINGS

# of what a run logs: the scores of images by METRIC/SCORE, those of toy densities by their own names
_PICK = {"higher": max, "lower": min}
BETTER = {name: _PICK[found.better] for name, found in MEANINGS.items() if found.better and "#" not in name}


def check_best(config, dataset, encoder: bool) -> None:
    """Raises InputError unless config.eval.best is empty or a score that the run will log, of known direction."""
    name, (metric, slash, _) = config.eval.best, config.eval.best.partition("/")
    if name and name not in BETTER:
        raise InputError(f"config.eval.best = {name!r}: choose one of {', '.join(BETTER)}")
    if slash and metric not in config.eval.metrics:
        raise InputError(f"config.eval.best = {name!r}: it is not computed; add {metric} to config.eval.metrics")
    if name and not slash and dataset.density is None:
        raise InputError(f"config.eval.best = {name!r}: it is a score of toy densities; give one of images, as fid/fid")
    if name.startswith("reconstruction") and not encoder:
        raise InputError(f"config.eval.best = {name!r}: there is no encoder; set config.model.encoder = True")


def improves(records, name: str, step: int, held: int | None) -> bool:
    """Whether the score `name` at `step` is better than at the step that is `held`; None: nothing is."""
    return best_step([record for record in records if record["step"] in (held, step)], name) == step


def best_step(records, name: str) -> int | None:
    """The step of the best score `name` among the records of a metrics.jsonl, the first of equals; None without any.

    Of several seeds, their mean counts. Scores that are not finite do not count.
    """
    scores = {record["step"]: _mean(record[name]) for record in records if name in record}
    found = {step: score for step, score in scores.items() if math.isfinite(score)}
    return BETTER[name](found, key=found.get) if found else None


def _mean(score):
    scores = score if isinstance(score, list) else [score]
    return math.nan if None in scores else sum(scores) / len(scores)
