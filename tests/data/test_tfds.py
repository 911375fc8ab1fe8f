"""TensorFlow Datasets read without TensorFlow: real prepared sets where there are any, and small ones written here."""

import io
import json
import logging
import pathlib

import numpy as np
import pytest

from mogan import data
from mogan.data import tfds as reader
from tests.data.test_data import data_config, message

tfds = pytest.importorskip("tensorflow_datasets", reason="TensorFlow Datasets is not installed")
PREPARED = pathlib.Path(__file__).parents[2] / "../shared/data/tfds"


def needs(name):
    return pytest.mark.skipif(not (PREPARED / name).is_dir(), reason=f"no prepared {name} in {PREPARED}")


@pytest.fixture(autouse=True)
def _without_tensorflow(monkeypatch):
    monkeypatch.setattr(reader, "_has_tensorflow", lambda: False)


def png(image):
    pillow = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    pillow.fromarray(image).save(buffer, "png")
    return io.BytesIO(buffer.getvalue())


def image_features(**more):
    return {"image": tfds.features.Image(shape=(None, None, 3)), **more}


def write(root, examples, features, name="mine", version="1.0.0", file_format="array_record"):
    """A prepared set with one split, train, laid out as TFDS does it; returns its folder."""
    records = pytest.importorskip("array_record.python.array_record_module")
    folder = root / name / version
    folder.mkdir(parents=True)
    features = tfds.features.FeaturesDict(features)
    features.save_config(folder)
    serializer = tfds.core.example_serializer.ExampleSerializer(features.get_serialized_info())
    writer = records.ArrayRecordWriter(str(folder / f"mine-train.{file_format}-00000-of-00001"), "group_size:1")
    for example in examples:
        writer.write(serializer.serialize_example(features.encode_example(example)))
    writer.close()
    template = "mine-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"
    split = {"name": "train", "filepathTemplate": template, "shardLengths": [str(len(examples))], "numBytes": "1"}
    info = {"name": "mine", "version": version, "fileFormat": file_format, "moduleName": "mine", "splits": [split]}
    (folder / "dataset_info.json").write_text(json.dumps(info))
    return folder


def examples(n, **more):
    return [{"image": png(np.full((4, 5, 3), row, np.uint8)), **more} for row in range(n)]


# --- real data ---


@needs("mnist")
def test_mnist():
    whole = reader.load("mnist", "test", str(PREPARED))
    assert whole.x.shape == (10_000, 28, 28, 1) and whole.x.dtype == np.uint8 and whole.y.dtype == np.int32
    assert np.bincount(whole.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert whole.classes == tuple("0123456789")
    assert abs(whole.x.mean() - 33.79) < 0.01  # of the published test images


@needs("mnist")
def test_the_subset_is_of_the_training_data():
    config = data_config(source="tfds:mnist", dir=str(PREPARED), split="train[:500]", per_class=3)
    assert np.bincount(data.load(config).y).tolist() == [3] * 10
    assert len(data.load(config, split="test[:20]").x) == 20


@needs("cifar10")
def test_cifar10():
    dataset = reader.load("cifar10:3.0.2", "test[:300]", str(PREPARED))
    assert dataset.x.shape == (300, 32, 32, 3)
    assert dataset.classes[0] == "airplane" and set(dataset.y) == set(range(10))


@needs("mnist")
def test_the_folder_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(PREPARED))
    assert len(reader.load("mnist", "test[:3]").x) == 3


@needs("mnist")
@pytest.mark.parametrize("split", ["nope", "train[", "train[70000:80000]", "train[:0]"])
def test_bad_splits(split):
    text = message(reader.load, "mnist", split, str(PREPARED))
    assert text.startswith(f"config.data.split = {split!r}: ") and "tfds:mnist has the splits train, test" in text


# --- sets written here ---


@pytest.mark.parametrize(
    ("split", "empty"),
    [
        ("train[4:2]", "train[4:2]"),
        ("train[3:3]", "train[3:3]"),
        ("train[80%:20%]", "train[80%:20%]"),
        ("train[-1:-3]", "train[-1:-3]"),
        ("train[4:2]+train[:4]", "train[4:2]"),
        ("train[:4] + train[100%:]", "train[100%:]"),
    ],
)
def test_slices_that_end_before_they_start(tmp_path, split, empty):
    write(tmp_path, examples(5), image_features())
    text = message(data.load, data_config(source="tfds:mine", dir=str(tmp_path), split=split))
    assert text.startswith(f"config.data.split = {split!r}: {empty!r} holds no sample")
    assert "as it does not end after it starts; tfds:mine has the splits train" in text


def test_a_sum_of_slices(tmp_path):
    write(tmp_path, examples(5), image_features())
    dataset = reader.load("mine", "train[4:]+train[1:3]", str(tmp_path))
    assert dataset.x[:, 0, 0, 0].tolist() == [4, 1, 2]


def test_a_set_unknown_to_tfds(tmp_path, caplog):
    label = tfds.features.ClassLabel(names=["cat", "dog"])
    held = [example | {"label": row % 2} for row, example in enumerate(examples(5))]
    write(tmp_path, held, image_features(label=label))
    with caplog.at_level(logging.WARNING):
        dataset = reader.load("mine", "train", str(tmp_path))
    assert caplog.text == ""
    assert dataset.x[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4] and dataset.x.shape == (5, 4, 5, 3)
    assert dataset.y.tolist() == [0, 1, 0, 1, 0] and dataset.classes == ("cat", "dog")


def test_the_newest_version_is_read(tmp_path):
    for n, version in ((1, "1.9.0"), (2, "1.10.0")):
        write(tmp_path, examples(n), image_features(), version=version)
    assert len(reader.load("mine", "train", str(tmp_path)).x) == 2
    assert len(reader.load("mine:1.9.0", "train", str(tmp_path)).x) == 1


def test_configs(tmp_path):
    for n, config in ((1, "plain"), (2, "fancy")):
        write(tmp_path, examples(n), image_features(), name=f"mine/{config}")
    assert len(reader.load("mine/fancy", "train", str(tmp_path)).x) == 2
    assert "holds the configs fancy, plain; write e.g. tfds:mine/fancy" in message(
        reader.load, "mine", "train", str(tmp_path)
    )


def test_the_default_config_is_tfds_own(tmp_path):
    for n, config in ((1, "letters"), (2, "byclass")):
        write(tmp_path, examples(n), image_features(), name=f"emnist/{config}")
    assert len(reader.load("emnist", "train", str(tmp_path)).x) == 2


@pytest.mark.parametrize("labels", [{}, {"label": -1}])
def test_sets_without_labels(tmp_path, labels):
    features = image_features(**{key: tfds.features.ClassLabel(num_classes=3) for key in labels})
    write(tmp_path, examples(2, **labels), features)
    dataset = reader.load("mine", "train", str(tmp_path))
    assert dataset.y is None and dataset.classes == ()


def test_images_of_several_sizes(tmp_path):
    held = [*examples(1), {"image": png(np.zeros((4, 6, 3), np.uint8))}]
    write(tmp_path, held, image_features())
    text = message(reader.load, "mine", "train", str(tmp_path))
    assert "image 0 is [4, 5, 3] and image 1 [4, 6, 3]" in text and "set config.data.image_size" in text


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_resized_and_cropped_about_their_centre(channels, tmp_path):
    """Of stripes the middle one is left, wide or tall; what has the size already is untouched."""
    stripes = np.repeat(np.array([10, 100, 200], np.uint8), 8)
    wide = np.tile(stripes[None, :, None], (8, 1, channels))
    square = np.random.default_rng(0).integers(0, 256, (4, 4, channels), np.uint8)
    held = [{"image": png(image.squeeze())} for image in (wide, wide.transpose(1, 0, 2).copy(), square)]
    write(tmp_path, held, {"image": tfds.features.Image(shape=(None, None, channels))})
    dataset = data.load(data_config(source="tfds:mine", dir=str(tmp_path), image_size=4))
    assert dataset.x.shape == (3, 4, 4, channels) and dataset.x.dtype == np.uint8
    # the filter sees a little of what is cropped
    assert (np.abs(dataset.x[:2].astype(int) - 100) < 8).all()
    np.testing.assert_array_equal(dataset.x[2], square)


@needs("cifar10")
def test_real_images_keep_their_colours_when_halved():
    whole, halved = (reader.load("cifar10", "test[:50]", str(PREPARED), size).x for size in (0, 16))
    assert halved.shape == (50, 16, 16, 3)
    np.testing.assert_allclose(halved.mean((1, 2)), whole.mean((1, 2)), atol=1.5)


def test_sets_that_hold_no_images(tmp_path):
    write(tmp_path, [{"text": "a"}], {"text": tfds.features.Text()})
    text = message(reader.load, "mine", "train", str(tmp_path))
    assert text.startswith("config.data.source = 'tfds:mine': not a set of images (features: text)")


def test_images_of_another_type(tmp_path):
    folder = write(tmp_path, [], {"image": tfds.features.Image(shape=(2, 2, 1), dtype=np.uint16)})
    assert folder.is_dir() and "images of uint16" in message(reader.load, "mine", "train", str(tmp_path))


def test_prepared_as_tfrecord(tmp_path):
    folder = write(tmp_path, examples(1), image_features(), file_format="tfrecord")
    text = message(reader.load, "mine", "train", str(tmp_path))
    assert f"{folder} is prepared as tfrecord, which only TensorFlow reads; pip install -e '.[tfds]'" in text
    assert "--file_format=array_record" in text


@pytest.mark.parametrize("keep", [None, 0, 70_000])
def test_damaged_records(tmp_path, keep):
    folder = write(tmp_path, examples(3), image_features())
    (file,) = folder.glob("*.array_record*")
    content = file.read_bytes()
    file.unlink()
    if keep is not None:
        file.write_bytes(content[:keep])
    assert f"{folder} cannot be read" in message(reader.load, "mine", "train", str(tmp_path))


@pytest.mark.parametrize("info", ["{", "{}"])
def test_damaged_info(tmp_path, info):
    folder = write(tmp_path, examples(1), image_features())
    (folder / "dataset_info.json").write_text(info)
    assert f"{folder} cannot be opened" in message(reader.load, "mine", "train", str(tmp_path))


# --- sets that are not there ---


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nosuch", "TensorFlow Datasets has no set nosuch; did you mean tfds:"),
        ("MNIST", "did you mean tfds:mnist?"),
        ("mnist/x", "mnist has no config x; it has none; write tfds:mnist"),
        ("emnist/bycls", "emnist has no config bycls; did you mean tfds:emnist/byclass?"),
        ("a b", "write tfds:NAME, tfds:NAME/CONFIG"),
        ("../mnist", "write tfds:NAME, tfds:NAME/CONFIG"),
    ],
)
def test_unknown_names(tmp_path, name, expected):
    text = message(reader.load, name, "train", str(tmp_path))
    assert text.startswith(f"config.data.source = 'tfds:{name}': ") and expected in text


def test_not_prepared(tmp_path, capsys):
    text = message(data.load, data_config(source="tfds:cifar100", dir=str(tmp_path)))
    assert text == (
        f"config.data.source = 'tfds:cifar100': no prepared copy in {tmp_path}, and preparing one needs TensorFlow; "
        "pip install -e '.[tfds]', or point TFDS_DATA_DIR or `config.data.dir` to a prepared copy"
    )
    assert capsys.readouterr() == ("", "")
    assert "which does not exist" in message(reader.load, "cifar100", "train", str(tmp_path / "none"))
