"""DeLiGAN's toy training (experiments/toy_deligan.py): one seed, and the steps of 16 seeds side by side.

A step is 5 slots; in each, the generator's loss decides who is updated. PyTorch's program has the variant of Adam and
the number of threads that are fastest on this machine; a step of it is one seed's. Both first train from the same
parameters and must arrive at like losses.
"""

import itertools
import math
import os

import jax
import numpy as np
import rivals
from rivals import descend, torch
from setups import load
from table import COMPILED, EAGER, Part, Rounds, Row
from timing import in_turn, seconds_each
from training import Training

from mogan.errors import RunError
from mogan.training.devices import make_ready

SEEDS = 16
ADAMS = ({"foreach": False}, {"foreach": True}, {"fused": True})
CHECKED_STEPS = 2000
TOLERANCE = 0.05  # of a mean loss over them, relative: some 3 standard deviations between seeds
STEPS = 10  # of PyTorch's in one call


class TorchToy:
    """The toy step in PyTorch, from `start`, mogan's parameters of one seed; `adam` are options of Adam."""

    def __init__(self, training, device, wrap, **adam):
        nn, config = torch.nn, training.config
        start = jax.device_get(training.program.get(training.program.init()).params)
        generator = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2), nn.Tanh())
        discriminator = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))
        for network, given in ((generator, start["generator"]), (discriminator, start["discriminator"])):
            for layer, values in zip(network[::2], given["MLP_0"].values(), strict=True):
                kernel, bias = torch.tensor(values["kernel"].T), torch.tensor(values["bias"])
                layer.load_state_dict({"weight": kernel, "bias": bias})
        self.generator, self.discriminator = (wrap(network.to(device)) for network in (generator, discriminator))
        self.mean, self.scale = (
            nn.Parameter(torch.tensor(start["latent"][name], device=device)) for name in ("mean", "scale")
        )
        self.optimizer_g = rivals.adam(config, [self.mean, self.scale, *generator.parameters()], **adam)
        self.optimizer_d = rivals.adam(config, discriminator.parameters(), **adam)
        self.batches = epochs(torch.tensor(training.dataset.x, device=device), config.data.batch_size)
        self.schedule, self.penalty = config.schedule, config.latent.penalty
        self.threshold, self.lead = 1.0, 0  # lead: generator updates less discriminator updates

    def slot(self, real):
        """Updates the generator if its loss exceeds the threshold, else the discriminator: (its name, its loss)."""
        softplus = torch.nn.functional.softplus
        noise = torch.randn_like(self.mean)  # one sample of every component: the stratified choice in a batch of 50
        with torch.no_grad():
            fake = self.generator(self.mean + self.scale * noise)
            exceeds = softplus(-self.discriminator(fake)).mean().item() > self.threshold
        if exceeds:
            loss = softplus(-self.discriminator(self.generator(self.mean + self.scale * noise))).mean()
            descend(self.optimizer_g, loss + self.penalty * ((1 - self.scale) ** 2).mean())
            self.lead += 1
            return "g_loss", loss.item()
        loss = softplus(-self.discriminator(real)).mean() + softplus(self.discriminator(fake)).mean()
        descend(self.optimizer_d, loss)
        self.lead -= 1
        return "d_loss", loss.item()

    def step(self):
        """One batch: the threshold may move, then the slots run. Returns what they returned."""
        rule = self.schedule
        if self.lead > rule.up_after:
            self.threshold, self.lead = min(self.threshold + rule.up, 1.0), 0
        elif -self.lead > rule.down_after:
            self.threshold, self.lead = max(self.threshold - rule.down, rule.floor), 0
        real = next(self.batches)
        return [self.slot(real) for _ in range(rule.slots)]

    def run(self, steps):
        """{loss: [sum, count]} over the updates of that many steps, as mogan counts them."""
        seen = {"d_loss": np.zeros(2), "g_loss": np.zeros(2)}
        for name, value in itertools.chain.from_iterable(self.step() for _ in range(steps)):
            seen[name] += (value, 1)
        return seen


def epochs(points, size):
    """Batches without end; each epoch is a permutation of its own."""
    while True:
        yield from points[torch.randperm(len(points))].split(size)


def make_torch(training, threads: int, adam: dict, steps: int, keep=lambda seen: None):
    """make(device, wrap) -> run(), as rivals.contenders wants it, of `steps` steps; `keep` sees their losses."""

    def make(device, wrap):
        torch.manual_seed(0)
        toy = TorchToy(training, device, wrap, **adam)

        def run():
            torch.set_num_threads(threads)
            keep(toy.run(steps))
            torch.set_num_threads(os.cpu_count())
            return steps

        return run

    return make


def fastest_torch(training):
    """(threads, options of Adam) of the fastest eager TorchToy, judged by the best of four short turns each."""
    choices = [*itertools.product(dict.fromkeys((1, os.cpu_count())), ADAMS)] * 4

    def cost(choice):
        return seconds_each(rivals.made(make_torch(training, *choice, STEPS), compiled=False), 0.3)

    return min(choices, key=cost)


def check(training, choice):
    """Raises RunError if mogan's and PyTorch's mean losses over CHECKED_STEPS differ by more than those of seeds do."""
    theirs = []
    rivals.made(make_torch(training, *choice, CHECKED_STEPS, theirs.append), compiled=False)()
    ours = training.run(CHECKED_STEPS)
    for name, (total, count) in theirs[0].items():
        a, b = float(ours[name][0] / ours[name][1]), float(total / count)
        if not math.isclose(a, b, rel_tol=TOLERANCE):
            raise RunError(f"{name} is {a:.4f} in mogan, {b:.4f} in PyTorch: the two do not train alike")


def tuned(training):
    """(how PyTorch is tuned, in words; rivals.contenders of it, which trains as mogan does), or none without it."""
    if rivals.why_not():
        return "", rivals.contenders(None)
    threads, adam = choice = fastest_torch(training)
    check(training, choice)
    options = ", ".join(name for name, wanted in adam.items() if wanted) or "plain"
    return f" (PyTorch: {options} Adam, threads: {threads})", rivals.contenders(make_torch(training, *choice, STEPS))


def run(rounds: Rounds) -> list[Row]:
    """The rows of one seed and of SEEDS."""
    config = load("toy_deligan.py", f"--config.train.seeds={SEEDS}", "--config.parallel.devices=0")
    make_ready(config)
    one, many = Training(load("toy_deligan.py")), Training(config)
    how, contenders = tuned(one)
    contenders |= {"one": one.contender(one.chunk()), "many": many.contender(many.chunk(), SEEDS)}
    times = in_turn(contenders, rounds)
    theirs = {name: times[name] for name in (EAGER, COMPILED)}
    return [
        Row(f"toy, one seed{how}", "steps/s", times["one"], theirs),
        Row(f"toy, {SEEDS} seeds: steps of any", "steps/s", times["many"], theirs),
    ]


PARTS = (Part("toy", "DeLiGAN's toy step, of one seed and of 16 side by side", run),)
