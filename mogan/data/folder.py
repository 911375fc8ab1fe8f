"""Folders of image files: a sub-folder a class, or all files in one."""

import collections
import concurrent.futures
import functools
import logging
import re
from typing import NamedTuple

import numpy as np
from PIL import UnidentifiedImageError

from mogan.data import listing
from mogan.data.dataset import Dataset
from mogan.data.decode import WHITE, colour, decode
from mogan.data.decoded import decoded
from mogan.data.fit import fit, strokes
from mogan.data.listing import bad, some
from mogan.errors import InputError, first_line
from mogan.machine.files import expanded, printable

MODES = {0: None, 1: "L", 3: "RGB"}  # by channels, Pillow's
TRACK_FRAME = re.compile(r"(\d{5})_\d{5}")  # names of frames, as 00003_00012.png; a phone's are of date and time


class Decoded(NamedTuple):
    """uint8 [h, w, c] with c 1 or 3, or the reason why there is none; transparent, several: as in a Picture."""

    image: np.ndarray | None
    problem: str = ""
    transparent: bool = False
    several: bool = False


def load(
    path: str,
    image_size: int = 0,
    skip_broken: bool = False,
    widened: int = 0,
    background: str = "white",
    channels: int = 0,
) -> Dataset:
    """The images below a folder, in the order of their names.

    Sub-folders are the classes, named and ordered by name; without sub-folders there are no labels. Images are turned
    upright (EXIF). Grey ones keep one channel, all others have three; `channels` 1 or 3 says so for all. They lie on
    `background` (as `decode.colour` reads it) where they are transparent; the notes of the data set say how many are.
    `image_size` > 0: the shorter side is resized to it, with anti-aliasing, and the longer one cropped about its
    centre. `widened` > 0, an odd number: the images are drawings in dark lines on white, and become white strokes on
    black (`fit.strokes`). A warning counts and names what is not taken: other files, images in deeper folders, and all
    but the first frame of files with several. Files named TRACK_FRAME, as 00003_00012.png, are frames of one track,
    within their class. What was `decoded` once is read from the cache.

    Raises:
      InputError: no such folder, no image, a class without any, files beside class folders, images that cannot be read
        (unless `skip_broken`, which names and counts them in a warning), grey among colour, several sizes; an even
        `widened`, or one with another background than white; no colour.
    """
    if widened and widened % 2 == 0:
        raise InputError(f"config.data.strokes = {widened}: a square about a pixel has an odd side; give 1, 3, ...")
    if widened and colour(background) != WHITE:
        strokes_need = f"config.data.strokes = {widened}: drawings are in dark lines on white"
        raise InputError(f"{strokes_need}; set config.data.background ({background!r}) to white, or strokes to 0")
    root = expanded(path)
    found = listing.find(path, root)
    how = image_size, widened, colour(background), MODES[channels]

    def decode_all():
        made = _decode_all(found.files, *how)
        problems = [one.problem for one in made]
        _check_read(path, root, found, problems, skip_broken)
        pairs = zip(found.files, made, strict=True)
        x = _stack(path, root, [(file, one.image) for file, one in pairs if not one.problem])
        flags = {name: np.array([getattr(one, name) for one in made]) for name in ("transparent", "several")}
        return {"x": x, "problem": np.array(problems), **flags}

    # what cannot be read now, as on a disk that is away, may be read another time
    arrays = decoded(found.files, how, decode_all, lasts=lambda arrays: not arrays["problem"].any())
    _warn_of_the_rest(path, root, found, [found.files[row] for row in np.flatnonzero(arrays["several"])])
    x, good = arrays["x"], np.flatnonzero(arrays["problem"] == "")
    labels = np.array(found.labels, np.int32)[good] if found.classes else None
    note = f"{arrays['transparent'].sum()} of the folder's {len(x)} images have transparent parts, which show"
    notes = (f"{note} config.data.background = {background!r}",)
    return Dataset(x, labels, found.classes, notes=notes, tracks=_tracks([found.files[row] for row in good]))


def _tracks(files):
    """A number [n] a file, equal for frames of one track; None if no name is of a frame."""
    matches = [TRACK_FRAME.fullmatch(file.stem) for file in files]
    if not any(matches):
        return None
    pairs = zip(files, matches, strict=True)
    names = [str(file.parent / match[1]) if match else str(file) for file, match in pairs]
    return np.unique(names, return_inverse=True)[1]


def _decode_all(files, *how):
    with concurrent.futures.ThreadPoolExecutor() as pool:  # decoding releases the interpreter's lock
        return list(pool.map(lambda file: _decode(file, *how), files))


def _decode(file, image_size, widened, background, mode) -> Decoded:
    try:
        picture = decode(file, background)
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise anything at all on damaged files
        return Decoded(None, _reason(error))
    image = picture.image.convert(mode) if mode else picture.image
    if widened:
        image = strokes(image, image_size, widened)
    elif image_size:
        image = fit(image, image_size)
    array = np.asarray(image)
    return Decoded(array if array.ndim == 3 else array[..., None], "", picture.transparent, picture.several)


def _reason(error):
    return "not an image" if isinstance(error, UnidentifiedImageError) else first_line(error)


def _check_read(path, root, found, problems, skip_broken):
    """Names what cannot be read: a warning with `skip_broken` if every class still has an image, else an error."""
    broken = [(file, problem) for file, problem in zip(found.files, problems, strict=True) if problem]
    if not broken:
        return
    named = some([f"{_name(file, root)} ({problem})" for file, problem in broken])
    problem = f"{len(broken)} of {len(problems)} images cannot be read: {named}"
    if not skip_broken:
        raise bad(path, f"{problem}; repair or remove them, or set config.data.skip_broken = True")
    left = {label for label, problem in zip(found.labels, problems, strict=True) if not problem}
    for label in found.labels:
        if label not in left:
            name = found.classes[label] if found.classes else root.name
            raise bad(path, f"no image of {name!r} can be read; repair or remove it")
    _warn(f"folder:{printable(path)}: {problem}; skipped")


def _warn_of_the_rest(path, root, found, frames):
    """Counts and names, in one line, what the data set does not hold of the folder."""
    kinds = {
        "other files": found.others,
        "images in deeper folders": found.deeper,
        "files of which only the first frame or page is taken": frames,
    }
    counted = [
        f"{kind}: {len(files)} ({some([_name(file, root) for file in files])})"
        for kind, files in kinds.items()
        if files
    ]
    if counted:
        _warn(f"folder:{printable(path)}: not all is taken; {'; '.join(counted)}")


@functools.cache
def _warn(line):
    """Logs a warning, once: a program may load the same folder several times."""
    logging.getLogger(__name__).warning("%s", line)


def _name(file, root):
    return printable(str(file.relative_to(root)))


def _stack(path, root, kept):
    shapes = collections.defaultdict(list)
    for file, image in kept:
        shapes[image.shape].append(file)
    if len({shape[2] for shape in shapes}) > 1:
        grey, colour = (
            next(files[0] for shape, files in shapes.items() if shape[2] == channels) for channels in (1, 3)
        )
        raise bad(
            path,
            f"{_name(grey, root)} is grey and {_name(colour, root)} has colour; set config.data.channels = 3 (or 1)",
        )
    if len(shapes) > 1:
        (a, first), (b, second), *_ = ((shape, _name(files[0], root)) for shape, files in shapes.items())
        raise bad(
            path,
            f"{first} is {a[1]}x{a[0]} pixels and {second} {b[1]}x{b[0]}; set config.data.image_size, to which "
            "images are resized and cropped",
        )
    return np.stack([image for _, image in kept])
