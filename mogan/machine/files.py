"""Files as users name them, and files written whole or not at all."""

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mogan.errors import InputError


def expanded(path: str | os.PathLike) -> Path:
    """`path` with a leading ~ or ~user replaced by that home folder; doing it again changes nothing.

    Raises:
      InputError: no such user, or no home folder is known, as in some containers.
    """
    written = os.fspath(path)
    full = os.path.expanduser(written)
    if full.startswith("~"):
        user = full.split("/")[0]
        missing = f"there is no user {user[1:]!r}" if user != "~" else "no home folder is known (HOME is not set)"
        raise InputError(f"{written}: {missing}; write the folder out, or ./{user} for one of that name")
    found = Path(full)
    return Path.cwd() / found if found.parts[:1] and found.parts[0].startswith("~") else found  # it was ./~name


def printable(name: str) -> str:
    r"""`name`, as the operating system gave it, with each byte that is not UTF-8 written out: caf\xe9."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


@contextlib.contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Context whose file, open for bytes, becomes `path` when it ends: at every moment `path` holds its old content or
    all of the new. Missing folders on the way to it are made. Where the context raises, nothing is changed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")  # tempfile's would be readable by us alone
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def atomic_write(path: str | os.PathLike, data: bytes | str) -> None:
    """Writes `data` (str as UTF-8) as a `whole_file`. What UTF-8 lacks, bytes of names that are in another encoding, is
    written escaped."""
    with whole_file(path) as file:
        file.write(data.encode(errors="backslashreplace") if isinstance(data, str) else data)


def remove_while_written(folder: Path, pattern: str) -> None:
    """Removes the folders in `folder` that match `pattern`, where threads that nobody can wait for may write on and so
    make them anew: until they stay away, for three seconds at most. What is there then is left."""
    for _ in range(30):
        for path in folder.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)
        time.sleep(0.1)
        if not any(folder.glob(pattern)):
            return
