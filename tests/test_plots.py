"""mogan.plots: nearest images against brute force, grids by their pixels, files by reading them back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mogan import plots
from mogan.errors import InputError

RED, GREY = np.array(plots.RED), np.array(plots.BACKGROUND)


def images(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def brute_nearest(samples, train):
    return [int(np.argmin([np.sum((a.astype(int) - b) ** 2) for b in train])) for a in samples]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 9), m=st.integers(1, 20), block=st.integers(1, 8))
def test_nearest_is_brute_force_whatever_the_block(seed, n, m, block):
    train = images(seed, m, 2, 3, 1) // 64  # few values, so that ties happen: the first among equals
    samples = images(seed + 1, n, 2, 3, 1) // 64
    assert plots.nearest(samples, train, block).tolist() == brute_nearest(samples, train)


def test_nearest_sees_a_difference_of_one_grey_level_among_bright_images():
    bright = np.full((1, 32, 32, 3), 255, np.uint8)
    train = np.repeat(bright, 3, axis=0)
    train[0, 0, 0, 0] -= 2
    train[1, 0, 0, 0] -= 1
    assert plots.nearest(bright, train[:2]).tolist() == [1]  # squared distances 4 and 1, norms of 2e8
    assert plots.nearest(train, train).tolist() == [0, 1, 2]


def test_nearest_of_floats():
    train = np.random.default_rng(0).normal(size=(50, 12)).astype(np.float32)
    assert plots.nearest(train[::-1] + np.float32(0.01), train, 7).tolist() == list(range(49, -1, -1))


@pytest.mark.parametrize(
    ("samples", "train", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), "images of one shape"),
        (np.zeros((2, 3)), np.zeros((0, 3)), "images of one shape"),
        (np.full((1, 3), np.nan), np.zeros((1, 3)), "not finite"),
        (np.zeros((1, 3)), np.array([[np.inf] * 3]), "not finite"),
    ],
)
def test_nearest_refuses(samples, train, message):
    with pytest.raises(InputError, match=message):
        plots.nearest(samples, train)


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
