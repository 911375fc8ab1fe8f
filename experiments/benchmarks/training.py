"""mogan's side of a benchmark: the program of a config, from its first step on."""

import tempfile

import jax
from setups import load_images

from mogan.machine import cost
from mogan.training.devices import chunk_length
from mogan.training.experiment import make_experiment


class Training:
    """A run of `config` without its loop: no logs, checkpoints, scores or pictures."""

    def __init__(self, config):
        experiment = make_experiment(config)
        self.config, self.dataset, self.program = config, experiment.dataset, experiment.program
        self.state, self.done = self.program.init(), 0

    def chunk(self) -> int:
        """Steps that a run of the config takes in one scan."""
        return chunk_length(self.config, self.dataset, self.program.devices, self._flops)

    def _flops(self, steps):
        return cost.flops(self.program.jaxpr(self.state, self.done, steps))

    def run(self, steps: int):
        """Trains so many steps in one scan, and waits for them. Returns {name: [sum, count]} over the updates."""
        self.state, seen = self.program.run(self.state, self.done, steps)
        self.done += steps
        return jax.device_get(seen)

    def contender(self, steps: int, seeds: int = 1):
        """run() -> how many steps are done, those of all seeds; in one scan of `steps`."""

        def run():
            self.run(steps)
            return steps * seeds

        return run

    def operations(self) -> float:
        """Floating-point operations of one step, as XLA counts them before it changes them."""
        return self.program.lower(self.state, self.done, 1).cost_analysis()["flops"]


def of_images(setup: str) -> Training:
    """The Training of a set-up on random images."""
    with tempfile.TemporaryDirectory() as folder:
        return Training(load_images(setup, folder))
