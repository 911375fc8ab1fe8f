"""Sources in memory and on disk: digits, .npz files, subsets, and the table that names them."""

import io

import numpy as np
import pytest

from mogan import config, data
from mogan.data import arrays
from mogan.data.fit import fit_array
from mogan.errors import InputError


def data_config(**fields):
    changes = {"data.per_class": 0, "data.batch_size": 1} | {f"data.{name}": value for name, value in fields.items()}
    return config.update(config.base(), changes).data


def message(function, *args, **kwargs):
    """The one line of the InputError that a call raises."""
    with pytest.raises(InputError) as caught:
        function(*args, **kwargs)
    text = str(caught.value)
    assert "\n" not in text
    return text


def labelled(counts):
    """A set of points whose x holds their row, with counts[k] samples of class k, shuffled."""
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int32)
    x = np.arange(len(y), dtype=np.float32)[:, None]
    return data.Dataset(x, y, tuple("abcdefgh"[: len(counts)]))


# --- digits ---


def test_digits():
    dataset = data.load(data_config(source="digits"))
    assert dataset.x.shape == (1797, 8, 8, 1) and dataset.x.dtype == np.uint8
    assert (dataset.x.min(), dataset.x.max()) == (0, 255)
    assert dataset.x[0, 0, :4, 0].tolist() == [0, 0, 80, 207]  # 0, 0, 5, 13 of 16
    assert dataset.y.dtype == np.int32 and dataset.classes == tuple("0123456789")
    assert np.bincount(dataset.y)[0] == 178


# --- npz ---


def save(tmp_path, **held):
    path = tmp_path / "data.npz"
    np.savez(path, **held)
    return str(path)


def test_npz_of_images(tmp_path):
    x = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    dataset = data.load(data_config(source=f"npz:{save(tmp_path, x=x, y=np.array([2, 0]), other=x)}"))
    np.testing.assert_array_equal(dataset.x, x)
    assert dataset.y.tolist() == [2, 0] and dataset.y.dtype == np.int32 and dataset.classes == ("0", "1", "2")


def test_images_in_memory_are_resized(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (3, 9, 12, 3), np.uint8)
    resized = data.load(data_config(source=f"npz:{save(tmp_path, x=x)}", image_size=6)).x
    np.testing.assert_array_equal(resized, np.stack([fit_array(image, 6) for image in x]))
    assert data.load(data_config(source="digits", image_size=16)).x.shape == (1797, 16, 16, 1)


@pytest.mark.parametrize("channels", [2, 4])
def test_images_are_grey_or_coloured(channels, tmp_path):
    source = f"npz:{save(tmp_path, x=np.zeros((3, 9, 9, channels), np.uint8))}"
    text = message(data.load, data_config(source=source))
    assert text.startswith(f"config.data.source = '{source}': images of {channels} channels; give grey ones (1) or")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_npz_of_points(tmp_path, dtype):
    dataset = arrays.npz(save(tmp_path, x=np.ones((3, 2), dtype)))
    assert dataset.x.dtype == np.float32 and dataset.y is None and dataset.classes == ()


IMAGES = np.zeros((4, 2, 2, 1), np.uint8)
BAD_NPZ = {
    "no x": ({"images": IMAGES}, "it holds images, not x"),
    "empty": ({}, "it holds no array, not x"),
    "no channels": ({"x": IMAGES[..., 0]}, r"x is uint8 [4, 2, 2], without channels; save x[..., None]"),
    "flat uint8": ({"x": IMAGES[:, 0, 0]}, "x is uint8 [4, 1]; give images as uint8 [n, h, w, c]"),
    "float images": ({"x": IMAGES / 1.0}, "x is float64 [4, 2, 2, 1]; give images as uint8"),
    "float16": ({"x": np.zeros((4, 2), np.float16)}, "x is float16 [4, 2]"),
    "text": ({"x": np.array(["a"])}, "x is <U1 [1]"),
    "objects": ({"x": np.array([None])}, "Object arrays cannot be loaded"),
    "no sample": ({"x": IMAGES[:0]}, "x is uint8 [0, 2, 2, 1], without a sample"),
    "scalar": ({"x": np.uint8(3)}, "x is uint8 [], without a sample"),
    "NaN": ({"x": np.array([[0, 1], [0, np.nan]])}, "x[1] = [0.0, nan] is not finite"),
    "too large": ({"x": np.array([[0, 1e300]])}, "x[0] = [0.0, 1e+300] is not finite in float32"),
    "few labels": ({"x": IMAGES, "y": np.zeros(3, int)}, "y is int64 [3], and x has 4 samples"),
    "one-hot": ({"x": IMAGES, "y": np.zeros((4, 2), int)}, "y is int64 [4, 2], and x has 4 samples"),
    "float labels": ({"x": IMAGES, "y": np.zeros(4)}, "y is float64 [4]; give integers"),
    "negative": ({"x": IMAGES, "y": np.array([0, 1, -1, 2])}, "y runs from -1 to 2; number the classes 0, 1, ..."),
    "identifiers": ({"x": IMAGES, "y": np.array([0, 1, 2, 10**9])}, "y runs from 0 to 1000000000"),
}


@pytest.mark.parametrize("case", BAD_NPZ)
def test_bad_npz(tmp_path, case):
    held, expected = BAD_NPZ[case]
    path = save(tmp_path, **held)
    text = message(arrays.npz, path)
    assert text.startswith(f"config.data.source = 'npz:{path}': ") and expected in text


def stored(**held):
    buffer = io.BytesIO()
    np.savez(buffer, **held)
    return buffer.getvalue()


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


BROKEN = {
    "empty": b"",
    "text": b"hello\n",
    "pickle": b"\x80\x04N.",
    "cut short": stored(x=np.zeros(100))[:400],
    "cut at the end": stored(x=np.zeros(100))[:-10],
    "flipped bit": flipped(stored(x=np.zeros(100)), 300),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_npz(tmp_path, case):
    path = tmp_path / "data.npz"
    path.write_bytes(BROKEN[case])
    text = message(arrays.npz, str(path))
    assert "data.npz" in text and "save it with np.savez(FILE, x=images, y=labels)" in text
    assert "allow_pickle" not in text  # numpy would suggest to allow it


def test_missing_npz(tmp_path):
    assert "no such file" in message(arrays.npz, str(tmp_path / "none.npz"))
    assert "no such file" in message(arrays.npz, str(tmp_path))


def test_npy_is_not_npz(tmp_path):
    np.save(tmp_path / "data.npy", IMAGES)
    assert "not an .npz file" in message(arrays.npz, str(tmp_path / "data.npy"))


# --- subsets ---


def test_per_class_draws_without_replacement():
    dataset = labelled([5, 9, 7])
    drawn = arrays.subset(dataset, per_class=5, total=0, seed=0)
    assert np.bincount(drawn.y).tolist() == [5, 5, 5]
    rows = drawn.x[:, 0].astype(int)
    assert len(set(rows)) == 15
    np.testing.assert_array_equal(drawn.y, dataset.y[rows])


def test_total_draws_without_replacement():
    drawn = arrays.subset(labelled([5, 9, 7]), per_class=0, total=21, seed=0)
    assert sorted(drawn.x[:, 0]) == list(range(21))


def test_subset_depends_on_its_seed():
    first, again, other = (arrays.subset(labelled([50, 50]), 0, 10, seed).x for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_subset():
    dataset = labelled([2, 3])
    assert arrays.subset(dataset, 0, 0, 0) is dataset


def test_bad_subsets():
    dataset = labelled([5, 3])
    assert "class 'b' has 3 samples; give at most 3" in message(arrays.subset, dataset, 4, 0, 0)
    assert "config.data.subset = 9: the data has 8 samples" in message(arrays.subset, dataset, 0, 9, 0)
    assert "config.data.per_class = 1 and config.data.subset = 2" in message(arrays.subset, dataset, 1, 2, 0)
    assert "no labels" in message(arrays.subset, dataset._replace(y=None), 1, 0, 0)
    assert "class 'b' has no sample" in message(arrays.subset, labelled([2, 0, 2]), 1, 0, 0)
    fresh = data.load(data_config(points=0))
    assert "config.data.subset = 3: fresh toy points" in message(arrays.subset, fresh, 0, 3, 0)
    assert "config.data.per_class = 3: fresh toy points" in message(arrays.subset, fresh, 3, 0, 0)


# --- the table of sources ---


def test_toy_points_are_drawn_once_from_the_seed():
    first, again, other = (data.load(data_config(points=30, seed=seed)) for seed in (3, 3, 4))
    assert first.x.shape == (30, 2) and first.x.dtype == np.float32 and first.classes == ("0", "1")
    assert isinstance(first.x, np.ndarray) and first.y.dtype == np.int32
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)


def test_fresh_toy_points():
    dataset = data.load(data_config(points=0, batch_size=5000))
    assert dataset.x.shape == (0, 2) and dataset.density.std == 0.15


def test_load_applies_the_subset():
    assert data.load(data_config(source="digits", per_class=7)).x.shape == (70, 8, 8, 1)
    assert data.load(data_config(source="digits", subset=7)).x.shape == (7, 8, 8, 1)


def test_a_folder_without_its_prefix(tmp_path):
    source = str(tmp_path)
    assert message(data.load, data_config(source=source)).endswith(f"is a folder; write folder:{source}")


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("toy:bimodl", "toy:bimodal"),
        ("toy:", "toy:three"),
        ("toy", "toy:three"),
        ("digit", "digits"),
        ("digits:3", "digits"),
        ("tfd:mnist", "tfds:NAME"),
        ("npz:", "npz:FILE"),
        ("", None),
    ],
)
def test_unknown_source(source, near):
    text = message(data.load, data_config(source=source))
    assert text.startswith(f"config.data.source = {source!r} is not a data source; did you mean {near or ''}")


def test_sources_without_splits(tmp_path):
    path = save(tmp_path, x=IMAGES)
    for source in ("digits", "toy:unimodal", f"npz:{path}"):
        assert f"config.data.split = 'test': {source} has no splits" in message(
            data.load, data_config(source=source), split="test"
        )
        assert len(data.load(data_config(source=source), split="train").x)


def test_batch_larger_than_the_data():
    text = message(data.load, data_config(points=10, batch_size=11))
    assert text == "config.data.batch_size = 11: the data has 10 samples; give at most 10"
    assert message(data.make_pipeline, data.load(data_config(points=10)), 11) == text
