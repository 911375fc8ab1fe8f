"""What a source of images holds, as far as a config can be chosen by it; of folders only a few images are decoded."""

import numpy as np
from PIL import Image

from mogan.config.auto import Facts
from mogan.data import listing
from mogan.data.arrays import chosen_of
from mogan.data.decode import decode, possible_modes, shown_size
from mogan.errors import InputError
from mogan.machine.files import expanded

LOOKED_AT, PAPER, GREYISH, MOSTLY = 20, 250, 16, 0.8  # images; grey levels; their range in a pixel; a share
MOST_LOOKED_AT = 200  # images, for a colour
LINES = 150  # as many as lines beside each other would fill an image


def facts_of_folder(path: str, classes: str, background: tuple[int, int, int]) -> Facts:
    """The facts of the images below a folder, those of the classes named ("apple,pear"; "" for all), on `background`,
    by their headers. What cannot be read is left out: it is for the loader to tell.

    Raises:
      InputError: as `listing.find`, there is no such class, or no image can be read.
    """
    found = listing.find(path, expanded(path))
    chosen = chosen_of(classes, found.classes) if classes and found.classes else list(found.classes)
    taken = [not found.classes or found.classes[label] in chosen for label in found.labels]
    files = [file for file, own in zip(found.files, taken, strict=True) if own]
    headers = [header for file in files if (header := _header(file, background))]
    if not headers:
        raise listing.bad(path, "no image of it can be read; repair or replace them")
    sizes, modes = zip(*headers, strict=True)
    mixed = len(frozenset().union(*modes)) > 1
    facts = _facts(f"folder:{path}", len(files), len(chosen), np.array(sizes), mixed)
    grey = all(_is_grey(file, background) for file in _evenly(files, MOST_LOOKED_AT))
    return facts._replace(drawn=_are_drawn(files), grey=grey)


def facts_of(source: str, dataset) -> Facts:
    """The facts of a data set in memory. Raises InputError if it holds points."""
    if dataset.x.ndim != 4:
        raise InputError(
            f"config.data.source = {source!r} holds points, and config.auto chooses by images; set config.auto to ''"
        )
    sizes = np.array([dataset.x.shape[1:3]])
    return _facts(source, len(dataset.x), len(dataset.classes), sizes, mixed=False)


def _facts(source, count, classes, sizes, mixed):
    sides = np.median(np.sort(sizes, axis=1), axis=0)
    return Facts(source, count, classes, tuple(map(int, sides)), alike=bool((sizes == sizes[0]).all()), mixed=mixed)


def _evenly(files, count):
    """`count` of them, or all, evenly over all."""
    return [files[row] for row in np.unique(np.linspace(0, len(files) - 1, count).astype(int))]


def _is_grey(file, background):
    """Whether every pixel is nearly grey."""
    try:
        image = decode(file, background).image
    except Exception:  # as below
        return True  # another must tell
    return image.mode == "L" or bool(np.ptp(np.asarray(image), axis=2).max() <= GREYISH)


def _are_drawn(files):
    """Whether most of a few images are nearly white, and what is not is nearly grey, dark and thin."""
    return bool(np.mean([_is_drawn(file) for file in _evenly(files, LOOKED_AT)]) >= MOSTLY)


def _is_drawn(file):
    try:
        pixels = np.asarray(decode(file).image.convert("RGB"), int)
    except Exception:  # as above
        return True  # another must tell
    white = pixels.min(2) >= PAPER
    near = 1 + min(white.shape) // LINES
    middle, before, after = slice(near, -near), slice(None, -2 * near), slice(2 * near, None)
    thin = white[middle, before] | white[middle, after] | white[before, middle] | white[after, middle]  # paper is near
    ink = ~white[middle, middle]
    colourless = np.ptp(pixels, axis=2).max() <= GREYISH
    return bool(colourless and white.mean() >= MOSTLY and ink.any() and thin[ink].mean() >= MOSTLY)


def _header(file, background):
    """((width, height), the modes that `decode` may give it), or None for what Pillow cannot open; its readers raise
    anything at all."""
    try:
        with Image.open(file) as image:
            return shown_size(image), possible_modes(image, background)
    except Exception:
        return None
