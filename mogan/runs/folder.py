"""The folder of a run: one process at a time, one config, the same data, and room on the disk before any work starts;
what its JSON files hold, read and written."""

import contextlib
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mogan.data import identity
from mogan.errors import InputError
from mogan.machine.files import atomic_write, expanded, printable
from mogan.runs import names
from mogan.runs.changes import refusals

REMEDIES = {
    errno.ENOSPC: "free room on its disk",
    errno.EDQUOT: "free room in your disk quota",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f)",
}


@contextlib.contextmanager
def prepare(
    workdir: str | Path, flat: dict[str, Any], bytes_needed: int, about: dict[str, Any] | None = None
) -> Iterator[Path]:
    """Context in which this process owns `workdir`: made, locked, config and data agreed and written, with room.

    `bytes_needed` are the bytes that the run will have on disk at once; `about` is what `data.identify` tells of its
    data. What does not agree is refused before anything is written. Of several processes of one run only the first
    prepares.

    Raises:
      InputError: another process holds the folder, its config or data differ, or it cannot be written or holds too
        little.
    """
    workdir = Path(workdir)
    check_config(workdir, flat)
    with hold(workdir):
        check_config(workdir, flat)  # again: the process that held it until now may have written it
        known = about is None or check_data(workdir, about) == about
        check_room(workdir, bytes_needed)
        with _refused(workdir, f"cannot write {names.CONFIG} and {names.DATA}"):
            if not known:
                _write_json(names.data(workdir), about)
            write_config(workdir, flat)
        yield workdir


@contextlib.contextmanager
def hold(workdir: str | Path) -> Iterator[None]:
    """Context in which this process holds the lock of `workdir`, which is made if need be.

    The kernel frees the lock when the process ends, however it ends.

    Raises:
      InputError: another process holds it (its pid is named), or the folder cannot be made or written, nor its name.
    """
    workdir = Path(workdir)
    check_name(workdir)
    with _refused(workdir, "cannot be made and locked"):
        workdir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(names.lock(workdir), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        with _refused(workdir, "cannot be made and locked"):
            _lock(workdir, descriptor)
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing alone would leave it to a forked child that lives on
        os.close(descriptor)


def check_name(workdir: str | Path) -> None:
    """Raises InputError if the path of `workdir` is not UTF-8, which is all that checkpoints can be written under."""
    path = str(Path(workdir).absolute())
    if printable(path) != path:
        raise InputError(
            f"workdir {printable(path)}: checkpoints cannot be written under a path with bytes that are not UTF-8; "
            "rename the folder or choose another workdir"
        )


def check_room(workdir: str | Path, bytes_needed: int) -> None:
    """Reserves `bytes_needed` in `workdir` for an instant.

    Raises:
      InputError: the disk, a quota, a limit or a permission does not allow it.
    """
    with _refused(workdir, f"cannot hold the {bytes_needed} bytes that the run needs"):
        reserve_room(Path(workdir), bytes_needed)


def reserve_room(folder: Path, size: int) -> None:
    """Reserves `size` bytes on the disk of `folder`, as one file, and gives them back. Raises OSError if it cannot."""
    if shutil.disk_usage(folder).free < size:  # reserving would take from others all there is before it fails
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    probe = names.probe(folder)
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        if hasattr(os, "posix_fallocate"):  # which knows of quotas and limits, too; macOS has none
            os.posix_fallocate(descriptor, 0, max(1, size))
    finally:
        os.close(descriptor)
        probe.unlink()


def check_apart(workdir: str | Path, source: str) -> None:
    """Agrees unless `workdir` lies in the folder of images that `source`, the config's data.source, names.

    Raises:
      InputError: it does, and the run's own folders would be taken for classes of images.
    """
    scheme, _, place = source.partition(":")
    if scheme == "folder" and Path(workdir).resolve().is_relative_to(expanded(place).resolve()):
        problem = f"lies in {printable(place)}, whose folders are taken for classes of images; choose one outside it"
        raise InputError(f"workdir {printable(str(workdir))} {problem}")


def check_config(workdir: str | Path, flat: dict[str, Any]) -> None:
    """Agrees if `workdir` holds no run yet, or one that can go on with the config `flat` (`changes` says which can).

    Raises:
      InputError: fields differ (each is named with both values), config.json is broken, or it is missing beside
        checkpoints.
    """
    if not os.path.lexists(names.config(workdir)):
        if names.checkpoints(workdir).is_dir():
            raise InputError(
                f"workdir {workdir} holds checkpoints but no {names.CONFIG} to compare with; "
                "put it back or choose another workdir"
            )
        return
    if found := refusals(read_config(workdir), _tuples(flat), reached(workdir)):
        raise InputError(
            f"workdir {workdir} belongs to a run of another config: {', '.join(found)}; "
            "choose another workdir or give the old values"
        )


def check_data(workdir: str | Path, about: dict[str, Any]) -> dict[str, Any] | None:
    """Agrees if the run in `workdir`, if any, was trained on the data that `about` tells of; what data.json says, None
    if there is none.

    Raises:
      InputError: the data differ (the message says in what), or data.json is broken.
    """
    path = names.data(workdir)
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        found = identity.changes(old, about)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} cannot be read ({error}); put it back, or choose another workdir") from error
    if found:
        raise InputError(
            f"workdir {workdir} belongs to a run on other data: {', '.join(found)}; "
            "put the data back as they were, or choose another workdir"
        )
    return old


def reached(workdir: str | Path) -> int:
    """The step of the newest checkpoint of the run in `workdir`, sound or not; 0 without any."""
    folder = names.checkpoints(workdir)
    steps = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()] if folder.is_dir() else []
    return max(steps, default=0)


def read_data(workdir: str | Path) -> dict[str, Any]:
    """What the run in `workdir` is trained on, as `data.identity` tells it, with tuples for its shape and classes.

    Raises:
      InputError: the file that says so is missing or damaged.
    """
    path = names.data(workdir)
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        about |= {"shape": tuple(about["shape"]), "classes": tuple(about["classes"])}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give the folder of a run") from error
    shape = about["shape"]
    if len(shape) not in (1, 3) or not all(type(size) is int and size > 0 for size in shape):
        raise InputError(f"{path} has the shape {list(shape)}; put back that of the run's samples")
    return about


def write_summary(workdir: str | Path, summary: dict[str, Any]) -> None:
    """Writes what a finished run says of itself, all or nothing. Raises OSError if the disk fails."""
    _write_json(names.summary(workdir), summary)


def read_summary(workdir: str | Path, step: int) -> dict[str, Any] | None:
    """What the run that ended at `step` says of itself; None if that is missing or damaged."""
    try:
        summary = json.loads(names.summary(workdir).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return summary if isinstance(summary, dict) and "metrics" in summary and summary.get("steps") == step else None


def write_config(workdir: str | Path, flat: dict[str, Any]) -> None:
    """Writes the config of the run, all or nothing. Raises OSError if the disk fails."""
    atomic_write(names.config(workdir), json.dumps(flat, indent=2, sort_keys=True) + "\n")


def read_config(workdir: str | Path) -> dict[str, Any]:
    """The flat config of the run in `workdir`, with tuples where JSON has lists.

    Raises:
      InputError: there is none, or it cannot be read.
    """
    check_name(workdir)
    names.check_run(workdir)
    path = names.config(expanded(workdir))
    try:
        flat = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # ValueError: not JSON, or not even UTF-8
        raise InputError(f"{path} cannot be read ({error}); put it back or choose another workdir") from error
    if not isinstance(flat, dict):
        raise InputError(f"{path} is not a table of fields; put it back or choose another workdir")
    return _tuples(flat)


def _write_json(path, value):
    atomic_write(path, json.dumps(value, indent=1) + "\n")


@contextlib.contextmanager
def _refused(workdir, what):
    """Turns an OSError into an InputError that names the folder, what failed, the cause and the remedy."""
    try:
        yield
    except OSError as error:
        remedy = REMEDIES.get(error.errno, "make it a folder that you may write to")
        raise InputError(f"workdir {workdir} {what}: {error.strerror}; {remedy} or choose another workdir") from error


def _lock(workdir, descriptor):
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
        raise InputError(
            f"workdir {workdir} is in use by process {holder}; wait for it to end or choose another workdir"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _tuples(flat):
    return {name: tuple(value) if isinstance(value, list) else value for name, value in flat.items()}
