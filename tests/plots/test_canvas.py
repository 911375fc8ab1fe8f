"""mogan.plots.canvas: figures that are the same under every setting of Matplotlib, and text that fits."""

import os
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager

from mogan.plots import canvas, contours, curves, figures
from mogan.plots.colours import colours_of
from tests.helpers import pictures
from tests.helpers.pictures import points
from tests.helpers.support import ROOT

DRAW = """
import sys, hashlib, numpy as np
from mogan.plots import contours, curves, figures
z = np.zeros((1, 2))
seen = figures.scatter_figure(z, z, np.zeros(1, int), title="a_b $x$ {").tobytes()
print(hashlib.sha256(seen).hexdigest(), "matplotlib.pyplot" in sys.modules)
"""


def drawn(folder, **environment):
    """What a process prints that draws in `folder`, where a matplotlibrc may lie."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-W", "error", "-c", DRAW]
    process = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_neither_backend_nor_settings_of_the_user_matter(tmp_path):
    """A backend that is not installed, as commands of a notebook inherit one; LaTeX, not installed either."""
    plain = drawn(tmp_path)
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nsavefig.dpi: 300\naxes.facecolor: red\nfont.size: 30\n")
    assert drawn(tmp_path, MPLBACKEND="module://matplotlib_inline.backend_inline") == plain
    assert drawn(tmp_path, MPLBACKEND="nothing of that name") == plain
    assert plain.endswith("False\n")


def test_settings_of_a_program_are_neither_used_nor_changed():
    plain = figures.scatter_figure(*points())
    own = {"text.usetex": True, "axes.facecolor": "red", "figure.facecolor": "blue", "lines.linewidth": 9.0}
    with matplotlib.rc_context(own):
        np.testing.assert_array_equal(figures.scatter_figure(*points()), plain)
        assert {name: matplotlib.rcParams[name] for name in own} == own


def test_a_backend_that_is_installed_is_still_the_users(tmp_path):
    program = "import os, mogan.plots.canvas, matplotlib; print(matplotlib.get_backend(), os.environ['MPLBACKEND'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "svg"}
    shown = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == "svg svg\n"


def edges(picture):
    """The outermost pixels of a picture."""
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


@pytest.mark.parametrize("count", [2, 5, 9])
@pytest.mark.parametrize("latent", [False, True])
def test_a_legend_of_components_is_whole(count, latent):
    data, samples, component = points(components=count)
    moments = (np.zeros((count, 2)), np.ones((count, 2))) if latent else ()
    picture = figures.scatter_figure(data, samples, component, *moments)
    assert (edges(picture) == 255).all()
    legend = picture[-45:]
    assert all(pictures.shows(legend, colour) > 10 for colour in colours_of(count))


def test_legends_and_titles_of_long_names_are_whole():
    names = [f"gmgan_supervised_dynamic /home/someone/experiments/of/mine/runs/{n}" for n in "abc"]
    values = np.tile(np.linspace(0, 1, 5), (2, 1))
    data, samples, component = points()
    terrain = contours.Terrain(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5), np.eye(5))
    for picture in (
        curves.curves_figure(dict.fromkeys(names, (np.arange(5), values)), "step", "score"),
        curves.tradeoff_figure(dict.fromkeys(names, (values, values))),
        figures.model_panels([(name, samples, component) for name in names], data, columns=4),
        figures.sweep_figure({"scale 1": dict.fromkeys(names, (samples, component))}, data),
        figures.scatter_figure(data, samples, component, title=names[0]),
        contours.contour_figure([contours.LogitPanel(name, terrain, samples) for name in names], data),
    ):
        assert (edges(picture) == 255).all()


def test_lines_fit_the_width_that_they_are_given():
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    font.set_size(10, 100)
    text = "gmgan_supervised_dynamic runs/my-folder/of_runs/" * 3
    for width in (2.5, 5.0):
        for line in canvas.wrapped(text, width).split("\n"):
            font.set_text(line)
            assert font.get_width_height()[0] / 64 <= 100 * width
    assert canvas.wrapped("caf\udce9", 5) == r"caf\xe9"


def test_more_components_than_a_legend_holds_have_their_numbers():
    """At their means where these are shown, else amid their samples; nothing but the numbers is added."""
    data, samples, component = points(components=10)
    means = np.stack([np.linspace(-1, 1, 10), np.zeros(10)], axis=1)
    for moments in ((), (means, np.full((10, 2), 0.05)), (means[:1], np.full((1, 2), 0.05))):
        marked = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(figures, "_draw_numbers", lambda *drawn, marked=marked: marked.append(drawn))
            without = figures.scatter_figure(data, samples, component, *moments)
        picture = figures.scatter_figure(data, samples, component, *moments)
        changed = np.flatnonzero((picture != without).any(axis=(0, 2)))
        middle = picture.shape[1] // 2 if moments else 0
        ((_, places, _),) = marked
        if len(moments) and len(moments[0]) == 10:
            np.testing.assert_array_equal(places, means)
            assert (changed > middle).all()
        else:
            np.testing.assert_allclose(places[3], np.median(samples[component == 3], axis=0))
            assert not moments or (changed < middle).all()
        assert len(changed) > 50
