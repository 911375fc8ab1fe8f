"""Every variant of every config file trains, shrunken and offline; the papers' values stand in them."""

import importlib.util

import numpy as np
import pytest

from mogan.commands import load_config
from mogan.config import base, flatten, shrink, update
from mogan.train import train
from tests.support import DATA, EXPERIMENTS

PROGRAMS = (
    "run",
    "sample",
    "tables",
    "figures",
    "convert_inception",
    "bench_toy",
    "bench_logan",
    "bench_conv",
    "torch_networks",
)


IMAGES = "images of a test"  # in place of tfds: sources, which need a download


def references():
    for path in sorted(EXPERIMENTS.glob("*.py")):
        if path.stem not in PROGRAMS:
            spec = importlib.util.spec_from_file_location(path.stem, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            yield from (f"{path.stem}.py:{variant}" for variant in module.VARIANTS)


def shrunken(reference):
    """{field: value}, offline: one size and number of images for all, two updates of each player at most."""
    config = load_config(f"{EXPERIMENTS}/{reference}", [])
    assert config.variant == reference.split(":")[1]
    changes = {f"schedule__{name}": min(2, config.schedule[name]) for name in ("slots", "d_updates", "g_updates")}
    if config.data.batch_size_g:
        changes["data__batch_size_g"] = 8
    fields = flatten(shrink(config, train__steps=2, data__batch_size=4, **changes)) | {"variant": ""}
    if config.data.source.startswith("tfds:"):
        fields |= {"data.source": IMAGES, "data.per_class": 0, "data.image_size": 0, "data.classes": ""}
    return fields


def distinct():
    """{shrunken fields: the first variant that comes to them}: what differs only in size is trained once."""
    found = {}
    for reference in references():
        found.setdefault(tuple(shrunken(reference).items()), reference)
    return found


DISTINCT = distinct()


@pytest.mark.parametrize("fields", DISTINCT, ids=DISTINCT.values())
def test_every_variant_trains(fields, tmp_path):
    fields = dict(fields)
    if fields["data.source"] == IMAGES:
        images = np.random.default_rng(0).integers(0, 256, (20, 12, 12, 3), dtype=np.uint8)
        np.savez(tmp_path / "images.npz", x=images, y=np.arange(20) % 10)
        fields["data.source"] = f"npz:{tmp_path / 'images.npz'}"
    summary = train(update(base(), fields), tmp_path / "run")
    assert summary["steps"] == 2 and np.isfinite(summary["metrics"]["d_loss"])


def test_the_set_ups_of_the_released_deligan_programs():
    toy, mnist = (load_config(f"{EXPERIMENTS}/{name}.py", []) for name in ("toy_deligan", "mnist500_deligan"))
    assert (toy.train.steps, toy.data.points, toy.data.batch_size) == (8000 * 8, 400, 50)
    assert (toy.latent.components, toy.latent.dim, toy.latent.scale_init, toy.latent.penalty) == (50, 2, 0.02, 0.1)
    assert (toy.optim.lr, toy.optim.beta1, toy.optim.beta2, toy.optim.decay_start) == (1e-4, 0.5, 0.999, 1.0)
    rule = toy.schedule
    assert (rule.up, rule.up_after, rule.down, rule.down_after, rule.floor) == (0.01, 10, 0.001, 150, 0.73)
    assert (mnist.train.steps, mnist.data.per_class, mnist.latent.dim, mnist.latent.scale_init) == (40_000, 50, 30, 0.2)
    assert (mnist.optim.lr, mnist.optim.decay_start, mnist.latent.penalty) == (5e-4, 0.25, 1 / 3)
    rule = mnist.schedule
    assert (rule.up, rule.up_after, rule.down, rule.down_after, rule.floor) == (0.003, 3, 0.003, 1, 0.7)


@pytest.mark.skipif(not (DATA / "tfds").is_dir(), reason="needs ../shared/data/tfds, which a clone does not have")
def test_mnist500_on_real_digits(tmp_path):
    config = load_config(f"{EXPERIMENTS}/mnist500_deligan.py", [f"--config.data.dir={DATA / 'tfds'}"])
    summary = train(shrink(config, train__steps=1, schedule__slots=1), tmp_path)
    assert summary["steps"] == 1 and (tmp_path / "samples" / "step_1.png").exists()
