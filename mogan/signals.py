"""Signals that ask a run to end: noted, for the loop to obey when it can."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def signals():
    """A list that the first SIGTERM or SIGINT fills; a second one acts as it would without us."""
    received = []
    if threading.current_thread() is not threading.main_thread():
        yield received  # Python delivers signals to the main thread alone
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def note(number, frame):
        received.append(number)
        signal.signal(number, previous[number])

    for number in previous:
        signal.signal(number, note)
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
