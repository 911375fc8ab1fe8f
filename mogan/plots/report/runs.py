"""The report of one run or of several side by side."""

import os
from collections.abc import Sequence

from mogan import __version__
from mogan.algorithm.model import Model
from mogan.data.dataset import Dataset
from mogan.machine.files import atomic_write
from mogan.machine.uses_jax import uses_jax
from mogan.plots.report.about import about
from mogan.plots.report.curves import curves
from mogan.plots.report.latent import component_maps, scales
from mogan.plots.report.page import LIMIT, assemble
from mogan.plots.report.samples import discriminators, neighbours, reconstructions
from mogan.plots.report.scores import scores
from mogan.plots.report.sheets import sheets
from mogan.plots.report.shown import read
from mogan.runs.load import TrainedRun

# after what the runs are and what they drew through training
PARTS = (scores, curves, reconstructions, scales, component_maps, neighbours, discriminators)


@uses_jax
def write(
    workdirs: Sequence[str | os.PathLike],
    out: str | os.PathLike,
    trained: TrainedRun | None = None,
    model: Model | None = None,
    dataset: Dataset | None = None,
) -> None:
    """Writes the page of the runs in `workdirs` to the file `out`, all of it or nothing; at most LIMIT bytes.

    trained, model, dataset: of the only run, where they are at hand; else all are read, and a page without them says
    why. The model is of the first seed, if none is given, and the moving average where there is one.

    Raises:
      InputError: a folder holds no run, or one whose log or data.json is damaged.
    """
    runs = read(workdirs, trained, model, dataset)
    title = runs[0].name if len(runs) == 1 else " beside ".join(run.name for run in runs)
    subtitle = ", ".join(dict.fromkeys(str(run.config.get("data.source")) for run in runs))
    first, rest = about(runs), [part(runs) for part in PARTS]
    footer = f"Written by mogan {__version__}. This page loads nothing from anywhere; it can be copied and sent."

    def page(room):
        sections = [first, sheets(runs, room), *rest]
        return assemble(title, subtitle, filter(None, sections), footer)

    text = page(LIMIT)
    if len(text.encode()) > LIMIT:
        text = page(max(0, LIMIT - len(page(0).encode()) - LIMIT // 50))
    atomic_write(out, text)
