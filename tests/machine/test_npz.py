"""mogan.machine.npz: what is read of an .npz, and one error for whatever else a file may be."""

import io
import zipfile

import numpy as np
import pytest

from mogan.errors import InputError
from mogan.machine.npz import read_npz


def stored(save=np.savez, **arrays) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


def read(content: bytes, *names):
    return read_npz(io.BytesIO(content), lambda problem: InputError(f"FILE: {problem}"), *names)


def lone(**arrays):
    buffer = io.BytesIO()
    np.save(buffer, arrays["x"])
    return buffer.getvalue()


def archive(**files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in files.items():
            file.writestr(f"{name}.npy", content)
    return buffer.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_all_arrays_or_those_asked_for(save):
    content = stored(save, x=np.arange(3), y=np.ones(2), z=np.zeros(()))
    assert {name: array.tolist() for name, array in read(content).items()} == {"x": [0, 1, 2], "y": [1, 1], "z": 0}
    assert read(content, ["x"], ["y", "w"]).keys() == {"x", "y"}


def test_what_is_not_asked_for_is_not_read():
    content = stored(x=np.arange(3), pickled=np.array([{}]))
    assert read(content, ["x"], []).keys() == {"x"}
    with pytest.raises(InputError, match=r"FILE: not readable \(Object arrays cannot be loaded"):
        read(content)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not an .npz file, or cut short"),
        (lone(x=np.arange(3)), "not an .npz file, or cut short"),
        (stored(x=np.arange(99))[:300], "not an .npz file, or cut short"),
        (stored(), "it holds no array, not x"),
        (stored(a=1, b=2), "it holds a, b, not x"),
        (archive(x=lone(x=np.arange(9))[:-8]), "not readable"),
    ],
)
def test_what_is_refused(content, problem):
    with pytest.raises(InputError, match=f"FILE: {problem}"):
        read(content, ["x"], [])
