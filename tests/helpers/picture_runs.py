"""What test_pictures.py and test_show.py share: runs trained for two steps, and the images of a sheet."""

import functools

import jax
import numpy as np
import pytest

from mogan import data
from mogan.algorithm.model import make_model
from mogan.config.commands import load_config
from mogan.plots import drawings, sheets
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, shrink

KEY = jax.random.key(7)
SMALL = {
    "train__steps": 2,
    "train__log_every": 1,
    "latent__dim": 4,
    "model__name": "dcgan",
    "schedule__name": "alternate",
    "optim__lr": 0.1,
}
RUNS = {
    # a mixture, an encoder and augmentation
    "bigan": ("deligan", {"model__encoder": True, "train__sample_every": 1, "augment__policy": "cutout"}),
    "gan": ("gan", {}),  # neither
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A file of images."""
    path = tmp_path_factory.mktemp("data") / "images.npz"
    np.savez(path, x=data.load(load_config(f"{EXPERIMENTS}/digits_deligan.py", []).data).x[:60])
    return path


@pytest.fixture(scope="module")
def folder(source, tmp_path_factory):
    """trained(name, **changes) -> the folder of one of RUNS, which is trained when first asked for."""
    root = tmp_path_factory.mktemp("runs")

    @functools.cache
    def trained(name, **changes):
        variant, own = RUNS[name]
        config = load_config(f"{EXPERIMENTS}/digits_deligan.py:{variant}", [])
        path = root / "_".join([name, *changes])
        train(shrink(config, data__source=f"npz:{source}", **(SMALL | own | changes)), path)
        return path

    return trained


@pytest.fixture(scope="module", autouse=True)
def load_run():
    """The program's own, but that it reads and compiles each run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawings, "load_run", functools.cache(drawings.load_run))
        yield drawings.load_run


@pytest.fixture(scope="module")
def model(folder, load_run):
    """of(name) -> the Model of one of RUNS, its weights enlarged until each z makes another image."""

    def of(name):
        run = load_run(str(folder(name)))
        larger = {group: jax.tree.map(lambda leaf: 6 * leaf, run.state.params[group]) for group in run.state.params}
        return make_model(run.gan, run.state, run.config)._replace(params=larger)

    return of


@pytest.fixture(scope="module")
def images(source):
    """images() -> what every one of RUNS was trained on."""
    known = np.load(source)["x"]
    return lambda: known


def tiles(picture, columns):
    """The images [n, 8, 8] of a sheet in grey, right of its labels, and whether each has a red frame."""
    rows, factor = next(
        (rows, factor)
        for rows in range(1, 100)
        if (factor := min(128, 1280 // max(rows, columns)) // 8)
        and len(picture) - (rows * (8 * factor + 2) + 2) in (0, sheets.CAPTION)
    )
    side, step = 8 * factor, 8 * factor + sheets.SEPARATOR
    picture = picture[:, picture.shape[1] - columns * step - sheets.SEPARATOR :]
    corners = [(row * step, column * step) for row in range(rows) for column in range(columns)]
    images = [picture[top + 2 : top + step : factor, left + 2 : left + step : factor, 1] for top, left in corners]
    middles = np.array([(0, side // 2), (side // 2, 0), (step, side // 2), (side // 2, step)])  # neighbours share edges
    red = [(picture[tuple((middles + corner).T)] == sheets.RED).all() for corner in corners]
    return np.stack(images), np.array(red)
