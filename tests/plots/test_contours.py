"""mogan.plots.contours: pictures by the colours they must show where."""

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from mogan.errors import InputError
from mogan.plots import contours
from mogan.plots.contours import JointPanel, LogitPanel, Terrain
from tests.helpers.pictures import cells, is_picture, points, shows

DATA, SAMPLES, _ = points()
DARK = colormaps["Blues_r"](0.0)[:3]


def terrain(slope=1.0):
    """A logit that rises from left to right."""
    x, y = np.linspace(-1.5, 1.5, 12), np.linspace(-1, 1, 9)
    return Terrain(x, y, np.tile(slope * x, (9, 1)))


def test_contours_rise_where_the_logit_does_and_carry_the_points():
    panels = [LogitPanel("lol1", terrain(), SAMPLES), LogitPanel("vanilla", terrain(-100.0), SAMPLES)]
    picture = contours.contour_figure(panels, DATA)
    assert is_picture(picture)
    rising, falling = np.array_split(picture, 2, axis=1)
    dark = [shows(half, DARK, within=30) for panel in (rising, falling) for half in cells(panel, 1, 2)]
    assert dark[0] > 2 * dark[1] and dark[3] > 2 * dark[2]  # the colour bars on the right have some, too
    for panel in (rising, falling):
        assert shows(panel, to_rgb(contours.SAMPLE_RED), alpha=0.8, within=60) > 100
    no_data = contours.contour_figure(panels, np.zeros((0, 2)))
    assert np.any(picture != no_data, axis=2).sum() > 100


def test_a_flat_terrain_is_drawn():
    flat = terrain(0.0)
    assert is_picture(contours.contour_figure([LogitPanel("start", flat, SAMPLES)], DATA))


def joint(**changes):
    return JointPanel("lol1", terrain(), DATA, DATA[:, 0], SAMPLES, SAMPLES[:, 1])._replace(**changes)


def test_a_joint_figure_shows_both_kinds_of_pairs_over_the_contour():
    picture = contours.joint_figure([joint(), joint(x=np.zeros((0, 2)), codes=np.zeros(0))])
    assert is_picture(picture)
    both, generated = np.array_split(picture[:-50], 2, axis=1)  # the 50 lowest rows hold the legend
    orange, green = to_rgb(contours.ORANGE), to_rgb(contours.GREEN)
    assert shows(both, orange) > 50 and shows(generated, orange) == 0
    assert shows(both, green) > 20 and shows(generated, green) > 20
    floor = both[both.shape[0] // 2 :]
    assert shows(floor, DARK, within=30) > 300


def test_z_points_upwards():
    ends = {"x": np.array([[-1.4, -0.9], [1.4, 0.9]]), "codes": np.array([-1.0, 1.0])}
    panels = [joint(**ends, generated=0.2 * SAMPLES, z=np.full(60, height)) for height in (-0.8, 0.8)]
    picture = contours.joint_figure(panels)[:-50]
    green = np.abs(picture - 255 * np.array(to_rgb(contours.GREEN))).max(axis=2) < 40
    low, high = (np.argwhere(half)[:, 0].mean() for half in np.array_split(green, 2, axis=1))
    assert low > high + 50  # rows count downwards


GRID = terrain()


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        (LogitPanel("a", GRID._replace(values=GRID.values.T), SAMPLES), r"values \[12, 9\]"),
        (LogitPanel("a", GRID._replace(x=GRID.x[:1], values=GRID.values[:, :1]), SAMPLES), r"terrain of x \[1\]"),
        (LogitPanel("a", GRID._replace(values=np.nan * GRID.values), SAMPLES), "discriminator has diverged"),
        (LogitPanel("a", GRID, np.zeros((4, 3))), r"samples \[4, 3\]"),
        (LogitPanel("a", GRID, np.full((4, 2), np.nan)), "samples to draw are not finite"),
    ],
)
def test_contours_refuse(panel, message):
    with pytest.raises(InputError, match=message):
        contours.contour_figure([panel], DATA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"codes": np.zeros((60, 1))}, r"codes \[60, 1\] of 60 points"),
        ({"z": np.zeros(59)}, r"z \[59\] of 60 points"),
        ({"z": np.full(60, np.nan)}, "z to draw are not finite"),
        ({"x": np.zeros((60, 3))}, r"x \[60, 3\]"),
        ({"terrain": GRID._replace(y=GRID.x)}, r"y \[12\], values \[9, 12\]"),
    ],
)
def test_joint_figures_refuse(changes, message):
    with pytest.raises(InputError, match=message):
        contours.joint_figure([joint(**changes)])


def test_no_panel_is_refused():
    for draw in (contours.joint_figure, lambda panels: contours.contour_figure(panels, DATA)):
        with pytest.raises(InputError, match="at least one model"):
            draw([])
