"""A run as a report shows it: what its folder says, and its model and data where these can be had."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mogan import data
from mogan.algorithm.model import Model, make_model
from mogan.config.fields import FIELDS
from mogan.data.dataset import Dataset, shown_points
from mogan.errors import InputError, RunError
from mogan.machine.files import expanded, printable
from mogan.plots.colours import colours_of_models, hex_of
from mogan.runs.folder import reached, read_config, read_data, read_summary
from mogan.runs.load import TrainedRun, load_run
from mogan.runs.log import read_metrics

SAMPLES = 1000  # points of a scatter plot


class Shown(NamedTuple):
    """One run on a page.

    folder; name: unlike those of the others; colour: "#rrggbb", that of its curves
    config: flat; about: what it was trained on, as data.json has it; records: its log, one a line
    summary: what it said when it ended, None before
    trained, model: its state and one of its seeds; or None
    dataset: or None
    missing: why there is no model or no data, a sentence each
    """

    folder: Path
    name: str
    colour: str
    config: dict[str, Any]
    about: dict[str, Any]
    records: list[dict[str, Any]]
    summary: dict[str, Any] | None
    trained: TrainedRun | None
    model: Model | None
    dataset: Dataset | None
    missing: tuple[str, ...]

    @property
    def of_images(self) -> bool:
        return len(self.about["shape"]) == 3

    @property
    def in_the_plane(self) -> bool:
        return self.about["shape"] == (2,)

    @property
    def seeds(self) -> int:
        """How many were trained side by side."""
        return self.config.get("train.seeds", FIELDS["train.seeds"].default)

    def points(self) -> np.ndarray:
        """Of its data [n, 2], at most SAMPLES."""
        return shown_points(self.dataset, SAMPLES)


def read(
    workdirs: Sequence,
    trained: TrainedRun | None = None,
    model: Model | None = None,
    dataset: Dataset | None = None,
) -> list[Shown]:
    """The runs in the folders. `trained`, `model` and `dataset`, where they are at hand, are those of the only one.

    Raises InputError: a folder holds no run.
    """
    folders = [expanded(workdir) for workdir in workdirs]
    configs = [read_config(folder) for folder in folders]
    names = _names(folders, configs)
    variants = [config.get("variant", "") for config in configs]
    colours = list(map(hex_of, colours_of_models(variants)))
    return [_read(*own, trained, model, dataset) for own in zip(folders, names, colours, configs, strict=True)]


def _read(folder, name, colour, config, trained, model, dataset):
    missing = []
    trained = trained or _tried(missing, "No picture shows the model", lambda: load_run(folder))
    if trained:
        dataset = dataset or _tried(missing, "No picture shows its data", lambda: data.load(trained.config.data))
        model = model or make_model(trained.gan, trained.state, trained.config)
    about, records = read_data(folder), read_metrics(folder)
    summary = read_summary(folder, reached(folder))
    return Shown(folder, name, colour, config, about, records, summary, trained, model, dataset, tuple(missing))


def _tried(missing, what, get: Callable):
    """What get() gives, or None and a sentence more in `missing`."""
    try:
        return get()
    except (InputError, RunError) as error:
        missing.append(f"{what}: {error}.")
        return None


def _names(folders, configs):
    """The variant of each run; its folder, where several have the same or one has none."""
    variants = [config.get("variant", "") for config in configs]
    if len(set(variants)) == len(variants) and all(variants):
        return variants
    names = [printable(folder.name) for folder in folders]
    return names if len(set(names)) == len(names) else [printable(str(folder)) for folder in folders]
