"""Speed of DeLiGAN's toy training (experiments/toy_deligan.py): mogan against eager PyTorch, on this machine.

A step is 5 slots; in each, the generator's loss decides who is updated. The PyTorch program is what its users write:
modules, torch.optim.Adam as it comes, no compiler. The claims are made against that; beside it stands the same program
tuned, with the variant of Adam and the number of threads that are fastest here.

Both first train from the same parameters and must arrive at like losses; mogan compiles in that time. Then PyTorch
plain and tuned, one seed and 16 seeds (spread over the cores) are measured in turn, and a ratio is the median over the
rounds of the ratio within a round.

pip install -e '.[bench]'
python experiments/bench_toy.py --out=/tmp/bench_toy.json          (two minutes on 2 CPU cores)
"""

import argparse
import itertools
import json
import math
import os
import time
from importlib import metadata
from pathlib import Path
from statistics import median

import jax
import numpy as np

from mogan import cost
from mogan.commands import check_out, load_config, run_main
from mogan.devices import chunk_length, use_all_cores
from mogan.errors import InputError, RunError
from mogan.experiment import make_experiment
from mogan.writers import atomic_write

try:
    import torch
    from torch.nn.functional import softplus
except ImportError:
    torch = None  # main says so in one line

CLAIMS = {"1_seed": 15, "16_seeds": 25}  # how many times PyTorch's steps (of any seed) a second
ADAMS = ({"foreach": False}, {"foreach": True}, {"fused": True})
CHECKED_STEPS = 2000  # mogan's chunks must divide it
TOLERANCE = 0.05  # of a mean loss over them, relative: some 3 standard deviations between seeds


class TorchToy:
    """The toy step in eager PyTorch, from `start`, mogan's parameters of one seed; `adam` are options of Adam."""

    def __init__(self, config, points, start, **adam):
        nn, self.schedule, self.penalty = torch.nn, config.schedule, config.latent.penalty
        self.generator = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2), nn.Tanh())
        self.discriminator = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))
        for name in ("generator", "discriminator"):
            for layer, given in zip(getattr(self, name)[::2], start[name]["MLP_0"].values(), strict=True):
                layer.load_state_dict({"weight": torch.tensor(given["kernel"].T), "bias": torch.tensor(given["bias"])})
        self.mean, self.scale = (nn.Parameter(torch.tensor(start["latent"][name])) for name in ("mean", "scale"))
        rate = {"lr": config.optim.lr, "betas": (config.optim.beta1, config.optim.beta2)} | adam
        self.optimizer_g = torch.optim.Adam([self.mean, self.scale, *self.generator.parameters()], **rate)
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), **rate)
        self.batches = epochs(torch.tensor(points), config.data.batch_size)
        self.threshold, self.lead = 1.0, 0  # lead: generator updates less discriminator updates

    def slot(self, real):
        """Updates the generator if its loss exceeds the threshold, else the discriminator: (its name, its loss)."""
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

    def flops(self, steps):
        return cost.flops(self.program.jaxpr(self.state, self.step, steps))

    def run(self, steps):
        """{loss: [sum, count]} over the updates of that many steps, as mogan counts them."""
        seen = {"d_loss": np.zeros(2), "g_loss": np.zeros(2)}
        for name, value in itertools.chain.from_iterable(self.step() for _ in range(steps)):
            seen[name] += (value, 1)
        return seen


def descend(optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def epochs(points, size):
    """Batches without end; each epoch is a permutation of its own."""
    while True:
        yield from points[torch.randperm(len(points))].split(size)


class MoganToy:
    """The toy config with so many seeds, in the chunks that mogan.train takes."""

    def __init__(self, seeds):
        overrides = [f"--config.train.seeds={seeds}", f"--config.parallel.devices={1 if seeds == 1 else 0}"]
        self.config = load_config(str(Path(__file__).with_name("toy_deligan.py")), overrides)
        use_all_cores(self.config)
        experiment = make_experiment(self.config)
        self.points, self.program = experiment.dataset.x, experiment.program
        self.state, self.step = self.program.init(), 0
        self.chunk = chunk_length(self.config, experiment.dataset, self.program.devices, self.flops)
        self.start = self.program.get(self.state).params

    def run(self, steps):
        """{loss: [sum, count]}, with a leading axis of seeds if there are many."""
        sums = {"d_loss": 0, "g_loss": 0}
        for _ in range(steps // self.chunk):
            self.state, seen = self.program.run(self.state, self.step, self.chunk)
            self.step += self.chunk
            sums = {name: total + np.asarray(seen[name]) for name, total in sums.items()}  # waits for the device
        return sums


def speed(run, steps: int, seconds: float) -> float:
    """Steps a second of run(steps), called until `seconds` are over."""
    started, done = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds or not done:
        run(steps)
        done += steps
    return done / elapsed


def make_torch(mogan: MoganToy, threads: int, adam: dict):
    """run(steps) of a TorchToy that starts where `mogan` did."""
    torch.manual_seed(0)
    toy = TorchToy(mogan.config, mogan.points, mogan.start, **adam)

    def run(steps):
        torch.set_num_threads(threads)
        return toy.run(steps)

    return run


def fastest_torch(mogan: MoganToy):
    """(threads, options of Adam) of the fastest TorchToy, judged by the best of four short turns each."""
    choices = [*itertools.product((1, os.cpu_count()), ADAMS)] * 4
    return max(choices, key=lambda choice: speed(make_torch(mogan, *choice), 10, 0.3))


def check(ours, theirs) -> dict[str, list]:
    """{loss: [ours, theirs]}, means over the updates. Raises RunError if they differ by more than seeds do."""
    means = {name: [round(float(seen[name][0] / seen[name][1]), 4) for seen in (ours, theirs)] for name in theirs}
    for name, (a, b) in means.items():
        if not math.isclose(a, b, rel_tol=TOLERANCE):
            raise RunError(f"{name} is {a} in mogan, {b} in PyTorch: the two do not train alike")
    return means


def measure(rounds: int, seconds: float) -> dict:
    """Everything that is printed and written."""
    many, one = MoganToy(16), MoganToy(1)
    plain, choice = make_torch(one, torch.get_num_threads(), {}), fastest_torch(one)
    losses = check(one.run(CHECKED_STEPS), plain(CHECKED_STEPS))
    many.run(many.chunk)  # compiles
    runs = {
        "torch": (plain, 10),
        "torch_tuned": (make_torch(one, *choice), 10),
        "1_seed": (one.run, one.chunk),
        "16_seeds": (many.run, many.chunk),
    }
    weight = {"16_seeds": 16}  # a step there is one of each seed
    rates = [{name: weight.get(name, 1) * speed(*run, seconds) for name, run in runs.items()} for _ in range(rounds)]
    return {
        "torch_tuned_with": {"threads": choice[0]} | choice[1],
        "mean_losses_mogan_torch": losses,
        "steps_per_second": {name: median(rate[name] for rate in rates) for name in runs},
        "ratios": {
            rival: {name: median(rate[name] / rate[rival] for rate in rates) for name in CLAIMS}
            for rival in ("torch", "torch_tuned")
        },
        "claims": CLAIMS,
        "rounds": rates,
        "device": f"{jax.devices()[0].device_kind}, {os.cpu_count()} CPU cores",
        "versions": {name: metadata.version(name) for name in ("mogan", "jax", "jaxlib", "torch")},
    }


def read_arguments(about: str, seconds: float):
    """rounds, seconds and out from the command line of a benchmark against PyTorch. Raises InputError without it."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="times that each is measured")
    parser.add_argument("--seconds", type=float, default=seconds, help="time of one measurement")
    parser.add_argument("--out", metavar="FILE.json", help="where the numbers go as well")
    arguments = parser.parse_args()
    if arguments.out:
        arguments.out = check_out(arguments.out, ".json")
    if arguments.rounds < 1 or not 0 < arguments.seconds < math.inf:
        raise InputError(f"--rounds={arguments.rounds} --seconds={arguments.seconds}: give numbers above 0")
    if torch is None:
        raise InputError("PyTorch, which mogan is measured against, is not installed: pip install -e '.[bench]'")
    return arguments


def main():
    arguments = read_arguments(__doc__, seconds=2.0)
    results = measure(arguments.rounds, arguments.seconds)
    print(f"losses of mogan and torch over {CHECKED_STEPS} steps: {results['mean_losses_mogan_torch']}")
    rates = results["steps_per_second"]
    print(f"torch {rates['torch']:.0f} steps/s, with {results['torch_tuned_with']} {rates['torch_tuned']:.0f}")
    plain, tuned = results["ratios"]["torch"], results["ratios"]["torch_tuned"]
    for name, least in CLAIMS.items():
        claim = f"at least {least}: {'held' if plain[name] >= least else 'NOT HELD'}"
        ratio = f"{plain[name]:.1f} times torch ({claim}), {tuned[name]:.1f} times tuned"
        print(f"mogan, {name}: {rates[name]:.0f} steps/s, {ratio}")
    if arguments.out:
        atomic_write(arguments.out, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
