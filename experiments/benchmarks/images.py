"""The papers' image set-ups: one discriminator and one generator update, in the scan that training runs and as a
program of its own, which training runs where its chunk is 1.

PyTorch's are the same networks, batch and precision (torch_gan.py); both train on random images. The floating-point
operations, as XLA counts them, over the time of a step give the share of this machine's peak, which a large matrix
product is taken for and which is measured beside it.
"""

import functools
from statistics import median

import rivals
from setups import SETUPS
from table import COMPILED, EAGER, Part, Rounds, Row
from timing import in_turn, peak
from training import of_images


def make_torch(config, shape):
    """make(device, wrap) -> run(), as rivals.contenders wants it."""

    def make(device, wrap):
        from torch_gan import TorchGAN  # here, for it is not there without PyTorch

        return TorchGAN(config, shape, device, wrap).step

    return make


def run(setup: str, rounds: Rounds) -> list[Row]:
    """The two rows of a set-up."""
    title, _, shape = SETUPS[setup]
    training = of_images(setup)
    chunk = max(2, training.chunk())
    ours = {"scan": training.contender(chunk), "alone": training.contender(1)}
    times = in_turn(ours | rivals.contenders(make_torch(training.config, shape)), rounds)
    best, operations = peak(rounds.seconds), training.operations()
    theirs = {rival: times[rival] for rival in (EAGER, COMPILED)}

    def row(what, seconds):
        return Row(f"{title}, {what}", "steps/s", seconds, theirs, operations / median(seconds) / best)

    return [row(f"in a scan of {chunk}", times["scan"]), row("a program of its own", times["alone"])]


PARTS = tuple(
    Part(name, f"{title}: one update of each player", functools.partial(run, name))
    for name, (title, *_) in SETUPS.items()
)
