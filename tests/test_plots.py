"""mogan.plots: nearest images against brute force, grids by their pixels, figures by the colours they must show."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import colormaps
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


def toy(n=60, components=3, seed=0):
    rng = np.random.default_rng(seed)
    data = 0.6 * rng.choice([-1, 1], (n, 1)) + 0.1 * rng.normal(size=(n, 2))
    return data, data * [1, -1], np.arange(n) % components  # the samples lie where no data is


def shows(picture, colour):
    """Number of pixels near `colour` (RGB in [0, 1]) as it looks on white, three tenths transparent."""
    blend = 255 * (0.7 * np.asarray(colour) + 0.3)
    return int(np.sum(np.abs(picture - blend).max(axis=2) < 40))


def test_both_panels_of_a_scatter_figure_show_the_components_colours():
    data, samples, component = toy()
    means, stds = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, 0.5]]), np.array([[0.1, -0.2], [0.2, 0.1], [-0.1, 0.1]])
    picture = plots.scatter_figure(data, samples, component, means, stds, "step 3")
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    left, right = np.array_split(picture, 2, axis=1)
    for colour in colormaps["tab10"].colors[:3]:
        assert shows(left[:-60], colour) > 20
        assert shows(right[:-60], colour) > 20  # the 60 lowest rows hold the legend
    absolute = plots.scatter_figure(data, samples, component, means, np.abs(stds), "step 3")
    np.testing.assert_array_equal(picture, absolute)


def test_a_latent_space_that_is_not_2d_has_no_panel():
    data, samples, component = toy()
    alone = plots.scatter_figure(data, samples, component)
    np.testing.assert_array_equal(
        alone, plots.scatter_figure(data, samples, component, np.zeros((3, 5)), np.ones((3, 5)))
    )
    assert alone.shape[1] < 600


def test_a_density_adds_its_circles_of_four_deviations():
    data, samples, component = toy()
    density = SimpleNamespace(modes=np.array([[0.6, 0.6]]), std=0.1)
    difference = np.argwhere(
        np.any(
            plots.scatter_figure(data, samples, component, density=density)
            != plots.scatter_figure(data, samples, component),
            2,
        )
    )
    height, width = np.ptp(difference, axis=0)
    pixels_a_unit = height / 0.8  # the circle's diameter is 8 * 0.1
    assert height == pytest.approx(width, abs=3)
    assert 2.4 * pixels_a_unit == pytest.approx(450, abs=60)  # the axis of 2.4 units fills most of the 520 pixels


def test_fifty_components_have_fifty_colours_fit_for_white_paper():
    colours = plots._colours(50)
    gaps = np.abs(colours[:, None] - colours[None]).max(axis=2) + np.eye(50)
    assert gaps.min() > 0.05
    assert colours.max() < 0.9 and np.all(colours.min(axis=1) < 0.2)
    data, samples, component = toy(components=50)
    assert plots.scatter_figure(data, samples, component).ndim == 3


@pytest.mark.parametrize(("reach", "expected"), [(0.5, 1.2), (1.2, 1.2), (2.0, 2.2)])
def test_limits_hold_the_data(reach, expected):
    assert plots._limits(np.array([[0.0, -reach], [0.1, 0.2]])) == pytest.approx(expected)


def test_panels_fill_rows_and_the_data_comes_last():
    data, samples, component = toy(components=1)
    blue = colormaps["tab10"].colors[0]
    picture = plots.model_panels([("GAN", samples, component), ("DeLiGAN", samples, component)], data, columns=2)
    cells = [half for row in np.array_split(picture, 2, axis=0) for half in np.array_split(row, 2, axis=1)]
    assert [shows(cell, blue) > 30 for cell in cells] == [True, True, False, False]
    assert [shows(cell, (0.69, 0.69, 0.69)) > 100 for cell in cells] == [True, True, True, False]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": np.full((60, 2), np.nan)}, "not finite"),
        ({"samples": np.zeros((60, 3))}, r"samples \[60, 3\]"),
        ({"component": np.zeros(59, int)}, r"component \[59\]"),
        ({"data": np.zeros((4, 3))}, r"data \[4, 3\]"),
        ({"means": np.zeros((3, 2)), "stds": np.ones(3)}, "same shape"),
        ({"means": np.zeros((3, 2))}, "same shape"),
    ],
)
def test_figures_refuse(changes, message):
    data, samples, component = toy()
    with pytest.raises(InputError, match=message):
        plots.scatter_figure(**({"data": data, "samples": samples, "component": component} | changes))


def test_png_files_hold_the_picture(tmp_path):
    picture = images(0, 6, 5, 3)
    plots.save_png(tmp_path / "samples" / "step_1.png", picture)
    with Image.open(tmp_path / "samples" / "step_1.png") as back:
        np.testing.assert_array_equal(np.asarray(back), picture)
    with pytest.raises(InputError, match="give uint8"):
        plots.save_png(tmp_path / "a.png", picture[..., 0])
    assert not (tmp_path / "a.png").exists()
