"""LOGAN's toy training (experiments/toy_logan.py:lol1, networks 512 wide).

A step is one discriminator update with the gradient penalty and one generator update, at batch 256. The PyTorch program
is what its users write: modules, and autograd.grad(create_graph=True) for the penalty.
"""

import rivals
from rivals import descend, frozen, torch
from setups import load
from table import COMPILED, EAGER, Part, Rounds, Row
from timing import in_turn
from training import Training

STEPS = 10  # of one call, of either


class TorchLogan:
    """lol1 with the plain gradient penalty in PyTorch, on the points and the sizes of a training's config."""

    def __init__(self, training, device, wrap):
        config, density = training.config, training.dataset.density
        self.config, self.device, self.std = config, device, density.std
        generator = mlp(config.latent.dim, *config.model.hidden_g, 2).to(device)
        discriminator = mlp(2, *config.model.hidden_d, 1).to(device)
        self.generator, self.discriminator = wrap(generator), wrap(discriminator)
        self.optimizer_g = rivals.adam(config, generator.parameters())
        self.optimizer_d = rivals.adam(config, discriminator.parameters())
        self.modes = torch.tensor(density.modes, dtype=torch.float32, device=device)

    def fakes(self):
        size = self.config.data.batch_size, self.config.latent.dim
        return self.generator(2 * torch.rand(size, device=self.device) - 1)

    def reals(self):
        mode = torch.randint(len(self.modes), (self.config.data.batch_size,), device=self.device)
        return self.modes[mode] + self.std * torch.randn(len(mode), 2, device=self.device)

    def penalty(self, real, fake):
        eps = torch.rand(len(real), 1, device=self.device)
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
        with frozen(self.discriminator):
            descend(self.optimizer_g, -self.discriminator(self.fakes()).mean())

    def run(self):
        for _ in range(STEPS):
            self.step()
        return STEPS


def mlp(*widths):
    """Dense layers with leaky ReLU between them, started as in the config: uniform, gain 1.43."""
    layers = [torch.nn.Linear(*pair) for pair in zip(widths[:-1], widths[1:], strict=True)]
    for layer in layers:
        bound = 1.43 * (3 / layer.in_features) ** 0.5
        torch.nn.init.uniform_(layer.weight, -bound, bound)
        torch.nn.init.zeros_(layer.bias)
    between = [module for layer in layers for module in (layer, torch.nn.LeakyReLU(0.2))]
    return torch.nn.Sequential(*between[:-1])


def run(rounds: Rounds) -> list[Row]:
    """The row of lol1."""
    training = Training(load("toy_logan.py:lol1"))
    theirs = rivals.contenders(lambda device, wrap: TorchLogan(training, device, wrap).run)
    times = in_turn({"mogan": training.contender(STEPS)} | theirs, rounds)
    rows = {name: times[name] for name in (EAGER, COMPILED)}
    return [Row("LOGAN's toy, lol1, 512 wide", "steps/s", times["mogan"], rows)]


PARTS = (Part("logan", "LOGAN's toy step, networks of 512 with gradient penalty", run),)
