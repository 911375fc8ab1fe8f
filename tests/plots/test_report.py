"""Reports: what a page says of a run, of several and of a table, and that no more than a warning comes of a failure."""

import json
import re

import numpy as np
import pytest

import mogan
from mogan import data
from mogan.config import base, flatten
from mogan.errors import InputError
from mogan.metrics.standard_error import mean_and_error
from mogan.plots import sheets as pngs
from mogan.plots.report import runs, sheets, shown
from mogan.plots.report.curves import curves
from mogan.plots.report.page import LIMIT
from mogan.plots.report.scores import scores
from mogan.runs import names
from mogan.runs.folder import write_config
from mogan.runs.log import append_jsonl, series
from tests.helpers.support import EXPERIMENTS, TINY, call, load_setup

ABOUT = {"shape": [2], "classes": ["a", "b"], "samples": 400}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    config = load_setup("toy_deligan.py:deligan", *TINY, "--config.eval.report=true")
    return mogan.train(config, tmp_path_factory.mktemp("toy") / "run")


@pytest.fixture
def made(tmp_path):
    """made(name, records, fields) -> a folder that holds a run's config, data and log, and no checkpoint."""

    def make(name, records=({"step": 1, "void": 0.5},), **fields):
        folder = tmp_path / name
        folder.mkdir()
        changes = {field.replace("__", "."): value for field, value in ({"variant": name} | fields).items()}
        write_config(folder, flatten(base()) | changes)
        names.data(folder).write_text(json.dumps(ABOUT))
        for record in records:
            append_jsonl(names.metrics(folder), record)
        return folder

    return make


@pytest.fixture
def read(monkeypatch):
    """shown.read without a look for checkpoints."""
    monkeypatch.setattr(shown, "load_run", lambda folder: (_ for _ in ()).throw(InputError("no checkpoint yet")))
    return shown.read


def text_of(section) -> str:
    """The words of a section, one space between any two."""
    html = "".join(part for part in section.parts if isinstance(part, str))
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_run_ends_with_its_report(toy):
    page = names.report(toy.workdir).read_text()
    own = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert len(page) < LIMIT and not re.search(r"""(src|href)=["']?(https?:)?//""", own)
    assert all(f'id="{section}"' in page for section in ("what-it-is", "through-training", "curves", "scores"))
    assert "step_12_contours.png" in {path.name for path in names.pictures(toy.workdir, 12)}
    for told in ("Contours of the discriminator", "toy:bimodal: 400 points", "log_likelihood", "latent.components"):
        assert told in page
    assert str(toy.config.latent.components) in page and "sha256 " in page


def test_a_run_writes_it_again_where_it_is_told(toy, tmp_path):
    where = toy.report(tmp_path / "page.html")
    assert where == tmp_path / "page.html" and "<h1>deligan</h1>" in where.read_text()
    with pytest.raises(InputError, match=r"out = .*page.png.*\.html"):
        toy.report(tmp_path / "page.png")


def test_a_report_that_fails_costs_a_run_nothing_else(tmp_path, monkeypatch, capsys):
    def fail(*arguments, **options):
        raise MemoryError("of a picture")

    monkeypatch.setattr(runs, "write", fail)
    options = ("--config.eval.report=true", "--config.train.steps=2", f"--workdir={tmp_path / 'run'}")
    assert call("run", f"--config={EXPERIMENTS}/toy_deligan.py:gan", *TINY, *options, monkeypatch=monkeypatch) == 0
    err = capsys.readouterr().err
    assert "no report (MemoryError: of a picture); to try again: python experiments/report.py --workdir=" in err
    assert names.summary(tmp_path / "run").exists() and not names.report(tmp_path / "run").exists()


def test_a_page_of_a_run_without_checkpoint_and_with_odd_values(made, tmp_path, monkeypatch, capsys):
    folder = made("run", variant="<b>odd</b>", data__dir="</script><script>alert(1)</script>")
    assert call("report", f"--workdir={folder}", monkeypatch=monkeypatch) == 0
    page = names.report(folder).read_text()
    assert "holds no checkpoint yet" in page and "<h1>&lt;b&gt;odd&lt;/b&gt;</h1>" in page
    assert "<b>odd" not in page and "alert(1)" in page and "<script>alert" not in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give one of --workdir, --workdirs and --table, not 0 of them"),
        (["--workdir=a", "--table=b.json"], "not 2 of them"),
        (["--workdir={place}/none"], "holds no config.json"),
        (["--workdirs={run},{run}"], "say where the page goes, by --out"),
        (["--workdir={run}", "--out={place}/a.png"], "ends in .html"),
        (["--table={place}/none.json"], "none.json: No such file"),
    ],
)
def test_bad_arguments_are_refused_in_a_line(arguments, message, made, tmp_path, monkeypatch, capsys):
    folder = made("run")
    filled = [argument.format(place=tmp_path, run=folder) for argument in arguments]
    assert call("report", *filled, monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and message in err and not list(tmp_path.rglob("*.html"))


def test_runs_of_one_model_have_a_mean_and_its_error(made, read):
    values = [[0.5, 0.25], [0.1, 0.4]]
    folders = [
        made(name, [{"step": 5, "void": own}], variant="deligan", train__seeds=2, train__seed=seed)
        for name, own, seed in zip("ab", values, (0, 2), strict=True)
    ]
    other = made("gan", [{"step": 5, "void": 0.75}])
    told = text_of(scores(read([*folders, other])))
    mean, error = mean_and_error(np.ravel(values))
    assert f"{mean:.4g} ± {error:.2g} 0.75" in told and "a, b: 4 seeds" in told
    assert "0 to 1, lower is better" in told


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (("untrained",), "untrained: against images that were held out, where these are more than a few."),
        (
            ("fid", "memorization", "kid"),
            "fid, kid: against the images that were trained on; classifier: the default of each; Inception features: "
            "2048. memorization: against the images that were trained on, beside those held out.",
        ),
    ],
)
def test_scores_say_what_they_are_against(metrics, said, made, read):
    told = text_of(scores(read([made("run", eval__metrics=metrics)])))
    assert f"line before. {said} " in told and ("Inception" in told) == ("fid" in metrics)


def test_scores_of_files_stand_beside_their_protocol(made, read):
    folder = made("run", [{"step": 1, "void": 0.5}, {"step": 2, "void": 0.25}, {"step": 3, "void": 0.75}])
    found = {"fid": {"fid": 12.5, "protocol": "50 samples & more"}}
    (folder / "scores.json").write_text(json.dumps({"scores": found, "settings": {}}))
    (folder / "other.json").write_text("[1, 2]")
    told = text_of(scores(read([folder])))
    assert "0.75 best 0.25 at step 2" in told
    assert "fid/fid 12.5 0 up, lower is better 50 samples &amp; more (scores.json)" in told


def test_curves_have_every_number_with_gaps_and_say_what_they_leave_out(made, read, monkeypatch):
    records = [{"step": step, "g_loss": [step / 7, None if step == 3 else 1.0]} for step in range(1, 9)]
    records[-1] |= {"void": 0.5, "mode_kl": None}  # a dot and nothing: no plot
    (run,) = read([made("run", records, train__seeds=2)])
    steps, values = series(run.records, "g_loss")
    np.testing.assert_allclose(values[:, 0], steps / 7)
    assert np.isnan(values[2, 1]) and np.isfinite(values).sum() == 15
    told = text_of(curves([run]))
    assert "is shown" not in told and "among the scores alone: void, mode_kl." in told
    monkeypatch.setattr("mogan.plots.report.curves.MOST", 8)
    section = curves([run])
    assert "One point of every 2 is shown" in text_of(section)
    (plot,) = [part for part in section.parts if not isinstance(part, str)]
    sources = {len(one.data_source.data["x" if "x" in one.data_source.data else "step"]) for one in plot.renderers}
    assert sources == {4} and plot.renderers[-1].data_source.data["step"][-1] == 8


def test_sheets_show_fewer_steps_where_there_is_no_room(made, read):
    folder = made("run")
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    for step in range(0, 100, 10):
        pngs.save_png(names.picture(folder, step), noise)
    size = names.picture(folder, 0).stat().st_size
    (run,) = read([folder])

    def steps(room):
        section = sheets.sheets([run], room)
        sliders = [part for part in section.parts if hasattr(part, "categories")]
        return (sliders[0].categories if sliders else [], text_of(section))

    assert steps(100 * size)[0] == [str(step) for step in range(0, 100, 10)]
    fewer, told = steps(1.4 * 5 * size)
    assert fewer == ["0", "20", "40", "70", "90"] or (fewer[0], fewer[-1], len(fewer)) == ("0", "90", 5)
    assert "5 of 10 steps" in told
    assert steps(0)[0] == [] and "step: 90" in steps(0)[1]


def test_configs_side_by_side_say_where_they_differ(made, read, tmp_path):
    folders = [made("gan", optim__lr=0.25), made("deligan", optim__lr=0.125, latent__dim=3)]
    runs.write(folders, tmp_path / "both.html")
    page = (tmp_path / "both.html").read_text()
    differing = page.partition("How their configs differ")[2].partition("<details>")[0]
    found = re.findall(r'<th scope="row"><code>(.*?)</code></th><td class=""><code>(.*?)</code></td>', differing)
    assert dict(found) == {"variant": "gan", "optim.lr": "0.25", "latent.dim": str(base().latent.dim)}
    assert "gan beside deligan" in page


def test_data_that_are_gone_cost_only_their_pictures(toy, tmp_path, monkeypatch):
    def gone(config):
        raise InputError("there is no file images.npz")

    monkeypatch.setattr(data, "load", gone)
    (run,) = shown.read([toy.workdir], toy.trained)
    assert run.model and run.dataset is None
    assert run.missing == ("No picture shows its data: there is no file images.npz.",)


def test_every_picture_in_the_folder_is_known(tmp_path):
    for step, tag in ((12, names.SAMPLES), (2, names.SAMPLES), (2, "components")):
        path = names.picture(tmp_path, step, tag)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / names.SAMPLES / "step_x.png").touch()
    found = names.drawn(tmp_path)
    assert {tag: list(steps) for tag, steps in found.items()} == {"samples": [2, 12], "components": [2]}
