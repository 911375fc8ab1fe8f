"""A picture that shows itself in a notebook."""

import os

import numpy as np

from mogan.config.commands import check_out
from mogan.plots import sheets


class Picture:
    """An image of pixels, uint8 [H, W, 3]: a notebook displays it, numpy.asarray gives the pixels."""

    def __init__(self, pixels: np.ndarray):
        self.pixels = pixels

    def save(self, path: str | os.PathLike) -> None:
        """Writes it as FILE.png, atomically. Raises InputError for another name, or a folder that is not there."""
        sheets.save_png(check_out(path, ".png", argument="path"), self.pixels)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.pixels, dtype=dtype, copy=copy)

    def _repr_png_(self):
        return sheets.png(self.pixels)

    def __repr__(self):
        height, width, _ = self.pixels.shape
        return f"<Picture of {width} x {height} pixels>"
