"""mogan.tables.grids: DeLiGAN's figures 4 to 6 by one command."""

import json

import numpy as np
import pytest
from PIL import Image

from mogan.config.commands import load_config
from mogan.data import arrays
from mogan.errors import InputError
from mogan.runs import names
from mogan.tables import TABLES, grids, make_table
from tests.helpers.support import EXPERIMENTS

FIGURES = {"deligan_figure_4": "gan", "deligan_figure_5": "gan", "deligan_figure_6": "similar_gan"}


@pytest.mark.parametrize("name", FIGURES)
def test_models_are_variants_of_the_file_and_the_gan_stands_first(name):
    table = TABLES[name]
    assert table.variants[0] == FIGURES[name]
    for variant in (*table.variants, *table.further):
        assert load_config(f"{EXPERIMENTS / table.config}:{variant}", []).variant == variant


def test_a_trained_figure_has_the_grids_that_its_runs_drew(tmp_path):
    """Of digits, two steps a model; the second model's grid stands right of the first one's, below their names."""
    digits = arrays.digits()
    np.savez(tmp_path / "digits.npz", x=digits.x[:300], y=digits.y[:300])
    sizes = {"model.width_g": 2, "model.width_d": 2, "model.minibatch_kernels": 2, "latent.dim": 4}
    shape = {"model.kernels_g": (3, 3), "model.kernels_d": (3, 3), "schedule.slots": 1, "data.batch_size": 10}
    changes = (
        sizes
        | shape
        | {
            "train.steps": 2,
            "eval.report": False,
            "data.per_class": 10,
            "data.source": f"npz:{tmp_path / 'digits.npz'}",
        }
    )
    options = {"experiments": EXPERIMENTS, "runs": tmp_path / "runs", "overrides": changes}
    make_table("deligan_figure_4", tmp_path, **options)
    with Image.open(tmp_path / "deligan_figure_4_grids.png") as picture:
        figure = np.asarray(picture)
    drawn = []
    for variant in ("gan", "deligan"):
        with Image.open(names.picture(tmp_path / "runs" / f"mnist500_deligan_{variant}_0", 2, "samples")) as picture:
            drawn.append(np.asarray(picture))
    halves = np.split(figure, 2, axis=1)
    for half, grid in zip(halves, drawn, strict=True):
        found = half[-16 - len(grid) : -16, 16 : 16 + grid.shape[1]]
        np.testing.assert_array_equal(found, grid)
    written = json.loads((tmp_path / "deligan_figure_4.json").read_text())
    assert written["deligan"] == {"run": "mnist500_deligan_deligan_0"}
    assert "config.train.steps = 2, not 40000" in written["departures"]
    assert written["runs"]["gan"] == "runs/mnist500_deligan_gan_0"
    assert (tmp_path / "deligan_figure_4.html").read_text().count('<img src="data:image/png') == 1
    assert "![gan, deligan](deligan_figure_4_grids.png)" in (tmp_path / "deligan_figure_4.md").read_text()


def test_rows_on_request_and_several_seeds(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(grids, "make_experiment", lambda config: None)
    monkeypatch.setattr(grids, "train_row", lambda config, folder, at_work: shown.append(folder.name))
    monkeypatch.setattr(grids, "drawn", lambda tag, config, folder: np.zeros((4, 4, 3), np.uint8))
    make_table(
        "deligan_figure_4", tmp_path, experiments=EXPERIMENTS, runs=tmp_path, seeds=2, rows=("gan", "deligan_paper")
    )
    models = "gan", "deligan_paper"
    assert shown == [f"mnist500_deligan_{model}_{seed}" for seed in (0, 1) for model in models]
    with pytest.raises(InputError, match="`num`: a figure has no scores; leave it out"):
        make_table("deligan_figure_4", tmp_path, experiments=EXPERIMENTS, runs=tmp_path, scores={"num": 4})
