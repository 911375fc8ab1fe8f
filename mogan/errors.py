"""The two errors a user meets; the commands print them as one line and exit."""


class InputError(ValueError):
    """Bad input, found before any work is done. The message names field, value and remedy (exit status 2)."""


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
