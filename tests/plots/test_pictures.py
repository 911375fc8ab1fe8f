"""mogan.plots.pictures: what stands where in each picture, on a run trained for two steps."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan import data
from mogan.algorithm.model import Model
from mogan.plots import pictures, sheets
from tests.helpers import picture_runs
from tests.helpers.picture_runs import KEY, tiles

source, folder = picture_runs.source, picture_runs.folder
load_run, model, known = picture_runs.load_run, picture_runs.model, picture_runs.images


def generated(model, z, component):
    """G of single points, apart from the module's own way."""
    sample = model.gan.latent.sample(model.params["latent"], jax.random.key(0), len(z))
    sample = sample._replace(z=np.asarray(z, np.float32), component=np.asarray(component))
    x, _ = model.gan.generate(model.params, model.stats, sample, key=None, train=False)
    return np.asarray(x)


def close(images, floats):
    """Whether uint8 images [n, 8, 8] show floats [n, 8, 8, 1] in [-1, 1], up to the rounding of another program."""
    assert len(np.unique(images, axis=0)) > 1
    np.testing.assert_allclose(images, 127.5 * (np.asarray(floats, np.float64)[..., 0] + 1), atol=0.6)


def test_samples(model, known):
    model = model("bigan")
    images, red = tiles(pictures.samples(model, known, KEY, num=5, component=2, scale=0.5), 3)
    drawn = model.sample(KEY, 5, component=2, scale=0.5)
    np.testing.assert_array_equal(images[:5], drawn.x[..., 0])
    assert len(images) == 6 and (images[5] == sheets.BACKGROUND[0]).all() and not red.any()


def test_each_row_of_components_is_of_one(model, known):
    """Of components without any spread, each row shows G of a mean, over and over."""
    model = model("bigan")
    latent = model.params["latent"]
    model = model._replace(params=model.params | {"latent": latent | {"scale": 0 * latent["scale"]}})
    images, _ = tiles(pictures.components(model, known, KEY, num=3), 3)
    means = generated(model, latent["mean"], range(4))
    assert len(images) == 12
    close(images, np.repeat(means, 3, axis=0))
    assert len(np.unique(images, axis=0)) == 4


def test_rows_of_components_are_independent_draws(model, known):
    images, _ = tiles(pictures.components(model("bigan"), known, KEY, num=3), 3)
    assert len(np.unique(images, axis=0)) == 12


@pytest.mark.parametrize(("count", "expected"), [(20, range(20)), (50, [0, 3, 5, 8, 10, 13, 15, 18, 21, 23])])
def test_many_components_are_chosen_evenly(count, expected, model, monkeypatch, known):
    model, asked = model("bigan"), []

    def sample(params, key, n, *, component):
        asked.extend(component)
        return model.gan.latent.sample(params, key, n)

    latent = model.gan.latent._replace(components=count, sample=sample)
    monkeypatch.setattr(Model, "generate", lambda model, z, component: np.zeros((len(z), 8, 8, 1), np.uint8))
    monkeypatch.setattr(sheets, "image_sheet", lambda images, columns, labels: labels)
    labels = pictures.components(model._replace(gan=model.gan._replace(latent=latent)), known, KEY, num=2)
    assert asked[::2] == asked[1::2] and len(asked) == 2 * 20
    assert asked[: 2 * len(expected) : 2] == list(expected) and asked[-1] == count - 1
    assert labels == [f"component {number}" for number in asked[::2]]


def test_a_sweep_is_the_same_noise_at_every_scale(model, known):
    model = model("bigan")
    images, _ = tiles(pictures.sweep(model, known, KEY, num=4), 4)
    rows = images.reshape(6, 4, 8, 8)
    np.testing.assert_array_equal(rows[3], tiles(pictures.samples(model, known, KEY, num=4), 2)[0])
    drawn = model.sample(KEY, 4)
    mean = model.params["latent"]["mean"][drawn.component]
    for row, scale in zip(rows, (0.1, 0.4, 0.7, 1.0, 1.5, 2.0), strict=True):
        close(row, generated(model, mean + np.sqrt(scale) * (drawn.z - mean), drawn.component))
    chosen, _ = tiles(pictures.sweep(model, known, KEY, num=4, scales=(0.4, 1.5)), 4)
    np.testing.assert_array_equal(chosen, np.concatenate([images[4:8], images[16:20]]))
    one, _ = tiles(pictures.sweep(model, known, KEY, num=4, component=3), 4)
    np.testing.assert_array_equal(one[12:16], tiles(pictures.samples(model, known, KEY, num=4, component=3), 2)[0])


@given(st.integers(0, 255))
def test_images_go_to_floats_and_back(value):
    image = np.full((1, 2, 2, 1), value, np.uint8)
    floats = data.from_uint8(image)
    assert floats.dtype == np.float32
    np.testing.assert_allclose(floats, value / 127.5 - 1, atol=1e-7)
    np.testing.assert_array_equal(data.to_uint8(floats), image)


def encoded(model, images):
    floats = np.asarray(images, np.float32)[..., None] / 127.5 - 1
    return np.asarray(model.gan.encode(model.params, model.stats, floats, key=None, train=False)[0])


def test_reconstructions_are_pairs(model, known):
    model = model("bigan")
    images, red = tiles(pictures.reconstructions(model, known, KEY, num=5), 4)
    left, right = images[:10:2], images[1:10:2]
    real = known()[..., 0]
    index = [int(np.flatnonzero((real == image).all(axis=(1, 2)))[0]) for image in left]
    assert len(set(index)) == 5 and index != list(range(5))
    assert red.tolist() == [True, False] * 5 + [False] * 2
    close(right, generated(model, encoded(model, left), np.zeros(5, int)))


def test_reconstructions_of_all_the_images_there_are(model, known):
    few = known()[:3]
    images, red = tiles(pictures.reconstructions(model("bigan"), lambda: few, KEY, num=9), 4)
    assert sorted(map(bytes, images[red])) == sorted(map(bytes, few[..., 0]))


def test_interpolations_between_real_images(model, known):
    model = model("bigan")
    images, red = tiles(pictures.interpolations(model, known, KEY, num=3), 12)
    rows = images.reshape(3, 12, 8, 8)
    assert (red.reshape(3, 12) == ([True] + [False] * 10 + [True])).all()
    real = known()[..., 0]
    assert all((real == image).all(axis=(1, 2)).any() for image in (*rows[:, 0], *rows[:, -1]))
    start, end = encoded(model, rows[:, 0]), encoded(model, rows[:, -1])
    for step in range(10):
        close(rows[:, 1 + step], generated(model, start + step / 9 * (end - start), np.zeros(3, int)))


def test_interpolations_between_samples(model, monkeypatch, known):
    model, seen = model("bigan"), {}
    model = model._replace(gan=model.gan._replace(encode=None))
    generate = Model.generate

    def watched(model, z, component):
        seen["component"] = component.reshape(3, 10)
        return generate(model, z, component)

    monkeypatch.setattr(Model, "generate", watched)
    images, red = tiles(pictures.interpolations(model, known, KEY, num=3), 10)
    drawn = model.sample(KEY, 6)
    rows = images.reshape(3, 10, 8, 8)
    assert not red.any()
    close(rows[:, 0], data.from_uint8(drawn.x[:3]))
    close(rows[:, -1], data.from_uint8(drawn.x[3:]))
    close(rows[:, 5], generated(model, (4 * drawn.z[:3] + 5 * drawn.z[3:]) / 9, drawn.component[3:]))
    nearer = np.stack([drawn.component[:3], drawn.component[3:]], axis=1).repeat(5, axis=1)
    np.testing.assert_array_equal(seen["component"], nearer)


def test_means_stand_in_a_map(model, monkeypatch, known):
    model, shown = model("bigan"), {}
    monkeypatch.setattr(
        sheets, "image_map", lambda images, places, labels: shown.update(images=images, places=places, labels=labels)
    )
    pictures.means(model, known, KEY)
    close(shown["images"][..., 0], generated(model, model.params["latent"]["mean"], range(4)))
    assert shown["labels"] == ["0", "1", "2", "3"]
    assert shown["places"].shape == (4, 2) and len(np.unique(shown["places"], axis=0)) == 4


def test_a_map_of_points_keeps_clusters_together():
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(3, 1, 8)) * 5 + 0.1 * rng.normal(size=(3, 10, 8))).astype(np.float32).reshape(30, 8)
    places = pictures.in_the_plane(points, KEY)
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) // 10 == np.arange(30) // 10).all()


@pytest.mark.parametrize("dim", [1, 2])
def test_points_of_few_dimensions_stay_where_they_are(dim):
    points = np.arange(3.0 * dim).reshape(3, dim)
    places = pictures.in_the_plane(points, KEY)
    np.testing.assert_array_equal(places[:, :dim], points)
    assert places.shape == (3, 2) and (places[:, dim:] == 0).all()


def test_points_that_coincide_have_places():
    assert np.isfinite(pictures.in_the_plane(np.ones((5, 7)), KEY)).all()


def test_neighbours_are_nearest(model, known):
    model = model("bigan")
    images, red = tiles(pictures.neighbours(model, known, KEY, num=6), 4)
    drawn = np.concatenate([images[0:4], images[8:10]]).astype(int)
    below = np.concatenate([images[4:8], images[12:14]]).astype(int)
    assert red.tolist() == [False] * 4 + [True] * 4 + [False] * 4 + [True] * 2 + [False] * 2
    np.testing.assert_array_equal(drawn, tiles(pictures.samples(model, known, KEY, num=6), 3)[0])
    real = known()[..., 0].astype(int)
    distances = np.sum((drawn[:, None] - real) ** 2, axis=(2, 3))
    np.testing.assert_array_equal(np.sum((drawn - below) ** 2, axis=(1, 2)), distances.min(axis=1))


def test_augmented_images_are_what_the_discriminator_sees(model, known):
    """Beside each training image: of 8x8 pixels the cutout greys 4x4, or those of them that lie in the image."""
    images, red = tiles(pictures.augmented(model("bigan"), known, KEY, num=6), 4)
    assert red.tolist() == [True, False] * 6
    real, seen = images[0::2], images[1::2]
    assert all((image == known()[..., 0]).all((1, 2)).any() for image in real)
    changed = seen != real
    assert (seen[changed] == 128).all() and 0 < changed.sum() <= 6 * 16 and not (changed.sum((1, 2)) > 16).any()


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=5, unique=True))
def test_every_image_of_a_map_is_at_its_place(places):
    """Places on a lattice fine enough for no overlap to matter: each image's corner is where it alone can be."""
    images = np.stack([np.full((128, 160, 1), 10 + index, np.uint8) for index in range(len(places))])
    picture = sheets.image_map(images, np.array(places, float))
    last = images[-1, 0, 0, 0]
    rows, columns = np.nonzero(picture[..., 0] == last)
    assert len(rows) == 128 * 160 and np.ptp(rows) == 127 and np.ptp(columns) == 159
    low, high = np.min(places, axis=0), np.max(places, axis=0)
    unit = 2 * np.ceil(np.sqrt(len(places))) * 160 / max((high - low).max(), 1)
    expected = (high[1] - places[-1][1]) * unit, (places[-1][0] - low[0]) * unit
    np.testing.assert_allclose((rows.min() - 2, columns.min() - 2), expected, atol=1)
