"""The cache on disk: its folder, and the files in it, among them arrays computed of images."""

import contextlib
import hashlib
import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mogan.errors import InputError
from mogan.machine.files import atomic_write, expanded
from mogan.machine.npz import read_npz


def cache_folder() -> Path:
    """$MOGAN_CACHE, or ~/.cache/mogan. Raises InputError where that needs a home folder and none is known."""
    try:
        return expanded(os.environ.get("MOGAN_CACHE") or "~/.cache/mogan")
    except InputError as error:
        raise InputError(f"the cache {error}; set MOGAN_CACHE to a folder") from error


def arrays_of(content: bytes, path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz of the cache with this content. Raises InputError if it is damaged, or holds pickles."""

    def bad(problem):
        return InputError(f"{path} is not a whole .npz file ({problem}); remove it and make it anew")

    return read_npz(io.BytesIO(content), bad)


def cached_array(folder: Path, name: str, images: np.ndarray, about: tuple, shape: tuple, make: Callable) -> np.ndarray:
    """make(), float32 of `shape`, saved in `folder` for the next call with equal images and `about`.

    Each array has an .npz of its own, named by the SHA-256 of images, name and `about`. A damaged file is replaced.
    """
    digest = hashlib.sha256(repr((name, images.shape, *about)).encode())
    digest.update(np.ascontiguousarray(images))
    path = folder / f"{digest.hexdigest()}.npz"
    found = _read(path, name, shape)
    if found is None:
        found = make()
        buffer = io.BytesIO()
        np.savez(buffer, **{name: found})
        keep(path, buffer.getvalue())
    return found


def keep(path: Path, content: bytes) -> None:
    """Writes a cache file. A failure is a warning: the caller has its result, the next run computes it again."""
    try:
        atomic_write(path, content)
    except OSError as error:
        told = f"{path} cannot be kept ({error.strerror}): set MOGAN_CACHE to a folder that can be written"
        warnings.warn(told, stacklevel=3)


def prune(store: Path, largest: int) -> None:
    """Removes the oldest entries until at most `largest` bytes are left."""
    found = []
    for entry in entries(store):
        with contextlib.suppress(FileNotFoundError):  # another process prunes, too
            status = entry.stat()
            found.append((status.st_mtime_ns, status.st_size, entry))
    total = sum(size for _, size, _ in found)
    for _, size, entry in sorted(found):
        if total <= largest:
            return
        entry.unlink(missing_ok=True)
        total -= size


def entries(folder: Path) -> list[Path]:
    """The files of a store, or of a process's own folder of it."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _read(path, name, shape):
    """The array in the file, or None if there is none of this shape, whole and finite."""
    try:
        found = arrays_of(path.read_bytes(), path).get(name)
    except (OSError, InputError):
        return None
    usable = found is not None and found.shape == shape and found.dtype == np.float32 and np.isfinite(found).all()
    return found if usable else None
