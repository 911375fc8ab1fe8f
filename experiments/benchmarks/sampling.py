"""Images a second from a generator with 10 to 10,000 mixture components: whose number, K, should not show.

The networks are those of MNIST-500, whose generator is small; blocks of BLOCK images
(algorithm.model) of a Model, to the host, against the same in PyTorch.
"""

import jax
import jax.numpy as jnp
import rivals
from setups import load
from table import COMPILED, EAGER, Part, Rounds, Row
from timing import in_turn

from mogan.algorithm.gan import make_gan
from mogan.algorithm.model import BLOCK, Model

REFERENCE, SHAPE = "mnist500_deligan.py:deligan", (28, 28, 1)
COMPONENTS = (10, 100, 1000, 10_000)
IMAGES = 2 * BLOCK  # of one call


def ours(config):
    """run() -> images drawn."""
    gan, key = make_gan(config, SHAPE), jax.random.key(0)
    params, stats = jax.jit(gan.init)(key, jnp.zeros((config.data.batch_size, *SHAPE)))
    model = Model(gan, params, stats)
    return lambda: len(model.sample(key, IMAGES).x)


def make_torch(config):
    """make(device, wrap) -> run() -> images drawn, as rivals.contenders wants it."""

    def make(device, wrap):
        import torch
        from torch_gan import TorchGAN

        gan = TorchGAN(config, SHAPE, device, wrap)
        gan.generator.eval()

        @torch.no_grad()
        def run():
            blocks = [gan.generator(gan.latent(BLOCK, device)).cpu() for _ in range(IMAGES // BLOCK)]
            return sum(map(len, blocks))

        return run

    return make


def run(rounds: Rounds) -> list[Row]:
    """A row for each number of components, all measured in turn: so that what else the machine does meets all."""
    configs = [load(REFERENCE, f"--config.latent.components={components}") for components in COMPONENTS]
    contenders = {}
    for components, config in zip(COMPONENTS, configs, strict=True):
        contenders[components] = ours(config)
        found = rivals.contenders(make_torch(config))
        contenders |= {(rival, components): run for rival, run in found.items()}
    times = in_turn(contenders, rounds)
    return [
        Row(
            f"samples of MNIST-500's generator, K = {components:,}",
            "images/s",
            times[components],
            {rival: times[rival, components] for rival in (EAGER, COMPILED)},
        )
        for components in COMPONENTS
    ]


PARTS = (Part("sampling", f"images a second with {COMPONENTS[0]} to {COMPONENTS[-1]:,} components", run),)
