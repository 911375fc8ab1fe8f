"""Compiled programs kept on disk between processes, so that the second start of a set-up compiles nothing.

JAX's persistent compilation cache does the work. What it leaves open is done here: it writes entries in place, so a
process that is killed, or one that reads meanwhile, meets half of one; and it bounds the cache's size only at the price
of a lock and a scan for each entry. So each process works on a folder of its own, of hard links to the entries in the
store. After the first steps, at every checkpoint and when it ends (`share`), the entries it made are linked into the
store, each at once and whole; at the end the oldest go.

    $MOGAN_CACHE/programs/MACHINE/      the store: an entry a file, named by JAX's key
    $MOGAN_CACHE/programs/MACHINE/.X/   a process's own folder; the next process removes what a killed one left
"""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import os
import platform
import shutil
import tempfile
import time
from pathlib import Path

from absl import logging

from mogan.errors import InputError
from mogan.machine.cache import cache_folder, entries, prune
from mogan.machine.locks import held_to_delete

YOUNG = 60  # seconds; a folder may be so old and not locked yet by the process that made it
LARGEST = 2**30  # bytes of a store
ROOM = 2**26  # bytes that a disk must have left: an entry that was cut short by a full disk must not be kept
_open: list[tuple[Path, Path]] = []  # (own folder, store) of this process; one, or none where nothing is kept


def keep_programs(wanted: bool = True) -> None:
    """Makes JAX keep compiled programs in $MOGAN_CACHE; to be called before JAX compiles.

    Nothing changes where the user has set JAX's own cache (JAX_COMPILATION_CACHE_DIR), where it is not `wanted`, or
    after the first call. A store that cannot be written costs a log line: programs are then compiled anew.
    """
    import jax

    if wanted and jax.config.jax_compilation_cache_dir is None:
        try:
            _use(jax, open_store(cache_folder() / "programs" / machine()))
        except InputError as error:  # as where there is no home folder
            logging.warning("programs are compiled anew at every start: %s", error)


@contextlib.contextmanager
def hasty(wanted: bool = True):
    """Context in which, where it is `wanted`, XLA leaves out most optimizations: programs are compiled in half the time
    and run slower, which pays for a few steps. Their last bits differ."""
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", wanted or before)
    try:
        yield
    finally:
        jax.config.update("jax_disable_most_optimizations", before)


def _use(jax, folder):
    if folder is None:
        return
    from jax.experimental.compilation_cache import compilation_cache

    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # many small programs take long, too
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    jax.config.update("jax_persistent_cache_enable_xla_caches", "none")  # they lie outside the entries
    compilation_cache.reset_cache()  # it may have been found absent by a program compiled before


def open_store(store: Path) -> Path | None:
    """A new folder of links to all entries of `store`, whose new entries go there when this process ends."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(store)
        own = Path(tempfile.mkdtemp(prefix=".", dir=store))
        lock = _lock(own)
        for entry in entries(store):
            with contextlib.suppress(FileNotFoundError):  # another process has just let it go
                os.link(entry, own / entry.name)
    except OSError as error:
        told = "programs are compiled anew at every start: %s cannot be used (%s); set MOGAN_CACHE to another folder"
        logging.warning(told, store, error.strerror)
        return None
    _open.append((own, store))
    atexit.register(_close, store, own, lock)
    return own


def share() -> None:
    """Puts into the store what this process has compiled so far, so that it is there even if the process is killed. To
    be called while nothing is compiled."""
    for own, store in _open:
        with contextlib.suppress(OSError):  # what cannot be kept is compiled anew another time
            if shutil.disk_usage(store).free > ROOM:
                publish(own, store)


def _close(store: Path, own: Path, lock: int) -> None:
    share()
    with contextlib.suppress(OSError):
        prune(store, LARGEST)
    _open.remove((own, store))
    shutil.rmtree(own, ignore_errors=True)
    os.close(lock)


def publish(own: Path, store: Path) -> None:
    """Links the entries of `own` that `store` lacks into it."""
    for entry in entries(own):
        with contextlib.suppress(FileExistsError):
            os.link(entry, store / entry.name)


def _remove_abandoned(store):
    for own in store.glob(".*"):
        with contextlib.suppress(FileNotFoundError):  # another process has just removed it
            if time.time() - own.stat().st_mtime > YOUNG:
                with held_to_delete(own) as abandoned:
                    if abandoned:
                        shutil.rmtree(own, ignore_errors=True)


def _lock(folder):
    """Locks `folder` for as long as the descriptor that is returned is open, at most as long as this process lives."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@functools.cache
def machine() -> str:
    """A name for this kind of CPU: a program compiled for another one's instructions may not run here."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        lines = [platform.processor()]
    features = sorted({line for line in lines if line.split(":")[0].strip() in ("flags", "Features", "model name")})
    return hashlib.sha256("\n".join([platform.machine(), *features]).encode()).hexdigest()[:12]
