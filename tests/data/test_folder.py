"""mogan.data.folder on small folders of images, class selection and mirroring."""

import logging

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from mogan.config import base, update
from mogan.data import Dataset, load, make_pipeline
from mogan.errors import InputError

RNG = np.random.default_rng(0)


def write(path, size=(6, 4), mode="RGB", array=None):
    """A random image file of (width, height); returns its pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = {"L": (), "RGB": (3,), "LA": (2,), "RGBA": (4,)}[mode]
    array = RNG.integers(0, 256, (size[1], size[0], *channels), np.uint8) if array is None else array
    Image.fromarray(array).save(path)
    return array


def source(folder, **fields):
    values = {"data.source": f"folder:{folder}", "data.batch_size": 1}
    return update(base(), values | {f"data.{name}": value for name, value in fields.items()}).data


def message(folder, **fields):
    with pytest.raises(InputError) as error:
        load(source(folder, **fields))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_folder_a_class(tmp_path):
    pixels = [write(tmp_path / name) for name in ("pear/2.png", "apple/b.png", "apple/a.bmp")]
    (tmp_path / "apple" / "notes.txt").write_text("not an image")
    dataset = load(source(tmp_path))
    assert dataset.classes == ("apple", "pear")
    assert (dataset.x.dtype, dataset.x.shape, dataset.y.dtype) == (np.uint8, (3, 4, 6, 3), np.int32)
    np.testing.assert_array_equal(dataset.y, [0, 0, 1])
    np.testing.assert_array_equal(dataset.x, np.stack([pixels[2], pixels[1], pixels[0]]))  # by class, then by name


def test_a_flat_folder_has_no_labels(tmp_path):
    grey = write(tmp_path / "1.png", mode="L")
    dataset = load(source(tmp_path))
    assert (dataset.y, dataset.classes) == (None, ())
    np.testing.assert_array_equal(dataset.x, grey[None, ..., None])


@pytest.mark.parametrize(("mode", "channels"), [("LA", 1), ("RGBA", 3)])
def test_what_is_transparent_lies_on_white(mode, channels, tmp_path):
    array = RNG.integers(0, 256, (4, 6, channels + 1), np.uint8)
    array[0, :, -1], array[1:, :, -1] = 0, 255
    write(tmp_path / "1.png", mode=mode, array=array)
    (image,) = load(source(tmp_path)).x
    np.testing.assert_array_equal(image[0], 255)
    np.testing.assert_array_equal(image[1:], array[1:, :, :-1])


def test_images_are_resized_and_cropped_about_their_centre(tmp_path):
    """Constant thirds: of a wide image the middle is left, of a tall one too; a mean survives the resizing."""
    stripes = np.repeat(np.array([10, 100, 200], np.uint8), 8)
    write(tmp_path / "wide.png", mode="L", array=np.tile(stripes, (8, 1)))
    write(tmp_path / "tall.png", mode="L", array=np.tile(stripes, (8, 1)).T.copy())
    noise = write(tmp_path / "square.png", (16, 16), "L")
    square, tall, wide = load(source(tmp_path, image_size=4)).x
    assert square.shape == (4, 4, 1)
    # the filter sees a little of what is cropped
    assert (np.abs(wide.astype(int) - 100) < 8).all() and (np.abs(tall.astype(int) - 100) < 8).all()
    assert square.mean() == pytest.approx(noise.mean(), abs=12)


def test_broken_images_are_named_and_skipped_on_demand(tmp_path, caplog):
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        write(tmp_path / name)
    (tmp_path / "a" / "2.png").write_bytes((tmp_path / "a" / "2.png").read_bytes()[:40])
    (tmp_path / "b" / "0.jpg").write_text("no image")
    text = message(tmp_path)
    assert "2 of 4 images cannot be read: a/2.png (" in text and "b/0.jpg (not an image)" in text
    assert "config.data.skip_broken = True" in text
    with caplog.at_level(logging.WARNING):
        dataset = load(source(tmp_path, skip_broken=True))
    np.testing.assert_array_equal(dataset.y, [0, 1])
    assert "2 of 4 images cannot be read" in caplog.text
    (tmp_path / "b" / "1.png").write_text("broken too")
    assert "no image of 'b' can be read" in message(tmp_path, skip_broken=True)


def test_folders_that_hold_no_data_set(tmp_path):
    assert "no such folder" in message(tmp_path / "nowhere")
    assert "it holds no image (.bmp," in message(tmp_path)
    write(tmp_path / "a" / "1.png")
    (tmp_path / "b").mkdir()
    assert "class 'b' has no image" in message(tmp_path)
    write(tmp_path / "loose.png")
    assert "loose.png lies beside the folders of the classes (a, ...)" in message(tmp_path)


def test_images_that_do_not_go_together(tmp_path):
    write(tmp_path / "sizes" / "1.png", (6, 4))
    write(tmp_path / "sizes" / "2.png", (5, 4))
    text = message(tmp_path / "sizes")
    assert "1.png is 6x4 pixels and 2.png 5x4; set config.data.image_size" in text
    write(tmp_path / "kinds" / "1.png", mode="RGB")
    write(tmp_path / "kinds" / "2.png", mode="L")
    assert "2.png is grey and 1.png has colour" in message(tmp_path / "kinds")
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(tmp_path / "deep.png")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep.png").rename(tmp_path / "deep" / "1.png")
    assert "more than 8 bits a channel" in message(tmp_path / "deep")


def test_classes_are_kept_in_the_order_asked_for(tmp_path):
    for index, name in enumerate(("apple", "cup", "pear")):
        write(tmp_path / name / "1.png", array=np.full((4, 6, 3), index, np.uint8))
    dataset = load(source(tmp_path, classes="pear, apple"))
    assert dataset.classes == ("pear", "apple")
    np.testing.assert_array_equal(dataset.y, [1, 0])
    np.testing.assert_array_equal(dataset.x[:, 0, 0, 0], [0, 2])
    assert "no class 'peer'; did you mean 'pear'?" in message(tmp_path, classes="peer")
    assert "give each class once" in message(tmp_path, classes="pear,pear")
    write(tmp_path / "flat" / "1.png")
    assert "has no labels to choose by" in message(tmp_path / "flat", classes="pear")


def test_mirroring_is_a_function_of_key_and_position():
    images = RNG.integers(0, 256, (12, 3, 5, 1), np.uint8)
    plain, flipped = (make_pipeline(Dataset(images), 4, flip) for flip in (False, True))
    key = jax.random.key(0)
    rows, (same_rows, mirror) = plain.plan(key, jnp.int32(0), 40), flipped.plan(key, jnp.int32(0), 40)
    np.testing.assert_array_equal(rows, same_rows)
    assert mirror.mean() == pytest.approx(0.5, abs=0.15)
    _, later = flipped.plan(key, jnp.int32(30), 10)
    np.testing.assert_array_equal(mirror[30:], later)
    batch = flipped.fetch(flipped.arrays, (rows[3], mirror[3])).x
    expected = plain.fetch(plain.arrays, rows[3]).x
    for image, original, turned in zip(batch, expected, mirror[3], strict=True):
        np.testing.assert_array_equal(image, original[:, ::-1] if turned else original)


def test_points_are_not_mirrored():
    with pytest.raises(InputError, match="config.data.flip = True: toy:bimodal holds points"):
        load(update(base(), {"data.flip": True}).data)


def test_strokes_are_asked_for_by_the_config(tmp_path):
    drawing = np.full((8, 8), 255, np.uint8)
    drawing[4, 3] = 249
    write(tmp_path / "1.png", mode="L", array=drawing)
    (image,) = load(source(tmp_path, strokes=3)).x
    np.testing.assert_array_equal(np.argwhere(image[..., 0] == 255), [(i, j) for i in (3, 4, 5) for j in (2, 3, 4)])
    assert set(np.unique(image)) == {0, 255}
    assert "config.data.strokes = 2: " in message(tmp_path, strokes=2)


@pytest.mark.parametrize("other", ["toy:bimodal", "digits", "tfds:mnist"])
def test_only_files_have_strokes(other):
    with pytest.raises(InputError, match=f"config.data.strokes = 1: {other} is no folder of drawings; set it to 0"):
        load(update(base(), {"data.source": other, "data.strokes": 1}).data)
