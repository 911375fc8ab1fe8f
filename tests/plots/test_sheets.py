"""mogan.plots.sheets: grids by their pixels, files by reading them back."""

import numpy as np
import pytest
from PIL import Image

from mogan.errors import InputError
from mogan.plots import sheets

RED, GREY = np.array(sheets.RED), np.array(sheets.BACKGROUND)


def images(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(("side", "factor"), [(8, 14), (28, 4), (31, 4), (32, 3), (63, 2), (64, 1), (200, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_tile_of_a_grid_is_its_enlarged_sample(side, factor, channels):
    samples = images(0, 11, side, side + 1, channels)
    grid = sheets.image_grid(samples, 3)
    height, width = side * factor, (side + 1) * factor
    assert grid.shape == (3 * (height + 2) + 2, 3 * (width + 2) + 2, 3)
    assert grid.dtype == np.uint8
    seen = np.zeros(grid.shape[:2], bool)
    for index in range(9):
        top, left = 2 + index // 3 * (height + 2), 2 + index % 3 * (width + 2)
        expected = np.kron(samples[index], np.ones((factor, factor, 1), np.uint8)) * np.ones(3, np.uint8)
        np.testing.assert_array_equal(grid[top : top + height, left : left + width], expected)
        seen[top : top + height, left : left + width] = True
    assert (grid[~seen] == GREY).all()


def test_neighbours_stand_beside_the_last_column_in_red():
    samples, neighbours = images(0, 4, 32, 32, 1), images(1, 2, 32, 32, 1)
    grid = sheets.image_grid(samples, 2, neighbours)
    plain = sheets.image_grid(samples, 2)
    np.testing.assert_array_equal(grid[:, : plain.shape[1]], plain)
    gap, column = grid[:, plain.shape[1] :][:, :4], grid[:, plain.shape[1] + 4 :]
    assert (gap == GREY).all()
    assert column.shape == (262, 132, 3)
    for index, top in enumerate((2, 132)):
        np.testing.assert_array_equal(column[top : top + 128 : 4, 2:130:4, 1], neighbours[index, ..., 0])
        column[top : top + 128, 2:130] = RED
    assert (column == RED).all()


@pytest.mark.parametrize(
    ("n", "columns", "side"), [(1, 1, 128), (100, 10, 128), (200, 10, 64), (400, 20, 64), (1600, 40, 32)]
)
def test_icons_of_32_pixels_are_enlarged_while_there_are_few(n, columns, side):
    sheet = sheets.image_sheet(images(0, n, 32, 32, 3), columns)
    assert sheet.shape == (n // columns * (side + 2) + 2, columns * (side + 2) + 2, 3)


def test_labels_stand_left_of_their_rows():
    samples = images(0, 6, 16, 16, 1)
    plain, labelled = (sheets.image_sheet(samples, 2, labels=labels) for labels in ((), ("1", "", "a long label")))
    margin = labelled.shape[1] - plain.shape[1]
    np.testing.assert_array_equal(labelled[:, margin:], plain)
    written = (labelled[:, :margin] != GREY).any(axis=2)
    first, second, third = (written[top : top + 130] for top in (2, 132, 262))
    assert first.sum() > 10 and not second.any() and third.sum() > 4 * first.sum()
    assert not written[:, [0, -1]].any()  # nothing is cut off
    assert 45 < np.flatnonzero(first.any(axis=1)).mean() < 85  # half way up


def test_a_map_has_labels_above_its_images():
    tiles = np.full((2, 32, 32, 1), 255, np.uint8)
    picture = sheets.image_map(tiles, np.array([[0.0, 0.0], [1.0, 1.0]]), ["7", "12"])
    top, bottom = np.flatnonzero((picture == 255).all(axis=2).any(axis=1))[[0, -1]]
    dark = np.flatnonzero((picture < 80).all(axis=2).any(axis=1))
    assert 0 < top - dark[0] < 25 and dark[-1] < bottom


def test_labels_of_a_map_are_on_top_of_images_that_overlap():
    tiles = np.full((3, 32, 32, 1), 255, np.uint8)

    def ink(height):
        places = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, height]])
        return (sheets.image_map(tiles, places, ["8", "1", "8"]) < 80).all(axis=2).sum()

    assert ink(0.1) == ink(0.7)  # at 0.1 the third image lies over the first one's number


@pytest.mark.parametrize("channels", [1, 3])
def test_a_folder_holds_an_image_a_file_or_is_not_there(channels, tmp_path):
    samples = images(0, 3, 8, 6, channels)
    sheets.save_folder(tmp_path / "made" / "out", samples, ["a", "b", "c"])
    for name, image in zip("abc", samples, strict=True):
        with Image.open(tmp_path / "made" / "out" / f"{name}.png") as back:
            np.testing.assert_array_equal(np.asarray(back).reshape(image.shape), image)
    with pytest.raises(OSError):
        sheets.save_folder(tmp_path / "made" / "out", samples, ["a", "b", "c"])
    with pytest.raises(FileNotFoundError):
        sheets.save_folder(tmp_path / "none", samples, ["a", "b", "no/folder"])
    assert [path.name for path in tmp_path.iterdir()] == ["made"] and len(list((tmp_path / "made").iterdir())) == 1


@pytest.mark.parametrize(
    ("samples", "rows", "neighbours", "message"),
    [
        (np.zeros((4, 8, 8, 1), np.float32), 2, None, "give uint8"),
        (np.zeros((4, 8, 8, 2), np.uint8), 2, None, "c 1 or 3"),
        (np.zeros((4, 8, 8), np.uint8), 2, None, "give uint8"),
        (np.zeros((4, 0, 8, 1), np.uint8), 2, None, "give uint8"),
        (np.zeros((3, 8, 8, 1), np.uint8), 2, None, "needs 4 samples"),
        (np.zeros((3, 8, 8, 1), np.uint8), 0, None, "at least 1 row"),
        (np.zeros((4, 8, 8, 1), np.uint8), 2, np.zeros((3, 8, 8, 1), np.uint8), r"neighbours of shape \[3"),
        (np.zeros((4, 8, 8, 1), np.uint8), 2, np.zeros((2, 8, 8, 1)), "neighbours: float64"),
    ],
)
def test_grids_refuse(samples, rows, neighbours, message):
    with pytest.raises(InputError, match=message):
        sheets.image_grid(samples, rows, neighbours)


def test_png_files_hold_the_picture(tmp_path):
    picture = images(0, 6, 5, 3)
    sheets.save_png(tmp_path / "samples" / "step_1.png", picture)
    with Image.open(tmp_path / "samples" / "step_1.png") as back:
        np.testing.assert_array_equal(np.asarray(back), picture)
    with pytest.raises(InputError, match="give uint8"):
        sheets.save_png(tmp_path / "a.png", picture[..., 0])
    assert not (tmp_path / "a.png").exists()


def test_pictures_beside_each_other_keep_their_pixels_and_stand_in_rows():
    small, large = (
        np.broadcast_to(np.uint8([value, 0, 250]), (*size, 3)) for value, size in ((7, (20, 30)), (9, (40, 50)))
    )
    three = sheets.beside([small, large, small], ["a", "b", "c"], columns=2)
    for value, count in ((7, 2 * 20 * 30), (9, 40 * 50)):
        assert (three == (value, 0, 250)).all(axis=2).sum() == count
    left, right = np.split(three, 2, axis=1)
    assert (left == (7, 0, 250)).all(axis=2).sum() == 2 * 20 * 30 and (right == (9, 0, 250)).all(
        axis=2
    ).sum() == 40 * 50
    assert sheets.beside([small], ["a"], columns=1).shape[0] < three.shape[0]
