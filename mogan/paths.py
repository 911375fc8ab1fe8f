"""Paths as users write them: ~ and ~user stand for home folders, whether or not a shell has seen them."""

import os
from pathlib import Path

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
