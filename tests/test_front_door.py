"""import mogan: what it costs, what it offers, and that it does what the programs do."""

import json
import subprocess
import sys

import jax
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

import mogan
from mogan.config import flatten
from mogan.plots import drawings
from mogan.plots.colours import colours_of_models, hex_of
from mogan.plots.figures import DATA_GREY
from mogan.runs import checkpoint, names
from mogan.runs.load import load_run
from tests.helpers.pictures import shows
from tests.helpers.support import EXPERIMENTS, TINY, call, load_setup, shrink

COLD = """
import sys, time
began = time.perf_counter()
import mogan
print(time.perf_counter() - began)
print(sorted({"jax", "numpy", "ml_collections"} & sys.modules.keys()))
print(mogan.latents.__name__, mogan.metrics.__name__, mogan.config.__name__)
"""
IMAGES = {  # two steps, of two runs side by side, with an encoder, a moving average and a best state
    "train__steps": 2,
    "train__log_every": 1,
    "train__eval_every": 1,
    "train__checkpoint_every": 1,
    "train__seeds": 2,
    "schedule__name": "alternate",
    "model__name": "dcgan",
    "model__encoder": True,
    "latent__dim": 4,
    "optim__ema": 0.5,
    "optim__lr": 0.05,
    "eval__num_samples": 20,
    "eval__metrics": ("ssim",),
    "eval__best": "ssim/mean",
}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    return mogan.train(load_setup("toy_deligan.py:deligan", *TINY), tmp_path_factory.mktemp("toy") / "run")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    x = mogan.data.load(load_setup("digits_deligan.py").data).x[:60]
    np.savez(root / "real.npz", x=x)
    config = shrink(load_setup("digits_deligan.py:deligan"), data__source=f"npz:{root / 'real.npz'}", **IMAGES)
    return mogan.train(config, root / "run"), x


def test_importing_it_costs_nothing():
    out = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True).stdout.splitlines()
    assert float(out[0]) < 0.1 and out[1:] == ["[]", "mogan.latents mogan.metrics mogan.config"]


def test_what_it_offers():
    assert sorted(mogan.__all__) == sorted({*mogan.HOMES, *mogan.FOLDERS}) and set(mogan.__all__) <= set(dir(mogan))
    assert all(getattr(mogan, name) is not None for name in mogan.__all__)
    latent = mogan.latents.mixture(50, 2, covariance="full", family="laplace")
    sample = latent.sample(latent.init(jax.random.key(0)), jax.random.key(1), 100)
    assert sample.z.shape == (100, 2) and sample.component.shape == (100,)
    with pytest.raises(AttributeError, match="module 'mogan' has no attribute 'lod'"):
        mogan.lod  # noqa: B018


def test_overrides_in_both_forms():
    reference = f"{EXPERIMENTS}/toy_deligan.py:gan"
    typed = {"train.steps": 8_000, "optim.lr": 1, "eval.metrics": ("is", "fid"), "model.hidden_g": [8, 8]}
    written = ["--config.train.steps=8000", "--config.optim.lr=1", "--config.eval.metrics=is,fid"]
    configs = (
        mogan.load_config(reference, typed),
        mogan.load_config(reference, [*written, "--config.model.hidden_g=(8,8)"]),
    )
    assert flatten(configs[0]) == flatten(configs[1]) != flatten(mogan.load_config(reference))
    assert configs[0].variant == "gan" and configs[0].train.steps == 8000 and configs[0].optim.lr == 1.0


def test_a_config_takes_numpys_numbers():
    numbers = {"train.steps": np.int64(5), "optim.lr": np.float32(0.5), "model.hidden_g": np.array([8, 9])}
    numbers |= {"model.hidden_d": [np.int32(7)], "eval.report": np.bool_(False)}
    config = mogan.load_config(f"{EXPERIMENTS}/toy_deligan.py", numbers)
    found = [flatten(config)[name] for name in numbers]
    assert found == [5, 0.5, (8, 9), (7,), False] and [type(value) for value in found[:2]] == [int, float]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"train.step": 1}, "config.train.step is not a field; did you mean config.train.steps?"),
        ({"train.steps": "8"}, "config.train.steps = '8' is str; give int"),
        ({"train.steps": 0}, "config.train.steps = 0: give at least 1"),
        ({8: 1}, "config.8 is not a field"),
        ({"loss": {"r1": 1.0}}, "config.loss is a group of fields; give them one by one, as 'loss.FIELD'"),
        ({"loss.name": "mine"}, "relativistic, or add it first (mogan.losses.add)"),
        (["train.steps=8"], "train.steps=8: overrides are written --config.group.field=value"),
        ("--config.train.steps=8", "overrides = '--config.train.steps=8': give {'group.field': value} or"),
        (8, "overrides = 8: give"),
    ],
)
def test_overrides_that_are_refused(overrides, expected):
    with pytest.raises(mogan.InputError) as error:
        mogan.load_config(f"{EXPERIMENTS}/toy_deligan.py", overrides)
    assert expected in str(error.value) and isinstance(error.value, ValueError)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("nowhere.py", "there is no file nowhere.py in "),
        (f"{EXPERIMENTS}/toy_delignan.py", "give a config such as .*toy_deligan.py"),
        (f"{EXPERIMENTS}/runs.py", r"give a config such as .*(?<!run)\.py$"),  # run.py is a program
        (f"{EXPERIMENTS}/toy_deligan.py:gann", "no variant 'gann'"),
    ],
)
def test_configs_that_are_not_there(reference, expected):
    with pytest.raises(mogan.InputError, match=expected) as error:
        mogan.load_config(reference)
    assert "--" not in str(error.value)


def test_training_is_that_of_the_program(toy, tmp_path, monkeypatch):
    config = f"--config={EXPERIMENTS}/toy_deligan.py:deligan"
    assert call("run", config, f"--workdir={tmp_path / 'run'}", *TINY, monkeypatch=monkeypatch) == 0
    assert toy.step == 12 and checkpoint.digest(load_run(tmp_path / "run").state) == checkpoint.digest(
        load_run(toy.workdir).state
    )
    again = mogan.load(str(toy.workdir))
    assert again.colour == hex_of(*colours_of_models(["deligan"])) and again.component_colours.shape == (50, 3)
    assert jax.tree.all(jax.tree.map(np.array_equal, again.params, toy.params)) and again.metrics == toy.metrics
    assert flatten(again.config) == flatten(toy.config) and repr(again) == repr(toy)


def test_training_goes_on(toy, tmp_path):
    fewer, more = (load_setup("toy_deligan.py:deligan", *TINY, f"--config.train.steps={steps}") for steps in (8, 12))
    first = mogan.train(fewer, tmp_path / "run")
    assert first.step == 8 and mogan.train(more, tmp_path / "run").step == 12
    assert mogan.train(more, tmp_path / "run").step == 12  # which trains nothing
    states = [load_run(folder).state for folder in (tmp_path / "run", toy.workdir)]
    assert checkpoint.digest(states[0]) == checkpoint.digest(states[1])


def test_numbers(toy):
    summary = json.loads(names.summary(toy.workdir).read_text())
    assert summary["metrics"].items() <= toy.metrics.items()
    steps, values = toy.history("void")
    assert steps.tolist() == [6, 12] and values[-1] == toy.metrics["void"] and values.dtype == np.float64


def test_samples_are_those_of_the_program(toy, images, tmp_path, monkeypatch):
    given = "--num=9", "--component=1", "--scale=0.5", "--seed=4", f"--out={tmp_path / 'x.npz'}"
    for run, dtype in ((toy, np.float32), (images[0], np.uint8)):
        assert call("sample", f"--workdir={run.workdir}", *given, monkeypatch=monkeypatch) == 0
        drawn, written = run.sample(9, component=1, scale=0.5, seed=4), np.load(tmp_path / "x.npz")
        assert drawn.x.dtype == dtype and all(np.array_equal(drawn._asdict()[name], written[name]) for name in written)
        assert (drawn.component == 1).all() and drawn.z.shape == (9, run.config.latent.dim)


@pytest.mark.parametrize("show", ["samples", "components"])
def test_pictures_of_points_and_images(show, toy, images, tmp_path, monkeypatch):
    for run in (toy, images[0]):
        picture, out = run.show(show, num=5, seed=3), tmp_path / "x.png"
        given = f"--workdir={run.workdir}", f"--show={show}", "--num=5", "--seed=3", f"--out={out}"
        assert call("sample", *given, monkeypatch=monkeypatch) == 0
        pixels = np.asarray(picture)
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3 and out.read_bytes() == picture._repr_png_()
        picture.save(tmp_path / "saved.png")
        with Image.open(tmp_path / "saved.png") as saved:
            np.testing.assert_array_equal(np.asarray(saved), pixels)
        assert str(pixels.shape[0]) in repr(picture)
    with pytest.raises(mogan.InputError, match=r"path = '.*x.gif': give a name that ends in .png"):
        picture.save(tmp_path / "x.gif")


def test_points_stand_on_their_data_where_these_are_at_hand(toy, monkeypatch):
    def grey():
        return shows(np.asarray(toy.show(num=5)), to_rgb(DATA_GREY), 0.6, 8)

    known = grey()
    monkeypatch.setattr(drawings.data, "load", lambda config: (_ for _ in ()).throw(mogan.InputError("gone")))
    assert 0 < 3 * grey() < known  # of the edges of letters, which are grey, too


def test_an_encoder(images):
    run, x = images
    z, back = run.encode(x[:7]), run.reconstruct(x[:7])
    assert z.shape == (7, 4) and back.shape == (7, 8, 8, 1) and back.dtype == np.uint8
    np.testing.assert_array_equal(run.model.generate(z, np.zeros(7, np.int32)), back)
    assert np.asarray(run.show("reconstructions", num=4)).ndim == 3


def test_scores_are_those_of_the_program(images, tmp_path, monkeypatch):
    run, out = images[0], tmp_path / "scores.json"
    given = f"--workdir={run.workdir}", "--metrics=ssim", "--num=12", "--seed=2", f"--out={out}"
    assert call("evaluate", *given, monkeypatch=monkeypatch) == 0
    written = json.loads(out.read_text())["scores"]
    assert run.evaluate("ssim", num=12, seed=2) == run.evaluate(["ssim"], num=12, seed=2) == written
    assert "12 samples" in written["ssim"]["protocol"] and "member 0" in written["ssim"]["protocol"]


def test_which_weights_are_used(images):
    """The moving average where the run keeps one, as while it trained, unless its current weights are asked for."""
    first = images[0]
    state = load_run(first.workdir).state
    second = mogan.load(first.workdir, member=1)
    averages = [mogan.load(first.workdir), mogan.load(first.workdir, ema=True), first, second]
    current = [mogan.load(first.workdir, ema=False), mogan.load(first.workdir, member=1, ema=False)]
    expected = [state.ema["params"]] * 4 + [state.params] * 2
    for run, params, member in zip([*averages, *current], expected, (0, 0, 0, 1, 0, 1), strict=True):
        own = jax.tree.map(lambda leaf, member=member: leaf[member], params)
        assert jax.tree.all(jax.tree.map(np.array_equal, run.params, own))
    for run in (second, *current):
        assert (run.sample(5).x != first.sample(5).x).any()
    assert second.history("d_loss")[1].tolist() != first.history("d_loss")[1].tolist()
    assert second.metrics["ssim/mean"] == second.history("ssim/mean")[1][-1]
    scores = np.mean([run.history("ssim/mean")[1] for run in (first, second)], axis=0)
    best = mogan.load(first.workdir, checkpoint="best")
    assert (
        best.step == 1 + scores.argmax() and best.metrics["ssim/mean"] == first.history("ssim/mean")[1][best.step - 1]
    )
    assert "member 1" in second.evaluate("ssim", num=12)["ssim"]["protocol"]
    for run, weights in ((first, "moving average"), (current[0], "current weights")):
        assert weights in run.evaluate("ssim", num=12)["ssim"]["protocol"]
        assert ("moving average" in repr(run)) == (run is first)


REFUSED = [
    (lambda run, x: run.sample(0), "n = 0: give a whole number from 1 to 10000000"),
    (lambda run, x: run.sample("9"), "n = '9': give a whole number"),
    (lambda run, x: run.sample(9, component=12), "component = 12: the latent has components 0 to 3"),
    (lambda run, x: run.sample(9, component=0.5), "component = 0.5: the latent has components 0 to 3"),
    (lambda run, x: run.sample(9, scale="wide"), "scale = 'wide': give a number from 1e-30 to"),
    (lambda run, x: run.sample(9, scale=-1), "scale = -1: give a number from 1e-30 to"),
    (lambda run, x: run.sample(9, seed=-1), "seed = -1: give a whole number"),
    (lambda run, x: run.encode(x / 255), "x is float64 [60, 8, 8, 1]; give uint8 [n, 8, 8, 1], n at least 1"),
    (lambda run, x: run.encode(x[:0]), "x is uint8 [0, 8, 8, 1]; give uint8 [n, 8, 8, 1], n at least 1"),
    (lambda run, x: run.reconstruct(x[..., 0]), "x is uint8 [60, 8, 8]; give uint8"),
    (lambda run, x: run.history("dloss"), "name = 'dloss': the run has logged no such number; did you mean d_loss?"),
    (lambda run, x: run.history(["d_loss"]), "name = ['d_loss']: the run has logged no such number"),
    (lambda run, x: run.show("sweep", scales=0.5), "scales = 0.5: give several numbers, as (0.5, 1)"),
    (lambda run, x: run.show("sweep", scales=()), "`scales` is empty: give one or more"),
    (lambda run, x: run.show("faces"), "show = 'faces': choose one of samples, components"),
    (lambda run, x: run.show("means", num=3), "num = 3: show = 'means' makes no use of it; leave it out"),
    (lambda run, x: run.show(size=3), "size = 3: show = 'samples' makes no use of it; leave it out"),
    (lambda run, x: run.show(num=0), "num = 0: give a whole number from 1"),
    (lambda run, x: run.show(component=9), "component = 9: the latent has components 0 to 3"),
    (lambda run, x: run.show(seed="x"), "seed = 'x': give a whole number"),
    (lambda run, x: run.evaluate("ssim", nmu=3), "nmu = 3: evaluate has no such option; did you mean num?"),
    (lambda run, x: run.evaluate("ssim", member=1), "member = 1: evaluate has no such option"),
    (lambda run, x: run.evaluate("ssim", num=0), "num = 0: give a whole number from 1"),
    (lambda run, x: run.evaluate("sim,"), "metrics = 'sim' is none; did you mean"),
    (lambda run, x: run.evaluate(None), "metrics = None: give names, as 'qd,clustering'"),
    (lambda run, x: run.evaluate([]), "`metrics` is empty: give some of is, mis"),
    (lambda run, x: mogan.load(run.workdir, member=2), "member = 2: the run has members 0 to 1"),
    (lambda run, x: mogan.load(run.workdir, member="0"), "member = '0': give a whole number"),
    (lambda run, x: mogan.load(run.workdir, checkpoint="first"), "checkpoint = 'first': choose one of last, best"),
    (lambda run, x: mogan.load(run.workdir, ema=1), "ema = 1: give True or False"),
    (lambda run, x: mogan.load(run.workdir / "no"), "no holds no config.json; give the folder of a run"),
    (lambda run, x: mogan.load(None), "workdir = None: give the folder of the run"),
    (lambda run, x: mogan.train(run.config, ""), "workdir = '': give the folder of the run"),
    (lambda run, x: mogan.train("toy.py", run.workdir), "config = 'toy.py': give what mogan.load_config returns"),
]


@pytest.mark.parametrize(("ask", "expected"), REFUSED)
def test_what_is_refused(ask, expected, images):
    with pytest.raises(mogan.InputError) as error:
        ask(*images)
    assert expected in str(error.value) and "--" not in str(error.value) and "\n" not in str(error.value)


def test_what_a_run_on_points_refuses(toy):
    for ask, expected in (
        (lambda: toy.encode(np.zeros((3, 2))), "no encoder; give one with config.model.encoder = True"),
        (lambda: toy.evaluate("qd"), r"a sample has shape \(2,\) and is no image; the scores of points are in"),
        (
            lambda: toy.show("sweep"),
            r"show = 'sweep': a sample has shape \(2,\) and is no image; give show = 'samples'",
        ),
        (lambda: mogan.load(toy.workdir, ema=True), "ema = True: the run keeps no moving average"),
        (lambda: mogan.load(toy.workdir, checkpoint="best"), "checkpoint = 'best': .* config.eval.best is empty"),
        (lambda: mogan.train(toy.config, names.config(toy.workdir)), "workdir .*config.json cannot be made"),
    ):
        with pytest.raises(mogan.InputError, match=expected) as error:
            ask()
        assert "--" not in str(error.value)
