"""What test_evaluate.py and test_evaluate_refused.py share: files of images, and a run of two steps to score."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mogan.config.commands import load_config
from mogan.data import arrays
from mogan.evaluation import source
from mogan.metrics.networks import inception
from mogan.metrics.networks.inception_net import parameter_shapes
from mogan.runs.load import load_run
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, shrink

DIGITS = arrays.digits()
ROWS = np.flatnonzero(DIGITS.y < 3)
REAL, LABELS = DIGITS.x[ROWS[:48]], DIGITS.y[ROWS[:48]]
FAKE = DIGITS.x[ROWS[48:78]]
ORDER = np.random.default_rng(5).permutation(30)  # of 30 samples, shuffled by --seed=5
CNN = {"seed": 5, "epochs": 1}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the files are: real.npz, fake.npz, unlabelled.npz, points.npz, weights.npz, a cache, and a run."""
    root = tmp_path_factory.mktemp("evaluate")
    np.savez(root / "real.npz", x=REAL, y=LABELS)
    np.savez(root / "fake.npz", x=FAKE)
    np.savez(root / "one.npz", x=REAL, y=np.zeros(48, int))
    np.savez(root / "points.npz", x=np.zeros((9, 2), np.float32))
    np.savez(root / "wide.npz", x=np.zeros((9, 8, 6, 1), np.uint8))
    np.savez(root / "tiny.npz", x=REAL[:, 1:7, 1:7], y=LABELS)
    np.savez(root / "f.npz", samples=np.eye(3, 4), reference=np.ones((9, 4)))
    rng = np.random.default_rng(1)
    shapes = parameter_shapes(64)
    arrays = {name: (0.3 * rng.normal(size=shape) / shape[-1]).astype(np.float32) for name, shape in shapes.items()}
    np.savez(root / "weights.npz", **arrays)
    changes = {
        "data__source": f"npz:{root / 'real.npz'}",
        "train__steps": 2,
        "train__log_every": 1,
        "train__checkpoint_every": 1,
        "latent__dim": 4,
        "latent__components": 3,
        "schedule__name": "alternate",
        "optim__ema": 0.5,
        "model__name": "dcgan",
        "model__encoder": True,
    }
    config = load_config(f"{EXPERIMENTS}/digits_deligan.py:deligan", [])
    train(shrink(config, **changes), root / "bigan")
    return root


def projected(images, level, weights=None, batch_size=64):
    """In place of Inception: 64 random projections of the pixels. The network's own tests are in test_inception.py."""
    assert level == 64
    pixels = np.asarray(images, np.float32).reshape(len(images), -1) / 255
    return np.maximum(pixels @ np.random.default_rng(2).normal(size=(pixels.shape[1], 64)), 0).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def environment(place):
    """Its own cache and weights; every run is read and compiled once, and of DIR/bigan there are DIR/plain, without an
    encoder or components, DIR/many, of 50, and DIR/tiny, of 6 x 6 pixels."""
    bigan = load_run(place / "bigan")
    gan, latent = bigan.gan, bigan.gan.latent
    runs = {
        "bigan": bigan,
        "plain": bigan._replace(gan=gan._replace(encode=None, latent=latent._replace(components=1))),
        "many": bigan._replace(gan=gan._replace(latent=latent._replace(components=50))),
        "tiny": bigan._replace(shape=(6, 6, 1)),
    }
    for name in runs.keys() - {"bigan"}:  # they are folders of runs to look at
        shutil.copytree(place / "bigan", place / name, ignore=lambda folder, names: {*names} - {"config.json"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOGAN_CACHE", str(place / "cache"))
        patch.setenv("MOGAN_INCEPTION", str(place / "weights.npz"))
        patch.setattr(inception, "features", projected)
        patch.setattr(source, "load_run", lambda workdir, which: runs[Path(workdir).name])
        yield bigan
