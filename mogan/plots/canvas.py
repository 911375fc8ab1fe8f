"""Matplotlib by its own defaults: whatever backend or matplotlibrc a user has set, figures come out the same.

The only module that imports it, because an environment that names a backend which is not installed (MPLBACKEND, as
every command of a notebook inherits it) would end that import.
"""

import contextlib
import functools
import os
import sys
import textwrap
from collections.abc import Iterable

import numpy as np

from mogan.machine.files import printable

_backend = "" if "matplotlib" in sys.modules else os.environ.pop("MPLBACKEND", "")
try:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import EllipseCollection
    from matplotlib.colors import hsv_to_rgb, to_rgb
    from matplotlib.figure import Figure
    from matplotlib.patheffects import withStroke
    from matplotlib.ticker import MaxNLocator
finally:
    if _backend:
        os.environ["MPLBACKEND"] = _backend
if _backend:
    with contextlib.suppress(ValueError):  # it is not installed
        matplotlib.rcParams["backend"] = _backend  # for a user's own pyplot; nothing here makes use of it

__all__ = [
    "EllipseCollection",
    "Figure",
    "MaxNLocator",
    "hsv_to_rgb",
    "legend_below",
    "new_figure",
    "note_below",
    "picture",
    "room_for",
    "to_rgb",
    "withStroke",
    "wrapped",
]

LETTER = 0.09  # inches of width, of a letter at 10 points


def picture(draw):
    """The function `draw`, but that its Figure comes back as pixels, uint8 [H, W, 3], by Matplotlib's defaults."""

    @functools.wraps(draw)
    def drawn(*arguments, **options):
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams["text.parse_math"] = False  # names of files and models are text, dollars and all
            canvas = FigureCanvasAgg(draw(*arguments, **options))
            canvas.draw()
            return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    return drawn


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that many inches, a hundred pixels each, whose parts make room for one another."""
    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def wrapped(text: str, width: float) -> str:
    """`text`, which may be a file's name, in lines that fit into `width` inches at 10 points."""
    return "\n".join(textwrap.wrap(printable(text), max(8, int(width / LETTER))))


def room_for(titles: Iterable[str]) -> float:
    """Inches that the longest of `titles` (`wrapped`) needs for its lines after the first."""
    return 0.17 * max((title.count("\n") for title in titles), default=0)


def legend_below(figure: Figure, handles, labels, **options) -> None:
    """A legend under all panels, in as many columns as fit; the figure grows by its rows."""
    width, height = figure.get_size_inches()
    labels = [wrapped(label, width - 0.6) for label in labels]
    longest = max(len(line) for label in labels for line in label.split("\n"))
    columns = max(1, min(len(labels), int((width - 0.3) / (LETTER * longest + 0.3))))
    lines = sum(1 + label.count("\n") for label in labels[::columns]) + ("title" in options)
    figure.set_size_inches(width, height + 0.2 * lines + 0.1)
    compact = {"handlelength": 1.0, "handletextpad": 0.4, "columnspacing": 0.9, "loc": "outside lower center"}
    figure.legend(handles, labels, ncols=columns, **(compact | options))


def note_below(figure: Figure, text: str) -> None:
    """A line of text under all panels, in as many lines as it needs; the figure grows by them."""
    width, height = figure.get_size_inches()
    text = wrapped(text, width - 0.4)
    figure.set_size_inches(width, height + 0.45 + room_for([text]))
    figure.supxlabel(text, fontsize=10)
