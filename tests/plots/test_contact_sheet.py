"""python -m mogan.data: what it prints, the sheet it draws, and what it refuses."""

import runpy
import sys

import numpy as np
import pytest
from PIL import Image

from mogan.data import Dataset
from mogan.plots import sheets
from mogan.plots.contact_sheet import caption, describe, draw, sheet


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["mogan.data", *map(str, arguments)])
    try:
        runpy.run_module("mogan.data", run_name="__main__", alter_sys=False)
    except SystemExit as end:
        return end.code or 0
    return 0


def images(n, channels=3):
    return np.random.default_rng(0).integers(0, 256, (n, 6, 5, channels), dtype=np.uint8)


def test_the_digits_from_the_command_line(tmp_path, monkeypatch, capsys):
    out = tmp_path / "sheet.png"
    assert call(monkeypatch, "digits", f"--out={out}", "--config.data.classes=0,7") == 0
    printed = capsys.readouterr().out
    assert "357 images, 8x8x1 uint8, 0.0 MiB" in printed  # scikit-learn's: 178 zeros and 179 sevens
    assert "2 classes, 178 to 179 of each" in printed
    shown = "up to 10 images of 2 of 2 classes, drawn with config.data.seed = 0; rows: 0, 7"
    assert f"wrote {out}: {shown}" in printed
    with Image.open(out) as picture:
        assert picture.mode == "RGB" and picture.height == 2 * 130 + 2  # 8 pixels, sixteen times as large
        assert 0 < picture.width - (10 * 130 + 2) < 60  # left of them, the names of the classes


def test_the_sheet_goes_to_runs_unless_it_is_told_where(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "digits", "--config.data.classes", "0") == 0
    assert "wrote runs/contact_sheet.png" in capsys.readouterr().out
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")] == ["runs/contact_sheet.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digit"], "did you mean digits"),
        (["toy:grid9", "--config.data.points=0"], "config.data.points = 0: fresh points for every batch"),
        (["digits", "--out=sheet.jpg"], "ends in .png"),
        (["digits", "--config.train.steps=3"], "only the fields of config.data"),
        (["digits", "--config.data.subsets=3"], "did you mean config.data.subset"),
    ],
)
def test_bad_input_is_one_line(arguments, message, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_description_of_points_and_of_unbalanced_classes():
    points = Dataset(np.array([[0.0, 2.0], [1.0, 1.0]], np.float32))
    assert describe(points) == [
        "2 points, 2 float32, 0.0 MiB",
        "values 0 to 2, mean 1, standard deviation 0.7071",
        "no labels",
    ]
    labelled = Dataset(images(4), np.array([0, 1, 1, 1], np.int32), ("a", "long"))
    assert describe(labelled._replace(notes=("a note",)))[2] == "a note"
    assert describe(labelled)[2:] == [
        "2 classes, 1 to 3 of each",
        "  a           1   25.0%",
        "  long        3   75.0%",
    ]


def test_a_row_of_the_sheet_is_drawn_from_its_class():
    x, y = images(130), np.array([0] * 3 + [1] * 127, np.int32)
    dataset = Dataset(x, y, ("a", "b"))
    rows = draw(dataset, 1)
    assert rows[0].tolist() == [0, 1, 2]
    assert len(set(rows[1])) == 10 and (y[rows[1]] == 1).all() and (np.diff(rows[1]) > 0).all()
    assert rows[1][-1] > 40  # not the first names in the alphabet: of 127, ten below 41 are drawn once in 2e5
    np.testing.assert_array_equal(rows[1], draw(dataset, 1)[1])
    assert rows[1].tolist() != draw(dataset, 2)[1].tolist()
    expected = np.concatenate([sheets.filled(x[rows[0]], 10), x[rows[1]]])
    np.testing.assert_array_equal(sheet(dataset, rows), sheets.image_sheet(expected, 10, labels=["a", "b"]))
    assert caption(dataset, rows, 1) == "up to 10 images of 2 of 2 classes, drawn with config.data.seed = 1; rows: a, b"


def test_without_labels_a_hundred_are_drawn_from_all():
    dataset = Dataset(images(900, 1))
    rows = draw(dataset, 0)
    assert len(set(rows[0])) == 100 and 100 < np.median(rows[0]) < 800
    np.testing.assert_array_equal(sheet(dataset, rows), sheets.image_sheet(dataset.x[rows[0]], 10))
    assert caption(dataset, rows, 0) == "100 of 900 images, drawn with config.data.seed = 0"


def test_of_many_classes_twenty_are_drawn():
    names = tuple(f"class {k}" for k in range(60))
    dataset = Dataset(images(120), np.repeat(np.arange(60, dtype=np.int32), 2), names)
    rows = draw(dataset, 0)
    assert len(rows) == 20 and max(rows) > 20 and list(rows) == sorted(rows)
    assert all(dataset.y[own].tolist() == [label] * 2 for label, own in rows.items())
    assert caption(dataset, rows, 0).endswith(f"rows: {', '.join(names[label] for label in rows)}")


@pytest.mark.parametrize(("side", "factor"), [(8, 16), (28, 4), (32, 4), (40, 3), (64, 2), (90, 1)])
def test_small_images_are_enlarged_by_a_whole_number(side, factor):
    x = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), np.uint8)
    tile = sheet(Dataset(x), {0: np.array([0])})[2 : 2 + side * factor, 2 : 2 + side * factor]
    np.testing.assert_array_equal(tile, x[0].repeat(factor, 0).repeat(factor, 1))


def test_the_background_and_what_is_transparent_are_named(tmp_path, monkeypatch, capsys):
    for number, alpha in enumerate((0, 255, 128)):
        Image.new("RGBA", (4, 4), (200, 0, 0, alpha)).save(tmp_path / f"{number}.png")
    source, out = f"folder:{tmp_path}", f"--out={tmp_path}.png"
    assert call(monkeypatch, source, out) == 0
    named = "2 of the folder's 3 images have transparent parts, which show config.data.background = "
    assert f"{named}'white'" in capsys.readouterr().out
    assert call(monkeypatch, source, out, "--config.data.background=#102030") == 0
    assert f"{named}'#102030'" in capsys.readouterr().out
    assert call(monkeypatch, source, out, "--config.data.background=wite") == 2
    assert "config.data.background = 'wite': no colour" in capsys.readouterr().err


def test_points_are_scattered_where_they_are_in_the_plane(monkeypatch, tmp_path, capsys):
    dataset = Dataset(np.zeros((3, 2), np.float32), np.zeros(3, np.int32), ("0",))
    assert sheet(dataset, draw(dataset, 0)).shape[2] == 3
    np.savez(tmp_path / "deep.npz", x=np.zeros((3, 4)))
    assert call(monkeypatch, f"npz:{tmp_path}/deep.npz", f"--out={tmp_path}/sheet.png") == 0
    assert "no sheet: no picture shows points in 4 dimensions" in capsys.readouterr().out
    assert not (tmp_path / "sheet.png").exists()
