"""Trains a config's image GAN in PyTorch, by a program that shares nothing with mogan's but the images and the config:
where a run ends badly, it tells whether the set-up or the code is to blame.

The networks and losses are torch_gan.py's, started as mogan's are; the batches, the noise and all other chance are
PyTorch's own. For configs with one Gaussian or a mixture, a discriminator of one output and players in turn. Every
train.log_every steps a line goes to DIR/metrics.jsonl: the losses, and `spread`, the median distance of two samples
over that of two real images (near 0: one image whatever z is); every train.sample_every steps samples to
DIR/samples_N.png.

python experiments/benchmarks/torch_train.py --config=experiments/signs_gmgan.py:gmgan_std --out=runs/torch_signs
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from setups import load
from torch import nn
from torch_gan import TorchGAN

from mogan import data
from mogan.config.commands import read_arguments, run_main
from mogan.errors import InputError
from mogan.machine.files import expanded
from mogan.metrics.health import spread
from mogan.runs import names
from mogan.runs.log import append_jsonl

COVERED = {"schedule.name": "alternate", "schedule.d_updates": 1, "schedule.g_updates": 1, "model.head": "real_fake"}
COVERED |= {"model.name": "dcgan", "optim.name": "adam", "optim.ema": 0.0, "augment.policy": (), "model.encoder": False}
SHOWN, COLUMNS, COMPARED = 60, 10, 200  # samples in a picture, in its rows, and whose distances are measured


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
        return ((x + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def check(config):
    """Raises InputError for a config that is not covered."""
    for name, wanted in COVERED.items():
        group, field = name.split(".")
        if config[group][field] != wanted:
            raise InputError(f"config.{name} = {config[group][field]!r}: this program knows {wanted!r} alone")


def sheet(images):
    """An image of all, COLUMNS in a row."""
    n, h, w, c = images.shape
    rows = images.reshape(n // COLUMNS, COLUMNS, h, w, c).transpose(0, 2, 1, 3, 4)
    return Image.fromarray(rows.reshape(n // COLUMNS * h, COLUMNS * w, c).squeeze())


def main():
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", metavar="FILE.py[:VARIANT]", required=True, help="a config of experiments/")
    parser.add_argument("--out", metavar="DIR", required=True, help="a new folder for losses and pictures")
    found, overrides = read_arguments(parser)
    out = expanded(found.out)
    config = load(Path(found.config).name, *overrides)
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
            sheet(gan.samples(SHOWN)).save(out / f"samples_{step}.png")


if __name__ == "__main__":
    run_main(main)
