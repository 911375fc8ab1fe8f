"""mogan.tables.sweeps: figures 2 and 7 of GM-GAN by one command, of runs that take no training here."""

import json

import numpy as np
import pytest
from scipy import stats

from mogan.config.commands import load_config
from mogan.plots import curves
from mogan.tables import TABLES, image, make_table
from tests.helpers.support import EXPERIMENTS


def score(settings, scale):
    """What stands for a score: a number of its own for each run and scale."""
    seed = int(settings.workdir[-1])
    of_images = {"precision": 1 / (1 + scale), "recall": scale / 9, "fid": 0.2, "density": 0.5, "coverage": 0.75}
    return {"quality": 1 / (2 + seed + scale), "diversity": scale / (3 + seed), "mean": 5 + seed - scale} | of_images


@pytest.fixture
def trained(monkeypatch):
    """The runs that were trained and the settings that they were scored by."""
    runs, asked = [], []

    def evaluate(settings):
        asked.append(settings)
        sweep = [{"scale": scale} | score(settings, scale) for scale in settings.scales]
        return {name: {"sweep": sweep, "protocol": "how"} for name in settings.metrics}

    def train_row(config, folder, at_work):
        folder.mkdir(parents=True, exist_ok=True)
        runs.append((folder.name, config))

    monkeypatch.setattr(image, "train_row", train_row)
    monkeypatch.setattr(image, "_check", lambda config, settings: ["a", "b"])
    monkeypatch.setattr(image.evaluator, "evaluate", evaluate)
    return runs, asked


def make(name, place, **options):
    make_table(name, place / "out", experiments=EXPERIMENTS, runs=place / "runs", **options)
    text = (place / "out" / f"{name}.md").read_text(encoding="utf-8")
    return json.loads((place / "out" / f"{name}.json").read_text(encoding="utf-8")), text


def test_figure_7_is_of_dynamic_mixtures_on_all_four_data_sets_and_ten_seeds(trained, tmp_path, monkeypatch):
    table = TABLES["gmgan_figure_7"]
    assert table.seeds == 10 and table.scales == tuple(np.round(np.arange(0.5, 2.05, 0.1), 1))
    drawn = []
    monkeypatch.setattr(curves, "tradeoff_panels", lambda *given: drawn.append(given) or pixel())
    results, text = make("gmgan_figure_7", tmp_path, seeds=3)
    runs, asked = trained
    assert len(runs) == 4 * 4 * 3 and {settings.metrics for settings in asked} == {("qd",)}
    for folder, config in runs:
        if "gmgan" in config.variant:
            assert (config.latent.covariance, config.latent.trainable) == ("full", "both"), folder
    quality = [[1 / (2 + seed + scale) for scale in table.scales] for seed in range(3)]
    assert results["stl10/gmgan_dynamic"]["quality"] == quality and results["departures"] == ["3 runs a row, not 10"]
    ((panels, columns, *labels),) = drawn
    assert columns == 2 and len(panels) == 8 and labels == ["quality", "diversity"]
    assert list(panels["cifar10, supervised"]) == ["acgan", "gmgan_supervised_dynamic"]
    assert list(panels["mnist, unsupervised"]) == ["gan", "gmgan_dynamic"]
    np.testing.assert_array_equal(panels["mnist, unsupervised"]["gan"][0], quality)
    of_first = np.array(quality)[:, 0]
    assert f"| acgan | 0.5 | {of_first.mean():.3f} ± {stats.sem(of_first):.3f} | " in text


def test_a_data_set_alone_goes_on_with_the_runs_and_scores_of_all(trained, tmp_path):
    runs, asked = trained
    results, _ = make("gmgan_figure_7", tmp_path, seeds=1, rows=("gan",))
    before = len(asked)
    alone, _ = make("gmgan_figure_7_mnist", tmp_path, seeds=1, rows=("gan",))
    assert len(asked) == before and alone["mnist/gan"] == results["mnist/gan"]


def test_figure_2_is_one_score_over_the_scales_and_takes_further_rows(trained, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(curves, "curve_panels", lambda *given: drawn.append(given) or pixel())
    results, text = make("gmgan_figure_2", tmp_path, seeds=2, rows=("gmgan", "gan"))
    x, panels, columns, xlabel, ylabel = drawn[0]
    assert (list(panels), columns, ylabel) == (["cifar10", "stl10"], 2, "is/mean")
    np.testing.assert_allclose(panels["stl10"]["gan"], [[5 + seed - scale for scale in x] for seed in range(2)])
    assert "and, on request, gan" in results["departures"][0]


def test_own_images_are_precision_against_recall_of_the_runs_of_their_table(trained, tmp_path, monkeypatch):
    """Scored as there, and further columns are in the table alone; KID is given a thousand times."""
    drawn = []
    monkeypatch.setattr(curves, "tradeoff_panels", lambda *given: drawn.append(given) or pixel())
    results, text = make("own_images_scales", tmp_path, seeds=2)
    runs, asked = trained
    folders = ["own_images_recipe_0", "own_images_recipe_1", "own_images_recipe_gaussian_0"]
    assert [folder for folder, _ in runs][:3] == folders
    for settings in asked:
        assert settings.metrics == ("prdc", "fid", "kid", "untrained") and settings.scales == (0.5, 1.0, 2.0, 4.0)
        assert (settings.reference, settings.features, settings.num) == ("heldout", 768, 1000)
    ((panels, _, *labels),) = drawn
    assert labels == ["precision", "recall"] and list(panels["own"]) == ["recipe", "recipe_gaussian"]
    np.testing.assert_allclose(panels["own"]["recipe"][0], [[1 / (1 + scale) for scale in settings.scales]] * 2)
    assert len(panels["own"]["recipe"]) == 2
    assert results["own/recipe"]["KID x 1000"][1] == [1000 * (6 - scale) for scale in settings.scales]
    assert "| recipe_gaussian | 4 | 0.200 ± 0.000 | 0.444 ± 0.000 | 0.200 ± 0.000 | 1500.000 ± 500.000 |" in text


@pytest.mark.parametrize("rows", [("acgan",), ("gmgan_supervised", "gmgan_std")])
def test_a_row_on_request_is_drawn(trained, tmp_path, monkeypatch, rows):
    drawn = []
    monkeypatch.setattr(curves, "curve_panels", lambda *given: drawn.append(given) or pixel())
    make("gmgan_figure_2_cifar10", tmp_path, seeds=1, rows=rows)
    assert set(drawn[0][1]["cifar10"]) == set(rows)


def test_models_of_a_figure_are_variants_of_its_files():
    for name in ("gmgan_figure_2", "gmgan_figure_7", "own_images_scales"):
        table = TABLES[name]
        shown = [variant for panel in table.panels.values() for variant in panel]
        assert sorted(shown) == sorted((*table.variants, *table.further))
        for file in table.data.values():
            for variant in (*table.variants, *table.further):
                assert load_config(f"{EXPERIMENTS / file}:{variant}", []).variant == variant


def pixel():
    return np.zeros((2, 2, 3), np.uint8)
