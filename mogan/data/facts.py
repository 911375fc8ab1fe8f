"""What a source of images holds, as far as a config can be chosen by it; folders are not decoded for it."""

from collections import Counter

import numpy as np
from PIL import Image, ImageMode

from mogan.config.auto import Facts
from mogan.data import listing
from mogan.errors import InputError
from mogan.machine.files import expanded


def facts_of_folder(path: str, classes: str) -> Facts:
    """The facts of the images below a folder, those of the classes named ("apple,pear"; "" for all), by their headers.
    What cannot be read is left out: it is for the loader to tell.

    Raises:
      InputError: as `listing.find`, or no image can be read.
    """
    found = listing.find(path, expanded(path))
    chosen = [name.strip() for name in classes.split(",")] if classes else list(found.classes)
    taken = [not found.classes or found.classes[label] in chosen for label in found.labels]
    files = [file for file, own in zip(found.files, taken, strict=True) if own]
    headers = [header for file in files if (header := _header(file))]
    if not headers:
        raise listing.bad(path, "no image of it can be read; repair or replace them")
    sizes, modes = zip(*headers, strict=True)
    grey = Counter(ImageMode.getmode(mode).basemode == "L" for mode in modes)
    return _facts(f"folder:{path}", len(files), len(chosen), np.array(sizes), mixed=len(grey) == 2)


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


def _header(file):
    """((width, height), mode), or None for what Pillow cannot open; its readers raise anything at all."""
    try:
        with Image.open(file) as image:
            return image.size, image.mode
    except Exception:
        return None
