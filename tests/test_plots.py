"""mogan.plots: grids by their pixels, files by reading them back."""

import numpy as np
import pytest
from PIL import Image

from mogan import plots
from mogan.errors import InputError

RED, GREY = np.array(plots.RED), np.array(plots.BACKGROUND)


def images(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(("side", "factor"), [(8, 4), (28, 2), (31, 2), (32, 1), (40, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_tile_of_a_grid_is_its_enlarged_sample(side, factor, channels):
    samples = images(0, 11, side, side + 1, channels)
    grid = plots.image_grid(samples, 3)
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
    grid = plots.image_grid(samples, 2, neighbours)
    plain = plots.image_grid(samples, 2)
    np.testing.assert_array_equal(grid[:, : plain.shape[1]], plain)
    gap, column = grid[:, plain.shape[1] :][:, :4], grid[:, plain.shape[1] + 4 :]
    assert (gap == GREY).all()
    assert column.shape == (70, 36, 3)
    for index, top in enumerate((2, 36)):
        np.testing.assert_array_equal(column[top : top + 32, 2:34, 1], neighbours[index, ..., 0])
        column[top : top + 32, 2:34] = RED
    assert (column == RED).all()


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
        plots.image_grid(samples, rows, neighbours)


def test_png_files_hold_the_picture(tmp_path):
    picture = images(0, 6, 5, 3)
    plots.save_png(tmp_path / "samples" / "step_1.png", picture)
    with Image.open(tmp_path / "samples" / "step_1.png") as back:
        np.testing.assert_array_equal(np.asarray(back), picture)
    with pytest.raises(InputError, match="give uint8"):
        plots.save_png(tmp_path / "a.png", picture[..., 0])
    assert not (tmp_path / "a.png").exists()
