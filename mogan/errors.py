"""The two errors a user meets, which the commands print as one line before they exit; and what their lines quote."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad input, found before any work is done. The message names field, value and remedy (exit status 2).

    It names a field as config.data.seed = 3 and an argument as num = 3, or as `num` without a value; programs print
    arguments as flags (config.commands.as_flags).
    """


class RunError(RuntimeError):
    """A run that had to stop, with its last good checkpoint kept. The message says why (exit status 1)."""


class Stopped(KeyboardInterrupt):
    """A signal ended a run before its last step, its state saved: the same call goes on from there.

    A KeyboardInterrupt, so that a program that trains several runs in turn stops as well. `status` is the exit status
    that shells expect (130 for SIGINT, 143 for SIGTERM); `at_once` says that a second signal did not let the devices
    finish: some thread may still wait for them.
    """

    def __init__(self, message: str, number: int, at_once: bool = False):
        super().__init__(message)
        self.status = 128 + number
        self.at_once = at_once


def first_line(error: BaseException) -> str:
    """The first line of what another library's error says, or the name of its type where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def nearest(name: str, known: Iterable[str]) -> str:
    """The one of `known`, which may not be empty, that is most like `name`: what a user may have meant."""
    return difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)[0]
