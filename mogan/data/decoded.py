"""Image files, decoded once: arrays in the cache, good until the files change."""

import hashlib
import os
import shutil
import warnings
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path

import numpy as np

from mogan.errors import InputError
from mogan.machine.cache import cache_folder, prune
from mogan.machine.files import whole_file
from mogan.machine.npz import read_npz

FORM = 1  # to be raised where the same files come to be decoded otherwise
LARGEST = 2**32  # bytes of all sets that are kept
ROOM = 2**30  # bytes that a disk must have left

Arrays = dict[str, np.ndarray]


def decoded(
    files: Iterable[Path],
    about: tuple,
    decode: Callable[[], Arrays],
    lasts: Callable[[Arrays], bool] = lambda arrays: True,
) -> Arrays:
    """decode(), or what an earlier call kept of it; `about` is what it depends on besides the `files`.

    It is kept if it `lasts`, as an .npz in $MOGAN_CACHE/decoded, named by the SHA-256 of `about`, of Pillow's version,
    and of the paths, sizes and times of the files. The least recently used go first. One that would fill the store or
    the disk is not kept, a damaged one is replaced, and where none can be written, a warning says so.
    """
    try:
        path = cache_folder() / "decoded" / f"{_digest(files, about)}.npz"
    except InputError:  # no home folder to keep them in
        return decode()
    found = _read(path)
    if found is None:
        found = decode()
        if lasts(found):
            _keep(path, found)
    return found


def _digest(files, about):
    states = sorted((str(file), *_state(file)) for file in files)
    return hashlib.sha256(repr((FORM, version("pillow"), states, about)).encode()).hexdigest()


def _state(file):
    try:
        status = file.stat()
    except OSError:  # a link to nothing: it is for the decoder to tell
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns  # the last also where a copy keeps the others


def _read(path):
    """The arrays in a file; None where there is none, or none that is whole."""
    try:
        with open(path, "rb") as file:
            arrays = read_npz(file, InputError)
        os.utime(path)  # used now
    except (OSError, InputError):
        return None
    return arrays


def _keep(path, arrays):
    size = sum(array.nbytes for array in arrays.values())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if size > LARGEST or shutil.disk_usage(path.parent).free < size + ROOM:
            return
        with whole_file(path) as file:
            np.savez(file, **arrays)
        prune(path.parent, LARGEST)
    except OSError as error:
        told = f"images are decoded again at every start, as {path.parent} cannot keep them ({error.strerror})"
        warnings.warn(f"{told}: set MOGAN_CACHE to a folder that can be written", stacklevel=2)
