"""mogan.data.builders without TensorFlow: what they find, the examples in it, and what is said where it is missing."""

import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import maximum_filter

from mogan import data
from mogan.data import folder
from mogan.data import tfds as reader
from tests.data.test_data import data_config, message
from tests.data.test_tfds import examples as tfds_examples
from tests.data.test_tfds import image_features, write
from tests.helpers.support import DATA

pytest.importorskip("tensorflow_datasets", reason="TensorFlow Datasets is not installed")
from mogan.data.builders import junction, traffic_signs, tu_berlin  # noqa: E402

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _without_tensorflow(monkeypatch):
    monkeypatch.setattr(reader, "_has_tensorflow", lambda: False)


def draw(path, shape, value=None):
    """An image file of one grey value, or of noise; returns its pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 256, shape, np.uint8) if value is None else np.full(shape, value, np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def pack(folder, archive):
    """`folder` in a zip file, under its own name."""
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(folder.rglob("*")):
            packed.write(file, file.relative_to(folder.parent))


def sketches(root):
    """Three drawings, as the archive of the TU-Berlin sketches holds them: two of apples and one of a pear."""
    pixels = {
        name: draw(root / "png" / name, (256, 256)) for name in ("apple/321.png", "apple/322.png", "pear/11841.png")
    }
    (root / "png" / "filelist.txt").write_text("\n".join(pixels))
    return pixels


def signs(root):
    """Two signs, as the archive of the Synthetic Traffic Signs holds them."""
    folder = root / "synthetic_data"
    pixels = [draw(folder / "train" / f"{number}.png", (40, 40, 3)) for number in (1, 2)]
    (folder / "train_labelling.txt").write_text("train/1.png 21 0\ntrain/2.png 3 0\n")
    return pixels


# --- sketches ---


def test_there_are_250_classes_of_sketches():
    assert len(tu_berlin.CLASSES) == len(set(tu_berlin.CLASSES)) == 250
    assert list(tu_berlin.CLASSES) == sorted(tu_berlin.CLASSES)
    assert all(re.fullmatch(r"[a-z]+([ -][a-z]+)*( \([a-z ]+\))?", name) for name in tu_berlin.CLASSES)
    assert {"apple", "ice-cream-cone", "pipe (for smoking)", "race car", "t-shirt"} <= set(tu_berlin.CLASSES)


@pytest.mark.parametrize("packed", [False, True])
def test_sketches(packed, tmp_path):
    pixels = sketches(tmp_path / "made")
    if packed:
        pack(tmp_path / "made" / "png", tmp_path / "sketches_png.zip")
    found = tu_berlin.find(tmp_path if packed else tmp_path / "made")
    held = dict(tu_berlin.examples(found, 32))
    assert list(held) == list(pixels)
    assert [example["label"] for example in held.values()] == ["apple", "apple", "pear"]
    for name, example in held.items():
        assert example["image"].shape == (32, 32, 1) and example["image"].dtype == np.uint8
        means = pixels[name].astype(float).reshape(32, 8, 32, 8).mean((1, 3))
        assert np.abs(example["image"][..., 0] - means).max() <= 1


def strokes_by_definition(pixels, widened):
    """All that is darker than 250, each of its pixels widened to a square, then means over blocks of 8 by 8."""
    ink = maximum_filter(np.where(pixels < 250, 255.0, 0.0), widened, mode="nearest")
    return ink.reshape(32, 8, 32, 8).mean((1, 3))


def faint(path):
    """A drawing of scattered dots, light grey to black, on paper that is not quite white; returns its pixels."""
    pixels = np.where(
        RNG.random((256, 256)) < 0.02, RNG.integers(0, 256, (256, 256)), RNG.integers(250, 256, (256, 256))
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return pixels


@pytest.mark.parametrize("widened", [1, 3, 5])
def test_strokes_of_sketches(widened, tmp_path):
    pixels = faint(tmp_path / "png" / "apple" / "1.png")
    ((_, example),) = tu_berlin.examples(tmp_path / "png", 32, widened)
    expected = strokes_by_definition(pixels, widened)
    assert example["image"].shape == (32, 32, 1) and example["image"].dtype == np.uint8
    assert np.abs(example["image"][..., 0] - expected).max() <= 1
    in_place = folder.load(tmp_path / "png", 32, widened=widened)
    np.testing.assert_array_equal(in_place.x[0], example["image"])


def test_sketches_of_the_archives_size_are_averaged_over_areas(tmp_path):
    """1111 pixels do not divide by 32: against the exact means, of which each has parts of pixels at its borders."""
    pixels = draw(tmp_path / "1.png", (1111, 1111))
    edges = np.linspace(0, 1111, 33)
    left = np.arange(1111)
    overlap = np.clip(np.minimum(left + 1, edges[1:, None]) - np.maximum(left, edges[:-1, None]), 0, 1)
    means = overlap @ pixels @ overlap.T / (1111 / 32) ** 2
    error = tu_berlin.sketch(tmp_path / "1.png", 32)[..., 0] - means
    assert np.abs(error).max() < 4 and abs(error.mean()) < 0.1


@pytest.mark.skipif(not (DATA / "tu_berlin").is_dir(), reason="needs ../shared/data/tu_berlin")
def test_real_sketches_keep_their_strokes():
    """Averaging keeps the ink: the same mean at every size, and strokes that are still there at the smallest."""
    file = tu_berlin.find(DATA / "tu_berlin") / "apple" / "321.png"
    drawings = [tu_berlin.sketch(file, size).astype(float) for size in tu_berlin.SIZES]
    assert np.ptp([drawing.mean() for drawing in drawings]) < 0.5
    assert drawings[0].max() == 255 and drawings[0].min() < 200


# --- signs ---


@pytest.mark.parametrize("packed", [False, True])
def test_synthetic_signs(packed, tmp_path):
    pixels = signs(tmp_path / "made")
    if packed:
        pack(tmp_path / "made" / "synthetic_data", tmp_path / "synthetic_data.zip")
    held = list(traffic_signs.examples(traffic_signs.find(tmp_path if packed else tmp_path / "made")))
    assert [(key, example["label"]) for key, example in held] == [("train/1.png", 21), ("train/2.png", 3)]
    for (_, example), image in zip(held, pixels, strict=True):
        np.testing.assert_array_equal(example["image"], image)


def test_signs_in_folders_of_classes(tmp_path):
    folder = tmp_path / "traffic_signs"
    draw(folder / "00012" / "00000_00001.ppm", (30, 50, 3), 70)
    grey = draw(folder / "7" / "a.JPG", (40, 40), 90)
    (folder / "7" / "GT-7.csv").write_text("not an image")
    (folder / "notes").mkdir()
    held = list(traffic_signs.examples(traffic_signs.find(tmp_path)))
    assert [(key, example["label"]) for key, example in held] == [("00012/00000_00001.ppm", 12), ("7/a.JPG", 7)]
    np.testing.assert_array_equal(held[0][1]["image"], np.full((40, 40, 3), 70))
    np.testing.assert_array_equal(held[1][1]["image"], np.stack([grey] * 3, axis=-1))


def test_signs_of_unknown_classes(tmp_path):
    signs(tmp_path)
    (tmp_path / "synthetic_data" / "train_labelling.txt").write_text("train/1.png 42 0\ntrain/2.png 43 0\n")
    with pytest.raises(ValueError, match="train/2.png is of class 43, which is none of 0 to 42"):
        list(traffic_signs.examples(traffic_signs.find(tmp_path)))


@pytest.mark.skipif(not (DATA / "traffic_signs").is_dir(), reason="needs ../shared/data/traffic_signs")
def test_real_signs_are_read_as_they_are():
    folder = traffic_signs.find(DATA)
    key, example = next(traffic_signs.examples(folder))
    assert (key, example["label"]) == ("00001/00000_00000.png", 1)
    np.testing.assert_array_equal(example["image"], np.asarray(Image.open(folder / key)))


# --- as sources ---


@pytest.mark.parametrize(
    ("name", "page", "file"),
    [
        ("tu_berlin", tu_berlin.PAGE, "sketches_png.zip"),
        ("tu_berlin/64x64", tu_berlin.PAGE, "sketches_png.zip"),
        ("traffic_signs", traffic_signs.PAGE, "synthetic_data.zip"),
        ("junction", junction.PAGES["QMUL"], "into junction/"),
    ],
)
def test_nothing_was_downloaded(name, page, file, tmp_path):
    for other in ("unrelated", "junction"):  # a folder without a video is none
        (tmp_path / "downloads" / "manual" / other).mkdir(parents=True)
    text = message(data.load, data_config(source=f"tfds:{name}", dir=str(tmp_path)))
    assert text.startswith(f"config.data.source = 'tfds:{name}': {tmp_path / 'downloads' / 'manual'} lacks")
    assert page in text and file in text


def test_a_broken_archive_is_none(tmp_path):
    for name in ("sketches_png.zip", "synthetic_data.zip"):
        (tmp_path / name).write_bytes(b"PK, cut short")
    assert tu_berlin.find(tmp_path) is None and traffic_signs.find(tmp_path) is None


def test_sets_of_tfds_that_are_downloaded_by_hand(tmp_path):
    text = message(reader.load, "imagenet2012", "train", str(tmp_path))
    assert "lacks what is downloaded by hand" in text and "ILSVRC2012_img_train.tar" in text


def test_preparing_needs_tensorflow(tmp_path):
    sketches(tmp_path / "downloads" / "manual")
    assert "pip install -e '.[tfds]'" in message(reader.load, "tu_berlin", "train", str(tmp_path))
    assert "did you mean tfds:tu_berlin/32x32?" in message(reader.load, "tu_berlin/32", "train", str(tmp_path))
    assert "did you mean tfds:tu_berlin?" in message(reader.load, "tuberlin", "train", str(tmp_path))


def test_a_prepared_copy_is_read_without_tensorflow(tmp_path):
    for n, config in ((1, "64x64"), (2, "32x32")):
        write(tmp_path, tfds_examples(n), image_features(), name=f"tu_berlin/{config}")
    write(tmp_path, tfds_examples(3), image_features(), name="junction")
    sizes = [len(reader.load(name, "train", str(tmp_path)).x) for name in ("tu_berlin", "tu_berlin/64x64", "junction")]
    assert sizes == [2, 1, 3]


HEAVY = {"tensorflow_datasets", "tensorflow", "cv2", "torch", "sklearn"}


def test_a_start_imports_no_library_that_training_does_not_need(tmp_path):
    """Not even PyTorch, which tensorboardX would take two seconds to import."""
    program = "import sys, mogan.training.train; from mogan.runs import log; log.make_writer(sys.argv[1]).close()"
    program += f"; print({HEAVY} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert list((tmp_path / "tensorboard").iterdir())
