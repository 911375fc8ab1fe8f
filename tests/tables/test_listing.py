"""experiments/tables.py: what it says of tables before they are made, small versions, training alone, and LaTeX."""

import shlex

import pytest

from mogan import config as configuration
from mogan.config.commands import load_config
from mogan.evaluation import evaluator
from mogan.tables import CELLS, TABLES, cost, image, listing, plan_table, report, rows, table_commands, toy, train_table
from mogan.tables.quick import quick
from tests.helpers.support import EXPERIMENTS, call
from tests.tables import test_tables

trained = test_tables.trained


def test_the_list_has_every_table_and_what_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MOGAN_INCEPTION", str(tmp_path / "weights.npz"))
    for name in ("config.json", "summary.json"):
        (tmp_path / "cifar2k_deligan_gan_0").mkdir(exist_ok=True)
        (tmp_path / "cifar2k_deligan_gan_0" / name).touch()
    (tmp_path / "cifar2k_deligan_moe_0").mkdir()
    (tmp_path / "cifar2k_deligan_moe_0" / "config.json").touch()
    assert call("tables", "--list", f"--workdir={tmp_path}", monkeypatch=monkeypatch) == 0
    parts = dict(part.split(": ", 1) for part in capsys.readouterr().out.split("\n\n"))
    assert list(parts) == list(TABLES)
    found = " ".join(parts["deligan_1"].split())
    assert f"there: 1 of 4 runs finished, 1 begun, in {tmp_path}" in found and "data: tfds:cifar10" in found
    assert (
        "weights.npz, which is not there" in found
        and f"cost: {4 * cost.HOURS['cifar2k_deligan']:.0f} h (1 CPU core)" in found
    )
    sketches = 2 * (cost.HOURS["sketches_deligan_similar"] + cost.HOURS["sketches_deligan_dissimilar"])
    assert f"cost: {sketches:.0f} h" in parts["deligan_figure_6"]
    assert f"cost: {12 * 10 * cost.HOURS['logan_toy']:.1f} h" in parts["logan_toy"]  # 6 rows on 2 densities, 10 seeds
    assert "weights: none" in parts["gmgan_3_mnist"] and "weights: none" in parts["logan_toy"]


@pytest.mark.parametrize("name", ["deligan_1", "gmgan_figure_2_stl10", "deligan_figure_6", "logan_toy"])
def test_commands_give_the_configs_of_the_runs(name, tmp_path, monkeypatch):
    asked = {"experiments": EXPERIMENTS, "runs": tmp_path, "seeds": 2, "overrides": {"train.log_every": 7}}
    table = TABLES[name]
    request = rows.Request(name, EXPERIMENTS, tmp_path, 2, asked["overrides"], {})
    module = {"deligan_1": image, "logan_toy": toy}.get(name)
    found = [shlex.split(line) for line in table_commands(name, **asked)]
    runs = [line for line in found if line[1] == "experiments/run.py"]
    monkeypatch.chdir(EXPERIMENTS.parent)
    configs = [
        load_config(line[2].removeprefix("--config="), [flag for flag in line[3:] if flag.startswith("--config.")])
        for line in runs
    ]
    if module:
        expected = rows.configs_of(module.cells(table, request), request)
        assert list(map(configuration.flatten, configs)) == list(map(configuration.flatten, expected))
    assert all(config.train.log_every == 7 for config in configs)
    scored = [line for line in found if line[1] == "experiments/evaluate.py"]
    assert len(scored) == (len(runs) if name in ("deligan_1", "gmgan_figure_2_stl10") else 0)
    if name == "deligan_1":
        assert scored[0][2:-1] == ["--metrics=mis", runs[0][3], "--config.data.per_class=0"]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_a_small_version(name):
    """Whose configs are valid, and whose scores need no weights."""
    small = quick(TABLES[name])
    request = rows.Request(name, EXPERIMENTS, EXPERIMENTS, 1, small.overrides, small.scores)
    cells = CELLS[type(TABLES[name])](small.table, request)
    for cell in cells:
        config = cell.config(request)
        assert config.train.steps <= 400 and config.data.source.split(":")[0] in ("digits", "toy")
        if cell.settings:
            evaluator.check_told(cell.settings)
    assert listing.weights(cells) == "none" and len(cells) <= 8


@pytest.mark.parametrize(
    ("name", "own", "said"),
    [
        (
            "small_data_mnist",
            {},
            "4 of 14 rows, 1 seed, 10 steps of networks 4 wide on scikit-learn's digits, scored by 400 samples and a "
            "classifier cnn; without fid, kid, prdc, which need Inception's weights",
        ),
        ("modes", {"seeds": 3}, "2 of 18 rows, 3 seeds, 400 steps"),
        (
            "deligan_figure_4",
            {"overrides": {"data.source": "tfds:mnist", "train.steps": 5}},
            "1 seed, 5 steps of networks 4 wide on tfds:mnist",
        ),
    ],
)
def test_what_a_small_version_says_of_itself(name, own, said, tmp_path):
    plan = plan_table(name, EXPERIMENTS, tmp_path, quick=True, **own)
    assert plan.quick == said
    rows = TABLES[name].variants
    assert plan.chosen.variants[0] == rows[0] and plan.chosen.variants[-1] == rows[-1]


def test_a_small_version_says_so(trained, tmp_path, monkeypatch, capsys):
    where = f"--workdir={tmp_path}", "--table=deligan_2"
    assert call("tables", *where, "--quick", "--rows=similar_gan", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path}/quick/deligan_2.md\n"
    text = (tmp_path / "quick" / "deligan_2.md").read_text(encoding="utf-8")
    heading, _, says, *_ = text.splitlines()
    assert heading.endswith("similar classes (quick version)") and says.startswith(
        "**This is a quick version: 1 of 2 rows, 1 seed, 10"
    )
    assert "- a quick version: 1 of 2 rows, 1 seed, 10 steps of networks 4 wide" in text
    assert "`python experiments/tables.py --table=deligan_2 --quick`" in text
    assert "- config.data.source = digits, not tfds:tu_berlin/32x32_strokes" in text
    tex = (tmp_path / "quick" / "deligan_2.tex").read_text(encoding="utf-8")
    assert tex.splitlines()[0].endswith("(quick version)")
    assert r"similar\_gan & 1.250 $\pm$ 0.100 & too few & 1.500 $\pm$ 0.200 \\" in tex


def test_latex_of_markdown():
    text = "# A & B\n\nwords\n\n" + report.markdown_table(["", "x_1"], [["a", "1 ± 2"], ["b%", ""]]) + "\n## C\n"
    assert report.latex(text + report.markdown_table(["m"], [["n"]])) == "\n".join(
        [
            "% A & B",
            r"\begin{tabular}{lr}",
            r"\toprule",
            r" & x\_1 \\",
            r"\midrule",
            r"a & 1 $\pm$ 2 \\",
            r"b\% &  \\",
            r"\bottomrule",
            r"\end{tabular}",
            "",
            "% C",
            r"\begin{tabular}{l}",
            r"\toprule",
            r"m \\",
            r"\midrule",
            r"n \\",
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def test_training_alone_scores_nothing_and_names_the_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("MOGAN_INCEPTION", str(tmp_path / "weights.npz"))
    done = []
    monkeypatch.setattr("mogan.tables.train_row", lambda config, folder, at_work: done.append((folder.name, at_work)))
    said = train_table("delifisher", experiments=EXPERIMENTS, runs=tmp_path, rows=("wgan", "fisher"), seeds=1)
    assert done == [("cifar10_delifisher_wgan_0", "row 1 of 2: wgan, seed 0"), *done[1:]] and len(done) == 2
    assert said.startswith("trained 2 runs; weights that their scores need: Inception-v3, ")
