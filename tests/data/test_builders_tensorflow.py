"""mogan.data.builders as TensorFlow prepares them: TFDS's own tests, and the way from a download to a Dataset."""

import pathlib
import tempfile
from unittest import mock

import numpy as np
import pytest

from mogan import data
from mogan.data import tfds as reader
from tests.data.test_builders import draw, pack, signs, sketches
from tests.data.test_builders_junction import fake_opencv
from tests.data.test_data import data_config, message

pytest.importorskip("tensorflow", reason="preparing data sets needs TensorFlow: pip install -e '.[tfds]'")
pytest.importorskip("dill", reason="TFDS's own tests of builders need dill: pip install -e '.[tfds]'")
import tensorflow_datasets as tfds  # noqa: E402

from mogan.data.builders import junction, traffic_signs, tu_berlin  # noqa: E402


class Made(tfds.testing.DatasetBuilderTestCase):
    """TFDS's test of a builder, on files that `make` writes into a temporary folder."""

    __test__ = False
    SKIP_CHECKSUMS = True  # nothing is downloaded

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.EXAMPLE_DIR = folder.name
        cls.make(pathlib.Path(folder.name))
        super().setUpClass()


class TestTuBerlin(Made):
    __test__ = True
    DATASET_CLASS = tu_berlin.TuBerlin
    SPLITS = {"train": 3}
    make = staticmethod(sketches)


class TestTrafficSigns(Made):
    __test__ = True
    DATASET_CLASS = traffic_signs.TrafficSigns
    SPLITS = {"train": 2}
    make = staticmethod(signs)


class TestJunction(Made):
    __test__ = True
    DATASET_CLASS = junction.Junction
    SPLITS = {"train": 3}

    @classmethod
    def make(cls, root):
        (root / "junction").mkdir()
        (root / "junction" / "a.avi").touch()
        patch = mock.patch.object(junction, "opencv", fake_opencv)
        patch.start()
        cls.addClassCleanup(patch.stop)


@pytest.fixture
def manual(tmp_path):
    folder = tmp_path / "downloads" / "manual"
    folder.mkdir(parents=True)
    return folder


def load(name, root, **fields):
    """As config.data gives it: once prepared, and once more from what was prepared, without TensorFlow."""
    config = data_config(source=f"tfds:{name}", dir=str(root), **fields)
    dataset = data.load(config)
    with mock.patch.object(reader, "_has_tensorflow", lambda: False):
        again = data.load(config)
    np.testing.assert_array_equal(again.x, dataset.x)
    return dataset


def test_from_the_archive_of_sketches(manual, tmp_path):
    pixels = sketches(tmp_path / "made")
    pack(tmp_path / "made" / "png", manual / "sketches_png.zip")
    whole, pears = load("tu_berlin/64x64", tmp_path), load("tu_berlin/64x64", tmp_path, classes="pear,apple")
    assert whole.x.shape == (3, 64, 64, 1) and whole.classes == tu_berlin.CLASSES
    assert sorted(whole.classes[label] for label in whole.y) == ["apple", "apple", "pear"]
    means = pixels["pear/11841.png"].reshape(64, 4, 64, 4).mean((1, 3))
    (row,) = np.flatnonzero(pears.y == 0)
    assert np.abs(pears.x[row, ..., 0] - means).max() <= 1
    assert load("tu_berlin/64x64", tmp_path, image_size=16).x.shape == (3, 16, 16, 1)


def test_from_the_archive_of_signs(manual, tmp_path):
    pixels = signs(tmp_path / "made")
    pack(tmp_path / "made" / "synthetic_data", manual / "synthetic_data.zip")
    dataset = load("traffic_signs", tmp_path)
    assert dataset.classes == tuple(str(number) for number in range(43)) and sorted(dataset.y) == [3, 21]
    np.testing.assert_array_equal(dataset.x[np.argsort(dataset.y)], pixels[::-1])


def test_frames_keep_the_order_of_time(manual, tmp_path, monkeypatch):
    (manual / "junction").mkdir()
    (manual / "junction" / "a.avi").touch()
    monkeypatch.setattr(junction, "opencv", lambda: fake_opencv(count=200))
    dataset = load("junction", tmp_path, split="train[:50%]")
    assert dataset.y is None and dataset.x.shape == (20, 128, 128, 3)
    assert dataset.x[:, 64, 64, 0].tolist() == list(range(0, 100, 5))


def test_unfit_downloads(manual, tmp_path):
    draw(manual / "traffic_signs" / "43" / "1.png", (40, 40, 3))
    text = message(reader.load, "traffic_signs", "train", str(tmp_path))
    assert f"cannot be prepared in {tmp_path} (43/1.png is of class 43, which is none of 0 to 42)" in text
    draw(manual / "png" / "apple" / "1.png", (8, 8))
    (manual / "png" / "apple" / "1.png").write_bytes(b"no image")
    assert "cannot identify image file" in message(reader.load, "tu_berlin", "train", str(tmp_path))
    (manual / "junction").mkdir()
    (manual / "junction" / "a.avi").write_text("no video")
    with mock.patch.dict("sys.modules", {"cv2": None}):
        assert "pip install -e '.[video]'" in message(reader.load, "junction", "train", str(tmp_path))
    assert not list(tmp_path.glob("*/**/dataset_info.json"))
