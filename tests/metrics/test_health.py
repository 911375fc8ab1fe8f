"""mogan.metrics.health: the numbers pair by pair, and which of them warn."""

import itertools

import numpy as np
import pytest

from mogan.config import base
from mogan.metrics import health
from mogan.metrics.components import within_between, within_between_of_clusters
from mogan.metrics.meanings import MEANINGS

RNG = np.random.default_rng(0)
GOOD = {
    "health/memorised": 0.1,
    "health/component_spread": 0.6,
    "health/least_weight": 0.9,
    "health/spread": 0.9,
    "memorization/rate": 0.02,
    "d_loss": 0.7,
    "g_loss": 1.0,
}
BAD = {
    "memorised": {"health/memorised": 0.8},
    "collapsed": {"health/component_spread": 0.2},
    "unused": {"health/least_weight": 0.01},
    "copies": {"memorization/rate": 0.5},
    "one_image": {"health/spread": 0.01},
    "beaten": {"d_loss": 0.001},
}


def setup(loss, warn=True, **augment):
    config = base()
    config.loss.name, config.eval.warn = loss, warn
    config.augment.update(augment)
    return config


def pairs(images):
    return {
        (i, j): np.linalg.norm(np.ravel(images[i].astype(float) - images[j]))
        for i, j in itertools.combinations(range(len(images)), 2)
    }


def test_within_and_between_are_medians_over_pairs():
    images, component = RNG.integers(0, 256, (24, 3, 3, 1), np.uint8), np.arange(24) % 3
    found = pairs(images)
    within = [value for (i, j), value in found.items() if component[i] == component[j]]
    between = [value for (i, j), value in found.items() if component[i] != component[j]]
    expected = np.median(within) / np.median(between)
    assert within_between(images, component) == pytest.approx(expected, rel=1e-6)
    one_picture_each = RNG.integers(0, 256, (3, 3, 3, 1), np.uint8)[component]
    assert within_between(one_picture_each, component) == pytest.approx(0, abs=1e-6)
    assert within_between(images, np.zeros(24, int)) is None
    assert within_between(images, np.arange(24)) is None


def test_images_have_clusters_of_their_own():
    """Found whatever their order; 0 where images of a cluster are all but alike, near 1 where there are none."""
    centers = RNG.integers(0, 256, (5, 6, 6, 1)).astype(float)
    component = RNG.permutation(np.arange(40) % 5)
    images = centers[component] + RNG.normal(0, 4, (40, 6, 6, 1))
    assert within_between_of_clusters(images, 5) == pytest.approx(within_between(images, component), rel=1e-9)
    assert within_between_of_clusters(centers[component], 5) == pytest.approx(0, abs=1e-9)
    assert 0.8 < within_between_of_clusters(RNG.normal(size=(200, 400)), 5) < 1
    assert within_between_of_clusters(centers[component], 6) is None  # five different ones
    assert within_between_of_clusters(images, 40) is None  # clusters of one image


def test_spread_compares_samples_with_real_images():
    real = RNG.integers(0, 256, (9, 4, 4, 3), np.uint8)
    expected = np.median(list(pairs(real[:5]).values())) / np.median(list(pairs(real).values()))
    assert health.spread(real[:5], real) == pytest.approx(expected, rel=1e-6)
    assert health.spread(real[:1].repeat(4, axis=0), real) == pytest.approx(0, abs=1e-6)


def test_memorised_is_where_held_out_images_lie_between_training_and_generated_ones():
    assert health.memorised([3.0, 5.0], [4.0], [0.0]) == 0
    assert health.memorised([4.0], [0.0], [0.0, 0.0]) == 1
    assert health.memorised([4.0], [3.0], [0.0]) == pytest.approx(0.25)
    assert health.memorised([0.0], [1.0], [0.0]) is None


@pytest.mark.parametrize("sign", BAD)
def test_each_sign_warns_alone_with_its_number_and_a_remedy(sign):
    told = health.warnings(GOOD | BAD[sign], setup("relativistic"))
    assert list(told) == [sign]
    ((name, value),) = BAD[sign].items()
    assert name in told[sign] and f"{value:.2f}" in told[sign] and ";" in told[sign]
    assert list(health.warnings(GOOD | {name: [value, value]}, setup("relativistic"))) == [sign]  # of two seeds
    assert name in MEANINGS


def test_what_is_well_or_not_known_does_not_warn():
    assert health.warnings(GOOD, setup("non_saturating")) == {}
    assert health.warnings({}, setup("hinge")) == {} == health.warnings({"memorization/rate": None}, setup("hinge"))
    assert health.warnings({"d_loss": -3.0, "g_loss": 1.0}, setup("wasserstein")) == {}  # whose losses have no zero


def test_a_generator_that_is_not_updated_has_stopped():
    config = setup("minimax", warn=False)
    found = {"step": 500, "d_loss": 0.7}
    assert list(health.warnings(found, setup("minimax"))) == ["stopped"]
    assert list(health.warnings(found | {"d_loss": 0.001}, config)) == [
        "stopped"
    ]  # as any run is told, and nothing else
    assert health.warnings(found | {"step": 400}, config) == {}  # DeLiGAN's toys wait for a while
    config.train.log_every = 10  # of which a schedule may well miss all
    assert health.warnings(found, config) == {}


@pytest.mark.parametrize(
    ("augment", "remedy"),
    [
        ({}, "set augment.policy"),
        ({"policy": ("color",), "probability": 0.0, "target": 0.6}, "lower augment.target = 0.6"),
        ({"policy": ("color",), "probability": 0.5}, "raise augment.probability, or loss.r1"),
        ({"policy": ("color",)}, "raise loss.r1"),
    ],
)
def test_the_remedy_is_none_that_is_taken_already(augment, remedy):
    told = health.warnings(BAD["memorised"] | BAD["copies"] | {"g_loss": 1.0}, setup("hinge", **augment))
    assert all(f"; {remedy}" in told[sign] for sign in ("memorised", "copies"))


def test_nor_is_that_of_a_dead_generator():
    config = setup("hinge")
    told = health.warnings(BAD["one_image"] | {"g_loss": 1.0}, config)
    assert "start again with loss.name = relativistic" in told["one_image"]
    config.loss.update({"name": "relativistic", "r1": 1.0, "r2": 1.0})
    told = health.warnings(BAD["one_image"] | {"g_loss": 1.0}, config)
    assert "start again with a lower optim.lr or another train.seed" in told["one_image"]
