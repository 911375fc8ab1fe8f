"""The files in a run's folder: this module alone spells their names.

Each function gives the path of one of them in `workdir`, whether it is there or not.
"""

import os
import re
from pathlib import Path

from mogan.errors import InputError, nearest
from mogan.machine.files import expanded

CONFIG, DATA, SUMMARY, METRICS = "config.json", "data.json", "summary.json", "metrics.jsonl"
CHECKPOINTS = {"last": "checkpoints", "best": "best"}  # folders of checkpoints, by which of them is asked for
SAMPLES = "samples"  # the folder of pictures, and the tag of those that show samples


def config(workdir: str | os.PathLike) -> Path:
    """The config of the run, flat: {"group.field": value}."""
    return Path(workdir, CONFIG)


def data(workdir: str | os.PathLike) -> Path:
    """What the run is trained on, as `data.identity` tells it."""
    return Path(workdir, DATA)


def summary(workdir: str | os.PathLike) -> Path:
    """What a finished run says of itself."""
    return Path(workdir, SUMMARY)


def metrics(workdir: str | os.PathLike) -> Path:
    """What the run logs: a JSON object a line, with `step`."""
    return Path(workdir, METRICS)


def tensorboard(workdir: str | os.PathLike) -> Path:
    """The folder of TensorBoard's event files, which hold the same."""
    return Path(workdir, "tensorboard")


def checkpoints(workdir: str | os.PathLike, which: str = "last") -> Path:
    """The folder of the newest checkpoints ("last"), or of that with the best score ("best")."""
    return Path(workdir, CHECKPOINTS[which])


def set_aside(workdir: str | os.PathLike, score: str) -> Path:
    """A folder, not there yet, for the best checkpoint by a `score` that the run no longer goes by."""
    path = Path(workdir, f"{CHECKPOINTS['best']}_{score.replace('/', '_')}")
    while path.exists():
        path = path.with_name(f"{path.name}_")
    return path


def picture(workdir: str | os.PathLike, step: int, tag: str = SAMPLES) -> Path:
    """The picture `tag` of the state at `step`."""
    return Path(workdir, SAMPLES, f"step_{step}.png" if tag == SAMPLES else f"step_{step}_{tag}.png")


def pictures(workdir: str | os.PathLike, step: int) -> list[Path]:
    """The pictures of `step` that are there."""
    own = picture(workdir, step)
    return sorted([*own.parent.glob(own.name), *own.parent.glob(f"{own.stem}_*{own.suffix}")])


def drawn(workdir: str | os.PathLike) -> dict[str, dict[int, Path]]:
    """{tag: {step: picture}} of all the pictures that are there, the steps in order."""
    found: dict[str, dict[int, Path]] = {}
    for path in Path(workdir, SAMPLES).glob("step_*.png"):
        if name := re.fullmatch(r"step_(\d+)(?:_(.+))?\.png", path.name):
            found.setdefault(name[2] or SAMPLES, {})[int(name[1])] = path
    return {tag: dict(sorted(pictures.items())) for tag, pictures in found.items()}


def report(workdir: str | os.PathLike) -> Path:
    """The page that shows the run, for a browser."""
    return Path(workdir, "report.html")


def lock(workdir: str | os.PathLike) -> Path:
    """Names the process that holds the folder."""
    return Path(workdir, ".lock")


def probe(workdir: str | os.PathLike) -> Path:
    """Reserves room on the disk, for an instant."""
    return Path(workdir, ".room")


def check_run(workdir: str | os.PathLike) -> None:
    """Raises InputError unless `workdir` is the folder of a run; it names one that lies in it, or beside it."""
    folder = expanded(workdir)
    if config(folder).exists():
        return
    place = folder if folder.is_dir() else folder.parent
    runs = [path.parent.name for path in place.glob(f"*/{CONFIG}")]
    such = f", such as {place / nearest(folder.name, runs)}" if runs else ""
    raise InputError(f"workdir {workdir} holds no {CONFIG}; give the folder of a run{such}")
