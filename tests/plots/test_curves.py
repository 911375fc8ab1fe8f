"""mogan.plots.curves: means, errors and gaps of scores, and panels of them."""

import numpy as np
import pytest

from mogan.errors import InputError
from mogan.plots import curves
from mogan.plots.colours import colours_of
from tests.helpers.pictures import is_picture, shows

BLUE, ORANGE, GREEN = colours_of(3)


def test_a_curve_is_the_mean_with_one_standard_error_around_it():
    values = np.random.default_rng(0).normal(size=(10, 7))
    mean, error = curves._mean_and_error("GAN", values, 7)
    np.testing.assert_allclose(mean, [sum(column) / 10 for column in values.T])
    variances = [sum((value - sum(column) / 10) ** 2 for value in column) / 9 for column in values.T]
    np.testing.assert_allclose(error, np.sqrt(np.array(variances) / 10))


def curve_picture(**values):
    lines = {name: (np.arange(5) * 10, of_name) for name, of_name in values.items()}
    return curves.curves_figure(lines, "epoch", "negative log-likelihood")


def test_every_curve_has_a_line_and_a_band_unless_it_is_of_one_run():
    up, down = np.linspace(0, 1, 5), np.linspace(1, 0, 5)
    single = curve_picture(GAN=[up], GMGAN=[down])
    several = curve_picture(GAN=[up, up + 0.2], GMGAN=[down, down + 0.2])
    assert is_picture(single)
    for colour in (BLUE, ORANGE):
        assert shows(single, colour, alpha=1) > 100
        assert shows(several, colour, alpha=0.2, within=8) > 2000 > 10 * shows(single, colour, alpha=0.2, within=8)


def test_long_labels_are_seen_whole():
    """No dark pixel of theirs lies on the picture's edge, where they would be cut off."""
    two = np.tile(np.linspace(0, 1, 5), (2, 1))
    labels = "discriminator updates", "negative log-likelihood of samples (nats), lower is better"
    pictures = (
        curves.curves_figure({"GAN": (np.arange(5), two)}, *labels),
        curves.curve_panels(np.arange(5), {"one": {"GAN": two}}, 1, *labels),
    )
    for picture in pictures:
        edges = picture[0], picture[-1], picture[:, 0], picture[:, -1]
        assert all((edge > 200).all() for edge in edges)


def test_a_curve_of_one_point_is_a_dot():
    legend = curves.curves_figure({"GAN": ([3], [[np.nan]])}, "step", "void")
    drawn = curves.curves_figure({"GAN": ([3], [[0.5]])}, "step", "void")
    assert shows(drawn, BLUE, alpha=1) > shows(legend, BLUE, alpha=1) + 10


def test_a_missing_value_is_a_gap_in_its_curve_alone():
    whole = np.tile(np.linspace(0, 1, 5), (2, 1))
    undefined, infinite = whole.copy(), 1 - whole
    undefined[1, 2], infinite[1, 2] = np.nan, np.inf
    complete = curve_picture(GAN=whole, GMGAN=1 - whole, DELIGAN=0.2 + 0 * whole)
    gaps = curve_picture(GAN=undefined, GMGAN=infinite, DELIGAN=0.2 + 0 * whole)
    for colour in (BLUE, ORANGE):
        assert shows(gaps, colour, alpha=1) < 0.7 * shows(complete, colour, alpha=1)
    assert shows(gaps, GREEN, alpha=1) >= shows(complete, GREEN, alpha=1)


@pytest.mark.parametrize(
    ("x", "values", "message"),
    [
        (np.zeros((5, 1)), np.zeros((2, 5)), r"'GAN' over x \[5, 1\]"),
        (np.arange(5), np.zeros((2, 4)), r"curve 'GAN' of shape \[2, 4\]: give \[runs, 5\]"),
        (np.arange(5), np.zeros(5), r"curve 'GAN' of shape \[5\]"),
        (np.arange(5), np.zeros((0, 5)), r"curve 'GAN' of shape \[0, 5\]"),
    ],
)
def test_curves_refuse(x, values, message):
    with pytest.raises(InputError, match=message):
        curves.curves_figure({"GAN": (x, values)}, "epoch", "score")
    with pytest.raises(InputError, match="0 curves"):
        curves.curves_figure({}, "epoch", "score")


def test_every_curve_has_points_of_its_own():
    """A model that was evaluated half as often, over the same stretch, covers as much of the axis."""
    line = np.linspace(0, 1, 9)[None]
    half = {"often": (np.arange(9), 1 - line), "seldom": (np.arange(0, 9, 2), line[:, ::2])}
    picture = curves.curves_figure(half, "step", "score")
    often, seldom = (np.abs(picture - 255.0 * colour).max(axis=2) < 60 for colour in (BLUE, ORANGE))
    across = [np.ptp(np.argwhere(shown[:-60])[:, 1]) for shown in (often, seldom)]
    assert across[0] == pytest.approx(across[1], abs=4)


def test_panels_stand_in_rows_and_each_shows_its_models():
    values = np.tile(np.linspace(0.2, 0.8, 4), (3, 1))
    models = {"gan": (values, 1 - values), "gmgan": (values, values)}
    two = curves.tradeoff_panels({"a": models, "b": models}, columns=2)
    four = curves.tradeoff_panels(dict.fromkeys("abcd", models), columns=2)
    assert two.shape[1] == four.shape[1] and four.shape[0] == 2 * two.shape[0]
    for half in np.array_split(two, 2, axis=1):
        assert shows(half, BLUE, alpha=1) > 50 and shows(half, ORANGE, alpha=1) > 50
    assert (two != curves.tradeoff_panels({"a": models, "b": models}, 2, "precision", "recall")).any()
    single = curves.curve_panels(np.arange(4), {"a": {"gan": values}}, 1, "scale", "is/mean")
    assert is_picture(single) and shows(single, BLUE, alpha=1) > 50
    with pytest.raises(InputError, match="no panel"):
        curves.tradeoff_panels({}, 2)
    with pytest.raises(InputError, match="no model"):
        curves.tradeoff_panels({"a": {}}, 2)
