"""Trains a config's image GAN in PyTorch: networks, losses and updates share nothing with mogan's but the config. Where
a run ends badly, it tells whether the set-up or the code is to blame.

The networks and losses are torch_gan.py's, started as mogan's are; the batches, the noise and all other chance are
PyTorch's own. For DCGANs with a mixture of diagonal normals as prior, a discriminator of one output and players in
turn; a config that asks for more is refused. Every train.log_every steps a line goes to DIR/metrics.jsonl: the losses,
and `spread`, the median distance of two samples over that of two real images (near 0: one image whatever z is); every
train.sample_every steps samples to DIR/samples_N.png.

python experiments/benchmarks/torch_train.py --config=experiments/signs_gmgan.py:gmgan_std --out=runs/torch_signs
"""

import argparse

import numpy as np
import torch
from torch import nn
from torch_gan import TorchGAN

from mogan import data
from mogan.config import flatten
from mogan.config.commands import load_config, read_arguments, run_main
from mogan.config.fields import FIELDS
from mogan.data import to_uint8
from mogan.errors import InputError
from mogan.machine.files import expanded
from mogan.metrics.health import spread
from mogan.plots import sheets
from mogan.runs import names
from mogan.runs.log import append_jsonl

MATTER = ("latent", "model", "loss", "optim", "augment", "schedule", "data.flip", "train.seeds")  # what must be known
READ = {  # with any value
    *(f"latent.{name}" for name in ("components", "dim", "mean_range", "scale_init", "penalty", "penalty_target")),
    *(f"model.{name}" for name in ("width_g", "width_d", "kernel", "norm_g", "norm_d")),
    *(f"optim.{name}" for name in ("lr", "beta1", "beta2")),
    "loss.d_weight",
}
KNOWN = {  # with these alone; of all other fields, their default
    "latent.kind": ("mixture",),
    "latent.trainable": ("both", "none"),
    "model.name": ("dcgan",),
    "loss.name": ("minimax", "non_saturating"),
    "schedule.name": ("alternate",),
}
ROWS, COMPARED = 8, 200  # of a picture, as many samples each; samples whose distances are measured


class Trained(TorchGAN):
    """A TorchGAN on the images [n, h, w, c], uint8, whose weights start as mogan's: truncated normals of 0.02."""

    def __init__(self, config, images):
        super().__init__(config, images.shape[1:], torch.device("cpu"), lambda module: module)
        self.images = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
        self.order = torch.empty(0, dtype=torch.long)
        for module in [*self.generator.modules(), *self.discriminator.modules()]:
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02, a=-0.04, b=0.04)
                nn.init.zeros_(module.bias)

    def update(self):
        """The same on the next batch."""
        size = self.config.data.batch_size
        if len(self.order) < size:
            self.order = torch.cat([self.order, torch.randperm(len(self.images))])
        rows, self.order = self.order[:size], self.order[size:]
        self.real = (self.images[rows] / 127.5 - 1).to(memory_format=torch.channels_last)
        return super().update()

    def samples(self, n):
        """uint8 [n, h, w, c], the batch norms' running averages in use."""
        self.generator.eval()
        with torch.no_grad():
            x = self.generator(self.latent(n, self.device))
        self.generator.train()
        return to_uint8(x.permute(0, 2, 3, 1).numpy())


def check(config):
    """Raises InputError for a config that asks for what this program would not do."""
    for name, value in flatten(config).items():
        known = KNOWN.get(name, (FIELDS[name].default,)) if name in FIELDS else (value,)
        if name.startswith(MATTER) and name not in READ and value not in known:
            raise InputError(f"config.{name} = {value!r}: this program knows {' or '.join(map(repr, known))} alone")


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", metavar="FILE.py[:VARIANT]", required=True, help="a config of experiments/")
    parser.add_argument("--out", metavar="DIR", required=True, help="a new folder for losses and pictures")
    found, overrides = read_arguments(parser)
    out = expanded(found.out)
    config = load_config(found.config, overrides)
    check(config)
    if out.exists():
        raise InputError(f"--out={out} is there already: give a new folder")
    images = data.load(config.data).x
    torch.manual_seed(config.train.seed)
    gan, real = Trained(config, images), images[np.linspace(0, len(images) - 1, COMPARED).astype(int)]
    out.mkdir(parents=True)
    sums = np.zeros(2)
    for step in range(1, config.train.steps + 1):
        sums += [loss.item() for loss in gan.update()]
        if step % config.train.log_every == 0:
            d_loss, g_loss = sums / config.train.log_every
            record = {"step": step, "d_loss": d_loss, "g_loss": g_loss, "spread": spread(gan.samples(COMPARED), real)}
            append_jsonl(out / names.METRICS, record)
            print(*(f"{name} {value:.4g}" for name, value in record.items()), flush=True)
            sums[:] = 0
        if step % config.train.sample_every == 0 or step == config.train.steps:
            sheets.save_png(out / f"samples_{step}.png", sheets.image_grid(gan.samples(ROWS**2), ROWS))


if __name__ == "__main__":
    run_main(main)
