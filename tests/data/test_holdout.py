"""data.holdout: who is held out, the same every time, and nothing of it, nor a copy or a frame of it, is trained on."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mogan import data
from mogan.config import base, update
from mogan.data.dataset import Dataset
from mogan.data.holdout import digests, heldout_rows, together
from mogan.errors import InputError
from mogan.plots.contact_sheet import main


def data_config(**fields):
    return update(base(), {"data.batch_size": 1} | {f"data.{name}": value for name, value in fields.items()}).data


def texts(dataset):
    return set(digests(dataset.x))


@st.composite
def datasets(draw):
    """Small images with copies and tracks among them, in up to three classes or none, of two or more samples each."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    counts = draw(st.lists(st.integers(2, 30), min_size=1, max_size=3))
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts)).astype(np.int32)
    levels = draw(st.sampled_from([2, 256]))  # of two pixels: many copies, or few
    x = rng.integers(0, levels, (len(labels), 1, 2, 1)).astype(np.uint8)
    tracks = rng.integers(0, 20, len(labels)) if draw(st.booleans()) else None
    if draw(st.booleans()):
        return Dataset(x, tracks=tracks)
    return Dataset(x, labels, tuple("abc"[: len(counts)]), tracks=tracks)


@settings(max_examples=200)
@given(dataset=datasets(), holdout=st.sampled_from([0.05, 0.3, 0.5, 1, 3]), mirrored=st.booleans())
def test_what_is_held_out_is_apart_from_the_rest(dataset, holdout, mirrored):
    try:
        rows = heldout_rows(dataset, holdout, 3, mirrored)
    except InputError as error:
        assert "of which none would be left to train on; give more samples" in str(error)
        return
    np.testing.assert_array_equal(rows, heldout_rows(dataset, holdout, 3, mirrored))
    seen = texts(Dataset(dataset.x[~rows])) | (texts(Dataset(dataset.x[~rows][:, :, ::-1])) if mirrored else set())
    assert not seen & texts(Dataset(dataset.x[rows]))
    if dataset.tracks is not None:
        assert not set(dataset.tracks[~rows]) & set(dataset.tracks[rows])
    labels = np.zeros(len(rows), int) if dataset.y is None else dataset.y
    groups, total = together(dataset, mirrored), 0
    for label in np.unique(labels):
        own = rows[labels == label]
        wanted = int(np.ceil(holdout * len(own) - 1e-9)) if holdout < 1 else holdout
        if holdout < 1 and len(set(groups[labels == label])) == 1:
            wanted = 0  # a share of one image
        assert wanted <= own.sum() < len(own)
        total += wanted
    if np.bincount(groups).max() == 1:  # each alone: exactly as many as asked for
        assert rows.sum() == total


def test_a_class_of_one_image_is_trained_on():
    x = np.arange(11, dtype=np.uint8).reshape(11, 1, 1, 1)
    dataset = Dataset(x, np.array([0] * 10 + [1], np.int32), ("many", "one"))
    assert heldout_rows(dataset, 0.1, 0).sum() == 1 and not heldout_rows(dataset, 0.1, 0)[10]
    with pytest.raises(InputError, match="class 'one' has 1 samples"):
        heldout_rows(dataset, 1, 0)


@pytest.mark.parametrize(("holdout", "each"), [(0.1, 18), (20, 20)])
def test_parts_of_the_digits(holdout, each):
    """What is trained on and what is held out make the whole, in its order; another seed holds others out."""
    own = data_config(source="digits", holdout=holdout)
    seen, unseen, whole = data.load(own), data.load_heldout(own), data.load(data_config(source="digits"))
    assert len(seen.x) + len(unseen.x) == 1797 and set(np.bincount(unseen.y)) <= (
        {each, each + 1} if each == 18 else {20}
    )
    assert sorted(digests(np.concatenate([seen.x, unseen.x]))) == sorted(digests(whole.x))
    rows = heldout_rows(whole, holdout, 0)
    np.testing.assert_array_equal(seen.x, whole.x[~rows])
    np.testing.assert_array_equal(unseen.y, whole.y[rows])
    assert texts(unseen) != texts(data.load_heldout(data_config(source="digits", holdout=holdout, seed=1)))


def test_subsets_are_of_what_is_left():
    alone = data.load_heldout(data_config(source="digits", holdout=0.2))
    for chosen in ({"per_class": 30}, {"subset": 500}):
        own = data_config(source="digits", holdout=0.2, **chosen)
        assert not texts(data.load(own)) & texts(alone)
        np.testing.assert_array_equal(data.load_heldout(own).x, alone.x)
    with pytest.raises(InputError, match="config.data.per_class = 150: class '8' has 139 samples"):
        data.load(data_config(source="digits", holdout=0.2, per_class=150))


def test_without_it_what_a_subset_left_out_is_unseen(tmp_path):
    """But for copies of what it took."""
    x = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1) // 2  # each image twice
    np.savez(tmp_path / "x.npz", x=x)
    own = data_config(source=f"npz:{tmp_path / 'x.npz'}", subset=8)
    seen, unseen = data.load(own), data.load_heldout(own)
    assert set(unseen.x.ravel()) == set(range(20)) - set(seen.x.ravel()) and len(unseen.x) % 2 == 0
    assert len(data.load_heldout(data_config(source=f"npz:{tmp_path / 'x.npz'}")).x) == 0


def test_another_split_is_whole(monkeypatch):
    whole = data.load(data_config(source="digits"))
    monkeypatch.setitem(data.LOADERS, "digits", lambda name, fields, split: whole)
    assert len(data.load(data_config(source="digits", holdout=0.2), split="test").x) == 1797


def frames(folder, names):
    folder.mkdir()
    rng = np.random.default_rng(list(folder.name.encode()))
    for name in names:
        Image.fromarray(rng.integers(0, 256, (4, 4), np.uint8)).save(folder / f"{name}.png")


def test_tracks_are_held_out_whole(tmp_path):
    """Those of each class by themselves, however many classes number theirs alike."""
    names = [f"{track:05}_{frame:05}" for track in range(5) for frame in range(6)]
    for sign in ("stop", "yield"):
        frames(tmp_path / sign, names)
    own = data_config(source=f"folder:{tmp_path}", holdout=0.1)
    seen, unseen = data.load(own), data.load_heldout(own)
    assert np.bincount(unseen.y).tolist() == [6, 6] and len(set(unseen.tracks)) == 2
    assert not set(seen.tracks) & set(unseen.tracks) and len(set(seen.tracks)) == 8
    own = data_config(source=f"folder:{tmp_path}", per_class=2)
    seen, unseen = data.load(own), data.load_heldout(own)
    assert not set(seen.tracks) & set(unseen.tracks) and len(unseen.x) >= 36
    chosen = data.load(data_config(source=f"folder:{tmp_path}", classes="yield"))
    assert len(chosen.tracks) == 30 and len(set(chosen.tracks)) == 5


def test_other_names_are_no_tracks(tmp_path):
    frames(tmp_path / "flat", ["icon_1", "icon_2", "3", "00007_00001", "00007_00002"])
    tracks = data.load(data_config(source=f"folder:{tmp_path / 'flat'}")).tracks
    assert len(set(tracks)) == 4 and tracks[0] == tracks[1]  # the two frames come first by name
    frames(tmp_path / "plain", ["icon_1", "3", "20230101_120000", "20230101_120001"])  # a phone's: date and time
    assert data.load(data_config(source=f"folder:{tmp_path / 'plain'}")).tracks is None


def test_a_mirror_image_is_a_copy_where_data_are_mirrored():
    x = np.random.default_rng(0).integers(0, 256, (10, 3, 4, 1)).astype(np.uint8)
    both = Dataset(np.concatenate([x, x[:, :, ::-1]]))
    assert together(both, mirrored=True).tolist() == 2 * together(Dataset(x)).tolist()
    rows = heldout_rows(both, 0.2, 0, mirrored=True)
    assert rows.sum() == 4 and (rows[:10] == rows[10:]).all()
    assert len(set(together(both))) == 20


def test_many_copies_do_not_fill_the_holdout():
    x = np.zeros((100, 1, 1, 1), np.uint8)
    x[80:, 0, 0, 0] = np.arange(1, 21)
    for seed in range(5):
        assert heldout_rows(Dataset(x), 0.1, seed).sum() == 10


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"holdout": 180}, "config.data.holdout = 180: class '0' has 178 samples, of which none would be left"),
        ({"holdout": 2.5}, "config.data.holdout = 2.5: from 1 it is a number of samples a class; give a whole one, or"),
        ({"holdout": -0.1}, "config.data.holdout = -0.1: give at least 0.0"),
        (
            {"holdout": 0.1, "source": "toy:grid9"},
            "config.data.holdout = 0.1: of toy:grid9 any number of unseen points",
        ),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(InputError, match=message):
        data.load(data_config(**{"source": "digits"} | fields))


def test_one_track_cannot_be_held_out(tmp_path):
    frames(tmp_path / "one", [f"00001_{frame:05}" for frame in range(4)])
    text = "the data has 4 samples in 1 groups of copies or of frames of one track, of which none would be left"
    with pytest.raises(InputError, match=text):
        data.load(data_config(source=f"folder:{tmp_path / 'one'}", holdout=0.5))


def test_the_description_names_both_parts(tmp_path, monkeypatch, capsys):
    given = ["digits", "--config.data.holdout=20", f"--out={tmp_path / 'sheet.png'}"]
    monkeypatch.setattr(sys, "argv", ["mogan.data", *given])
    main()
    seen, unseen = capsys.readouterr().out.split("held out, never trained on, and not in the sheet:\n")
    assert seen.startswith("1597 images, ") and unseen.startswith("200 images, ") and "20 to 20 of each" in unseen
