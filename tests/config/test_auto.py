"""config.auto: what the data choose, what is set by hand instead, and what a run then writes."""

import pytest

from mogan.config import base, update
from mogan.config.auto import CHOICES, Facts, resolve
from mogan.config.choices import CHOSEN, FEWEST_HELDOUT
from mogan.errors import InputError
from mogan.metrics.memorization import rate_of_distances
from tests.helpers.support import load_setup

SKETCHES = Facts("folder:sketches", 400, 5, (256, 256), alike=True, mixed=False, drawn=True)
PHOTOS = Facts("folder:photos", 90, 0, (480, 640), alike=False, mixed=True)
SIGNS = Facts("folder:signs", 3000, 10, (40, 40), alike=True, mixed=False)
ICONS = Facts("folder:icons", 20, 0, (12, 12), alike=True, mixed=False)
SCORES = ("untrained", "memorization")
IMAGES = update(base(), {"data.source": "folder:images", "model.name": "resnet", "auto": CHOSEN})


def chosen(facts, **changes):
    config, _ = resolve(update(IMAGES, {name.replace("__", "."): value for name, value in changes.items()}), facts)
    return config


def test_the_names_are_those_of_the_choices():
    assert set(CHOICES) == set(CHOSEN) and len(CHOICES) == len(CHOSEN)


def test_memorization_is_asked_for_where_it_can_be_had():
    rate_of_distances([1.0], [1.0] * FEWEST_HELDOUT, 0.01)
    with pytest.raises(InputError, match="give at least 99"):
        rate_of_distances([1.0], [1.0] * (FEWEST_HELDOUT - 1), 0.01)


@pytest.mark.parametrize(
    ("facts", "size", "strokes", "channels", "holdout", "batch", "metrics", "width", "components"),
    [
        (SKETCHES, 64, 3, 0, 0.25, 16, SCORES, 16, 50),
        (PHOTOS, 64, 0, 3, 0.25, 16, SCORES[:1], 16, 11),
        (SIGNS, 0, 0, 0, 0.1, 32, SCORES, 16, 50),
        (ICONS, 16, 0, 0, 0.25, 2, SCORES[:1], 32, 2),
    ],
)
def test_what_the_data_choose(facts, size, strokes, channels, holdout, batch, metrics, width, components):
    config = chosen(facts)
    data, model = config.data, config.model
    assert (data.image_size, data.strokes, data.channels, data.holdout, data.batch_size) == (
        size,
        strokes,
        channels,
        holdout,
        batch,
    )
    assert (config.eval.metrics, model.width_g, model.width_d) == (metrics, width, width)
    assert config.latent.components == components and config.auto == ()


def test_only_wider_lines_are_said_to_become_wider():
    told = {size: resolve(update(IMAGES, {"data.image_size": size}), SKETCHES)[1][0] for size in (64, 256)}
    assert "config.data.strokes = 3" in told[64] and "white on black and wider, as they become smaller" in told[64]
    assert "config.data.strokes = 1" in told[256] and "wider" not in told[256]


def test_each_choice_is_told_with_its_reason():
    _, lines = resolve(IMAGES, SKETCHES)
    assert len(lines) == len(CHOSEN)
    assert lines[0].startswith("config.data.image_size = 64, by the data: the median shorter side has 256 pixels")


def test_what_is_set_is_not_chosen_and_the_others_see_it():
    few = SKETCHES._replace(count=200)
    config = chosen(few, data__image_size=32, data__holdout=0.0, model__width_g=7)
    assert (config.data.image_size, config.data.holdout, config.model.width_g) == (32, 0.0, 7)
    assert config.eval.metrics == SCORES[:1] and config.latent.components == 33  # none is held out: 200 are trained on
    assert chosen(few, data__per_class=4).data.batch_size == 4  # 20 images
    assert chosen(few, data__holdout=30.0).latent.components == 8  # 30 of each of 5 classes


def test_drawings_on_another_background_are_left_as_they_are():
    assert chosen(SKETCHES, data__background="black").data.strokes == 0


def test_classes_are_components_where_the_head_tells_them():
    assert chosen(SKETCHES, model__head="acgan").latent.components == 5


def test_setting_a_field_takes_it_off_the_list_unless_the_list_is_set_too():
    assert "data.batch_size" not in update(IMAGES, {"data.batch_size": 50}).auto
    assert update(IMAGES, {"data.batch_size": 50, "auto": CHOSEN}).auto == CHOSEN
    assert load_setup("own_images.py", "--config.data.image_size=16").auto == CHOSEN[1:]
    assert load_setup("own_images.py", "--config.auto=").auto == ()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"auto": ("optim.lr",)}, r"config\.auto = 'optim\.lr': give some of data\.image_size"),
        ({"auto": "data.image_size,width", "model.name": "resnet"}, r"config\.auto = 'data\.image_size,width': give"),
        ({"auto": ("data.image_size",)}, "model.name = 'mlp' works on points"),
        ({"data.channels": 2}, "config.data.channels = 2: choose one of 0, 1, 3"),
    ],
)
def test_bad_input(values, message):
    with pytest.raises(InputError, match=message):
        update(base(), values)
