"""What an evaluation is about to do, said before it starts, and one bar over all of it."""

import contextlib
import sys
import time
from collections.abc import Callable

from tqdm import tqdm

from mogan.evaluation.settings import Settings
from mogan.machine.bar import over_all
from mogan.machine.progress import duration

LONG = 10  # seconds that are left, from which on an estimate is worth a line
INCEPTION, CLASSIFIER, AUTOENCODER = "Inception-v3", "classifier", "autoencoder"  # networks, as bars name them


def planned(settings: Settings, metrics: dict, count: int, real: int) -> dict[str, int]:
    """{network: images that it looks at, at most} of an evaluation of `count` samples, beside `real` images of the
    reference; those of networks in training once an epoch. Further steps and seeds of a sweep are not counted."""
    found = {}
    swept = bool(settings.scales or settings.steps or settings.members)
    for metric in metrics.values():
        samples = count * (1 + max(1, len(settings.scales)) * swept)
        compared = real if metric.compares(settings) else 0
        own = {
            INCEPTION: samples + compared,
            CLASSIFIER: settings.epochs * (compared or samples),
            AUTOENCODER: settings.epochs * compared,
        }
        for network in metric.networks(settings):
            found[network] = max(found.get(network, 0), own[network])
    return found


class Work:
    """One bar over the images that networks look at, of `plan` {network: images, at most}; on stderr, if that is a
    terminal. say(line) prints the plan, and an estimate after a network's first batch."""

    def __init__(self, plan: dict[str, int], say: Callable | None = None, clock: Callable = time.monotonic):
        self._left, self._say, self._clock = dict(plan), say or tell, clock
        self._told, self._bar = set(), tqdm(total=sum(plan.values()), unit="image", dynamic_ncols=True, disable=None)

    @contextlib.contextmanager
    def part(self, what: str, total: int):
        """As machine.bar.bar_of's."""
        began, done = None, 0
        self._bar.set_description(what)
        if total > self._left.get(what, 0):  # of a second network of the kind
            self._bar.total += total - self._left.get(what, 0)
            self._left[what] = total

        def update(n):
            nonlocal began, done
            self._bar.update(n)
            done += n
            self._left[what] -= n
            if began is None:  # from the end of the first batch on, which compiles
                began = self._clock(), done
            elif what not in self._told:
                self._told.add(what)
                self._estimate(what, (self._clock() - began[0]) / (done - began[1]))

        yield update

    def skip(self, what: str, n: int) -> None:
        """As machine.bar.skip."""
        n = min(n, self._left.get(what, 0))
        self._bar.total -= n
        self._left[what] = self._left.get(what, 0) - n
        self._bar.refresh()

    def _estimate(self, what, each):
        if each * self._left[what] >= LONG:
            rate = f"{1 / each:.3g} images a second"
            self._say(f"{what}: {rate}; about {duration(each * self._left[what])} for {self._left[what]} images")

    def close(self) -> None:
        """The bar stands at what was done."""
        self._bar.total = self._bar.n
        self._bar.close()


@contextlib.contextmanager
def at_work(plan: dict[str, int], count: int, say: Callable | None = None):
    """Context of an evaluation of `count` samples, whose networks share one bar."""
    if plan:
        parts = ", ".join(f"{network} at up to {images} images" for network, images in plan.items())
        (say or tell)(f"scores of {count} samples: {parts}")
    work = Work(plan, say)
    try:
        with over_all(work):
            yield
    finally:
        work.close()


def tell(line: str) -> None:
    """Prints a line on stderr, above the bar."""
    tqdm.write(line, file=sys.stderr)
