"""Reading .npz files, which may be damaged, cut short, or something else altogether."""

import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import BinaryIO

import numpy as np

from mogan.errors import InputError, first_line
from mogan.machine.files import expanded

# what zipfile, zlib and NumPy raise on damaged bytes; RuntimeError: of an archive with a password
DAMAGED = (OSError, ValueError, LookupError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_npz(
    file: BinaryIO,
    bad: Callable[[str], InputError],
    required: Sequence[str] = (),
    optional: Sequence[str] | None = None,
) -> dict[str, np.ndarray]:
    """The arrays of an open .npz: those `required`, and of those `optional` (None: of all) what is there.

    Raises bad(problem) where it is damaged, lacks what is required, or holds pickled objects in what is read.
    """
    if not zipfile.is_zipfile(file):  # np.load would take a lone array, and suggest allow_pickle for anything else
        raise bad("not an .npz file, or cut short")
    file.seek(0)
    try:
        with np.load(file, allow_pickle=False) as archive:
            there = archive.files
            wanted = there if optional is None else (*required, *optional)
            if missing := [name for name in required if name not in there]:
                raise bad(f"it holds {', '.join(there) or 'no array'}, not {missing[0]}")
            return {name: np.asarray(archive[name]) for name in there if name in wanted}
    except InputError:
        raise
    except DAMAGED as error:
        raise bad(f"not readable ({first_line(error)})") from error


def read_numbers(
    path: str | os.PathLike, bad: Callable[[str], InputError], required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """`read_npz` of a file; raises bad(problem) also where there is none, or an array holds no numbers."""
    file = expanded(path)
    if not file.is_file():
        raise bad("no such file")
    try:
        with open(file, "rb") as stream:
            arrays = read_npz(stream, bad, required, optional)
    except OSError as error:
        raise bad(f"not readable ({first_line(error)})") from error
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            raise bad(f"{name} is {array.dtype}, not numbers")
    return arrays
