"""The two errors a user meets; the commands print them as one line and exit."""


class InputError(ValueError):
    """Bad input, found before any work is done. The message names field, value and remedy (exit status 2)."""


class RunError(RuntimeError):
    """A run that had to stop, with its last good checkpoint kept. The message says why (exit status 1)."""
