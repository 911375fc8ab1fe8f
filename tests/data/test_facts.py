"""What a source holds, by which config.auto chooses; channels of folders; the drawn shapes."""

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageDraw

from mogan import data
from mogan.config import base, update
from mogan.config.auto import Facts
from mogan.data import shapes
from mogan.errors import InputError


def fields(source, **changes):
    values = {"data.source": str(source), "data.batch_size": 1}
    return update(base(), values | {f"data.{name}": value for name, value in changes.items()}).data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Five images of several sizes: three of class "a", one of them grey; two of class "b"; and one that is broken."""
    root = tmp_path_factory.mktemp("images")
    sizes = {"a/1": (30, 20), "a/2": (40, 60), "a/3": (50, 50), "b/1": (30, 20), "b/2": (30, 20)}
    rng = np.random.default_rng(0)
    for name, (width, height) in sizes.items():
        (root / name).parent.mkdir(exist_ok=True)
        pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
        Image.fromarray(pixels).convert("L" if name == "a/3" else "RGB").save(root / f"{name}.png")
    return root


def test_the_facts_of_a_folder(folder):
    source = f"folder:{folder}"
    assert data.facts(fields(source)) == Facts(source, 5, 2, (20, 30), alike=False, mixed=True)
    assert data.facts(fields(source, classes="b")) == Facts(source, 2, 1, (20, 30), alike=True, mixed=False)


def test_the_facts_are_those_of_images_as_they_are_shown(tmp_path):
    """Turned by their EXIF orientation, and grey ones in colour where a background in colour may show through."""
    for number, orientation in enumerate((1, 6)):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        Image.new("RGB", (30, 20)).save(tmp_path / f"{number}.jpg", exif=exif)
    assert not data.facts(fields(f"folder:{tmp_path}")).alike
    (tmp_path / "clear").mkdir()
    Image.new("L", (9, 9)).save(tmp_path / "clear" / "grey.png")
    Image.new("LA", (9, 9)).save(tmp_path / "clear" / "transparent.png")
    assert not data.facts(fields(f"folder:{tmp_path / 'clear'}", background="black")).mixed
    assert data.facts(fields(f"folder:{tmp_path / 'clear'}", background="red")).mixed


def test_a_class_that_is_not_there_is_named(folder):
    with pytest.raises(InputError, match="config.data.classes = 'aa': no class 'aa'; did you mean 'a'?"):
        data.facts(fields(f"folder:{folder}", classes="aa"))


def test_files_that_cannot_be_read_are_left_out_or_told(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(InputError, match="no image of it can be read"):
        data.facts(fields(f"folder:{tmp_path}"))
    Image.new("RGB", (9, 8)).save(tmp_path / "1.png")
    assert data.facts(fields(f"folder:{tmp_path}")).sides == (8, 9)


@pytest.mark.parametrize(
    ("width", "ink", "drawn"), [(2, (0, 0, 0), True), (12, (0, 0, 0), False), (2, (200, 0, 0), False)]
)
def test_drawings_are_thin_dark_lines_on_white(width, ink, drawn, tmp_path):
    for number in range(3):
        image = Image.new("RGB", (60, 50), "white")
        ImageDraw.Draw(image).ellipse((5 + number, 5, 50, 45), outline=ink, width=width)
        image.save(tmp_path / f"{number}.png")
    assert data.facts(fields(f"folder:{tmp_path}")).drawn == drawn
    Image.new("RGB", (60, 50), "white").save(tmp_path / "empty.png")
    assert not data.facts(fields(f"folder:{tmp_path}")).drawn


def test_grey_images_are_known_by_their_pixels_and_drawings_by_most_of_them(tmp_path):
    """Scans are saved in colour as a rule, and one of five may have a blot."""
    for number in range(5):
        image = Image.new("RGB", (60, 50), "white")
        ImageDraw.Draw(image).ellipse(
            (5 + number, 5, 50, 45), outline=3 * (40,), width=2, fill=None if number else 3 * (90,)
        )
        image.save(tmp_path / f"{number}.jpg")
    found = data.facts(fields(f"folder:{tmp_path}"))
    assert found.grey and found.drawn and not found.mixed
    Image.new("RGB", (60, 50), (200, 90, 90)).save(tmp_path / "5.png")
    assert not data.facts(fields(f"folder:{tmp_path}")).grey


def test_the_facts_of_what_lies_in_memory():
    assert data.facts(fields("digits")) == Facts("digits", 1797, 10, (8, 8), alike=True, mixed=False)
    with pytest.raises(InputError, match="config.data.source = 'toy:grid9' holds points"):
        data.facts(fields("toy:grid9"))


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_make_grey_and_coloured_images_alike(folder, channels):
    with pytest.raises(InputError, match=r"a/3.png is grey and a/1.png has colour; set config.data.channels = 3"):
        data.load(fields(f"folder:{folder}", image_size=8))
    x = data.load(fields(f"folder:{folder}", image_size=8, channels=channels)).x
    assert x.shape == (5, 8, 8, channels)
    if channels == 3:
        assert (x[2] == x[2][..., :1]).all() and (x[0] != x[0][..., :1]).any()


def test_channels_are_for_folders():
    with pytest.raises(InputError, match="config.data.channels = 3: digits is no folder of images; set it to 0"):
        data.load(fields("digits", channels=3))


def test_shapes_are_the_same_at_every_call_and_of_the_size_they_should_have():
    dataset = data.load(fields("shapes"))
    np.testing.assert_array_equal(dataset.x, shapes.load().x)
    assert (dataset.x.shape, dataset.x.dtype) == ((500, 32, 32, 3), np.uint8)
    assert dataset.classes == ("disc", "ring", "square", "star", "triangle")
    np.testing.assert_array_equal(np.bincount(dataset.y), [100] * 5)
    ink = np.abs(dataset.x.astype(int) - shapes.PAPER).max(3)
    assert not ink[:, [0, -1]].any() and not ink[:, :, [0, -1]].any()  # no shape is cut off
    assert len({image.tobytes() for image in dataset.x}) == 500


@pytest.mark.parametrize(
    ("kind", "area"),
    [
        ("disc", np.pi * 0.9**2),
        ("ring", np.pi * (0.92**2 - 0.52**2)),
        ("square", 2.0),
        ("triangle", 3 * np.sqrt(3) / 4),
        ("star", 5 * 0.4 * np.sin(np.pi / 5)),
    ],
)
def test_areas(kind, area):
    """Of a shape of size 1, on a fine grid: for the star five kites of diagonals 1 and 2 * 0.4 sin(pi / 5)."""
    line = np.linspace(-1.1, 1.1, 1101)
    inside = shapes.KINDS[kind](*np.meshgrid(line, line))
    assert inside.mean() * 2.2**2 == pytest.approx(area, rel=0.01)
