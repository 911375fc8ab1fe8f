"""Image files as viewers show them: orientation, modes, transparency."""

import io
import struct
import zlib

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image, ImageMode, features

from mogan.data.decode import WHITE, colour, decode, flatten, suffixes
from mogan.errors import InputError

# EXIF 2.3, tag 274: the sides of the picture at which the stored rows and columns start
SIDES = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}
LOSSLESS = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}
LOSSLESS |= {"AVIF": {"quality": 100, "subsampling": "4:4:4"}} if features.check("avif") else {}


def stored(upright, orientation):
    """The array that a camera stores of a picture: its pixel (row, column) counts from the SIDES."""
    rows, columns = SIDES[orientation]
    by_side = {"top": upright, "bottom": upright[::-1], "left": upright.swapaxes(0, 1)}
    by_side["right"] = upright[:, ::-1].swapaxes(0, 1)
    start = by_side[rows]
    return start[:, ::-1] if columns in ("right", "bottom") else start


def blocks(channels):
    """[24, 32, channels], each pixel of its 3x4 blocks alike, which survives what is not lossless."""
    few = np.random.default_rng(3).integers(0, 256, (3, 4, channels), np.uint8)
    return few.repeat(8, 0).repeat(8, 1)


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return io.BytesIO(file.getvalue())


@pytest.mark.parametrize("form", LOSSLESS)
@pytest.mark.parametrize("orientation", SIDES)
def test_orientation(form, orientation):
    upright = blocks(3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored(upright, orientation)))
    shown = np.asarray(decode(saved(image, form, exif=exif.tobytes(), **LOSSLESS[form])).image).astype(int)
    assert shown.shape == upright.shape
    assert np.abs(shown - upright).max() <= (0 if form in ("PNG", "TIFF", "WEBP") else 6)


def test_orientation_and_transparency():
    grey, alpha = blocks(1), np.zeros((24, 32, 1), np.uint8)
    alpha[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.fromarray(np.ascontiguousarray(stored(np.concatenate([grey, alpha], 2), 6)))
    picture = decode(saved(image, "PNG", exif=exif.tobytes()))
    assert picture.transparent and picture.image.mode == "L"
    np.testing.assert_array_equal(np.asarray(picture.image), np.where(alpha, grey, 255)[..., 0])


@hypothesis.given(
    st.binary(max_size=60), st.sampled_from([b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08", b"II*\0\x08\0\0\0"])
)
@hypothesis.settings(max_examples=60)
@hypothesis.example(b"\0\x01\x01\x12\0\x02\0\0\0\x03\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08")
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of the damage
def test_a_damaged_tag_turns_nothing(tail, head):
    """Of a file with any bytes for EXIF the pixels are those stored, perhaps turned."""
    image = Image.fromarray(blocks(1)[..., 0])
    shown = np.asarray(decode(saved(image, "PNG", exif=head + tail)).image)
    assert (
        sorted(shown.shape) == [24, 32] and np.bincount(shown.ravel()).tolist() == image.histogram()[: shown.max() + 1]
    )


# --- modes ---

DEEP = {mode for mode in Image.MODES if np.dtype(ImageMode.getmode(mode).typestr).itemsize > 1}
COLOUR = (200, 120, 40)


def of_mode(mode):
    """A 2x1 image of `mode` in COLOUR or a grey of 120, transparent in its left pixel where the mode can be, and
    whether it is."""
    rgb = Image.new("RGB", (2, 1), COLOUR)
    if mode in ("1", "L"):
        return Image.new(mode, (2, 1), 1 if mode == "1" else 120), False
    if mode in ("LA", "La"):
        image = Image.new("LA", (2, 1), (120, 255))
        image.putpixel((0, 0), (120, 0))
        return image.convert(mode), True
    if mode in ("RGBA", "RGBa", "PA"):
        image = Image.new("RGBA", (2, 1), (*COLOUR, 255))
        image.putpixel((0, 0), (*COLOUR, 0))
        if mode == "PA":
            palette = Image.new("PA", (2, 1), (5, 255))
            palette.putpalette(list(COLOUR) * 256)
            palette.putpixel((0, 0), (5, 0))
            return palette, True
        return image.convert(mode), True
    if mode == "LAB":
        return Image.new("LAB", (2, 1), (128, 128, 128)), False  # L* of 50.2, a* and b* of 0 (128 in Pillow)
    if mode == "P":
        return rgb.quantize(2), False
    return rgb.convert(mode), False


@pytest.mark.parametrize("mode", sorted(set(Image.MODES) - DEEP))
def test_every_mode_of_8_bits(mode):
    image, see_through = of_mode(mode)
    grey = mode in ("1", "L", "LA", "La")
    expected = {"1": 255, "LAB": (119, 119, 119)}.get(mode, 120 if grey else COLOUR)
    for background in (WHITE, (10, 10, 10), (0, 0, 255)):
        flat, shows = flatten(image, background)
        assert shows == see_through
        assert flat.mode == ("L" if grey and not (see_through and background == (0, 0, 255)) else "RGB")
        left, right = np.asarray(flat.convert("RGB"), int)[0]
        np.testing.assert_allclose(right, np.broadcast_to(expected, 3), atol=3)
        np.testing.assert_allclose(left, background if see_through else np.broadcast_to(expected, 3), atol=3)


@pytest.mark.parametrize("mode", sorted(DEEP))
def test_every_mode_of_more_bits(mode):
    with pytest.raises(ValueError, match=f"mode {mode} has more than 8 bits a channel"):
        flatten(Image.new(mode, (2, 1)))


def test_the_deep_modes_are_these():
    assert {"I", "F", "I;16", "I;16B"} <= DEEP and not DEEP & {"1", "L", "P", "RGB", "LAB", "RGBX"}


@pytest.mark.parametrize("order", "<>")
def test_16_bits_in_either_order(order):
    """A TIFF file by hand: 2x1 pixels of 16 bits, grey."""
    pack = lambda form, *values: struct.pack(order + form, *values)  # noqa: E731
    entries = {256: 2, 257: 1, 258: 16, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 4}
    head = (b"II" if order == "<" else b"MM") + pack("HI", 42, 12) + pack("HH", 300, 60000)
    tags = b"".join(pack("HHIHxx", tag, 3, 1, value) for tag, value in entries.items())
    file = io.BytesIO(head + pack("H", len(entries)) + tags + pack("I", 0))
    with pytest.raises(ValueError, match="more than 8 bits a channel"):
        decode(file)


def png(depth, kind, row, transparent, width):
    """A PNG file of one row by hand, with its chunk tRNS."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, 1, depth, kind, 0, 0, 0)
    body = chunk(b"tRNS", transparent) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body)


PALETTE = Image.new("P", (2, 1), 1)
PALETTE.putpalette([9, 9, 9, 40, 50, 60])
PALETTE.putpixel((0, 0), 0)
TRANSPARENT = {  # a file whose first pixel is transparent, and its second, which is not
    "1": (png(1, 0, b"\x40", b"\0\0", 2), [255]),
    "L;2": (png(2, 0, bytes([0b10_01_0000]), b"\0\2", 2), [85]),
    "L;4": (png(4, 0, b"\x5a", b"\0\5", 2), [170]),
    "L": (png(8, 0, b"\x05\x10", b"\0\5", 2), [16]),
    "RGB": (png(8, 2, b"\1\2\3\4\5\6", struct.pack(">3H", 1, 2, 3), 2), [4, 5, 6]),
    "RGB;16": (
        png(16, 2, struct.pack(">6H", 300, 40000, 5, 4000, 5000, 6000), struct.pack(">3H", 300, 40000, 5), 2),
        [15, 19, 23],
    ),
    "P": (saved(PALETTE, "PNG", transparency=0), [40, 50, 60]),
    "P, an alpha a colour": (saved(PALETTE, "PNG", transparency=b"\0\xff"), [40, 50, 60]),
    "P of a GIF": (saved(PALETTE, "GIF", transparency=0), [40, 50, 60]),
}


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_a_colour_that_is_transparent(kind):
    file, second = TRANSPARENT[kind]
    for background in ((7, 7, 7), (1, 2, 3)):
        file.seek(0)
        picture = decode(file, background)
        first, other = np.asarray(picture.image.convert("RGB"))[0].tolist()
        assert picture.transparent and first == list(background) and other == (second * 3)[:3]
    assert decode(saved(Image.new("RGBA", (2, 2), (1, 2, 3, 255)), "PNG")).transparent is False


def test_transparency_is_mixed_by_its_share():
    image = Image.new("RGBA", (1, 1), (200, 100, 0, 51))  # a fifth
    assert flatten(image, (0, 0, 100))[0].getpixel((0, 0)) == (40, 20, 80)


# --- what is read ---


def test_endings_are_those_of_what_pillow_reads():
    assert {".jpg", ".jpe", ".jfif", ".jpeg", ".png", ".apng", ".gif", ".webp", ".tif", ".bmp", ".ppm"} <= suffixes()
    assert (".avif" in suffixes()) == features.check("avif")
    assert not {".h5", ".grib", ".wmf", ".pdf", ".ps", ".mpg", ".txt"} & suffixes()


def frames(form, **options):
    pages = [Image.new("L", (4, 4), shade) for shade in (10, 200)]
    return saved(pages[0], form, save_all=True, append_images=pages[1:], **options)


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP", "PNG"])
def test_the_first_of_several_frames(form):
    picture = decode(frames(form, **({"lossless": True} if form == "WEBP" else {})))
    assert picture.several and picture.image.convert("L").getpixel((0, 0)) == 10
    assert not decode(saved(Image.new("L", (4, 4)), form)).several


def test_previews_are_no_frames():
    """Two pictures in an MPO file are the camera's picture and what it adds: phones write them by default."""
    assert not decode(frames("MPO")).several


@pytest.mark.parametrize(
    ("text", "rgb"), [("white", WHITE), ("Black", (0, 0, 0)), ("#f80", (255, 136, 0)), ("#0080FF", (0, 128, 255))]
)
def test_colours(text, rgb):
    assert colour(text) == rgb


@pytest.mark.parametrize("text", ["", "wite", "#12", "#12345678", "123456", "rgb(1,2,3)"])
def test_no_colours(text):
    with pytest.raises(InputError) as error:
        colour(text)
    assert str(error.value).startswith(f"config.data.background = {text!r}: no colour; give white, black")
