"""mogan.data.decoded: images are decoded once, and again where the files have changed or nothing whole is kept."""

import functools
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mogan.data import decoded as module
from mogan.data import folder, tfds
from mogan.data.decoded import decoded
from mogan.errors import InputError
from mogan.machine.cache import entries
from tests.data.test_tfds import examples, image_features, write

X, Y = np.arange(48, dtype=np.uint8).reshape(4, 2, 2, 3), np.arange(4, dtype=np.int32)


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "decoded"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "images").write_bytes(b"abc")
    return [tmp_path / "set" / "images"]


class Decoder:
    def __init__(self, **arrays):
        self.found, self.calls = arrays or {"x": X}, 0

    def __call__(self):
        self.calls += 1
        return self.found


@pytest.mark.parametrize("arrays", [{"x": X, "y": Y}, {"x": X, "problem": np.array(["", "not an image"])}])
def test_what_was_decoded_is_kept_whole(arrays, files):
    decoder = Decoder(**arrays)
    for _ in range(3):
        found = decoded(files, ("train", 0), decoder)
        assert set(found) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array, strict=True)
    assert decoder.calls == 1


def test_other_files_and_other_ways_to_decode_them_are_kept_apart(files, tmp_path):
    decoder = Decoder()
    decoded(files, ("train", 0), decoder)
    decoded(files, ("train", 32), decoder)
    assert decoder.calls == 2
    other = Path(shutil.copy2(files[0], tmp_path / "other"))
    decoded([other], ("train", 0), decoder)
    decoded([other, *files], ("train", 0), decoder)
    assert decoder.calls == 4
    os.utime(files[0], ns=(0, 0))
    decoded(files, ("train", 0), decoder)
    files[0].write_bytes(b"abcd")
    decoded(files, ("train", 0), decoder)
    assert decoder.calls == 6
    decoded([*files, other], ("train", 0), decoder)
    decoded([other, *files], ("train", 0), decoder)
    assert decoder.calls == 7


@pytest.mark.parametrize("damage", [lambda whole: whole[:-9], lambda whole: whole.replace(bytes(X), bytes(48))])
def test_what_is_damaged_is_decoded_again(damage, files, store):
    decoder = Decoder()
    decoded(files, (), decoder)
    (kept,) = store.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    assert kept.read_bytes() != whole
    np.testing.assert_array_equal(decoded(files, (), decoder)["x"], X)
    assert decoder.calls == 2 and kept.read_bytes() == whole


def test_the_least_recently_used_go_first(files, store, monkeypatch):
    decoder = Decoder()
    for number in range(2):
        decoded(files, (number,), decoder)
    for kept in store.iterdir():
        os.utime(kept, (1, 1))
    decoded(files, (0,), decoder)
    size = next(store.iterdir()).stat().st_size
    monkeypatch.setattr(module, "LARGEST", 2 * size)
    decoded(files, (2,), decoder)
    assert decoder.calls == 3 and len(entries(store)) == 2
    decoded(files, (0,), decoder)
    assert decoder.calls == 3
    decoded(files, (1,), decoder)
    assert decoder.calls == 4


@pytest.mark.parametrize(("limit", "value"), [("LARGEST", X.nbytes), ("ROOM", 2**60)])
def test_what_would_fill_the_store_or_the_disk_is_not_kept(limit, value, files, store, monkeypatch):
    monkeypatch.setattr(module, limit, value)
    np.testing.assert_array_equal(decoded(files, (), Decoder())["x"], X)
    assert not list(store.iterdir())


def test_a_store_that_cannot_be_written_is_a_warning(files, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.warns(UserWarning, match="decoded again at every start, .* set MOGAN_CACHE to a folder"):
        np.testing.assert_array_equal(decoded(files, (), Decoder())["x"], X)


def test_without_a_home_folder_it_is_decoded_all_the_same(files, monkeypatch):
    monkeypatch.setenv("MOGAN_CACHE", "~nobody_of_this_name/cache")
    np.testing.assert_array_equal(decoded(files, (), Decoder())["x"], X)


def test_a_prepared_set_is_decoded_at_the_first_start_alone(tmp_path, monkeypatch):
    write(tmp_path, examples(5), image_features())
    first = tfds.load("mine", "train", str(tmp_path))
    monkeypatch.setattr(tfds, "_collect", None)
    again = tfds.load("mine", "train", str(tmp_path))
    np.testing.assert_array_equal(first.x, again.x, strict=True)
    np.testing.assert_array_equal(first.y, again.y, strict=True)
    assert first.classes == again.classes


def test_a_folder_is_decoded_at_the_first_start_alone(tmp_path, monkeypatch, caplog):
    """What is said of its files is said at every start."""
    for label in "ab":
        (tmp_path / "own" / label).mkdir(parents=True)
        Image.new("RGBA", (4, 4), (9, 9, 9, 0)).save(tmp_path / "own" / label / "1.png")
    frames = [Image.new("L", (4, 4), grey) for grey in (0, 255)]
    frames[0].save(tmp_path / "own" / "b" / "2.gif", save_all=True, append_images=frames[1:])
    load = functools.partial(folder.load, str(tmp_path / "own"), channels=3)
    first = load()
    monkeypatch.setattr(folder, "_decode_all", None)
    folder._warn.cache_clear()
    caplog.clear()
    again = load()
    assert "only the first frame or page is taken: 1 (b/2.gif)" in caplog.text
    np.testing.assert_array_equal(first.x, again.x, strict=True)
    np.testing.assert_array_equal(again.y, [0, 1, 1])
    assert first.notes == again.notes and "2 of the folder's 3 images" in again.notes[0]


def test_what_cannot_be_read_is_tried_again(tmp_path, store):
    """Another time it may: on a disk that was away, of a file that was locked."""
    own, away = tmp_path / "own", tmp_path / "away.png"
    own.mkdir()
    Image.new("L", (4, 4)).save(own / "1.png")
    (own / "2.png").symlink_to(away)
    assert len(folder.load(str(own), skip_broken=True).x) == 1
    with pytest.raises(InputError, match="1 of 2 images cannot be read"):
        folder.load(str(own))
    assert not store.exists()
    Image.new("L", (4, 4)).save(away)
    assert len(folder.load(str(own)).x) == 2 and len(entries(store)) == 1
