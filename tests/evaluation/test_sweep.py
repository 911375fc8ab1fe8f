"""experiments/evaluate.py over scales, checkpoints and seeds; what it says of its work, and interruptions."""

import json

import jax
import numpy as np
import pytest
from PIL import Image

from mogan import metrics
from mogan.algorithm.model import Model
from mogan.evaluation import source
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.scores import METRICS
from mogan.evaluation.settings import Settings
from mogan.evaluation.work import Work, planned
from mogan.machine.bar import bar_of, over_all, skip
from mogan.metrics.networks import inception
from mogan.runs.load import load_run
from mogan.tables import scores
from tests.helpers import scored_runs
from tests.helpers.support import call

place, environment = scored_runs.place, scored_runs.environment


def test_every_checkpoint_and_seed_at_every_scale(place, tmp_path, monkeypatch):
    """Of two seeds, whose states are here the same."""

    def load(workdir, which="last", step=None):
        run = load_run(workdir, which, step)
        config = run.config.copy_and_resolve_references()
        config.train.seeds = 2
        return run._replace(config=config, state=jax.tree.map(lambda leaf: np.stack([leaf, leaf]), run.state))

    monkeypatch.setattr(source, "load_run", load)
    out = tmp_path / "scores.json"
    asked = "--metrics=components,ssim", "--num=30", "--steps", "--members", "--scales=1,4", "--no-ema", f"--out={out}"
    assert call("evaluate", f"--workdir={place / 'bigan'}", *asked, monkeypatch=monkeypatch) == 0
    report = json.loads(out.read_text())["scores"]
    found = report["components"]["sweep"]
    conditions = [(row["step"], row["member"], row["scale"]) for row in found]
    assert conditions == [(step, member, scale) for step in (1, 2) for member in (0, 1) for scale in (1, 4)]
    own = {name: value for name, value in report["components"].items() if name not in ("sweep", "protocol")}
    assert found[4] == found[6] | {"member": 0} == own | {"step": 2, "member": 0, "scale": 1}
    assert "sweep" not in report["ssim"]

    run = load_run(place / "bigan", step=1)
    model = Model(run.gan, run.state.params, run.state.stats)
    keys = jax.random.split(jax.random.fold_in(jax.random.split(jax.random.key(0))[1], 2), 3)
    drawn = [model.sample(jax.random.split(key, 1)[0], 10, component=k, scale=4.0).x for k, key in enumerate(keys)]
    expected = metrics.component_diversity(np.concatenate(drawn), np.repeat(np.arange(3), 10))
    assert {name: found[1][name] for name in expected} == pytest.approx(expected, abs=1e-4)

    header, _, *rows = (tmp_path / "scores.md").read_text().splitlines()
    assert header.startswith("| step | member | scale | components/ratio |") and len(rows) == 8
    assert rows[1].split("|")[1:5] == [" 1 ", " 0 ", " 4 ", f" {found[1]['ratio']:.5g} "]
    with Image.open(tmp_path / "scores.png") as picture:
        assert min(picture.size) > 100


def test_the_picture_of_seeds_and_of_steps():
    """Over the swept axis: seeds as runs of one line, numbers of which neither end is good left out."""
    rows = [{"step": step, "member": k, "fid": step + k} for step in (10, 20) for k in (0, 1)]
    report = {"fid": {"sweep": rows}, "kid": {"sweep": [row | {"std": 1.0, "mean": None} for row in rows]}}
    assert scores.is_swept(report) and not scores.is_swept({"fid": {"fid": 1.0}})
    assert "| 20 | 1 | 21 | 21 | 1 |  |" in scores.sweep_table(report)
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scores.curves, "curve_panels", lambda *given: seen.append(given))
        scores.sweep_figure(report)
    x, panels, _, across, _ = seen[0]
    assert across == "step" and x.tolist() == [10, 20] and panels.keys() == {"fid/fid", "kid/mean"}
    assert panels["fid/fid"]["all"].tolist() == [[10, 20], [11, 21]] and np.isnan(panels["kid/mean"]["all"]).all()


def test_an_interrupted_evaluation_goes_on(place, tmp_path, monkeypatch, capsys):
    """30 samples in parts of 8: the interruption comes in the third."""
    monkeypatch.setattr(inception, "PART", 8)
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path / "cache"))
    seen, stop, project = [], [8, 8], inception.features

    def features(images, *arguments):
        if [*seen, len(images)][-3:] == [*stop, 8] and stop:
            raise KeyboardInterrupt
        seen.append(len(images))
        return project(images, *arguments)

    monkeypatch.setattr(inception, "features", features)
    given = f"--samples={place / 'fake.npz'}", f"--reference=npz:{place / 'real.npz'}", "--features=64"
    asked = *given, "--metrics=fid", f"--out={tmp_path}/scores.json"
    assert call("evaluate", *asked, monkeypatch=monkeypatch) == 130
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "interrupted; the same command goes on: features that are done are kept"
    assert [path.name for path in tmp_path.iterdir()] == ["cache"] and seen == [8, 8]
    stop.clear()
    assert call("evaluate", *asked, monkeypatch=monkeypatch) == 0
    assert sum(seen) == 48 + 30  # each image is looked at once
    assert not list((tmp_path / "cache" / "unfinished").iterdir())
    found = json.loads((tmp_path / "scores.json").read_text())["scores"]["fid"]["fid"]
    monkeypatch.setattr(inception, "PART", 1024)
    settings = Settings(("fid",), samples=str(place / "fake.npz"), reference=f"npz:{place / 'real.npz'}", features=64)
    assert evaluate(settings)["fid"]["fid"] == pytest.approx(found, rel=1e-9)


def test_what_an_evaluation_says_of_its_work(place):
    settings = Settings(("fid", "qd", "clustering", "support"), features=64, epochs=3, scales=(0.5, 2.0))
    plan = planned(settings, {name: METRICS[name] for name in settings.metrics}, 100, 40)
    assert plan == {"Inception-v3": 340, "classifier": 120, "autoencoder": 120}
    said, now = [], [0.0]
    work = Work({"Inception-v3": 1000}, said.append, lambda: now[0])
    with over_all(work), bar_of("Inception-v3", 900) as seen:
        skip("Inception-v3", 500)  # which the cache holds
        for second in (5, 6, 8):  # the first batch compiles
            now[0] = second
            seen(10)
    assert said == ["Inception-v3: 10 images a second; about 48 s for 480 images"]
    work.close()
