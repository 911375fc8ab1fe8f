"""What a run writes as it goes: metrics.jsonl (one JSON object a line, with `step`) and TensorBoard's event files."""

import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mogan.errors import InputError
from mogan.machine.files import atomic_write
from mogan.runs import names


class Writer(NamedTuple):
    """The sinks of a run.

    scalars(step, values): `values` is {name: float or [S] floats, one a seed}; metrics.jsonl gets them all,
        TensorBoard the mean over seeds. A non-finite number is null in the file and a gap in TensorBoard.
    image(step, name, picture): picture uint8 [h, w, 3], to TensorBoard.
    close(): flushes TensorBoard; metrics.jsonl is complete after every call of `scalars`.
    """

    scalars: Callable[[int, dict[str, Any]], None]
    image: Callable[[int, str, np.ndarray], None]
    close: Callable[[], None]


SILENT = Writer(lambda step, values: None, lambda step, name, picture: None, lambda: None)


def make_writer(workdir: str | os.PathLike, resume_step: int | None = None) -> Writer:
    """Opens workdir/metrics.jsonl and workdir/tensorboard for a run that goes on after `resume_step`.

    What an earlier attempt wrote after `resume_step` is taken back (lines dropped, TensorBoard told to purge), so that
    every step stands there once. None: the run starts from nothing, and whatever stands there is taken back.

    Raises:
      InputError: the metrics.jsonl found there is damaged before its last line.
    """
    metrics = names.metrics(workdir)
    last_kept = -1 if resume_step is None else resume_step
    metrics.parent.mkdir(parents=True, exist_ok=True)
    truncate_jsonl(metrics, last_kept)
    board = _tensorboardx().SummaryWriter(
        str(names.tensorboard(workdir)),
        purge_step=last_kept + 1,  # TensorBoard drops what it has at this step and later
        filename_suffix=f".{time.time_ns()}",  # its own names change once a second, and it opens them with "wb"
    )

    def scalars(step, values):
        arrays = {name: _scalar_or_seeds(name, value) for name, value in values.items()}
        append_jsonl(metrics, {"step": int(step)} | {name: array.tolist() for name, array in arrays.items()})
        for name, array in arrays.items():
            if np.isfinite(array).all():
                board.add_scalar(name, float(array.mean()), int(step))

    def image(step, name, picture):
        board.add_image(name, np.asarray(picture), int(step), dataformats="HWC")

    return Writer(scalars, image, board.close)


def _tensorboardx():
    """The module, without PyTorch, which it would import where it is installed (two seconds) and does not need."""
    if "torch" in sys.modules:
        import tensorboardX

        return tensorboardX
    sys.modules["torch"] = None  # as Python marks what cannot be imported
    try:
        import tensorboardX
    finally:
        del sys.modules["torch"]
    return tensorboardX


def _scalar_or_seeds(name, value):
    array = np.asarray(value, np.float64)
    if name == "step" or array.ndim > 1 or array.size == 0:
        raise ValueError(f"metric {name!r} of shape {array.shape}: give a float or a list [S], under a name but 'step'")
    return array


def append_jsonl(path: str | os.PathLike, record: dict[str, Any]) -> None:
    """Adds `record` to the file as one line of strict JSON; non-finite floats, which JSON lacks, become null."""
    line = _to_line(record)
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        file.write(line)


def _to_line(record):
    return json.dumps(_finite_or_none(record), allow_nan=False) + "\n"


def _finite_or_none(value):
    if isinstance(value, dict):
        return {name: _finite_or_none(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite_or_none(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_metrics(workdir: str | os.PathLike) -> list[dict[str, Any]]:
    """What the run in `workdir` has logged, a record a line, without a last one that is half-written.

    Raises InputError: there is no log, or it is damaged.
    """
    path = names.metrics(workdir)
    if not path.exists():
        raise InputError(f"workdir {workdir} holds no {names.METRICS}; give the folder of a run, or put it back")
    return read_jsonl(path)


def series(records: list[dict[str, Any]], name: str) -> tuple[np.ndarray, np.ndarray]:
    """(steps [n] int64, values [n, seeds] float64) of a number of the log's `records`, at whatever step; nan for what
    was not finite."""
    found = [(record["step"], np.ravel(record[name])) for record in records if name in record]
    if not found:
        return np.zeros(0, np.int64), np.zeros((0, 1))
    steps, values = zip(*found, strict=True)
    return np.array(steps), np.array(values, np.float64)


def read_jsonl(path: str | os.PathLike) -> list[dict[str, Any]]:
    """The objects of the file, in order, without a last line that is half-written (its writer was killed, or is at it).

    Raises:
      FileNotFoundError: there is no such file.
      InputError: another line is not a JSON object.
    """
    lines = Path(path).read_bytes().split(b"\n")  # what follows the last line break is empty or half-written
    records = [_parse(line) for line in lines]
    if records[-1] is None:
        records.pop()
    if None in records:
        raise InputError(f"{path}: line {records.index(None) + 1} is not a JSON object; remove it")
    return records


def _parse(line):
    try:
        record = json.loads(line)
    except ValueError:  # JSONDecodeError and UnicodeDecodeError; the caller reports the line
        return None
    return record if isinstance(record, dict) else None


def truncate_jsonl(path: str | os.PathLike, step: int) -> None:
    """Atomically drops the objects whose "step" is above `step`, and a half-written last line; no file is no error.

    Raises:
      InputError: a line is not a JSON object with a "step".
    """
    path = Path(path)
    if not path.exists():
        return
    records = read_jsonl(path)
    for number, record in enumerate(records, 1):
        if not isinstance(record.get("step"), int):
            raise InputError(f'{path}: line {number} has no whole number "step"; remove it')
    kept = [record for record in records if record["step"] <= step]
    atomic_write(path, "".join(map(_to_line, kept)))
