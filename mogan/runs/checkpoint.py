"""Save, verify and restore the training state: orbax writes the arrays, sha256 sums say whether every bit is there.

A folder of checkpoints holds STEP/ (complete checkpoints), tmp_STEP/ (what a killed save or deletion left; the next
save removes it) and aside_STEP/ (a damaged checkpoint that stood in the way of a save at its step; never deleted here).
A checkpoint is state/, written by orbax, and manifest.json: {"step", "digest" of the arrays, "files": {path: sha256}}.
Files are checked before orbax reads them, and room is reserved before it writes: its own failures, of some arrays while
others are under way, leave tracebacks of its threads on stderr.

The state is saved from the host, so it may live on any number of devices and be restored for any other. Each call acts
alone, without barriers: of several processes the first saves and restores, and sends the others what it found.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import jax
import numpy as np
from absl import logging

from mogan.errors import RunError
from mogan.machine.files import remove_while_written
from mogan.machine.locks import held_to_delete, held_to_read
from mogan.runs import arrays
from mogan.runs.folder import reserve_room

TEMPORARY, TEMPORARIES = "tmp_", "tmp_[0-9]*"
ASIDE = "aside_"
MANIFEST = "manifest.json"
DAMAGE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EIO)  # errors of a file that is not there as it was saved
TRIES = 100  # of a reader, before it gives way to a run that saves faster than it reads
LEAF_OVERHEAD = 4096  # bytes; above what orbax writes about an array besides its values


def digest(tree: Any) -> str:
    """sha256 (hex) of a pytree of arrays: path, dtype, shape and bytes of each leaf, in the order of their paths.

    Attributes, keys and indices of the same name are equal ("opt/0/mu"), as is an array on any device or on the host.
    """
    sha = hashlib.sha256()
    for name, leaf in sorted(_by_path(tree).items()):
        array = np.asarray(leaf)
        sha.update(f"{name}|{array.dtype}|{array.shape}|".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()


def save(folder: str | Path, step: int, state: Any, keep: int) -> None:
    """Saves `state`, a pytree of arrays, as folder/STEP, then deletes all but the newest `keep` checkpoints up to it.

    On return the checkpoint is on disk; a kill at any moment leaves all of it or none. Where folder/STEP exists and
    holds this very state nothing is written; anything else found there (restore_latest passed over it as damaged) is
    renamed to aside_STEP, with a warning.

    Raises:
      RunError: the disk failed; the earlier checkpoints are untouched.
      ValueError: called in another process than process 0, where orbax would write no arrays and say nothing.
    """
    if jax.process_index() != 0:
        raise ValueError("checkpoints are saved by process 0 alone")
    folder = Path(folder).absolute()
    state = jax.device_get(state)
    final = folder / str(int(step))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_temporary(folder)
        if final.exists() and _make_way(final, state):
            return
        _write(final, state)
        # later steps are left alone: they were passed over as damaged, and save meets each at its own step
        _delete(folder, [at for at in saved_steps(folder) if at <= step][:-keep])
    except (OSError, ValueError) as error:  # tensorstore reports a full disk as ValueError
        # a failed save gives its room back, though orbax's threads may write on; what is left, the next save removes
        remove_while_written(folder, TEMPORARIES)
        raise RunError(f"cannot save checkpoint {step} in {folder}: {_reason(error)}; earlier ones are kept") from error


def restore_latest(folder: str | Path, template: Any, step: int | None = None) -> tuple[Any, int] | None:
    """(state, step) of the newest checkpoint that verifies, of all or of one `step`; None where there is none at all.

    `template` is the pytree to fill, of arrays or jax.ShapeDtypeStruct; the leaves come back as numpy arrays of the
    same shape and dtype, for the caller to place on devices. A checkpoint that is damaged (files missing or changed, or
    another digest than its arrays') is passed over with a warning; nothing on disk changes. A run may be saving there:
    where a checkpoint is deleted while it is read, the newer one is.

    Raises:
      RunError: there are checkpoints and all are damaged, or the newest good one holds other arrays than `template`.
      OSError and others: a whole checkpoint could not be read, for want of a permission, of memory, of a device.
    """
    folder = Path(folder).absolute()
    for _ in range(TRIES):
        with contextlib.suppress(_Gone):
            return _restore(folder, template, step)
    raise RunError(f"the checkpoints in {folder} are replaced faster than they can be read; read them again later")


def take_back(folder: Path, step: int) -> None:
    """Deletes the checkpoints after `step`, from which training goes on: what it had come to is to be made anew."""
    _delete(folder, [at for at in saved_steps(folder) if at > step])


class _Damaged(Exception):
    """A checkpoint is not as it was saved; the message says why."""


class _Gone(Exception):
    """A checkpoint was deleted while it was read: the run that saves them has a newer one."""


def _restore(folder, template, step):
    try:
        steps = [saved for saved in saved_steps(folder) if step in (None, saved)]
    except OSError as error:
        raise RunError(f"cannot list the checkpoints in {folder}: {_reason(error)}") from error
    reason = None
    for step in reversed(steps):
        path = folder / str(step)
        try:
            with held_to_read(path) as stays:
                if not stays:
                    raise _Gone
                restored = _read(path)
        except Exception as error:
            if not path.exists():
                raise _Gone from error
            if not isinstance(error, _Damaged):
                raise
            reason = str(error)
            logging.warning("checkpoint %s is damaged and passed over: %s", path, reason)
            continue
        return _fill(template, restored, path), step
    if reason is None:
        return None
    raise RunError(
        f"none of the {len(steps)} checkpoints in {folder} can be read ({steps[0]}: {reason}); "
        "put back a copy of one, or start again in another workdir"
    )


def _by_path(tree):
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    named = {jax.tree_util.keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}
    if len(named) != len(leaves):
        raise ValueError("two leaves of the state have the same path")
    return named


def saved_steps(folder: Path) -> list[int]:
    """Steps that have a folder, ascending, whatever it holds."""
    if not folder.exists():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def _write(final, state):
    temporary = final.parent / f"{TEMPORARY}{final.name}"
    temporary.mkdir()
    reserve_room(temporary, sum(leaf.nbytes + LEAF_OVERHEAD for leaf in jax.tree.leaves(state)))
    arrays.write(temporary / "state", state)
    files = [path.relative_to(temporary).as_posix() for path in temporary.rglob("*") if path.is_file()]
    sums = {name: _sha256(temporary / name) for name in sorted(files)}
    manifest = {"step": int(final.name), "digest": digest(state), "files": sums}
    (temporary / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    for path in (*temporary.rglob("*"), temporary):
        _flush(path)
    os.rename(temporary, final)
    _flush(final.parent)


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path):
    """The arrays of the checkpoint at `path`, as nested dicts and lists.

    Raises _Damaged if anything in it is not as saved. Any other error is not the checkpoint's own: where all files are
    whole, it is of the machine that reads them.
    """
    manifest = _manifest(path)
    for name, expected in manifest["files"].items():
        if not (path / name).is_file():
            raise _Damaged(f"{name} is missing")
        if _unless_unreadable(_sha256, path / name) != expected:
            raise _Damaged(f"{name} is not as it was saved")
    state = arrays.read(path / "state")
    if digest(state) != manifest["digest"]:
        raise _Damaged("its arrays differ from the digest saved with them")
    return state


def _manifest(path):
    """What the manifest of the checkpoint at `path` says; raises _Damaged unless it is a whole one of that step."""
    try:
        manifest = json.loads(_unless_unreadable(Path.read_bytes, path / MANIFEST))
    except ValueError as error:  # not JSON, or not even UTF-8
        raise _Damaged(f"{MANIFEST} is no JSON: {error}") from error
    for name, kind in {"step": int, "digest": str, "files": dict}.items():
        if not isinstance(manifest, dict) or not isinstance(manifest.get(name), kind) or manifest[name] in ("", {}):
            raise _Damaged(f"{MANIFEST} has no {name}")
    if manifest["step"] != int(path.name):
        raise _Damaged(f"it was saved as step {manifest['step']}")
    return manifest


def _unless_unreadable(read, file):
    """read(file); raises _Damaged where it is missing, no file, or on a broken part of the disk."""
    try:
        return read(file)
    except OSError as error:
        if error.errno in DAMAGE:
            raise _Damaged(_reason(error)) from error
        raise


def _fill(template, restored, path):
    wanted, leaves = _by_path(template), _by_path(restored)
    for name in sorted(wanted.keys() | leaves.keys()):
        found, expected = (_describe(tree.get(name)) for tree in (leaves, wanted))
        if found != expected:
            raise RunError(f"checkpoint {path} is of another model: {name} is {found}, this config needs {expected}")
    return jax.tree.unflatten(jax.tree.structure(template), [leaves[name] for name in wanted])


def _describe(leaf):
    return "absent" if leaf is None else f"{leaf.dtype}{list(leaf.shape)}"


def _make_way(final, state):
    """True if `final` holds `state`, verified; else moves it aside and returns False."""
    try:
        if digest(_read(final)) == digest(state):
            return True
        reason = "it holds another state"
    except _Damaged as error:
        reason = str(error)
    taken = {path.name for path in final.parent.iterdir()}
    names = (f"{ASIDE}{final.name}{suffix}" for suffix in ("", *(f"_{i}" for i in range(2, len(taken) + 3))))
    aside = next(name for name in names if name not in taken)
    os.rename(final, final.parent / aside)
    logging.warning("checkpoint %s moved aside to %s: %s", final, aside, reason)
    return False


def _delete(folder, steps):
    for step in steps:
        with held_to_delete(folder / str(step)) as free:
            if free:  # else it is read, and a later save deletes it; a kill while deleting leaves no half checkpoint
                os.rename(folder / str(step), folder / f"{TEMPORARY}{step}")
    _remove_temporary(folder)


def _remove_temporary(folder):
    for path in folder.glob(TEMPORARIES):
        shutil.rmtree(path)


def _reason(error):
    """One line; of tensorstore's long errors the cause, which stands after the quoted paths and before the spec."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{Path(error.filename).name}: " if error.filename else ""
        return f"{name}{error.strerror}"
    text = " ".join(str(error).split(" [tensorstore_spec")[0].rsplit('": ', 1)[-1].split())
    return text if isinstance(error, ValueError) else f"{type(error).__name__} {text}"
