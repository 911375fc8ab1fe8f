"""The files of a folder that make a data set: the images in it, or those in its sub-folders, which are the classes."""

import os
import pathlib
from typing import NamedTuple

from mogan.data.decode import suffixes
from mogan.errors import InputError
from mogan.machine.files import printable

SYSTEM = {"__macosx", "@eadir", "desktop.ini", "thumbs.db"}  # what macOS, Synology and Windows leave, unasked
SHOWN = 3  # files that a message names
KINDS = ".bmp, .gif, .jpg, .png, .tif, .webp or another that Pillow reads"


class Listing(NamedTuple):
    """files: the images, by class and name; labels: the number of each one's class; classes: their names, () without;
    others: files that are no images by their endings; deeper: images further down; neither is taken."""

    files: list[pathlib.Path]
    labels: list[int]
    classes: tuple[str, ...]
    others: list[pathlib.Path]
    deeper: list[pathlib.Path]


def bad(path: str, problem: str) -> InputError:
    """The error of what is wrong with the data set folder:`path`."""
    return InputError(f"config.data.source = 'folder:{printable(path)}': {problem}")


def some(names: list[str]) -> str:
    """The first few names, for a message."""
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def find(path: str, root: pathlib.Path) -> Listing:
    """The images of the folder `root`, which the config names `path`. Hidden files, and those of the system, are no
    part of it.

    Raises:
      InputError: no such folder, no image, a class without any, images beside class folders, or class folders that
        hold class folders themselves.
    """
    if not root.is_dir():
        raise bad(path, "no such folder; give one that holds images, or a folder of images for each class")
    files, folders, others = _entries(root)
    if folders and files:
        beside = f"{_name(files[0], root)} lies beside the folders of the classes ({_name(folders[0], root)}, ...)"
        raise bad(path, f"{beside}; move it")
    if not folders and not files:
        raise bad(path, f"it holds no image ({KINDS})")
    if not folders:
        return Listing(files, [0] * len(files), (), others, [])
    labels, deeper, nested = [], [], {}
    for label, folder in enumerate(folders):
        own, inner, rest = _entries(folder)
        below = [file for below in inner for file in _below(below)]
        if below and not own:
            nested[folder] = [_name(below, folder) for below in inner]
        elif not own:
            name = _name(folder, root)
            raise bad(path, f"class {name!r} has no image ({KINDS}); fill or remove its folder")
        files, labels, others, deeper = files + own, labels + [label] * len(own), others + rest, deeper + below
    if nested:
        raise bad(path, _advice(path, root, nested))
    return Listing(files, labels, tuple(_name(folder, root) for folder in folders), others, deeper)


def _advice(path, root, nested):
    """Which folder to give instead of one whose folders hold folders."""
    given = next((folder for folder in nested if folder.name == "train"), next(iter(nested)))
    held = some([_name(folder, root) for folder in nested])
    return (
        f"{held}: no images there, but folders of images ({some(nested[given])}); give "
        f"folder:{printable(path.rstrip('/'))}/{_name(given, root)}, whose folders then are the classes, or move the "
        "images up"
    )


def _entries(folder):
    """(images, sub-folders, other files) right in `folder`, each by name."""
    held = sorted(entry for entry in folder.iterdir() if not is_hidden(entry.name))
    folders = [entry for entry in held if entry.is_dir()]
    files = [entry for entry in held if not entry.is_dir()]
    return [file for file in files if _is_image(file)], folders, [file for file in files if not _is_image(file)]


def _below(folder):
    """The images in `folder` and anywhere below it, by name; links to folders are not followed."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        found += [pathlib.Path(place, name) for name in names if not is_hidden(name)]
    return sorted(filter(_is_image, found))


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is no part of any data set: hidden, such as macOS's ._NAME beside a NAME,
    or left by the system."""
    return name.startswith(".") or name.lower() in SYSTEM


def _is_image(file):
    # a link to nothing is an image that cannot be read, and is named so; a pipe would be waited for
    return file.suffix.lower() in suffixes() and (file.is_file() or file.is_symlink())


def _name(file, root):
    return printable(str(file.relative_to(root)))
