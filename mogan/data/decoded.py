"""The images of a prepared data set, decoded once: arrays in the cache, good until the set's files change."""

import hashlib
import os
import shutil
import warnings
from collections.abc import Callable
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

Images = tuple[np.ndarray, np.ndarray | None]  # uint8 [n, h, w, c], and labels int32 [n] or None


def decoded(folder: Path, about: tuple, decode: Callable[[], Images]) -> Images:
    """decode(), or what an earlier call kept of it; `about` is what it depends on besides the files in `folder`.

    A set is an .npz in $MOGAN_CACHE/decoded, named by the SHA-256 of `about`, of Pillow's version, and of the names,
    sizes and times of the files. The least recently used go first. One that would fill the store or the disk is not
    kept, a damaged one is replaced, and where none can be written, a warning says so.
    """
    try:
        path = cache_folder() / "decoded" / f"{_digest(folder, about)}.npz"
    except InputError:  # no home folder to keep them in
        return decode()
    found = _read(path)
    if found is None:
        found = decode()
        _keep(path, *found)
    return found


def _digest(folder, about):
    files = sorted((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in folder.iterdir())
    return hashlib.sha256(repr((FORM, version("pillow"), str(folder), files, about)).encode()).hexdigest()


def _read(path):
    """The images and labels in a file; None where there is none, or none that is whole."""
    try:
        with open(path, "rb") as file:
            arrays = read_npz(file, InputError, required=("x",))
        os.utime(path)  # used now
    except (OSError, InputError):
        return None
    return arrays["x"], arrays.get("y")


def _keep(path, x, y):
    size = x.nbytes + (0 if y is None else y.nbytes)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if size > LARGEST or shutil.disk_usage(path.parent).free < size + ROOM:
            return
        with whole_file(path) as file:
            np.savez(file, x=x, **({} if y is None else {"y": y}))
        prune(path.parent, LARGEST)
    except OSError as error:
        told = f"images are decoded again at every start, as {path.parent} cannot keep them ({error.strerror})"
        warnings.warn(f"{told}: set MOGAN_CACHE to a folder that can be written", stacklevel=2)
