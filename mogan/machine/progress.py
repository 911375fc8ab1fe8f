"""How a run shows its progress on stderr: a bar in a terminal or a notebook, elsewhere a line now and then. In a
notebook the latest samples stand beneath the bar."""

import contextlib
import math
import os
import sys
import time
from collections.abc import Callable, Iterator

from tqdm.auto import tqdm as bar_of_place
from tqdm.std import tqdm

INTERVAL = 30  # seconds between lines
STEADY = 2  # chunks after which the time that is left can be told
BAR = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
LOSSES = ("d_loss", "g_loss")


class Progress:
    """The progress of a run of `total` steps. `name` stands before the bar; of several processes only the first has
    one (`shown`), the others print lines.

    Compilation is shown as such, and its time counts for no step.
    """

    def __init__(self, total: int, name: str = "", shown: bool = True, clock: Callable[[], float] = time.monotonic):
        self._total, self._name, self._shown, self._clock = total, name, shown, clock
        self._step = 0
        self._goal = 0  # the last step of what the devices are at
        self._bar = None
        self._spoke = -math.inf  # when the last line was printed
        self._chunks = 0
        self._since = None  # (time, step) from which the pace is measured
        self._losses = self._scores = ""
        self._text = ""  # what stands beside the bar
        self._picture = None  # the place in a notebook where pictures are shown
        self._laps, self._lapped = {}, clock()

    def lap(self, name: str, seconds: float | None = None) -> None:
        """Records how long a part of the start took, for `launched`; by default all time since the previous part."""
        now = self._clock()
        self._laps[name] = now - self._lapped if seconds is None else seconds
        self._lapped = now

    def launched(self) -> None:
        """Prints once, after the first chunk of steps, how long the start took and which part took how long."""
        if self._shown and self._laps:
            parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self._laps.items())
            self.say(f"first steps after {sum(self._laps.values()):.1f} s: {parts}")
            self._laps = {}

    def start(self, step: int) -> None:
        """The run begins at `step`."""
        self._step = self._goal = step
        if self._shown and (shell_of_notebook() or in_terminal()):
            self._bar = bar_of_place(
                desc=f"{self._name}: " if self._name else "",
                total=self._total,
                initial=step,
                dynamic_ncols=True,
                bar_format=BAR,
                file=sys.stderr,
            )

    @contextlib.contextmanager
    def compiling(self, steps: int) -> Iterator[Callable[[], None]]:
        """Context in which a program of so many steps is compiled; yields a function to call from time to time."""
        began = self._clock()

        def tick():
            self._show(f"compiling a program of {_count(steps, 'step')}, {duration(self._clock() - began)}")

        tick()
        yield tick
        if self._since:
            self._since = (self._since[0] + self._clock() - began, self._since[1])

    def toward(self, step: int) -> None:
        """The devices work on what ends with `step`."""
        self._goal = step

    def advance(self, step: int, means: dict) -> None:
        """`step` is done; `means` of the last steps, floats or lists with one a seed by name."""
        self._losses = _told({name: means[name] for name in LOSSES if name in means})
        self._step = step
        self._chunks += 1
        self._since = self._since or (self._clock(), step)  # from the end of the first chunk on
        self._show(self._pace())

    def scored(self, scores: dict) -> None:
        """The newest `scores` that the bar shall name, floats or lists with one a seed by name."""
        self._scores = _told(scores)

    def picture(self, png: Callable[[], bytes]) -> None:
        """In a notebook, shows png(), a PNG file, beneath the bar, in place of the one before."""
        if self._bar is None or not shell_of_notebook():
            return
        from IPython import display  # a notebook has it

        image = display.Image(data=png(), format="png")
        if self._picture is None:
            self._picture = display.display(image, display_id=True)
        else:
            self._picture.update(image)

    def acknowledge(self, count: int) -> None:
        """The first signal to stop has come, or the second."""
        if count == 1:
            self.say(f"stopping after step {self._goal}; again to stop now")
        else:
            self.say("stopping now")

    def say(self, message: str) -> None:
        """Prints a line, above the bar if there is one."""
        tqdm.write(message, file=sys.stderr)
        sys.stderr.flush()

    def close(self) -> None:
        """The bar, if any, stays as it is."""
        if self._bar is not None:
            self._bar.close()

    def _pace(self):
        time_then, step_then = self._since
        seconds, steps = self._clock() - time_then, self._step - step_then
        told = []
        if self._chunks > STEADY and seconds > 0:
            left = (self._total - self._step) * seconds / steps
            told = [f"{_digits(steps / seconds)} steps/s", f"{duration(left)} left"]
        return ", ".join([*told, *filter(None, [self._losses, self._scores])])

    def _show(self, text):
        if self._bar is not None:
            if text == self._text and self._step == self._bar.n:
                return
            self._text = text
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update(self._step - self._bar.n)
            if text.startswith("compiling"):
                self._bar.refresh()
        elif self._shown and self._clock() - self._spoke >= INTERVAL:
            self._spoke = self._clock()
            self.say(
                ", ".join(
                    filter(None, [f"step {self._step} of {self._total} ({share(self._step, self._total)})", text])
                )
            )


def in_terminal() -> bool:
    """Whether stderr is a terminal, and not one of no width, as containers have: it would show nothing of a bar."""
    if not sys.stderr.isatty():
        return False
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except OSError:  # its width is not known
        return True


def shell_of_notebook():
    """The IPython shell of the notebook that this process works for; None elsewhere, as in IPython in a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return shell if shell and hasattr(shell, "kernel") else None


def share(step: int, total: int) -> str:
    """step / total in percent, below 100 before the end."""
    return f"{math.floor(1000 * step / total) / 10:.1f}%"


def duration(seconds: float) -> str:
    """A span of time in two units, such as 1 h 40 min or 12 s."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"


def _count(n, noun):
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _digits(number):
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


def _told(numbers):
    return ", ".join(f"{name} {_mean(value):.4g}" for name, value in numbers.items())


def _mean(value):
    """Of a number, or of those of the seeds that have one."""
    numbers = [number for number in (value if isinstance(value, list) else [value]) if number is not None]
    return sum(numbers) / len(numbers) if numbers else math.nan
