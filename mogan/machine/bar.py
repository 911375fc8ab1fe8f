"""A bar over long work: its own, or a part of the one bar that its caller shows over all of its work."""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from tqdm import tqdm

_WHOLE: ContextVar = ContextVar("whole", default=None)  # the `part` of the caller's bar


@contextlib.contextmanager
def over_all(part: Callable) -> Iterator[None]:
    """Context in which `bar_of` shows no bar, and returns part(what, total) instead."""
    token = _WHOLE.set(part)
    try:
        yield
    finally:
        _WHOLE.reset(token)


def bar_of(what: str, total: int):
    """Context of work on `total` images, that yields update(n): n more are done. On stderr, if that is a terminal."""
    part = _WHOLE.get()
    return part(what, total) if part else _own(what, total)


@contextlib.contextmanager
def _own(what, total):
    with tqdm(desc=what, total=total, unit="image", dynamic_ncols=True, disable=None) as bar:
        yield bar.update
