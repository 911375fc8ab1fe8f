"""Files fetched from the network into the cache: whole, by their SHA-256, once, and resumed after an interruption."""

import contextlib
import fcntl
import hashlib
import http.client
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tqdm.auto import tqdm

from mogan.errors import InputError

TIMEOUT = 30  # seconds without a byte
TRIES = 3  # of an address that breaks off
PIECE = 2**16  # bytes read at a time
FAILURES = (urllib.error.URLError, http.client.HTTPException, OSError, ValueError)  # ValueError: no address


def fetch(urls: Sequence[str], path: Path, sha256: str) -> Path:
    """Returns `path` once it exists: as it is, or downloaded from the first of `urls` that gives that SHA-256.

    Proxies are taken from the environment, as urllib does. An interrupted download is in
    PATH.part, and the next call continues it. Of several processes one downloads and the others wait.

    Raises:
      InputError: $MOGAN_OFFLINE forbids it, no address gives the file (with the reason of each), or it cannot be
        written.
    """
    if path.is_file():
        return path
    if os.environ.get("MOGAN_OFFLINE", "0") not in ("", "0"):
        raise InputError("MOGAN_OFFLINE is set")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            return path if path.is_file() else _from_any(urls, path, sha256)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})") from error


@contextlib.contextmanager
def _alone(path):
    """Context in which no other process downloads `path`."""
    with open(path.with_name(f"{path.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _from_any(urls, path, sha256):
    part, reasons = path.with_name(f"{path.name}.part"), []
    for url in urls:
        try:
            digest = _download(url, part)
        except FAILURES as error:
            reasons.append(f"{url}: {getattr(error, 'reason', None) or error}")
            continue
        if digest == sha256:
            os.replace(part, path)
            return path
        part.unlink()
        reasons.append(f"{url}: the file there has the SHA-256 {digest}, not {sha256}")
    raise InputError("; ".join(reasons))


def _download(url, part):
    """Fills `part` from `url`; its SHA-256. Raises one of FAILURES if TRIES do not succeed, or one brings nothing."""
    for _ in range(TRIES):
        had = part.stat().st_size if part.exists() else 0
        try:
            _go_on(url, part, had)
            return hashlib.sha256(part.read_bytes()).hexdigest()
        except FAILURES as error:
            if had and getattr(error, "code", None) == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink()  # it is as long as the file there, or longer: not a part of it
            elif not part.exists() or part.stat().st_size <= had:
                raise
    raise OSError(f"it broke off {TRIES} times")


def _go_on(url, part, had):
    """Downloads the rest of `part`, which has `had` bytes, or all of it if the server does not know ranges."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={had}-"} if had else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        start = had if answer.status == http.client.PARTIAL_CONTENT else 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length else None
        shown = {"total": total, "initial": start, "unit": "B", "unit_scale": True, "file": sys.stderr}
        with open(part, "ab" if start else "wb") as file, tqdm(desc=Path(url).name, disable=None, **shown) as bar:
            while piece := answer.read(PIECE):
                file.write(piece)
                bar.update(len(piece))
            if total is not None and file.tell() < total:
                raise OSError(f"it broke off after {file.tell()} of {total} bytes")
