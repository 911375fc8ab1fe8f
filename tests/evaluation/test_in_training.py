"""Scores of images while a run trains, the best state by one of them, and the programs that take it up."""

import json
import shutil

import jax
import numpy as np
import pytest

from mogan.algorithm.model import Model, make_model
from mogan.algorithm.seeds import run_keys
from mogan.config import base, update
from mogan.config.commands import load_config, parse_override
from mogan.config.fields import FIELDS
from mogan.data import arrays
from mogan.errors import InputError
from mogan.evaluation import scores, source
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.judges import JUDGES
from mogan.evaluation.settings import Settings
from mogan.metrics import inception_score
from mogan.metrics.networks import inception
from mogan.metrics.networks.classifier import predict, train_classifier
from mogan.metrics.networks.inception_net import LEVELS, parameter_shapes
from mogan.runs import checkpoint
from mogan.runs.best import BETTER, best_step
from mogan.runs.load import load_run
from mogan.runs.log import read_jsonl
from mogan.training.experiment import SCORES, make_experiment
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, call, shrink

DIGITS = arrays.digits()
ROWS = np.flatnonzero(DIGITS.y < 3)[:48]
REAL, LABELS = DIGITS.x[ROWS], DIGITS.y[ROWS]
CHANGES = {
    "train__steps": 4,
    "train__log_every": 4,
    "train__eval_every": 1,
    "train__checkpoint_every": 2,
    "train__seed": 16,  # of four draws from it, the third is the largest
    "train__seeds": 2,
    "latent__components": 3,
    "latent__dim": 4,
    "schedule__name": "alternate",
    "model__name": "dcgan",
    "optim__ema": 0.5,
    "optim__lr": 0.05,  # so that every step shows in the scores
    "eval__num_samples": 20,
    "eval__metrics": ("is", "fid", "prdc"),
    "eval__classifier": "cnn",
    "eval__features": 64,
    "eval__best": "prdc/precision",
}
# parts with a state of their own, which a resumed run goes on with
STATEFUL = {"augment__policy": ("color", "translation"), "augment__probability": 0.0, "augment__target": 0.6}
STATEFUL |= {"augment__images": 500, "model__spectral_norm": True, "loss__lecam": 0.1}


def projected(images, level, weights=None, batch_size=64):
    """In place of Inception, whose own tests are in test_inception.py."""
    pixels = np.asarray(images, np.float32).reshape(len(images), -1) / 255
    return np.maximum(pixels @ np.random.default_rng(2).normal(size=(pixels.shape[1], level)), 0).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory):
    """Where real.npz and the files of other images lie, and the weights of Inception's first level."""
    root = tmp_path_factory.mktemp("evaluation")
    np.savez(root / "real.npz", x=REAL, y=LABELS)
    np.savez(root / "unlabelled.npz", x=REAL)
    np.savez(root / "points.npz", x=np.zeros((48, 2), np.float32))
    weights = {name: np.zeros(shape, np.float32) for name, shape in parameter_shapes(64).items()}
    np.savez(root / "weights.npz", **weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOGAN_CACHE", str(root / "cache"))
        patch.setenv("MOGAN_INCEPTION", str(root / "weights.npz"))
        patch.setattr(inception, "features", projected)
        # so that training, which is too short to tell, does not choose the best
        drawn = {"score": lambda inputs: {"precision": float(jax.random.uniform(inputs.source.key))}}
        patch.setitem(scores.METRICS, "prdc", scores.PRDC._replace(check=lambda inputs: iter(()), **drawn))
        yield root


def config_of(place, **changes):
    changes = {"data__source": f"npz:{place / 'real.npz'}"} | CHANGES | changes
    return shrink(load_config(f"{EXPERIMENTS}/digits_deligan.py:deligan", []), **changes)


@pytest.fixture(scope="module")
def trained(place):
    """A finished run, and what its writer got."""
    train(config := config_of(place, **STATEFUL), place / "run")
    return config, place / "run"


def evaluations(workdir):
    return {record["step"]: record for record in read_jsonl(workdir / "metrics.jsonl") if "fid/fid" in record}


def test_scores_are_those_of_the_metric_functions(trained):
    """Of each seed, with its moving average, by keys that nothing else uses."""
    config, workdir = trained
    found = evaluations(workdir)
    assert list(found) == [1, 2, 3, 4] and found[4].keys() == {"step", "is/mean", "is/std", "fid/fid", "prdc/precision"}
    own = train_classifier(REAL, LABELS, 3, seed=0, epochs=20)
    run = load_run(workdir)
    order = np.random.default_rng(0).permutation(20)
    for seed in range(2):
        average = jax.tree.map(lambda leaf, seed=seed: leaf[seed], run.state.ema)
        key = jax.random.fold_in(jax.random.fold_in(run_keys(16 + seed).sample, SCORES), 4)
        model = Model(run.gan, average["params"], average["stats"])
        images = source.draw_images(model, jax.random.split(key)[0], 20)[order]
        expected = inception_score(predict(own, images), 10)
        assert (found[4]["is/mean"][seed], found[4]["is/std"][seed]) == pytest.approx(expected, rel=1e-5)
    assert len({score for record in found.values() for score in record["fid/fid"]}) == 8


def test_the_best_state_is_kept_over_a_worse_last(trained):
    _, workdir = trained
    means = [np.mean(record["prdc/precision"]) for record in evaluations(workdir).values()]
    # the third evaluation, after a first that was best for a while
    assert np.argmax(means) == 2 and means[0] < means[1]
    assert [path.name for path in (workdir / "best").iterdir()] == ["3"]
    best, last = load_run(workdir, "best"), load_run(workdir)
    assert best.step == 3 and last.step == 4 and checkpoint.digest(best.state) != checkpoint.digest(last.state)


def test_resumed_as_if_never_stopped(trained, place):
    """From step 2, killed after step 3: its state is in best/ already."""
    config, workdir = trained
    resumed = place / "resumed"
    shutil.copytree(workdir, resumed)
    shutil.rmtree(resumed / "checkpoints" / "4")
    (resumed / "summary.json").unlink()
    train(config, resumed)
    assert evaluations(resumed) == evaluations(workdir)
    assert all((load_run(resumed).state.loss[name] != 0).all() for name in ("augment", "lecam_real"))
    first, second = (json.loads((path / "summary.json").read_text()) for path in (workdir, resumed))
    assert first["state_sha256"] == second["state_sha256"]
    assert [path.name for path in (resumed / "best").iterdir()] == ["3"]


def test_what_is_made_of_the_data_is_made_once(place, trained, monkeypatch):
    """Features of the reference by Inception and by a judge, and the judge itself."""
    seen = []

    def counted(images, level, *rest):
        seen.append(len(images))
        return projected(images, level)

    config, workdir = trained
    monkeypatch.setattr(inception, "features", counted)
    monkeypatch.setenv("MOGAN_CACHE", str(place / "other"))
    own = {"eval.metrics": ("fid", "qd"), "eval.classifier": "linear", "eval.best": ""}
    evaluate_at = make_experiment(update(config, own)).evaluate
    state = load_run(workdir).state
    first, again, later = (evaluate_at(state, step) for step in (7, 7, 8))
    assert first == again and first["fid/fid"] != later["fid/fid"]
    assert seen.count(48) == 1 and seen.count(20) == len(seen) - 1 == 6
    assert {"qd/quality", "qd/inter", "qd/combined"} <= first.keys()
    assert all(len(value) == 2 for value in first.values())
    assert len(list((place / "other" / "classifiers").iterdir())) == 1


def test_one_seed_has_plain_floats(place):
    config = config_of(place, train__seeds=1, eval__metrics=("mis",), eval__best="", optim__ema=0.0)
    experiment = make_experiment(config)
    found = experiment.evaluate(experiment.program.get(experiment.program.init()), 1)
    assert {"mis/mean", "mis/std"} <= found.keys() and all(type(value) is float for value in found.values())
    assert not {"mis/per_class", "mis/classes_left_out"} & found.keys()


REFUSED = [
    ({"eval__metrics": ("fdi",)}, r"config.eval.metrics = \('fdi',\): fdi is none; did you mean fid\?"),
    ({"eval__metrics": "is,fid", "eval__features": 768}, r"config.eval.metrics = \('is', 'fid'\): fid: .* has no"),
    ({"eval__classifier": ""}, r"config.eval.metrics = .*: is: .*weights.npz has no"),
    ({"eval__num_samples": 9}, "is: 9 samples are fewer than 10 splits; give fewer splits or more samples"),
    ({"eval__metrics": "clustering", "latent__components": 50, "eval__num_samples": 100}, "clustering: 50 compo.* 48;"),
    ({"eval__metrics": ("clustering",), "eval__num_samples": 5}, r"2 each, 6 samples \(config.eval.num_samples\)"),
    ({"eval__metrics": ("kid",), "eval__num_samples": 1}, "kid: 1 sample has nothing to be compared with"),
    ({"eval__metrics": ("ssim",)}, "ssim: there is no encoder to reconstruct with; that takes a run with config.model"),
    ({"data__source": "npz:ROOT/unlabelled.npz"}, "is: the reference has no labels to learn classes from"),
    ({"data__source": "npz:ROOT/points.npz", "model__name": "mlp"}, r"a sample has shape \(2,\) and is no image"),
    ({"eval__classifier": "vgg"}, "config.eval.classifier = 'vgg': choose one of"),
    ({"eval__features": 65}, "config.eval.features = 65: choose one of 64, 192"),
    ({"eval__metrics": (1,)}, r"config.eval.metrics = \('1',\): 1 is none; did you mean"),
    ({"eval__metrics": (1.5,)}, r"config.eval.metrics = \(1.5,\): give names, e.g. 'is,fid'"),
    ({"eval__best": "fid"}, "config.eval.best = 'fid': choose one of fid/fid, kid/mean"),
    ({"eval__best": "kid/mean"}, "config.eval.best = 'kid/mean': it is not computed; add kid to config.eval.metrics"),
    ({"eval__best": "reconstruction", "eval__metrics": ()}, "it is a score of toy densities"),
    ({"eval__best": "void"}, "config.eval.best = 'void': it is a score of toy densities"),
]


@pytest.mark.parametrize(("changes", "expected"), REFUSED)
def test_what_is_refused(changes, expected, place):
    changes = {
        name: value.replace("ROOT", str(place)) if isinstance(value, str) else value for name, value in changes.items()
    }
    with pytest.raises(InputError, match=expected):
        train(config_of(place, **changes), place / "refused")
    assert not (place / "refused").exists()


def test_missing_weights_are_refused(place, monkeypatch):
    monkeypatch.setenv("MOGAN_INCEPTION", str(place / "none.npz"))
    with pytest.raises(InputError, match=r"config.eval.metrics = .*: fid: there is no Inception weight file"):
        make_experiment(config_of(place))


def test_fields_know_what_evaluation_knows():
    assert FIELDS["eval.classifier"].choices == ("", *JUDGES)
    assert FIELDS["eval.features"].choices == tuple(LEVELS)
    assert update(base(), {"eval.metrics": "is,fid"}).eval.metrics == ("is", "fid")
    assert parse_override("--config.eval.metrics=is,fid") == ("eval.metrics", "is,fid")
    assert update(base(), {"eval.metrics": ["kid"]}).eval.metrics == ("kid",)


def records(name, values):
    return [{"step": step, name: value} for step, value in enumerate(values)]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("fid/fid", [3.0, 1.0, 2.0], 1),
        ("is/mean", [3.0, 1.0, 4.0], 2),
        ("is/mean", [1.0, 3.0, 3.0], 1),  # the first of equals
        ("is/mean", [[1.0, 5.0], [4.0, 4.0]], 1),  # the mean of seeds
        ("fid/fid", [None, [1.0, None], 9.0, float("nan")], 2),
        ("fid/fid", [None], None),
        ("mode_kl", [], None),
    ],
)
def test_best_step(name, values, expected):
    others = [{"step": 7, "loss_d": 0.0}]
    assert best_step(others + records(name, values), name) == expected


def test_every_direction_is_of_a_known_score():
    assert {name.split("/")[0] for name in BETTER if "/" in name} == set(scores.METRICS)
    assert not {"mis/per_class", "mis/classes_left_out"} & set(BETTER)  # which are no plain numbers, and not logged


@pytest.fixture(scope="module")
def toy(place):
    changes = {"train__steps": 2, "train__eval_every": 1, "schedule__name": "alternate", "eval__best": "void"}
    train(shrink(load_config(f"{EXPERIMENTS}/toy_deligan.py", []), **changes), place / "toy")
    return place / "toy"


def test_scores_of_points_choose_as_well(toy):
    found = [record for record in read_jsonl(toy / "metrics.jsonl") if "void" in record]
    best = min(found, key=lambda record: record["void"])["step"]
    assert load_run(toy, "best").step == best and len(list((toy / "best").iterdir())) == 1


def test_samples_of_the_best(trained, place, monkeypatch):
    _, workdir = trained
    given = f"--workdir={workdir}", "--num=5", "--seed=3"
    drawn = {}
    for which in ("last", "best"):
        out = place / f"{which}.npz"
        assert call("sample", *given, f"--checkpoint={which}", f"--out={out}", monkeypatch=monkeypatch) == 0
        drawn[which] = np.load(out)["x"]
    assert (drawn["last"] != drawn["best"]).any()
    run = load_run(workdir, "best")
    expected = make_model(run.gan, run.state, run.config).sample(jax.random.key(3), 5).x
    np.testing.assert_array_equal(drawn["best"], expected)


def test_scores_of_the_best(trained):
    _, workdir = trained
    settings = Settings(("fid",), workdir=str(workdir), features=64, num=20, member=1)
    reports = {which: evaluate(settings._replace(checkpoint=which))["fid"] for which in ("last", "best")}
    step = load_run(workdir, "best").step
    assert f"member 1, step {step}, the best by prdc/precision, moving average" in reports["best"]["protocol"]
    assert "member 1, step 4, moving average" in reports["last"]["protocol"]
    assert reports["best"]["fid"] != reports["last"]["fid"]


@pytest.mark.parametrize("program", ["sample", "evaluate"])
def test_a_checkpoint_that_is_not_there(program, trained, toy, place, monkeypatch, capsys):
    shutil.copytree(toy, place / program)
    shutil.rmtree(place / program / "best")
    flat = json.loads((place / program / "config.json").read_text())
    options = [f"--out={place}/out.json", "--metrics=is"] if program == "evaluate" else [f"--out={place}/out.png"]

    def refusal(which, **changes):
        (place / program / "config.json").write_text(json.dumps(flat | changes))
        given = f"--workdir={place / program}", f"--checkpoint={which}", *options
        assert call(program, *given, monkeypatch=monkeypatch) == 2
        return capsys.readouterr().err

    assert "holds no best checkpoint yet; let the run reach its first" in refusal("best")
    none = f"--checkpoint=best: {place / program} has none, as its config.eval.best is empty"
    assert f"{none}; give --checkpoint=last" in refusal("best", **{"eval.best": ""})
    assert "--checkpoint=newest: choose one of last, best" in refusal("newest")
