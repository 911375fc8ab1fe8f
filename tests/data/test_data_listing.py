"""Which files of a folder are taken, what is left out, and names of any bytes."""

import json
import logging
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from mogan import data
from mogan.data.decode import suffixes
from mogan.errors import InputError
from mogan.evaluation import source as scored
from mogan.evaluation.settings import Settings
from mogan.machine.files import atomic_write, printable
from mogan.plots import views
from mogan.runs.folder import hold
from mogan.runs.load import load_run
from tests.data.test_folder import message, source, write
from tests.helpers.support import ROOT

LATIN = os.fsdecode("caf\xe9".encode("latin-1"))  # a name of macOS or Windows of old, whose bytes are not UTF-8
SHOWN = r"caf\xe9"


def warnings_of(folder, caplog, **fields):
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        dataset = data.load(source(folder, **fields))
    return dataset, [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("suffix", sorted({".jfif", ".jpe", ".JPG", ".avif", ".dib", ".tga"} & suffixes() | {".JPG"}))
def test_all_that_pillow_opens_is_taken(suffix, tmp_path, caplog):
    form = Image.registered_extensions()[suffix.lower()]
    Image.new("RGB", (4, 4), (250, 0, 0)).save(tmp_path / f"1{suffix}", form)
    dataset, said = warnings_of(tmp_path, caplog)
    assert dataset.x.shape == (1, 4, 4, 3) and not said
    np.testing.assert_allclose(dataset.x[0, 0, 0], (250, 0, 0), atol=12)


def test_what_is_not_taken_is_counted_and_named_once(tmp_path, caplog):
    for name in ("a/1.png", "a/old/2.png", "a/old/older/3.apng", "b/1.png"):
        write(tmp_path / name)
    for name in ("labels.csv", "a/notes.txt", "a/none", "b/x.pdf", "b/y.json"):
        (tmp_path / name).write_text("no image")
    frames = [Image.new("RGB", (6, 4), (shade, 0, 0)) for shade in (10, 200)]
    frames[0].save(tmp_path / "b" / "2.gif", save_all=True, append_images=frames[1:])
    dataset, said = warnings_of(tmp_path, caplog)
    assert dataset.classes == ("a", "b") and dataset.y.tolist() == [0, 1, 1]
    assert said == [
        f"folder:{tmp_path}: not all is taken; other files: 5 (labels.csv, a/none, a/notes.txt, ...); images in "
        "deeper folders: 2 (a/old/2.png, a/old/older/3.apng); files of which only the first frame or page is taken: 1 "
        "(b/2.gif)"
    ]
    assert warnings_of(tmp_path, caplog)[1] == []


def test_hidden_files_and_those_of_the_system_are_passed_over(tmp_path, caplog):
    write(tmp_path / "a" / "1.png")
    for name in ("a/._1.png", "a/.2.png", "._a", ".DS_Store", "a/Thumbs.db", "desktop.ini", "__MACOSX/a/._1.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"\0\5\x16\7")
    write(tmp_path / ".cache" / "1.png")
    write(tmp_path / "a" / "@eaDir" / "1.png")
    dataset, said = warnings_of(tmp_path, caplog)
    assert len(dataset.x) == 1 and dataset.classes == ("a",) and not said


def test_folders_of_folders_of_classes(tmp_path):
    for name in ("test/a/1.png", "train/a/1.png", "train/b/1.png"):
        write(tmp_path / "both" / name)
    text = message(tmp_path / "both")
    assert f"test, train: no images there, but folders of images (a, b); give folder:{tmp_path}/both/train, " in text
    assert data.load(source(tmp_path / "both" / "train")).classes == ("a", "b")
    write(tmp_path / "one" / "images" / "a" / "1.png")
    assert f"give folder:{tmp_path}/one/images, whose folders then are the classes" in message(f"{tmp_path}/one/")


def test_a_link_to_nothing_is_an_image_that_cannot_be_read(tmp_path):
    write(tmp_path / "1.png")
    (tmp_path / "2.png").symlink_to(tmp_path / "gone.png")
    assert "1 of 2 images cannot be read: 2.png (" in message(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path, caplog):
    write(tmp_path / "1.png")
    os.mkfifo(tmp_path / "2.png")
    dataset, said = warnings_of(tmp_path, caplog)
    assert len(dataset.x) == 1 and "other files: 1 (2.png)" in said[0]


def test_damage_of_any_kind_is_named(tmp_path):
    """Pillow's decoders raise more kinds of exceptions than it documents."""
    write(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\1IHDR\0\0\0\0\0")
    (tmp_path / "3.qoi").write_bytes(b"qoif\0\0\0\1\0\0\0\1\3\0")
    (tmp_path / "4.gif").write_bytes(b"GIF89a\1\0\1\0\x80\0\0")
    assert "3 of 4 images cannot be read: 2.png (" in message(tmp_path)


def test_training_data_and_samples_are_read_alike(tmp_path):
    """Upright and on the background asked for, in data.load and in evaluate's --samples=FOLDER."""
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = np.random.default_rng(0).integers(0, 256, (4, 6, 4), np.uint8)
    wide[..., 3] = 255 * (wide[..., 3] > 128)
    Image.fromarray(wide).save(tmp_path / "1.png", exif=exif.tobytes())
    Image.new("RGB", (4, 6)).save(tmp_path / "2.png")
    upright = np.rot90(wide, -1)
    seen = {"data.background": "#0a141e"}
    expected = np.where(upright[..., 3:] > 0, upright[..., :3], np.uint8([10, 20, 30]))
    dataset = data.load(source(tmp_path, background="#0a141e"))
    np.testing.assert_array_equal(dataset.x[0], expected)
    samples = scored.of_files(Settings(("fid",), samples=str(tmp_path), data=seen))
    np.testing.assert_array_equal(sorted(samples.draw(1.0).tolist()), sorted(dataset.x.tolist()))


def test_a_background_for_strokes_is_white(tmp_path):
    write(tmp_path / "1.png", mode="L")
    text = message(tmp_path, strokes=3, background="black")
    assert text.endswith("set config.data.background ('black') to white, or strokes to 0")
    assert len(data.load(source(tmp_path, strokes=3, background="#fff")).x) == 1


# --- names of any bytes ---


def test_printable():
    assert printable("cafe") == "cafe" and printable("caf\u00e9") == "caf\u00e9" and printable(LATIN) == SHOWN


def test_names_of_any_bytes_in_python(tmp_path, caplog):
    write(tmp_path / LATIN / "1.png")
    write(tmp_path / "th\u00e9" / f"{LATIN}.png")
    write(tmp_path / "th\u00e9" / "inner" / f"{LATIN}.png")
    dataset, said = warnings_of(tmp_path, caplog)
    assert dataset.classes == (SHOWN, "th\u00e9") and f"(th\u00e9/inner/{SHOWN}.png)" in said[0]
    assert json.loads(json.dumps(dataset.classes, ensure_ascii=False).encode()) == list(dataset.classes)
    for name in (SHOWN, LATIN):  # as printed, or as typed
        assert data.load(source(tmp_path, classes=name)).classes == (SHOWN,)
    (tmp_path / LATIN / "2.png").write_text("broken")
    for text in (message(tmp_path), message(tmp_path / LATIN), message(tmp_path / LATIN / LATIN)):
        assert SHOWN in text and text.encode()


def test_a_run_is_refused_before_it_cannot_write_its_checkpoints(tmp_path):
    """Orbax, which writes them, takes no path of other bytes."""
    for name in (f"{LATIN}/run", f"run/{LATIN}"):
        for use in (lambda place: hold(place).__enter__(), load_run):
            with pytest.raises(InputError) as error:
                use(tmp_path / name)
            assert str(error.value).startswith(
                f"workdir {tmp_path}/{name.replace(LATIN, SHOWN)}: checkpoints cannot be"
            )
    assert not list(tmp_path.iterdir())


def test_what_is_written_with_such_names(tmp_path):
    atomic_write(tmp_path / LATIN, f"| th\u00e9 | {LATIN} |")
    assert (tmp_path / LATIN).read_text(encoding="utf-8") == "| th\u00e9 | caf\\udce9 |"


def test_figures_with_such_names():
    """Of two runs of one variant, named by their folders."""
    assert views._names([f"a/{LATIN}", "b"], ["gan", "gan"]) == [f"gan a/{SHOWN}", "gan b"]


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_names_of_any_bytes_on_the_command_line(tmp_path, encoding):
    folder = tmp_path / LATIN
    write(folder / "th\u00e9" / "1.png")
    write(folder / LATIN / "1.png")
    command = [sys.executable, "-m", "mogan.data", f"folder:{folder}", f"--out={folder}/{LATIN}.png"]
    done = subprocess.run(
        command, capture_output=True, check=False, cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": encoding}
    )
    assert done.returncode == 0, done.stderr
    thé = "th\u00e9" if encoding.startswith("utf") else r"th\xe9"
    printed = done.stdout.decode(encoding.partition(":")[0])
    assert f"  {SHOWN} " in printed and f"  {thé} " in printed and (folder / f"{LATIN}.png").is_file()
