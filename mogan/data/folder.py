"""Folders of image files: a sub-folder a class, or all files in one."""

import collections
import concurrent.futures
import logging
import pathlib
import re
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from mogan.data.dataset import Dataset
from mogan.data.fit import SUFFIXES, fit, flatten, strokes
from mogan.errors import InputError

SHOWN = 3  # files that an error names
TRACK_FRAME = re.compile(r"(\d+)_\d+")  # names of frames, as 00003_00012.png


class Decoded(NamedTuple):
    """uint8 [h, w, c] with c 1 or 3, or the reason why there is none."""

    image: np.ndarray | None
    problem: str = ""


def load(path: str, image_size: int = 0, skip_broken: bool = False, widened: int = 0) -> Dataset:
    """The images below a folder, in the order of their names.

    Sub-folders are the classes, named and ordered by name; without sub-folders there are no labels. Grey images keep
    one channel, all others have three, on white where they are transparent. `image_size` > 0: the shorter side is
    resized to it, with anti-aliasing, and the longer one cropped about its centre. `widened` > 0, an odd number: the
    images are drawings in dark lines on white, and become white strokes on black (`fit.strokes`). Files named
    TRACK_FRAME, as 00003_00012.png, are frames of one track, within their class.

    Raises:
      InputError: no such folder, no image, a class without any, files beside class folders, images that cannot be read
        (unless `skip_broken`, which names and counts them in a warning), grey among colour, several sizes; an even
        `widened`.
    """
    if widened and widened % 2 == 0:
        raise InputError(f"config.data.strokes = {widened}: a square about a pixel has an odd side; give 1, 3, ...")
    root = pathlib.Path(path).expanduser()
    if not root.is_dir():
        raise _bad(path, "no such folder; give one that holds images, or a folder of images for each class")
    classes = sorted(entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    found = [(file, 0) for file in _images(root)]
    if classes and found:
        raise _bad(path, f"{found[0][0].name} lies beside the folders of the classes ({classes[0]}, ...); move it")
    for label, name in enumerate(classes):
        own = _images(root / name)
        if not own:
            raise _bad(path, f"class {name!r} has no image ({', '.join(sorted(SUFFIXES))}); fill or remove its folder")
        found += [(file, label) for file in own]
    if not found:
        raise _bad(path, f"it holds no image ({', '.join(sorted(SUFFIXES))})")
    kept, labels = _read(path, root, found, skip_broken, image_size, widened)
    x, tracks = _stack(path, root, kept), _tracks([file for file, _ in kept])
    return Dataset(x, np.array(labels, np.int32) if classes else None, tuple(classes), tracks=tracks)


def _bad(path, problem):
    return InputError(f"config.data.source = {f'folder:{path}'!r}: {problem}")


def _images(folder):
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())


def _tracks(files):
    """A number [n] a file, equal for frames of one track; None if no name is of a frame."""
    matches = [TRACK_FRAME.fullmatch(file.stem) for file in files]
    if not any(matches):
        return None
    pairs = zip(files, matches, strict=True)
    names = [str(file.parent / match[1]) if match else str(file) for file, match in pairs]
    return np.unique(names, return_inverse=True)[1]


def _read(path, root, found, skip_broken, *size_and_strokes):
    """([(file, image)], labels) of all that can be read."""
    with concurrent.futures.ThreadPoolExecutor() as pool:  # decoding releases the interpreter's lock
        decoded = list(pool.map(lambda entry: _decode(entry[0], *size_and_strokes), found))
    broken = [
        f"{file.relative_to(root)} ({one.problem})"
        for (file, _), one in zip(found, decoded, strict=True)
        if one.problem
    ]
    if broken:
        named = ", ".join(broken[:SHOWN]) + (", ..." if len(broken) > SHOWN else "")
        problem = f"{len(broken)} of {len(found)} images cannot be read: {named}"
        if not skip_broken:
            raise _bad(path, f"{problem}; repair or remove them, or set config.data.skip_broken = True")
        logging.getLogger(__name__).warning("folder:%s: %s; skipped", path, problem)
    good = [(file, label, one.image) for (file, label), one in zip(found, decoded, strict=True) if not one.problem]
    left = {label for _, label, _ in good}
    for file, label in found:
        if label not in left:
            raise _bad(path, f"no image of {file.parent.name!r} can be read; repair or remove it")
    return [(file, image) for file, _, image in good], [label for _, label, _ in good]


def _decode(file, image_size, widened) -> Decoded:
    try:
        with Image.open(file) as image:
            image = flatten(image)
            if widened:
                image = strokes(image, image_size, widened)
            elif image_size:
                image = fit(image, image_size)
            array = np.asarray(image)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        return Decoded(None, _reason(error))
    return Decoded(array if array.ndim == 3 else array[..., None])


def _reason(error):
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    return (str(error).splitlines() or [type(error).__name__])[0]


def _stack(path, root, kept):
    shapes = collections.defaultdict(list)
    for file, image in kept:
        shapes[image.shape].append(file)
    if len({shape[2] for shape in shapes}) > 1:
        grey, colour = (
            next(files[0] for shape, files in shapes.items() if shape[2] == channels) for channels in (1, 3)
        )
        raise _bad(
            path,
            f"{grey.relative_to(root)} is grey and {colour.relative_to(root)} has colour; convert them to one kind",
        )
    if len(shapes) > 1:
        (a, first), (b, second), *_ = ((shape, files[0].relative_to(root)) for shape, files in shapes.items())
        raise _bad(
            path,
            f"{first} is {a[1]}x{a[0]} pixels and {second} {b[1]}x{b[0]}; set config.data.image_size, to which "
            "images are resized and cropped",
        )
    return np.stack([image for _, image in kept])
