"""Locks on folders that one process reads while another wants to delete them: deletion waits for the readers.

The kernel frees the locks of a process when it ends, however it ends. On a file system without such locks nothing is
locked, and a folder may disappear while it is read.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EINVAL)  # EBADF: folders on NFS


@contextlib.contextmanager
def held_to_read(folder: Path) -> Iterator[bool]:
    """Context in which `folder` stays where it is, if it gives True; False: it has gone, or is about to."""
    with _opened(folder) as descriptor:
        yield descriptor is not None and _locked(descriptor, fcntl.LOCK_SH) and _is_at(folder, descriptor)


@contextlib.contextmanager
def held_to_delete(folder: Path) -> Iterator[bool]:
    """Context in which `folder` may be deleted, if it gives True: nobody reads it, nor can begin to."""
    with _opened(folder) as descriptor:
        yield descriptor is not None and _locked(descriptor, fcntl.LOCK_EX)


@contextlib.contextmanager
def _opened(folder):
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_at(folder, descriptor):
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(folder))
    except FileNotFoundError:
        return False


def _locked(descriptor, kind):
    """Whether the lock is this process's now, or the file system has none."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True
