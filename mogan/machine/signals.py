"""Signals that ask a run to end: after the first the loop stops when its steps are done, after the second at once."""

import _thread
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

NUMBERS = (signal.SIGINT, signal.SIGTERM)
END = 0  # no signal's number


class Halt(BaseException):
    """Raised in the main thread by a second signal, wherever it is at work."""


class Stop:
    """What signals have asked for; `number` is that of the first, 0 before it."""

    def __init__(self):
        self.number = 0
        self._count = 0
        self._shields = 0
        self._halted = False

    def note(self, number: int) -> int:
        """Records a signal; returns how many have come."""
        self.number = self.number or number
        self._count += 1
        return self._count

    def heed(self) -> None:
        """Raises Halt, once, if a second signal has come and nothing is shielded."""
        if self._count > 1 and not self._shields and not self._halted:
            self._halted = True
            raise Halt

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """Context that a second signal does not interrupt: it takes effect at the end."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        self.heed()


@contextlib.contextmanager
def signals(acknowledge: Callable[[int], None]) -> Iterator[Stop]:
    """The Stop that SIGINT and SIGTERM fill while the context lasts.

    acknowledge(1) and acknowledge(2) are called the moment the first and the second come, from a thread of their own:
    the main thread may be waiting inside a compiler, where it runs no handlers. Outside the main thread, where Python
    delivers no signals, nothing is filled.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def listen():
        while True:
            for number in os.read(reading, 64):
                if number == END:
                    return
                if number in NUMBERS and (count := stop.note(number)) <= 2:
                    acknowledge(count)
                    if count == 2:
                        _thread.interrupt_main()  # the handler may have run before this was noted

    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    previous = {number: signal.signal(number, lambda number, frame: stop.heed()) for number in NUMBERS}
    woken = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(woken)
        os.write(writing, bytes([END]))
        listener.join()
        for number, handler in previous.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
