"""The set-ups that are measured: configs of experiments/, the image set-ups' with random images in place of their data.

Nothing here imports JAX, so that a process of PyTorch's own does not wait for it.
"""

from pathlib import Path

import numpy as np

from mogan.config.commands import load_config

EXPERIMENTS = Path(__file__).parents[1]
IMAGES = 200  # random ones
ALTERNATE = tuple(  # a step: one update of each player, whatever the set-up's own schedule
    f"--config.schedule.{field}" for field in ("name=alternate", "d_updates=1", "g_updates=1", "extra_d=False")
)
SETUPS = {  # {name: (title, reference, shape)}
    "mnist500": ("DeLiGAN's MNIST-500", "mnist500_deligan.py:deligan", (28, 28, 1)),
    "sketches": ("DeLiGAN's sketches", "sketches_deligan.py:similar_deligan", (32, 32, 1)),
    "cifar2k": ("DeLiGAN's CIFAR-2k", "cifar2k_deligan.py:deligan", (32, 32, 3)),
    "fisher": ("Deli-Fisher's DCGAN, CIFAR-10", "cifar10_delifisher.py:delifisher", (32, 32, 3)),
    "gmgan": ("GM-GAN, MNIST", "mnist_gmgan.py:gmgan", (28, 28, 1)),
    "bigan": ("BiGAN with pair-wise penalty, CIFAR-10", "cifar10_logan_bigan.py:lol1_pairwise", (32, 32, 3)),
}


def load(reference: str, *overrides: str):
    """The config of a file of experiments/ with --config.FIELD=VALUE, for one device."""
    return load_config(f"{EXPERIMENTS}/{reference}", ["--config.parallel.devices=1", *overrides])


def load_images(setup: str, folder: str):
    """The config of SETUPS[setup], its step ALTERNATE, on random images that are written into `folder`."""
    _, reference, shape = SETUPS[setup]
    x = np.random.default_rng(0).integers(0, 256, (IMAGES, *shape), dtype=np.uint8)
    np.savez(f"{folder}/images.npz", x=x)
    fields = {"source": f"npz:{folder}/images.npz", "per_class": 0, "classes": "", "image_size": 0, "flip": False}
    return load(reference, *ALTERNATE, *(f"--config.data.{name}={value}" for name, value in fields.items()))
