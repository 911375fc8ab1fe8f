"""mogan.tables.small_data: rows are variants of the study's file; a run with a moving average is scored by it."""

import numpy as np
import pytest

from mogan.config import flatten
from mogan.errors import InputError
from mogan.tables import TABLES, image, make_table
from mogan.tables.rows import Request, configs_of
from mogan.tables.small_data import OWN_IMAGES, ROWS, SETS, SMALL_DATA, SMALL_DATA_TABLES
from tests.helpers.support import EXPERIMENTS

SCORES = {
    "fid": {"fid": 1.5},
    "kid": {"mean": 0.0025, "std": 0.001},
    "prdc": {"precision": 0.1, "recall": 0.2, "density": 0.3, "coverage": 0.4},
    "memorization": {"rate": 0.05, "copies": 0.0},
    "components": {"ratio": 0.25, "least_ratio": 0.1},
}


def test_every_row_is_a_variant_of_the_file():
    assert set(SMALL_DATA_TABLES) <= set(TABLES) and len(SMALL_DATA.variants) == len(ROWS) * len(SETS)
    request = Request("small_data", EXPERIMENTS, EXPERIMENTS / "none", 1, {}, {})
    for name, table in SMALL_DATA_TABLES.items():
        if name.startswith("own_images"):
            continue
        for config in configs_of(image.cells(table, request), request):
            assert config.data.holdout == 0.25 and config.train.steps == 4000
            assert name == "small_data" or config.variant.startswith(name.removeprefix("small_data_"))


def test_own_images_are_compared_by_the_variants_of_their_file():
    """At the data's own choices, all alike but for what a variant says."""
    request = Request("own_images", EXPERIMENTS, EXPERIMENTS / "none", 1, {}, {})
    configs = {config.variant: config for config in configs_of(image.cells(OWN_IMAGES, request), request)}
    assert tuple(configs) == OWN_IMAGES.variants
    assert len({(config.train.steps, config.latent.dim, config.data.source) for config in configs.values()}) == 1
    asked = {cell.variant: cell.settings.metrics for cell in image.cells(OWN_IMAGES, request)}
    assert {name for name, metrics in asked.items() if "components" in metrics} == {"recipe", "deligan", "gmgan"}
    recipe, gaussian = (flatten(configs[name]) for name in ("recipe", "recipe_gaussian"))
    differing = {name for name in recipe if recipe[name] != gaussian[name]}
    assert {name.partition(".")[0] for name in differing} == {"variant", "auto", "latent"}


def test_rows_whose_components_the_data_choose_are_checked_before_they_are_trained(tmp_path):
    """Digits are told apart by 50 components; what no score can be had of is refused."""
    table = OWN_IMAGES._replace(variants=("deligan",), metrics=("memorization",), scored={})
    request = Request("own_images", EXPERIMENTS, tmp_path, 1, {"data.source": "digits"}, {})
    image.check_rows(table, request)
    with pytest.raises(InputError, match="there are no components to label by"):
        image.check_rows(table._replace(variants=("gan",), metrics=("components",)), request)


@pytest.mark.parametrize("row", ["sketches_gan", "sketches_deligan_modern"])
def test_what_is_scored(row, tmp_path):
    request = Request("small_data", EXPERIMENTS, tmp_path, 2, {}, {})
    for _, _, settings in image.runs_of(SMALL_DATA, request, row):
        assert ("components" in settings.metrics) == ("deligan" in row)
        assert (settings.ema, settings.reference, settings.features) == (None, "heldout", 768)  # what the run keeps


def test_columns_and_minutes(tmp_path, monkeypatch):
    def train_row(config, folder, at_work):
        (folder / "samples").mkdir(parents=True)

    monkeypatch.setattr(image, "train_row", train_row)
    monkeypatch.setattr(image, "_check", lambda config, settings: ["a"])
    monkeypatch.setattr(image, "drawn", lambda tag, config, folder: np.zeros((4, 4, 3), np.uint8))
    monkeypatch.setattr(image, "read_data", lambda folder: {"classes": ["a"], "samples": 300})
    monkeypatch.setattr(image, "read_summary", lambda folder, step: {"wall_seconds": step * 0.03})
    scores = {name: found | {"protocol": "how"} for name, found in SCORES.items()}
    asked = lambda settings: {name: scores[name] for name in settings.metrics}  # noqa: E731
    monkeypatch.setattr(image.evaluator, "evaluate", asked)
    make_table(
        "small_data_sketches",
        tmp_path,
        experiments=EXPERIMENTS,
        runs=tmp_path / "r",
        seeds=1,
        rows=("sketches_gan", "sketches_deligan"),
    )
    text = (tmp_path / "small_data_sketches.md").read_text(encoding="utf-8")
    assert "| sketches_gan | 1.500 | 2.500 | 0.100 | 0.200 | 0.300 | 0.400 | 0.050 | 2.000 |  |" in text
    assert "| sketches_deligan | 1.500 | 2.500 | 0.100 | 0.200 | 0.300 | 0.400 | 0.050 | 2.000 | 0.250 |" in text
