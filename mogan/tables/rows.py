"""What tables of toys and of images share: what is asked of them, what they give back, and training a row."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from mogan.commands import load_config
from mogan.devices import use_all_cores
from mogan.train import train


class Request(NamedTuple):
    """name: the table's; experiments: the folder of the config files; runs: the folder where runs are kept; seeds: runs
    a row; overrides: ["--config.group.field=value", ...] of every row; scores: {field of evaluation.Settings: value},
    for images."""

    name: str
    experiments: Path
    runs: Path
    seeds: int
    overrides: list[str]
    scores: dict


class Made(NamedTuple):
    """A table: what is written as JSON, as Markdown, and as figures {name: uint8 image [h, w, 3]}."""

    results: dict
    text: str
    figures: dict[str, np.ndarray]


def config_of(request: Request, file: str, variant: str, own: list[str]):
    """The config of a row, with its `own` overrides and, over these, those of the request."""
    return load_config(f"{request.experiments / file}:{variant}", [*own, *request.overrides])


def train_row(config, folder: Path) -> dict:
    """The summary of the run in `folder`, which is trained to its end first, or on from where it stopped.

    Raises Stopped if a signal stops it: the table, run again, goes on.
    """
    use_all_cores(config)
    return train(config, folder)
