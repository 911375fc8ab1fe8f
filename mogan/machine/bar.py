"""A bar over long work: its own, or a part of the one bar that its caller shows over all of its work."""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Protocol

from tqdm import tqdm

_WHOLE: ContextVar = ContextVar("whole", default=None)  # the caller's


class Whole(Protocol):
    """A bar over all work. part(what, total): a context that yields update(n); skip(what, n): n need not be done."""

    part: Callable
    skip: Callable


@contextlib.contextmanager
def over_all(whole: Whole) -> Iterator[None]:
    """Context in which `bar_of` shows no bar of its own, but returns whole.part(what, total)."""
    token = _WHOLE.set(whole)
    try:
        yield
    finally:
        _WHOLE.reset(token)


def bar_of(what: str, total: int):
    """Context of work on `total` images, that yields update(n): n more are done. On stderr, if that is a terminal."""
    whole = _WHOLE.get()
    return whole.part(what, total) if whole else _own(what, total)


def skip(what: str, n: int) -> None:
    """n images were planned for `what`, and are done already."""
    if whole := _WHOLE.get():
        whole.skip(what, n)


@contextlib.contextmanager
def _own(what, total):
    with tqdm(desc=what, total=total, unit="image", dynamic_ncols=True, disable=None) as bar:
        yield bar.update
