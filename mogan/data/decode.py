"""Image files as every viewer shows them: upright, 8 bits a channel, on a background where they are transparent."""

import functools
import re
import struct
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageColor, ImageFile, ImageMode

from mogan.errors import InputError

WHITE = (255, 255, 255)
NOT_READ = {"EPS", "MPEG"}  # a program, which Pillow has Ghostscript run; a video, of which Pillow knows only the size
WHOLE = {"MPO", "PSD"}  # the first frame is the picture itself, the others previews, gain maps or layers of it
TURNS = {  # values of EXIF's tag Orientation: what brings the first row to the top and the first column to the left
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
DEEPER = {
    "L;2": lambda grey: grey * 85,
    "L;4": lambda grey: grey * 17,
    "RGB;16B": lambda rgb: tuple(c >> 8 for c in rgb),
}


class Picture(NamedTuple):
    """What a file shows.

    image: mode L (grey) or RGB
    transparent: whether the background shows through anywhere
    several: whether there are more frames or pages, of which this is the first
    """

    image: Image.Image
    transparent: bool = False
    several: bool = False


@functools.cache
def suffixes() -> frozenset[str]:
    """The endings, in lower case (".png"), of the files that Pillow reads here."""
    Image.init()
    stubs = {
        name
        for name, (factory, _) in Image.OPEN.items()
        if isinstance(factory, type) and issubclass(factory, ImageFile.StubImageFile)
    }
    read = Image.OPEN.keys() - stubs - NOT_READ
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in read)


def colour(text: str) -> tuple[int, int, int]:
    """The red, green and blue, 0..255, of config.data.background: a name of CSS, #rgb or #rrggbb.

    Raises:
      InputError: it is none.
    """
    if text.lower() not in ImageColor.colormap and not re.fullmatch("#([0-9a-fA-F]{3}){1,2}", text):
        raise InputError(f"config.data.background = {text!r}: no colour; give white, black or another name, or #rrggbb")
    return ImageColor.getrgb(text)


def decode(file: str | BinaryIO, background: tuple[int, int, int] = WHITE) -> Picture:
    """The picture in an image file (its path, or the open file), its first frame where it holds several.

    It is turned as its EXIF orientation says, grey (L) where the file's mode is grey and RGB else, and lies on
    `background` where it is transparent: on one with a colour, grey images with transparency become RGB.

    Raises:
      ValueError: more than 8 bits a channel. Files that are damaged or no images: what Pillow raises, which may be
        any Exception.
    """
    with Image.open(file) as image:
        several = image.format not in WHOLE and getattr(image, "is_animated", False)
        raw = image.tile[0][3] if image.format == "PNG" and image.tile else None
        image.load()
        if raw in DEEPER and "transparency" in image.info:  # in units of the file; the pixels are in 8 bits by now
            image.info["transparency"] = DEEPER[raw](image.info["transparency"])
        flat, transparent = flatten(image, background)
        turn = TURNS.get(_orientation(image))
        return Picture(flat if turn is None else flat.transpose(turn), transparent, several)


def shown_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) of an open file as `decode` gives it, by what stands before its pixels."""
    turned = _orientation(image, Image.Image.getexif) >= 5  # a PNG's own getexif reads its pixels
    return image.size[::-1] if turned else image.size


def possible_modes(image: Image.Image, background: tuple[int, int, int]) -> frozenset[str]:
    """The modes that `decode` may give an open file, by what stands before its pixels: of a grey one that may be
    transparent, on a background with a colour, either."""
    if ImageMode.getmode(image.mode).basemode != "L":
        return frozenset({"RGB"})
    return frozenset({"L", "RGB"} if image.has_transparency_data and len(set(background)) > 1 else {"L"})


def _orientation(image, read=lambda image: image.getexif()):
    """The value of the EXIF tag, 1 where there is none or it cannot be read: viewers then show what is stored."""
    try:
        return read(image).get(ExifTags.Base.Orientation, 1)
    except (SyntaxError, OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, struct.error):
        return 1


def flatten(image: Image.Image, background: tuple[int, int, int] = WHITE) -> tuple[Image.Image, bool]:
    """`image` in mode L if its mode is of the grey family, else RGB, and whether `background` shows through.

    Raises:
      ValueError: more than 8 bits a channel.
    """
    family = ImageMode.getmode(image.mode)
    if np.dtype(family.typestr).itemsize > 1:
        raise ValueError(f"mode {image.mode} has more than 8 bits a channel")
    mode = "L" if family.basemode == "L" else "RGB"
    if not image.has_transparency_data:
        return image.convert(mode), False
    above = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    if above.getchannel("A").getextrema() == (255, 255):
        return above.convert(mode), False
    mode = mode if len(set(background)) == 1 else "RGB"
    return Image.alpha_composite(Image.new("RGBA", image.size, background), above).convert(mode), True
