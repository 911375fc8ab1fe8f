"""A config's image GAN in PyTorch, as its users write it: channels_last, fused Adam; a step updates each player."""

import rivals
import torch
import torch_dcgan
import torch_deligan
from rivals import descend, frozen
from torch import nn
from torch.nn.functional import softplus


class Latent(nn.Module):
    """n draws of the prior: a mixture of diagonal normals, each component by chance, or U(-1, 1)^dim."""

    def __init__(self, latent):
        super().__init__()
        self.shape = latent.components, latent.dim
        self.mixture = latent.kind == "mixture"
        if self.mixture:
            learned = latent.trainable == "both"
            self.mean = nn.Parameter(latent.mean_range * (2 * torch.rand(self.shape) - 1), learned)
            self.scale = nn.Parameter(torch.full(self.shape, latent.scale_init), learned)

    def forward(self, n, device):
        if not self.mixture:
            return 2 * torch.rand(n, self.shape[1], device=device) - 1
        component = torch.randint(self.shape[0], (n,), device=device)
        return self.mean[component] + self.scale[component] * torch.randn(n, self.shape[1], device=device)


class TorchGAN:
    """One update of the discriminator and one of generator, mixture and encoder."""

    def __init__(self, config, shape, device, wrap):
        model, dim = config.model, config.latent.dim
        self.config, self.device = config, device
        self.latent = Latent(config.latent).to(device)
        generator, discriminator, encoder = found = networks(shape, dim, model)
        placed = [net and net.to(device, memory_format=torch.channels_last) for net in found]
        self.generator, self.discriminator, self.encoder = (net and wrap(net) for net in placed)
        players = nn.ModuleList([self.latent, generator, *([encoder] if encoder else [])])
        self.optimizer_g = rivals.adam(config, [p for p in players.parameters() if p.requires_grad])
        self.optimizer_d = rivals.adam(config, discriminator.parameters())
        real = 2 * torch.rand(config.data.batch_size, shape[2], *shape[:2], device=device) - 1
        self.real = real.to(memory_format=torch.channels_last)
        self.multiplier = torch.zeros((), device=device)  # Fisher GAN's

    def step(self):
        """One step; returns how many that is."""
        self.update()
        return 1

    def update(self):
        """One update of each player. Returns their losses, the discriminator's first."""
        d_loss = self.update_discriminator()
        with frozen(self.discriminator):
            return d_loss, self.update_generator()

    def update_discriminator(self):
        with torch.no_grad():
            z = self.latent(len(self.real), self.device)
            fake, code = self.generator(z), self.encoder(self.real) if self.encoder is not None else None
        loss = self.discriminator_loss(self.judge(self.real, code), self.judge(fake, z))
        if self.config.loss.pairwise_x:
            loss = loss + self.config.loss.pairwise_x * self.pairwise(code)
        return descend(self.optimizer_d, loss)

    def update_generator(self):
        z = self.latent(self.config.data.batch_size_g or len(self.real), self.device)
        loss = self.generator_loss(self.judge(self.generator(z), z))
        if self.encoder is not None:
            loss = loss + self.judge(self.real, self.encoder(self.real)).mean()
        penalty = self.config.latent.penalty
        if penalty and self.latent.mixture:
            loss = loss + penalty * ((self.config.latent.penalty_target - self.latent.scale) ** 2).mean()
        return descend(self.optimizer_g, loss)

    def judge(self, x, z):
        return self.discriminator(x, z) if self.encoder is not None else self.discriminator(x)

    def discriminator_loss(self, real, fake):
        if self.config.loss.name != "fisher":
            return self.config.loss.d_weight * (softplus(-real).mean() + softplus(fake).mean())
        rho, excess = self.config.loss.rho, (real**2).mean() / 2 + (fake**2).mean() / 2 - 1
        loss = fake.mean() - real.mean() + self.multiplier * excess + rho / 2 * excess**2
        self.multiplier = self.multiplier + rho * excess.detach()
        return loss

    def generator_loss(self, fake):
        if self.config.loss.name in ("fisher", "lol1"):
            return -fake.mean()
        return softplus(-fake).mean() if self.config.loss.name == "non_saturating" else -softplus(fake).mean()

    def pairwise(self, code):
        """LOGAN's pair-wise gradient penalty in x."""
        with torch.no_grad():
            back = self.generator(code)
        eps = torch.rand(len(code), 1, 1, 1, device=self.device)
        between = (eps * self.real + (1 - eps) * back).requires_grad_()
        (slope,) = torch.autograd.grad(self.judge(between, code).sum(), between, create_graph=True)
        apart = (self.real - back).flatten(1)
        direction = apart / apart.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return (slope.flatten(1) - direction).norm(dim=1).mean()


def networks(shape, dim, model):
    """(generator, discriminator, encoder or None) of a config's model for samples of `shape`."""
    if model.name != "dcgan":
        return torch_deligan.Generator(shape, dim, model), torch_deligan.Discriminator(shape, model), None
    encoder = torch_dcgan.Encoder(shape, dim, model) if model.encoder else None
    judged = dim if encoder else 0
    return torch_dcgan.Generator(shape, dim, model), torch_dcgan.Discriminator(shape, judged, model), encoder
