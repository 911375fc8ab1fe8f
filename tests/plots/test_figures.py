"""mogan.plots.figures: pictures by the colours they must show where, and by what must change them."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from mogan.errors import InputError
from mogan.plots import figures
from mogan.plots.colours import colours_of
from tests.helpers import pictures
from tests.helpers.pictures import cells, is_picture, points

BLUE, ORANGE, GREEN = colours_of(3)
GREY = to_rgb(figures.DATA_GREY)


def shows(picture, colour, alpha=0.7, within=30):
    """`pictures.shows` of the opacity that samples have."""
    return pictures.shows(picture, colour, alpha, within)


# --- scatter_figure ---


@functools.cache
def plain():
    return figures.scatter_figure(*points())


def test_both_panels_of_a_scatter_figure_show_the_components_colours():
    data, samples, component = points()
    means, stds = np.array([[-0.5, 0.0], [0.5, 0.0], [0.0, 0.5]]), np.array([[0.1, -0.2], [0.2, 0.1], [-0.1, 0.1]])
    picture = figures.scatter_figure(data, samples, component, means, stds, "step 3")
    assert is_picture(picture)
    left, right = np.array_split(picture, 2, axis=1)
    for colour in (BLUE, ORANGE, GREEN):
        assert shows(left[:-60], colour) > 20
        assert shows(right[:-60], colour) > 20  # the 60 lowest rows hold the legend
    absolute = figures.scatter_figure(data, samples, component, means, np.abs(stds), "step 3")
    np.testing.assert_array_equal(picture, absolute)


def test_a_latent_space_that_is_not_2d_has_no_panel():
    np.testing.assert_array_equal(plain(), figures.scatter_figure(*points(), np.zeros((3, 5)), np.ones((3, 5))))
    assert plain().shape[1] < 600


def test_one_gaussian_under_many_labels_is_black():
    data, samples, component = points()
    picture = figures.scatter_figure(data, samples, component, np.zeros((1, 2)), np.ones((1, 2)))
    left, right = np.array_split(picture[:-60], 2, axis=1)
    for colour in (BLUE, ORANGE, GREEN):
        assert shows(left, colour) > 20
        assert shows(right, colour) == 0
    assert shows(right[100:-100, 100:-100], (0, 0, 0), alpha=0.8) > 100


def circles(density):
    """Bounding box (height, width) of the pixels that a density adds to a scatter figure."""
    changed = np.argwhere(np.any(plain() != figures.scatter_figure(*points(), density=density), axis=2)[70:])
    return np.ptp(changed, axis=0) if len(changed) else None


@pytest.mark.parametrize("radius", [3.0, 4.0])
def test_a_density_adds_circles_of_its_radius_in_deviations(radius):
    height, width = circles(SimpleNamespace(modes=np.array([[0.6, 0.6]]), std=0.1, radius=radius))
    pixels_a_unit = height / (2 * radius * 0.1)
    assert height == pytest.approx(width, abs=3)
    assert 2.4 * pixels_a_unit == pytest.approx(450, abs=60)  # the axis of 2.4 units fills most of the 520 pixels


def test_a_curve_of_gaussians_has_no_circles():
    assert circles(SimpleNamespace(modes=np.full((26, 2), 0.6), std=0.1, radius=4.0)) is None


def test_samples_outside_the_picture_are_counted_in_it():
    data, samples, component = points()
    far = np.concatenate([samples[:-2], [[9.0, 0.0], [0.0, -9.0]]])
    difference = np.argwhere(np.any(plain() != figures.scatter_figure(data, far, component), axis=2))
    assert (difference[:, 0] > 400).mean() > 0.5  # the note stands low in the picture, the points that went do not


def test_fifty_components_are_drawn():
    data, samples, component = points(components=50)
    assert is_picture(figures.scatter_figure(data, samples, component))


@pytest.mark.parametrize(("reach", "expected"), [(0.5, 1.2), (1.2, 1.2), (2.0, 2.2)])
def test_limits_hold_the_data(reach, expected):
    assert figures.limits(np.array([[0.0, -reach], [0.1, 0.2]])) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": np.full((60, 2), np.nan)}, "not finite"),
        ({"samples": np.zeros((60, 3))}, r"samples \[60, 3\]"),
        ({"samples": np.zeros(60)}, r"samples \[60\]"),
        ({"component": np.zeros(59, int)}, r"component \[59\]"),
        ({"data": np.zeros((4, 3))}, r"data \[4, 3\]"),
        ({"data": np.full((4, 2), np.inf)}, "data to draw are not finite"),
        ({"means": np.zeros((3, 2)), "stds": np.ones(3)}, "same shape"),
        ({"means": np.zeros((3, 2))}, "same shape"),
    ],
)
def test_scatter_figures_refuse(changes, message):
    data, samples, component = points()
    with pytest.raises(InputError, match=message):
        figures.scatter_figure(**({"data": data, "samples": samples, "component": component} | changes))


# --- model_panels and sweep_figure ---


def test_panels_fill_rows_and_the_data_comes_last():
    data, samples, component = points(components=1)
    picture = figures.model_panels([("GAN", samples, component), ("DeLiGAN", samples, component)], data, columns=2)
    quarters = cells(picture, 2, 2)
    assert [shows(cell, BLUE) > 30 for cell in quarters] == [True, True, False, False]
    assert [shows(cell, GREY) > 100 for cell in quarters] == [True, True, True, False]


def test_a_sweep_shows_every_cell_in_its_place():
    data, samples, component = points()
    plain, nothing = np.zeros(60, int), (np.zeros((0, 2)), np.zeros(0, int))
    rows = {
        "0.5": {"GAN": (samples, plain), "GM-GAN": nothing},
        "1.0": {"GAN": nothing, "GM-GAN": (samples, component)},
        "2.0": {"GAN": (samples, plain), "GM-GAN": (samples, component)},
    }
    picture = figures.sweep_figure(rows, data)
    panels = cells(picture, 3, 2)
    assert is_picture(picture)
    assert [shows(panel, BLUE) > 15 for panel in panels] == [True, False, False, True, True, True]
    assert [shows(panel, ORANGE) > 15 for panel in panels] == [False, False, False, True, False, True]
    assert all(shows(panel, GREY, alpha=0.6) > 100 for panel in panels)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, r"rows of \[\]: give all the same columns"),
        ({"1": {}}, "same columns"),
        ({"1": {"GAN": points()[1:]}, "2": {"GM-GAN": points()[1:]}}, r"\['GAN'\], \['GM-GAN'\]"),
        ({"1": {"GAN": (np.zeros((3, 2)), np.zeros(2, int))}}, r"component \[2\] of samples \[3, 2\]"),
        ({"1": {"GAN": (np.full((3, 2), np.nan), np.zeros(3, int))}}, "not finite"),
    ],
)
def test_sweeps_refuse(rows, message):
    with pytest.raises(InputError, match=message):
        figures.sweep_figure(rows, points()[0])
