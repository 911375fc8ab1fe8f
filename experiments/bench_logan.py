"""Speed of LOGAN's toy training (experiments/toy_logan.py:lol1, 512-wide networks): mogan against eager PyTorch.

A step is one discriminator update with the gradient penalty and one generator update, at batch 256. The PyTorch program
is what its users write: modules, autograd.grad(create_graph=True) for the penalty, torch.optim.Adam as it comes, no
compiler. Both are measured in turn on this machine; the ratio is the median over rounds of the ratio within a round,
and what 40,000 steps take is reckoned from mogan's median.

pip install -e '.[bench]'
python experiments/bench_logan.py --out=/tmp/bench_logan.json          (two minutes on 2 CPU cores)
"""

import json
import os
from importlib import metadata
from pathlib import Path
from statistics import median

import jax
from bench_toy import descend, read_arguments, speed, torch

from mogan.commands import load_config, run_main
from mogan.experiment import make_experiment
from mogan.writers import atomic_write

STEPS = 10  # of one call, of either


class TorchLogan:
    """lol1 with the plain gradient penalty in eager PyTorch, on the points and the sizes of `config`."""

    def __init__(self, config, density):
        self.config = config
        self.generator = mlp(config.latent.dim, *config.model.hidden_g, 2)
        self.discriminator = mlp(2, *config.model.hidden_d, 1)
        rate = {"lr": config.optim.lr, "betas": (config.optim.beta1, config.optim.beta2)}
        self.optimizer_g = torch.optim.Adam(self.generator.parameters(), **rate)
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), **rate)
        self.modes, self.std = torch.tensor(density.modes, dtype=torch.float32), density.std

    def fakes(self):
        return self.generator(2 * torch.rand(self.config.data.batch_size, self.config.latent.dim) - 1)

    def reals(self):
        mode = torch.randint(len(self.modes), (self.config.data.batch_size,))
        return self.modes[mode] + self.std * torch.randn(len(mode), 2)

    def penalty(self, real, fake):
        eps = torch.rand(len(real), 1)
        between = (eps * real + (1 - eps) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(self.discriminator(between).sum(), between, create_graph=True)
        return ((slope.norm(dim=1) - 1) ** 2).mean()

    def step(self):
        with torch.no_grad():
            fake = self.fakes()
        real = self.reals()
        softplus = torch.nn.functional.softplus
        loss = softplus(-self.discriminator(real)).mean() + softplus(self.discriminator(fake)).mean()
        descend(self.optimizer_d, loss + self.config.loss.gradient_penalty * self.penalty(real, fake))
        descend(self.optimizer_g, -self.discriminator(self.fakes()).mean())

    def run(self, steps):
        for _ in range(steps):
            self.step()


def mlp(*widths):
    """Dense layers with leaky ReLU between them, started as in the config: uniform, gain 1.43."""
    layers = [torch.nn.Linear(*pair) for pair in zip(widths[:-1], widths[1:], strict=True)]
    for layer in layers:
        bound = 1.43 * (3 / layer.in_features) ** 0.5
        torch.nn.init.uniform_(layer.weight, -bound, bound)
        torch.nn.init.zeros_(layer.bias)
    between = [module for layer in layers for module in (layer, torch.nn.LeakyReLU(0.2))]
    return torch.nn.Sequential(*between[:-1])


class MoganLogan:
    """The config as it is, ten steps a call."""

    def __init__(self):
        self.config = load_config(str(Path(__file__).with_name("toy_logan.py")), [])
        experiment = make_experiment(self.config)
        self.density, self.program = experiment.dataset.density, experiment.program
        self.state, self.done = self.program.init(), 0

    def run(self, steps):
        self.state, _ = self.program.run(self.state, self.done, steps)
        self.done += steps
        jax.block_until_ready(self.state)


def measure(rounds: int, seconds: float) -> dict:
    """Everything that is printed and written."""
    mogan = MoganLogan()
    runs = {"torch": TorchLogan(mogan.config, mogan.density).run, "mogan": mogan.run}
    for run in runs.values():
        run(STEPS)  # compiles
    rates = [{name: speed(run, STEPS, seconds) for name, run in runs.items()} for _ in range(rounds)]
    rate = median(rate["mogan"] for rate in rates)
    return {
        "steps_per_second": {name: median(rate[name] for rate in rates) for name in runs},
        "ratio": median(rate["mogan"] / rate["torch"] for rate in rates),
        "minutes_for_all_steps": mogan.config.train.steps / rate / 60,
        "rounds": rates,
        "device": f"{jax.devices()[0].device_kind}, {os.cpu_count()} CPU cores",
        "versions": {name: metadata.version(name) for name in ("mogan", "jax", "jaxlib", "torch")},
    }


def main():
    arguments = read_arguments(__doc__, seconds=5.0)
    results = measure(arguments.rounds, arguments.seconds)
    rates = results["steps_per_second"]
    print(f"torch {rates['torch']:.0f} steps/s, mogan {rates['mogan']:.0f}: {results['ratio']:.2f} times")
    print(f"all steps of the config: {results['minutes_for_all_steps']:.0f} minutes")
    if arguments.out:
        atomic_write(arguments.out, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
