"""mogan.plots.lines: LOGAN's figure 2b, what is in it and what is refused."""

import numpy as np
import pytest

from mogan.errors import InputError
from mogan.plots import lines
from tests.helpers.pictures import is_picture

X = np.linspace(-1.2, 1.2, 50)
PANEL = lines.LinePanel("lol1", X, np.sin(X), np.cos(X), np.linspace(-1, 1, 9), np.linspace(-1, 1, 5), np.zeros(9))


def drawn(panels, monkeypatch):
    """The picture, and what its legend names."""
    named = []
    monkeypatch.setattr(lines, "legend_below", lambda figure, handles, labels: named.extend(labels))
    return lines.line_figure(panels), named


def test_logit_gradient_data_and_samples_are_named(monkeypatch):
    picture, named = drawn([PANEL], monkeypatch)
    assert is_picture(picture)
    assert named == ["logit D(x, E(x))", "its gradient in x", "data", "samples"]


def test_models_stand_side_by_side_and_then_beneath(monkeypatch):
    shapes = [drawn(count * [PANEL], monkeypatch)[0].shape for count in (1, 2, 3, 4)]
    assert shapes[1][1] == 2 * shapes[0][1] and shapes[2][1] == shapes[3][1] == 3 * shapes[0][1]
    assert shapes[3][0] == 2 * shapes[0][0]


def test_a_model_without_an_encoder_has_no_ways_back(monkeypatch):
    without, _ = drawn([PANEL._replace(back=None)], monkeypatch)
    assert without.shape == drawn([PANEL], monkeypatch)[0].shape
    assert (without != drawn([PANEL], monkeypatch)[0]).any()


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ([], "no panel to draw"),
        ([PANEL._replace(logit=X[:-1])], r"lol1: x \[50\], logit \[49\]: give \[m\] each"),
        ([PANEL._replace(back=np.zeros(4))], r"reconstructions \[4\] of 9 data"),
        ([PANEL._replace(slope=X * np.nan)], "slope to draw is not finite"),
    ],
)
def test_line_figures_refuse(panels, message):
    with pytest.raises(InputError, match=message):
        lines.line_figure(panels)
