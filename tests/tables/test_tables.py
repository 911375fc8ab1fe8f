"""experiments/tables.py: rows are trained and scored once, tables hold those very scores beside the papers' figures."""

import json
import re
import signal

import numpy as np
import pytest
from PIL import Image

from mogan.config.commands import load_config, parse_override
from mogan.data import arrays
from mogan.errors import InputError, Stopped
from mogan.plots.sheets import save_png
from mogan.tables import TABLES, image, make_table, rows, toy
from mogan.tables.papers import IMAGE_TABLES
from mogan.tables.toy_tables import TOY_TABLES
from tests.helpers.support import EXPERIMENTS, TINY, call

SCORES = {  # of a run with classes a and b
    "mis": {"per_class": [[1.25, 0.1], None], "mean": 1.5, "std": 0.2, "protocol": "how"},
    "is": {"mean": 2.0, "std": 0.3, "protocol": "how"},
    "ssim": {"mean": 0.5, "std": 0.1, "images": 9, "protocol": "how"},
    "clustering": {
        f"{prefix}{score}": number + step
        for prefix, number in (("", 0.6), ("kmeans_", 0.3), ("autoencoder_", 0.4))
        for score, step in (("acc", 0), ("nmi", 0.01), ("ari", 0.02))
    },
}


def make(name, place, **options):
    make_table(name, place / "out", experiments=EXPERIMENTS, runs=place / "runs", **options)
    text = (place / "out" / f"{name}.md").read_text(encoding="utf-8")
    return json.loads((place / "out" / f"{name}.json").read_text(encoding="utf-8")), cells(text), text


def cells(text):
    """{first cell: the others} of the lines of Markdown tables."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {line[0]: line[1:] for line in lines}


@pytest.fixture
def trained(monkeypatch):
    """Runs that take no training: the Inception Score of seed s is 2 + s / 10."""

    def train_row(config, folder, at_work):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data.json").write_text(json.dumps({"shape": [4, 4, 3], "classes": ["a", "b"], "samples": 40}))
        for number, tag in enumerate(("", "_components", "_reconstructions")):
            picture = np.full((4, 4, 3), number, np.uint8)
            save_png(folder / "samples" / f"step_{config.train.steps}{tag}.png", picture)

    def evaluate(settings):
        found = {name: dict(SCORES[name], protocol="how") for name in settings.metrics}
        if "is" in found:
            found["is"]["mean"] += int(settings.workdir[-1]) / 10
        return found

    monkeypatch.setattr(image, "train_row", train_row)
    monkeypatch.setattr(image, "_check", lambda config, settings: ["a", "b"])
    monkeypatch.setattr(image.evaluator, "evaluate", evaluate)


@pytest.mark.parametrize("name", IMAGE_TABLES)
def test_the_variants_and_the_papers_rows_and_columns_exist(name):
    table = IMAGE_TABLES[name]
    classes = list(next(iter(table.paper.values())))[:-1] if "mis" in table.metrics else ["a", "b"]
    scores = SCORES | {"mis": SCORES["mis"] | {"per_class": [[1.0, 0.0]] * len(classes)}}
    found = {}
    for variant in (*table.variants, *table.further):
        config = load_config(f"{EXPERIMENTS / table.config}:{variant}", [])
        found |= table.read(scores, variant, classes)
        if "mis" in table.metrics and config.data.classes:
            assert set(config.data.classes.split(",")) == set(classes)
    assert set(table.paper) <= set(found)
    for row, figures in table.paper.items():
        assert set(figures) <= set(found[row])
        assert all(re.match(r"\d|-$", figure) for figure in figures.values())


def test_the_papers_overall_scores_are_the_means_of_their_classes():
    """Where they are: four of table 1's and 2's rows are printed with others."""
    for name, row in (
        ("deligan_3", "dissimilar_gan"),
        ("deligan_3", "dissimilar_deligan"),
        ("deligan_2", "similar_gan"),
    ):
        *classes, overall = IMAGE_TABLES[name].paper[row].values()
        assert np.mean([float(score) for score in classes]) == pytest.approx(float(overall.split()[0]), abs=0.006)


def test_a_class_of_too_few_samples(trained, tmp_path):
    _, found, text = make("deligan_2", tmp_path, rows=("similar_gan",))
    assert found[""] == ["a", "b", "overall"]
    assert found["similar_gan"] == ["1.250 ± 0.100", "too few", "1.500 ± 0.200"]
    assert found["similar_gan, paper"] == ["", "", "1.36 ± 0.09"] and "similar_deligan" not in found
    assert "One run a row; ± is the standard deviation over splits" in text and "- similar_gan: mis of how" in text
    assert (tmp_path / "out" / "deligan_2_similar_gan_samples.png").exists()


def test_rows_on_request_stand_beside_the_papers_figure_too(trained, tmp_path):
    """Of both readings of a set-up, the paper's text and its program; without being asked for, they are none."""
    results, found, _ = make("deligan_2", tmp_path, rows=("similar_gan", "similar_gan_paper"))
    assert found["similar_gan_paper, paper"] == found["similar_gan, paper"] == ["", "", "1.36 ± 0.09"]
    assert results["departures"][0].endswith("and, on request, similar_gan_paper")
    assert "similar_gan_paper" not in make("deligan_2", tmp_path / "own")[1]


def test_several_runs_give_mean_and_standard_error(trained, tmp_path):
    results, found, text = make("delifisher", tmp_path, rows=("fisher", "wgan"), seeds=3)
    values = np.array([2.0, 2.1, 2.2])
    assert results["fisher"]["measured"] == [{"Inception Score": [value, 0.3]} for value in values.tolist()]
    assert found["fisher"] == [f"2.100 ± {values.std(ddof=1) / np.sqrt(3):.3f}"]
    assert found["wgan, paper"] == ["5.4586 ± 0.0222"] and list(found).index("wgan") < list(found).index("fisher")
    assert "3 runs a row" in text


@pytest.mark.parametrize(("name", "tag", "value"), [("logan_3", "samples", 0), ("logan_2", "reconstructions", 2)])
def test_what_a_table_shows_of_its_runs(name, tag, value, trained, tmp_path):
    _, _, text = make(name, tmp_path, rows=("lol1",))
    with Image.open(tmp_path / "out" / f"{name}_lol1_{tag}.png") as picture:
        assert (np.asarray(picture) == value).all()
    assert f"{tag.capitalize()} of the first runs:\n\n![lol1]({name}_lol1_{tag}.png)\n" in text


def test_baselines_that_come_with_every_variant_stand_once(trained, tmp_path):
    _, found, text = make("gmgan_3_fashion", tmp_path, overrides={"latent.components": 2})
    assert found["K-means"] == ["0.300", "0.310", "0.320"] and found["gmgan_std"] == ["0.600", "0.610", "0.620"]
    assert "One run a row. Written by" in text
    assert found["autoencoder + K-means, paper"] == ["0.5353", "0.5261", ""]


def test_a_trained_table(tmp_path, monkeypatch):
    """Clustering of digits by a run of two steps; made again, nothing is trained or scored anew."""
    digits = arrays.digits()
    np.savez(tmp_path / "digits.npz", x=digits.x[:200], y=digits.y[:200])
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path / "cache"))
    sizes = {"model.width_g": 2, "model.width_d": 2, "latent.dim": 4, "data.batch_size": 4, "data.batch_size_g": 4}
    changes = sizes | {"train.steps": 2, "data.source": f"npz:{tmp_path / 'digits.npz'}"}
    options = {"rows": ("gmgan",), "overrides": changes}
    results, found, text = make("gmgan_3_mnist", tmp_path, scores={"num": 40, "epochs": 1}, **options)
    (scores,) = results["scores"]["gmgan"]
    kept = json.loads((tmp_path / "runs" / "mnist_gmgan_gmgan_0" / "gmgan_3_mnist.json").read_text(encoding="utf-8"))
    assert kept["scores"] == scores and kept["settings"]["num"] == 40
    assert found["gmgan"] == [f"{scores['clustering'][name]:.3f}" for name in ("acc", "nmi", "ari")]
    assert found["K-means"][0] == f"{scores['clustering']['kmeans_acc']:.3f}" and "0.9924" in found["gmgan, paper"]
    assert "classifier of 1 epochs on 4 samples of each of 10 components" in text

    with monkeypatch.context() as patch:
        patch.setattr(image.evaluator, "evaluate", None)
        assert make("gmgan_3_mnist", tmp_path, scores={"num": 40, "epochs": 1}, **options)[0] == results
    asked = []
    monkeypatch.setattr(image.evaluator, "evaluate", lambda settings: asked.append(settings) or {**scores})
    make("gmgan_3_mnist", tmp_path, scores={"num": 60, "epochs": 1}, **options)
    assert [settings.num for settings in asked] == [60]
    (tmp_path / "runs" / "mnist_gmgan_gmgan_0" / "gmgan_3_mnist.json").write_text("{")
    make("gmgan_3_mnist", tmp_path, scores={"num": 60, "epochs": 1}, **options)
    assert len(asked) == 2


def test_a_toy_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(rows, "make_ready", lambda config: None)  # JAX has its devices already
    options = {"rows": ("deligan",), "seeds": 2, "overrides": dict(map(parse_override, TINY))}
    results, found, _ = make("deligan_toy", tmp_path, **options)
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("row ")]
    runs = tmp_path / "runs"
    assert said == [
        f"row 1 of 2: deligan on unimodal ({runs / 'deligan_toy_unimodal_deligan'})",
        f"row 2 of 2: deligan on bimodal ({runs / 'deligan_toy_bimodal_deligan'})",
    ]
    assert "2 runs a row, not 10" in results["departures"]
    assert "config.train.steps = 12, not 64000" in results["departures"]
    summary = tmp_path / "runs" / "deligan_toy_bimodal_deligan" / "summary.json"
    void = json.loads(summary.read_text(encoding="utf-8"))["metrics"]["void"]
    assert results["bimodal/deligan"]["void"] == void and len(void) == 2
    # `found` has the rows of the second density, which is the bimodal one
    assert found["deligan"][0] == f"{np.mean(void):.3f} ± {np.std(void, ddof=1) / np.sqrt(2):.3f}"
    assert set(found) == {"model", ":--", "deligan", "truth"} and results["bimodal/truth"]["void"][0] < 0.01
    assert (tmp_path / "out" / "deligan_toy_bimodal_samples.png").exists()


def test_clusterings_name_their_classes_and_refuse_more_than_components(trained, tmp_path, monkeypatch):
    """43 signs by K = 10, as the signs' table would have had it, trains and scores nothing."""
    _, _, text = make("gmgan_3_signs", tmp_path, overrides={"latent.components": 2})
    assert "Data: 40 samples of tfds:traffic_signs of 2 classes: a, b." in text and "ten classes" not in text
    monkeypatch.setattr(image, "_check", lambda config, settings: [str(sign) for sign in range(43)])
    monkeypatch.setattr(image, "train_row", None)
    with pytest.raises(InputError, match="components = 10 for the 43 classes.*config.data.classes = NAME.*which ten"):
        make("gmgan_3_signs", tmp_path / "whole")


@pytest.mark.parametrize("name", ["logan_toy", "logan_bigan_toy", "delifisher_toy"])
def test_rows_of_a_toy_table_make_equally_many_discriminator_updates(name):
    request = rows.Request(name, EXPERIMENTS, EXPERIMENTS, 2, {}, {})
    configs = rows.configs_of(toy.cells(TABLES[name], request), request)
    counts = {config.train.steps * config.schedule.d_updates for config in configs}
    assert counts == {60_000 if name == "delifisher_toy" else 10_000}


def test_the_ablation_of_logans_penalty_is_whole():
    """Of both logit losses, toys and BiGANs of images: without a penalty, the plain and the pair-wise one."""
    for name in ("logan_bigan_toy", "logan_2", "logan_3"):
        table = TABLES[name]
        for loss in ("lol1", "lol2"):
            found = {}
            for row in (f"{loss}_no_penalty", loss, f"{loss}_pairwise"):
                assert row in table.variants
                config = load_config(f"{EXPERIMENTS / table.config}:{row}", []).loss
                found[row] = config.gradient_penalty > 0, config.pairwise_x > 0
                if name != "logan_bigan_toy":
                    assert "if with" in next(iter(table.paper[row].values()))
            assert list(found.values()) == [(False, False), (True, False), (False, True)]


def test_what_departs_from_the_set_up_stands_in_the_table(trained, tmp_path):
    """Rows, seeds, scores and fields, each beside what it should be; where the data lie is no departure."""
    overrides = {"train.steps": 9, "optim.beta1": 0.5, "data.dir": "x", "optim.lr": 0.5}
    options = {"rows": ("fisher", "wgan"), "seeds": 3, "overrides": overrides, "scores": {"num": 40}}
    results, _, text = make("delifisher", tmp_path, **options)
    own = {row: load_config(f"{EXPERIMENTS}/cifar10_delifisher.py:{row}", []) for row in ("wgan", "fisher")}
    steps = " or ".join(dict.fromkeys(str(config.train.steps) for config in own.values()))
    assert results["departures"] == [
        "rows wgan, fisher alone, of dcgan, wgan, fisher, delifisher, delifisher_weights, delifisher_sum",
        "3 runs a row, not 5",
        "num = 40 of the scores",
        f"config.train.steps = 9, not {steps}",
        "config.optim.lr = 0.5, not 5e-05 or 0.0002",
    ]
    assert "**This table departs from its set-up:**" in text
    assert all(f"- {departure}\n" in text for departure in results["departures"])
    results, _, text = make("deligan_2", tmp_path, overrides={"data.dir": "x"})
    assert results["departures"] == [] and "departs" not in text


def test_a_table_stands_beside_its_runs(trained, tmp_path, monkeypatch, capsys):
    """And not in the clone; the row at work is named."""
    monkeypatch.chdir(tmp_path)
    said, train_row = [], image.train_row
    monkeypatch.setattr(
        image, "train_row", lambda config, folder, at_work: said.append(at_work) or train_row(config, folder, at_work)
    )
    assert call("tables", "--table=delifisher", "--rows=wgan", monkeypatch=monkeypatch) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
    assert {"delifisher.md", "delifisher.json"} <= {path.name for path in (tmp_path / "runs" / "tables").iterdir()}
    assert "wrote runs/tables/delifisher.md" in capsys.readouterr().out
    assert said == [f"row {seed + 1} of 5: wgan, seed {seed}" for seed in range(5)]


def test_a_signal_stops_the_table(tmp_path, monkeypatch):
    def stopped(config, folder):
        raise Stopped("stopped by a signal at step 3 of 12; run again to go on", signal.SIGTERM)

    monkeypatch.setattr(rows, "train", stopped)
    with pytest.raises(Stopped, match="stopped by a signal at step 3 of 12; run again"):
        make("deligan_toy", tmp_path, rows=("gan",), seeds=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--table=deligan_4"], "--table=deligan_4: choose one of deligan_toy, "),
        ([], "give --table=NAME; --list prints"),
        (
            ["--table=modes", f"--out={__file__}/tables"],
            "tables cannot be made (Not a directory)",
        ),
        (
            ["--table=logan_1", "--rows=v,lol3"],
            "--rows=v,lol3: 'lol3' is none; choose of v, w, lol1_no_penalty, lol1, ",
        ),
        (["--table=logan_toy", "--seeds=0"], "--seeds=0: give a whole number from 1 to 10000"),
        (["--table=gmgan_3_mnist", "--epochs=0"], "--epochs=0: give a whole number from 1"),
        (["--table=logan_toy", "--num=9"], "--num: the scores of a toy table have no choices"),
        (["--table=logan_toy", "--config.data.sauce=x"], "data.sauce"),
        (["--table=gmgan_3_mnist", "--config.data.source=npz:none.npz"], "none.npz"),
    ],
)
def test_what_is_refused(arguments, message, tmp_path, monkeypatch, capsys):
    where = [f"--workdir={tmp_path / 'runs'}", f"--out={tmp_path / 'out'}"]
    assert call("tables", *where, *arguments, monkeypatch=monkeypatch) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "runs").exists()


def test_scores_that_cannot_be_had_are_refused_before_training(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MOGAN_INCEPTION", str(tmp_path / "absent.npz"))
    np.savez(tmp_path / "dark.npz", x=np.zeros((64, 8, 8, 1), np.uint8))
    arguments = [f"--config.data.source=npz:{tmp_path / 'dark.npz'}", f"--workdir={tmp_path / 'runs'}"]
    changes = ["--config.model.width_g=2", "--config.model.width_d=2"]
    where = f"--out={tmp_path / 'out'}"
    assert call("tables", "--table=delifisher", *arguments, *changes, where, monkeypatch=monkeypatch) == 2
    assert "absent.npz" in capsys.readouterr().err and not (tmp_path / "runs").exists()


def test_the_program_lists_every_table(monkeypatch, capsys):
    assert call("tables", "--help", monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in TABLES) and TOY_TABLES.keys() | IMAGE_TABLES.keys() <= TABLES.keys()
