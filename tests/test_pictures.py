"""mogan.pictures and --show: what stands where in each picture, on runs trained for a step; and what is refused."""

import functools

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mogan import checkpoint, data, pictures, plots, restore
from mogan.commands import load_config
from mogan.config import shrink
from mogan.sampling import make_sampler
from mogan.train import train
from tests.support import EXPERIMENTS, call

SMALL = {
    "train__steps": 2,
    "train__log_every": 1,
    "latent__dim": 4,
    "model__name": "dcgan",
    "schedule__name": "alternate",
    "optim__lr": 0.1,
}
RUNS = {
    "bigan": ("deligan", {"model__encoder": True, "train__sample_every": 1}),  # a mixture and an encoder
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
        patch.setattr(restore, "load_run", functools.cache(restore.load_run))
        yield restore.load_run


@pytest.fixture(scope="module")
def model(folder, load_run):
    """of(name) -> the pictures.Model of one of RUNS, its weights enlarged until each z makes another image."""

    def of(name):
        run = load_run(str(folder(name)))
        larger = {group: jax.tree.map(lambda leaf: 6 * leaf, run.state.params[group]) for group in run.state.params}
        return pictures.Model(run.gan, larger, run.state.stats, lambda: data.load(run.config.data).x)

    return of


def generated(model, z, component):
    """G of single points, apart from the module's own way."""
    sample = model.gan.latent.sample(model.params["latent"], jax.random.key(0), len(z))
    sample = sample._replace(z=np.asarray(z, np.float32), component=np.asarray(component))
    x, _ = model.gan.generate(model.params, model.stats, sample, key=None, train=False)
    return np.asarray(x)


def tiles(picture, columns, side=32):
    """The images [n, 8, 8] of a sheet in grey, and whether each has a red frame."""
    step = side + plots.SEPARATOR
    rows = (len(picture) - plots.SEPARATOR) // step
    corners = [(row * step, column * step) for row in range(rows) for column in range(columns)]
    images = [picture[top + 2 : top + step : 4, left + 2 : left + step : 4, 1] for top, left in corners]
    middles = np.array([(0, side // 2), (side // 2, 0), (step, side // 2), (side // 2, step)])  # neighbours share edges
    red = [(picture[tuple((middles + corner).T)] == plots.RED).all() for corner in corners]
    return np.stack(images), np.array(red)


def close(images, floats):
    """Whether uint8 images [n, 8, 8] show floats [n, 8, 8, 1] in [-1, 1], up to the rounding of another program."""
    assert len(np.unique(images, axis=0)) > 1
    np.testing.assert_allclose(images, 127.5 * (np.asarray(floats, np.float64)[..., 0] + 1), atol=0.6)


KEY = jax.random.key(7)


def test_samples(model):
    model = model("bigan")
    images, red = tiles(pictures.samples(model, KEY, num=5, component=2, scale=0.5), 3)
    drawn = make_sampler(model.gan)(model.params, model.stats, KEY, 5, component=2, scale=0.5)
    np.testing.assert_array_equal(images[:5], data.to_uint8(drawn.x)[..., 0])
    assert len(images) == 6 and (images[5] == plots.BACKGROUND[0]).all() and not red.any()


def test_each_row_of_components_is_of_one(model):
    """Of components without any spread, each row shows G of a mean, over and over."""
    model = model("bigan")
    latent = model.params["latent"]
    model = model._replace(params=model.params | {"latent": latent | {"scale": 0 * latent["scale"]}})
    images, _ = tiles(pictures.components(model, KEY, num=3), 3)
    means = generated(model, latent["mean"], range(4))
    assert len(images) == 12
    close(images, np.repeat(means, 3, axis=0))
    assert len(np.unique(images, axis=0)) == 4


def test_rows_of_components_are_independent_draws(model):
    images, _ = tiles(pictures.components(model("bigan"), KEY, num=3), 3)
    assert len(np.unique(images, axis=0)) == 12


@pytest.mark.parametrize(("count", "expected"), [(20, range(20)), (50, [0, 3, 5, 8, 10, 13, 15, 18, 21, 23])])
def test_many_components_are_chosen_evenly(count, expected, model, monkeypatch):
    model, asked = model("bigan"), []

    def sample(params, key, n, *, component):
        asked.extend(component)
        return model.gan.latent.sample(params, key, n)

    latent = model.gan.latent._replace(components=count, sample=sample)
    monkeypatch.setattr(pictures, "generate", lambda model, z, component: np.zeros((len(z), 8, 8, 1), np.uint8))
    pictures.components(model._replace(gan=model.gan._replace(latent=latent)), KEY, num=2)
    assert asked[::2] == asked[1::2] and len(asked) == 2 * 20
    assert asked[: 2 * len(expected) : 2] == list(expected) and asked[-1] == count - 1


def test_a_sweep_is_the_same_noise_at_every_scale(model):
    model = model("bigan")
    images, _ = tiles(pictures.sweep(model, KEY, num=4), 4)
    rows = images.reshape(5, 4, 8, 8)
    np.testing.assert_array_equal(rows[2], tiles(pictures.samples(model, KEY, num=4), 2)[0])
    drawn = make_sampler(model.gan)(model.params, model.stats, KEY, 4)
    mean = model.params["latent"]["mean"][drawn.component]
    for row, scale in zip(rows, (0.1, 0.5, 1.0, 1.5, 2.0), strict=True):
        close(row, generated(model, mean + np.sqrt(scale) * (drawn.z - mean), drawn.component))
    one, _ = tiles(pictures.sweep(model, KEY, num=4, component=3), 4)
    np.testing.assert_array_equal(one[8:12], tiles(pictures.samples(model, KEY, num=4, component=3), 2)[0])


@given(st.integers(0, 255))
def test_images_go_to_floats_and_back(value):
    image = np.full((1, 2, 2, 1), value, np.uint8)
    floats = pictures.from_uint8(image)
    assert floats.dtype == np.float32
    np.testing.assert_allclose(floats, value / 127.5 - 1, atol=1e-7)
    np.testing.assert_array_equal(data.to_uint8(floats), image)


def encoded(model, images):
    floats = np.asarray(images, np.float32)[..., None] / 127.5 - 1
    return np.asarray(model.gan.encode(model.params, model.stats, floats, key=None, train=False)[0])


def test_reconstructions_are_pairs(model):
    model = model("bigan")
    images, red = tiles(pictures.reconstructions(model, KEY, num=5), 4)
    left, right = images[:10:2], images[1:10:2]
    real = model.images()[..., 0]
    index = [int(np.flatnonzero((real == image).all(axis=(1, 2)))[0]) for image in left]
    assert len(set(index)) == 5 and index != list(range(5))
    assert red.tolist() == [True, False] * 5 + [False] * 2
    close(right, generated(model, encoded(model, left), np.zeros(5, int)))


def test_reconstructions_of_all_the_images_there_are(model):
    few = model("bigan").images()[:3]
    images, red = tiles(pictures.reconstructions(model("bigan")._replace(images=lambda: few), KEY, num=9), 4)
    assert sorted(map(bytes, images[red])) == sorted(map(bytes, few[..., 0]))


def test_interpolations_between_real_images(model):
    model = model("bigan")
    images, red = tiles(pictures.interpolations(model, KEY, num=3), 12)
    rows = images.reshape(3, 12, 8, 8)
    assert (red.reshape(3, 12) == ([True] + [False] * 10 + [True])).all()
    real = model.images()[..., 0]
    assert all((real == image).all(axis=(1, 2)).any() for image in (*rows[:, 0], *rows[:, -1]))
    start, end = encoded(model, rows[:, 0]), encoded(model, rows[:, -1])
    for step in range(10):
        close(rows[:, 1 + step], generated(model, start + step / 9 * (end - start), np.zeros(3, int)))


def test_interpolations_between_samples(model, monkeypatch):
    model, seen = model("bigan"), {}
    model = model._replace(gan=model.gan._replace(encode=None))
    generate = pictures.generate

    def watched(model, z, component):
        seen["component"] = component.reshape(3, 10)
        return generate(model, z, component)

    monkeypatch.setattr(pictures, "generate", watched)
    images, red = tiles(pictures.interpolations(model, KEY, num=3), 10)
    drawn = pictures.draw(model, KEY, num=6)
    rows = images.reshape(3, 10, 8, 8)
    assert not red.any()
    close(rows[:, 0], drawn.x[:3])
    close(rows[:, -1], drawn.x[3:])
    close(rows[:, 5], generated(model, (4 * drawn.z[:3] + 5 * drawn.z[3:]) / 9, drawn.component[3:]))
    nearer = np.stack([drawn.component[:3], drawn.component[3:]], axis=1).repeat(5, axis=1)
    np.testing.assert_array_equal(seen["component"], nearer)


def test_means_stand_in_a_map(model, monkeypatch):
    model, shown = model("bigan"), {}
    monkeypatch.setattr(plots, "image_map", lambda images, places: shown.update(images=images, places=places))
    pictures.means(model, KEY)
    close(shown["images"][..., 0], generated(model, model.params["latent"]["mean"], range(4)))
    assert shown["places"].shape == (4, 2) and len(np.unique(shown["places"], axis=0)) == 4


def test_a_map_of_points_keeps_clusters_together():
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(3, 1, 8)) * 5 + 0.1 * rng.normal(size=(3, 10, 8))).astype(np.float32).reshape(30, 8)
    places = pictures._in_the_plane(points, KEY)
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) // 10 == np.arange(30) // 10).all()


@pytest.mark.parametrize("dim", [1, 2])
def test_points_of_few_dimensions_stay_where_they_are(dim):
    points = np.arange(3.0 * dim).reshape(3, dim)
    places = pictures._in_the_plane(points, KEY)
    np.testing.assert_array_equal(places[:, :dim], points)
    assert places.shape == (3, 2) and (places[:, dim:] == 0).all()


def test_points_that_coincide_have_places():
    assert np.isfinite(pictures._in_the_plane(np.ones((5, 7)), KEY)).all()


def test_neighbours_are_nearest(model):
    model = model("bigan")
    images, red = tiles(pictures.neighbours(model, KEY, num=6), 4)
    drawn = np.concatenate([images[0:4], images[8:10]]).astype(int)
    below = np.concatenate([images[4:8], images[12:14]]).astype(int)
    assert red.tolist() == [False] * 4 + [True] * 4 + [False] * 4 + [True] * 2 + [False] * 2
    np.testing.assert_array_equal(drawn, tiles(pictures.samples(model, KEY, num=6), 3)[0])
    real = model.images()[..., 0].astype(int)
    distances = np.sum((drawn[:, None] - real) ** 2, axis=(2, 3))
    np.testing.assert_array_equal(np.sum((drawn - below) ** 2, axis=(1, 2)), distances.min(axis=1))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=5, unique=True))
def test_every_image_of_a_map_is_at_its_place(places):
    """Places on a lattice fine enough for no overlap to matter: each image's corner is where it alone can be."""
    images = np.stack([np.full((32, 40, 1), 10 + index, np.uint8) for index in range(len(places))])
    picture = plots.image_map(images, np.array(places, float))
    last = images[-1, 0, 0, 0]
    rows, columns = np.nonzero(picture[..., 0] == last)
    assert len(rows) == 32 * 40 and np.ptp(rows) == 31 and np.ptp(columns) == 39
    low, high = np.min(places, axis=0), np.max(places, axis=0)
    unit = 2 * np.ceil(np.sqrt(len(places))) * 40 / max((high - low).max(), 1)
    expected = (high[1] - places[-1][1]) * unit, (places[-1][0] - low[0]) * unit
    np.testing.assert_allclose((rows.min() - 2, columns.min() - 2), expected, atol=1)


@pytest.mark.parametrize("show", pictures.PICTURES)
def test_the_program_writes_every_picture(show, folder, load_run, model, tmp_path, monkeypatch):
    out = tmp_path / "picture.png"
    options = {} if show == "means" else {"num": 4}
    arguments = [f"--{name}={value}" for name, value in ({"show": show, "seed": 7, "out": out} | options).items()]
    assert call("sample", f"--workdir={folder('bigan')}", *arguments, monkeypatch=monkeypatch) == 0
    trained = model("bigan")._replace(params=load_run(str(folder("bigan"))).state.params)
    with Image.open(out) as picture:
        np.testing.assert_array_equal(np.asarray(picture), pictures.PICTURES[show](trained, KEY, **options))


REFUSED = [
    ("gan", "--show=reconstructions", "--show=reconstructions: the GAN has no encoder; give a run with config"),
    ("gan", "--show=components", "--show=components: the latent has one component only; give --show=samples"),
    ("gan", "--show=means", "--show=means: the latent has no components with means of their own; give a run"),
    ("gan", "--show=faces", "--show=faces: choose one of samples, components, sweep, reconstructions"),
    ("bigan", "--show=means --component=3", "--component=3: --show=means makes no use of it; leave it out"),
    ("bigan", "--show=means --num=3", "--num=3: --show=means makes no use of it; leave it out"),
    ("bigan", "--show=sweep --scale=2", "--scale=2.0: --show=sweep makes no use of it; leave it out"),
    ("bigan", "--show=sweep --num=0", "--num=0: give at least 1"),
    ("bigan", "--show=sweep --component=4", "component = 4: the latent has components 0 to 3"),
    ("bigan", "--show=sweep --out=OUT/a.npz", "an .npz holds samples, and --show=sweep is a picture; give"),
]


def assert_refused(arguments, expected, workdir, tmp_path, monkeypatch, capsys):
    arguments = arguments.replace("OUT", str(tmp_path)).split()
    given = f"--workdir={workdir}", f"--out={tmp_path}/a.png", *arguments
    assert call("sample", *given, monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and expected in err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "arguments", "expected"), REFUSED)
def test_what_is_refused(name, arguments, expected, folder, tmp_path, monkeypatch, capsys):
    assert_refused(arguments, expected, folder(name), tmp_path, monkeypatch, capsys)


def test_points_are_no_images(folder, load_run, tmp_path, monkeypatch, capsys):
    run = load_run(str(folder("gan")))
    monkeypatch.setattr(restore, "load_run", lambda workdir, which: run._replace(shape=(2,)))
    expected = "--show=sweep: a sample has shape (2,) and is no image; give --show=samples"
    assert_refused("--show=sweep", expected, folder("gan"), tmp_path, monkeypatch, capsys)


def test_data_that_is_not_what_it_was(source, folder, tmp_path, monkeypatch, capsys):
    """It is missed where real images are shown, and only there."""
    workdir, saved = folder("gan"), source.read_bytes()
    try:
        np.savez(source, x=np.zeros((60, 6, 8, 1), np.uint8))
        expected = "holds samples of shape (6, 8, 1) now, and the run was trained on (8, 8, 1); put its data back"
        assert_refused("--show=neighbours", expected, workdir, tmp_path, monkeypatch, capsys)
        source.unlink()
        assert_refused("--show=neighbours", f"'npz:{source}'", workdir, tmp_path, monkeypatch, capsys)
        for show in ("samples", "sweep", "interpolations"):
            arguments = f"--workdir={workdir}", f"--show={show}", f"--out={tmp_path}/a.png"
            assert call("sample", *arguments, monkeypatch=monkeypatch) == 0
    finally:
        source.write_bytes(saved)


@pytest.mark.parametrize(("name", "tags"), [("bigan", {"components", "reconstructions"}), ("gan", set())])
def test_what_training_draws(name, tags, folder):
    written = {path.name for path in (folder(name) / "samples").glob("step_2*")}
    assert written == {"step_2.png", *(f"step_2_{tag}.png" for tag in tags)}
    logged = b"".join(path.read_bytes() for path in (folder(name) / "tensorboard").iterdir())
    assert {tag for tag in ("samples", "components", "reconstructions") if tag.encode() in logged} == tags | {"samples"}


def test_training_shows_the_same_images_at_every_step(folder):
    files = [folder("bigan") / "samples" / f"step_{step}_reconstructions.png" for step in (1, 2)]
    (first, red), (second, _) = (tiles(np.asarray(Image.open(file)), 8) for file in files)
    assert red.sum() == 32
    np.testing.assert_array_equal(first[red], second[red])
    assert (first[~red] != second[~red]).any()


def test_pictures_do_not_touch_training(folder, load_run):
    """Drawn after each step, or after the last one."""
    often, once = (load_run(str(folder("bigan", **changes))) for changes in ({}, {"train__sample_every": 0}))
    assert checkpoint.digest(often.state) == checkpoint.digest(once.state)
