"""mogan.tables.stacked_mnist: rows are variants of the config file at two sizes; what is read of the scores."""

import pytest

from mogan.tables import TABLES, image
from mogan.tables.rows import Request, configs_of
from mogan.tables.stacked_mnist import STACKED_MNIST, STACKED_MNIST_FULL, coverage
from tests.helpers.support import EXPERIMENTS, load_setup


@pytest.mark.parametrize(
    ("name", "width", "updates"), [("stacked_mnist", 16, 6250), ("stacked_mnist_full", 64, 100_000)]
)
def test_rows_are_of_one_size_and_as_many_updates(name, width, updates):
    request = Request(name, EXPERIMENTS, EXPERIMENTS / "none", 1, {}, {})
    configs = configs_of(image.cells(TABLES[name], request), request)
    assert len(configs) == len(TABLES[name].variants) == 18
    for config in configs:
        assert (config.model.width_g, config.model.width_d) == (width, width)
        assert config.train.steps * config.schedule.d_updates == updates
        assert config.latent.components == (50 if config.variant.endswith("_mixture") else 1)


def test_tables_differ_in_size_alone():
    assert STACKED_MNIST.variants == tuple(f"small_{row}" for row in STACKED_MNIST_FULL.variants)
    assert STACKED_MNIST.scored == STACKED_MNIST_FULL.scored == {"num": 26_000, "epochs": 5}


@pytest.mark.parametrize(("kl", "told"), [(3.4, [3.4, None]), (0.0, [0.0, None]), (None, None)])
def test_what_is_read_of_the_scores(kl, told):
    """Samples of no mode at all have no divergence."""
    found = coverage({"modes": {"captured": 99.0, "kl": kl, "protocol": "how"}}, "hinge", ["000"])
    assert found == {"hinge": {"modes of 1,000": [99.0, None], "KL": told}}


def test_of_very_many_classes_some_are_named():
    config = load_setup("stacked_mnist.py")
    about = {"samples": 128_000, "classes": [f"{mode:03}" for mode in range(1000)]}
    told = image._named(config.data, about)
    assert told == "128000 samples of stacked_mnist of 1000 classes: 000, 001, 002, ..., 999."
