"""Seconds of one discriminator and one generator update of DeLiGAN's image set-ups, mogan against eager PyTorch.

mogan's are measured one by one, as programs of their own, and inside the scan that training runs; PyTorch's (modules,
channels_last, torch.optim.Adam) as its users write them, the generator's gradients without the discriminator's. All
are measured in turn on this machine; ratios are medians over rounds of the ratio within a round. The floating-point
operations, as XLA counts them, over the time of mogan's scan give the share of this machine's peak, which a large
matrix product is taken for.

pip install -e '.[bench]'
python experiments/bench_conv.py --out=/tmp/bench_conv.json          (five minutes on 2 CPU cores)
"""

import json
import os
import tempfile
import time
from importlib import metadata
from pathlib import Path
from statistics import median

import jax
import jax.numpy as jnp
import numpy as np
from bench_toy import descend, read_arguments, torch

from mogan.commands import load_config, run_main
from mogan.experiment import make_algorithm, make_experiment
from mogan.nets.cpu_conv import compiler_options
from mogan.steps import make_train_step
from mogan.types import Batch
from mogan.updates import make_updates
from mogan.writers import atomic_write

SETUPS = {
    "cifar2k": ("cifar2k_deligan.py:deligan", (32, 32, 3)),
    "mnist500": ("mnist500_deligan.py:deligan", (28, 28, 1)),
    "sketches": ("sketches_deligan.py:similar_deligan", (32, 32, 1)),
}
ALTERNATE = ("--config.schedule.name=alternate", "--config.schedule.d_updates=1", "--config.schedule.g_updates=1")
CHUNK = 4  # steps of one scan
SIDE = 3000  # of the matrices whose product is the peak


class Mogan:
    """The updates of a config on random images, alone and in the scan."""

    def __init__(self, config, shape):
        experiment = make_experiment(config)
        self.program, self.state, self.done = experiment.program, experiment.program.init(), 0
        gan, loss, optimizers, schedule = make_algorithm(config, shape, len(experiment.dataset.classes))
        updates = make_updates(gan, loss, optimizers, None, lambda tree: tree, lambda tree: tree)
        draws = make_train_step(gan, loss, optimizers, schedule, config.data.batch_size).draws(jax.random.key(0), 0)
        draw = jax.tree.map(lambda leaf: leaf[0], draws)
        batch = Batch(jnp.zeros((config.data.batch_size, *shape)))

        def both(state):
            state, _ = updates.discriminator(state, batch, updates.fakes(state, draw), draw)
            return updates.generator(state, batch, draw)[0]

        options = compiler_options(jax.default_backend())
        self.alone = jax.jit(both, compiler_options=options).lower(self.state).compile()
        self.operations = self.alone.cost_analysis()["flops"]

    def one_by_one(self):
        """One step, as a program of its own."""
        jax.block_until_ready(self.alone(self.state))
        return 1

    def scanned(self):
        """CHUNK steps in one scan."""
        self.state, seen = self.program.run(self.state, self.done, CHUNK)
        jax.block_until_ready(seen)
        self.done += CHUNK
        return CHUNK


class Torch:
    """The same two updates in eager PyTorch."""

    def __init__(self, config, shape):
        from torch_networks import TorchGAN  # here, so that a lack of PyTorch is read_arguments' to report

        self.gan, self.size = TorchGAN(config, shape), config.data.batch_size
        rate = {"lr": config.optim.lr, "betas": (config.optim.beta1, config.optim.beta2)}
        self.optimizer_g = torch.optim.Adam(self.gan.made_by(), **rate)
        self.optimizer_d = torch.optim.Adam(self.gan.discriminator.parameters(), **rate)
        self.real = torch.zeros(self.size, shape[2], *shape[:2]).to(memory_format=torch.channels_last)

    def step(self):
        """One step."""
        softplus, judge = torch.nn.functional.softplus, self.gan.discriminator
        with torch.no_grad():
            fake = self.gan.generate(self.size)
        descend(self.optimizer_d, softplus(-judge(self.real)).mean() + softplus(judge(fake)).mean())
        loss = softplus(-judge(self.gan.generate(self.size))).mean()
        params = self.gan.made_by()
        for param, grad in zip(params, torch.autograd.grad(loss, params), strict=True):
            param.grad = grad
        self.optimizer_g.step()
        return 1


def seconds_a_step(run, seconds: float) -> float:
    """Of run() -> steps done, called until `seconds` are over, after one call that is not timed."""
    run()
    started, done = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds or not done:
        done += run()
    return elapsed / done


def peak(seconds: float) -> float:
    """Floating-point operations a second of a large float32 matrix product."""
    product, a = jax.jit(jnp.matmul), jnp.ones((SIDE, SIDE))
    product(a, a).block_until_ready()
    return 2 * SIDE**3 / seconds_a_step(lambda: bool(product(a, a).block_until_ready().shape), seconds)


def measure(reference: str, shape, rounds: int, seconds: float) -> dict:
    """The numbers of one set-up."""
    with tempfile.TemporaryDirectory() as folder:
        images = np.random.default_rng(0).integers(0, 256, (200, *shape), dtype=np.uint8)
        np.savez(f"{folder}/images.npz", x=images)
        own = [*ALTERNATE, f"--config.data.source=npz:{folder}/images.npz", "--config.data.per_class=0"]
        own += ["--config.data.classes=", "--config.data.image_size=0"]
        config = load_config(str(Path(__file__).with_name(reference)), own)
        mogan = Mogan(config, shape)
    runs = {"torch": Torch(config, shape).step, "one_by_one": mogan.one_by_one, "scanned": mogan.scanned}
    times = [{name: seconds_a_step(run, seconds) for name, run in runs.items()} for _ in range(rounds)]
    peaks = [peak(seconds / 2) for _ in range(3)]
    found = {name: median(each[name] for each in times) for name in runs}
    return {
        "seconds": found,
        "ratio": {name: median(each["torch"] / each[name] for each in times) for name in ("one_by_one", "scanned")},
        "gigaflop": mogan.operations / 1e9,
        "peak_gigaflop_a_second": median(peaks) / 1e9,
        "share_of_peak": mogan.operations / found["scanned"] / median(peaks),
        "rounds": times,
    }


def main():
    arguments = read_arguments(__doc__, seconds=5.0)
    results = {}
    for name, setup in SETUPS.items():
        results[name] = found = measure(*setup, arguments.rounds, arguments.seconds)
        times = ", ".join(f"{kind} {value:.3f} s" for kind, value in found["seconds"].items())
        ratios = ", ".join(f"{kind} {value:.2f}" for kind, value in found["ratio"].items())
        print(f"{name}: {times}; times torch: {ratios}; {found['share_of_peak']:.0%} of peak", flush=True)
    results["device"] = f"{jax.devices()[0].device_kind}, {os.cpu_count()} CPU cores"
    results["versions"] = {name: metadata.version(name) for name in ("mogan", "jax", "jaxlib", "torch")}
    if arguments.out:
        atomic_write(arguments.out, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
