"""config.eval.warn: what is measured of a run on images, and that each warning is told once, also after a resume."""

import json
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan import data
from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.errors import InputError
from mogan.metrics import within_between_of_clusters
from mogan.runs.summary import told
from mogan.training import experiment, watch
from mogan.training.experiment import make_experiment
from mogan.training.train import train
from tests.helpers.support import load_setup, shrink

FIELDS = {
    "data.source": "digits",
    "data.holdout": 0.1,
    "data.batch_size": 8,
    "model.name": "dcgan",
    "model.width_g": 2,
    "model.width_d": 2,
    "latent.components": 3,
    "loss.name": "non_saturating",
    "eval.warn": True,
    "eval.report": False,
    "train.steps": 2,
    "train.log_every": 1,
    "train.eval_every": 1,
    "train.sample_every": 0,
    "train.checkpoint_every": 1,
}


def test_a_run_is_warned_once_and_its_summary_says_so(tmp_path, capsys):
    """Two steps from the start, all samples are one grey image."""
    summary = train(update(base(), FIELDS | {"latent.weights": "learned"}), tmp_path)
    first = capsys.readouterr().err
    numbers = {name: value for name, value in summary["metrics"].items() if name.startswith("health/")}
    found = {"spread", "within_between", "component_spread", "least_weight"}
    assert set(numbers) >= {f"health/{name}" for name in found}
    own = within_between_of_clusters(watch._some(data.load(update(base(), FIELDS).data).x), 3)
    assert 0.5 < own == pytest.approx(numbers["health/within_between"] / numbers["health/component_spread"])
    assert numbers["health/spread"] < 0.1 and numbers["health/least_weight"] == pytest.approx(1, abs=0.01)
    assert first.count("warning at step") == first.count("warning at step 1: ") == len(summary["warnings"])
    assert "the generator makes one image whatever z is" in summary["warnings"]["one_image"]
    assert f"warning {summary['warnings']['one_image']}" in told(summary, tmp_path)
    longer = train(update(base(), FIELDS | {"latent.weights": "learned", "train.steps": 3}), tmp_path)
    assert "warning at step" not in capsys.readouterr().err
    assert longer["warnings"] == summary["warnings"]
    records = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert sum("health/spread" in record for record in records) == 3
    assert all(np.isfinite(record["health/spread"]) for record in records if "health/spread" in record)


def test_pairs_are_judged_as_they_were_made():
    """Of fewer held-out images than samples, samples stand beside the z that each is made from."""
    config = update(base(), FIELDS | {"data.holdout": 3, "latent.components": 1, "model.encoder": True})
    dataset = data.load(config.data)
    gan = make_gan(config, dataset.x.shape[1:], len(dataset.classes))
    fake, z = np.full((watch.NUM, 8, 8, 1), 128, np.uint8), np.arange(watch.NUM, dtype=np.float32)[:, None]
    fake[:, 0, 0, 0] = np.arange(watch.NUM) % 251
    pairs = []

    def discriminate(params, stats, x, z, **_):
        pairs.append((np.asarray(x), np.asarray(z)))
        return jnp.zeros(len(x)), stats

    class Drawn:
        params, stats = {}, {}

        def sample(self, key, n):
            return SimpleNamespace(x=fake, z=z, component=np.zeros(n, int))

    own = gan._replace(encode=lambda *_, **__: (jnp.zeros((30, 1)), {}), discriminate=discriminate)
    with jax.disable_jit():
        watch.make_watch(config, dataset, own)(Drawn(), Drawn(), jax.random.key(0))
    x, codes = pairs[-1]
    assert len(x) == 30 and len(set(codes[:, 0])) == 30
    np.testing.assert_array_equal(np.round((x[:, 0, 0, 0] + 1) * 127.5), codes[:, 0] % 251)


def test_points_are_refused(tmp_path):
    config = update(base(), {"eval.warn": True, "data.points": 60})
    with pytest.raises(InputError, match="config.eval.warn = True: toy:bimodal holds points"):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_one_seed_lacks_is_kept_of_the_others(monkeypatch):
    found = iter([{"a": 1.0, "both": 2.0}, {"both": 3.0, "b": 4.0}])
    monkeypatch.setattr(experiment, "make_scores", lambda *_: lambda model, key: next(found))
    config = shrink(load_setup("digits_deligan.py"), train__seeds=2, eval__metrics=("untrained",))
    made = make_experiment(config)
    scores = made.evaluate(made.program.get(made.program.init()), 0)
    assert scores == {"a": [1.0, None], "both": [2.0, 3.0], "b": [None, 4.0]}
