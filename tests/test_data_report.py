"""python -m mogan.data: what it prints, the sheet it draws, and what it refuses."""

import runpy
import sys

import numpy as np
import pytest
from PIL import Image

from mogan import plots
from mogan.data import Dataset
from mogan.data.__main__ import describe, sheet


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["mogan.data", *map(str, arguments)])
    try:
        runpy.run_module("mogan.data", run_name="__main__", alter_sys=False)
    except SystemExit as end:
        return end.code or 0
    return 0


def images(n, channels=3):
    return np.random.default_rng(0).integers(0, 256, (n, 6, 5, channels), dtype=np.uint8)


@pytest.mark.filterwarnings("ignore:.*mogan.data.__main__.*:RuntimeWarning")  # the tests above import it too
def test_the_digits_from_the_command_line(tmp_path, monkeypatch, capsys):
    out = tmp_path / "sheet.png"
    assert call(monkeypatch, "digits", f"--out={out}", "--config.data.classes=0,7") == 0
    printed = capsys.readouterr().out
    assert "357 images, 8x8x1 uint8, 0.0 MiB" in printed  # scikit-learn's: 178 zeros and 179 sevens
    assert "2 classes, 178 to 179 of each" in printed and f"wrote {out}" in printed
    with Image.open(out) as picture:
        assert picture.mode == "RGB"


@pytest.mark.filterwarnings("ignore:.*mogan.data.__main__.*:RuntimeWarning")
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
    assert describe(labelled)[2:] == [
        "2 classes, 1 to 3 of each",
        "  a           1   25.0%",
        "  long        3   75.0%",
    ]


def test_a_row_of_the_sheet_holds_the_first_images_of_a_class():
    x, y = images(30), np.array([0] * 3 + [1] * 27, np.int32)
    expected = np.concatenate([plots.filled(x[:3], 10), x[3:13]])
    np.testing.assert_array_equal(sheet(Dataset(x, y, ("a", "b"))), plots.image_sheet(expected, 10))
    np.testing.assert_array_equal(sheet(Dataset(images(130, 1))), plots.image_sheet(images(130, 1)[:100], 10))


def test_points_are_scattered_where_they_are_in_the_plane():
    assert sheet(Dataset(np.zeros((3, 4), np.float32))) is None
    assert sheet(Dataset(np.zeros((3, 2), np.float32), np.zeros(3, np.int32), ("0",))).shape[2] == 3
