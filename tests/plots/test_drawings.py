"""experiments/sample.py --show and the pictures of training: what is written, and what is refused."""

import shutil

import numpy as np
import pytest
from PIL import Image

from mogan import data
from mogan.algorithm.model import BLOCK
from mogan.config import base, update
from mogan.errors import InputError
from mogan.plots import drawings, pictures
from mogan.runs import checkpoint, load
from mogan.types import LatentSample
from tests.helpers import picture_runs
from tests.helpers.picture_runs import KEY, tiles
from tests.helpers.support import call

source, folder = picture_runs.source, picture_runs.folder
load_run, model, images = picture_runs.load_run, picture_runs.model, picture_runs.images


@pytest.mark.parametrize("show", pictures.PICTURES)
def test_the_program_writes_every_picture(show, folder, load_run, model, images, tmp_path, monkeypatch):
    out = tmp_path / "picture.png"
    options = {} if show == "means" else {"num": 4}
    arguments = [f"--{name}={value}" for name, value in ({"show": show, "seed": 7, "out": out} | options).items()]
    assert call("sample", f"--workdir={folder('bigan')}", *arguments, monkeypatch=monkeypatch) == 0
    trained = model("bigan")._replace(params=load_run(str(folder("bigan"))).state.params)
    with Image.open(out) as picture:
        np.testing.assert_array_equal(np.asarray(picture), pictures.PICTURES[show](trained, images, KEY, **options))


REFUSED = [
    ("gan", "--show=reconstructions", "--show=reconstructions: the GAN has no encoder; give a run with config"),
    ("gan", "--show=components", "--show=components: the latent has one component only; give --show=samples"),
    ("gan", "--show=means", "--show=means: the latent has no components with means of their own; give a run"),
    ("gan", "--show=augmented", "--show=augmented: the discriminator sees images as they are; give a run with config"),
    ("gan", "--show=faces", "--show=faces: choose one of samples, components, sweep, reconstructions"),
    ("bigan", "--show=means --component=3", "--component=3: --show=means makes no use of it; leave it out"),
    ("bigan", "--show=means --num=3", "--num=3: --show=means makes no use of it; leave it out"),
    ("bigan", "--show=sweep --scale=2", "--scale=2.0: --show=sweep makes no use of it; leave it out"),
    ("bigan", "--show=sweep --num=0", "--num=0: give a whole number from 1 to 10000000"),
    ("bigan", "--num=20000000", "--num=20000000: give a whole number from 1 to 10000000"),
    ("bigan", "--scale=1e300", "--scale=1e+300: give a number from 1e-30 to 1e+30"),
    ("bigan", "--out=/", "--out=/: there are files already; give a new folder"),
    ("bigan", "--out=OUT/a.gif", "a.gif: give a name that ends in .png or .npz or /"),
    ("bigan", "--show=sweep --out=OUT/a/", "an .npz or a folder/ holds samples, and --show=sweep is a picture; give"),
    ("bigan", "--out=OUT/a/b/", "there is no folder"),
    ("bigan", "--show=sweep --component=4", "--component=4: the latent has components 0 to 3"),
    (
        "bigan",
        "--show=sweep --out=OUT/a.npz",
        "an .npz or a folder/ holds samples, and --show=sweep is a picture; give",
    ),
]


def assert_refused(arguments, expected, workdir, tmp_path, monkeypatch, capsys):
    arguments = arguments.replace("OUT", str(tmp_path)).split()
    capsys.readouterr()  # what training has said, if this test is the run's first
    given = f"--workdir={workdir}", f"--out={tmp_path}/a.png", *arguments
    assert call("sample", *given, monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and expected in err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "arguments", "expected"), REFUSED)
def test_what_is_refused(name, arguments, expected, folder, tmp_path, monkeypatch, capsys):
    assert_refused(arguments, expected, folder(name), tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("shape", ["[-1, 2]", "[8]*", '["a"]', "[8, 8]", "[1e9, 3, 1]", "8"])
def test_a_damaged_description_of_the_data(shape, folder, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(folder("gan"), run)
    (run / "data.json").write_text(f'{{"shape": {shape}, "classes": []}}')
    with pytest.raises(InputError, match="data.json"):
        load.load_run(run)


@pytest.mark.parametrize("name", ["bigan", "gan"])
def test_samples_as_a_folder_of_files(name, folder, load_run, tmp_path, monkeypatch):
    """The same as in an .npz, named by the component where there are several; an evaluation reads them back."""
    for out in ("samples.npz", "samples/"):
        arguments = f"--workdir={folder(name)}", "--num=11", f"--out={tmp_path}/{out}"
        assert call("sample", *arguments, monkeypatch=monkeypatch) == 0
    expected = np.load(tmp_path / "samples.npz")
    files = sorted((tmp_path / "samples").iterdir())
    ends = [f"_component_{k}" if name == "bigan" else "" for k in expected["component"]]
    assert [file.stem for file in files] == [f"{index:02}{end}" for index, end in enumerate(ends)]
    np.testing.assert_array_equal(
        data.load(update(base(), {"data.source": f"folder:{tmp_path}/samples", "data.batch_size": 1}).data).x,
        expected["x"],
    )
    assert call("sample", *arguments, monkeypatch=monkeypatch) == 2  # the folder is not empty any more


def test_samples_by_the_statistics_of_their_batch(folder, load_run, tmp_path, monkeypatch):
    """Those of all BLOCK samples made at once, as in a training pass; by the running averages they are others."""
    drawn = {}
    for flag in ("", "--batch_stats"):
        out = tmp_path / f"samples{flag}.npz"
        arguments = [f"--workdir={folder('gan')}", f"--num={BLOCK}", f"--out={out}", *filter(None, [flag])]
        assert call("sample", *arguments, monkeypatch=monkeypatch) == 0
        drawn[flag] = np.load(out)
    run, z = load_run(str(folder("gan"))), drawn["--batch_stats"]["z"]
    np.testing.assert_array_equal(drawn[""]["z"], z)
    latent = LatentSample(z, np.zeros(BLOCK, np.int32), np.ones(BLOCK, np.float32))
    x, _ = run.gan.generate(run.state.params, run.state.stats, latent, key=KEY, train=True)
    assert np.abs(drawn["--batch_stats"]["x"].astype(int) - data.to_uint8(np.asarray(x))).max() <= 1
    assert (drawn[""]["x"] != drawn["--batch_stats"]["x"]).mean() > 0.1


def test_points_are_no_images(folder, load_run, tmp_path, monkeypatch, capsys):
    run = load_run(str(folder("gan")))
    monkeypatch.setattr(drawings, "load_run", lambda workdir, which: run._replace(shape=(2,)))
    expected = "--show=sweep: a sample has shape (2,) and is no image; give --show=samples or --show=components"
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
