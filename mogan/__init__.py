"""mogan: GANs whose latent space is a learned mixture, in JAX.

    config = mogan.load_config("experiments/toy_deligan.py:deligan", {"train.steps": 8_000})
    run = mogan.train(config, "runs/toy")  # a Run; later, mogan.load("runs/toy")
    run.metrics["void"], run.sample(100).x, run.show("components")

Importing mogan imports neither JAX nor numpy: each name is looked up when it is first used.
"""

import importlib

__version__ = "0.1.0"

HOMES = {
    "load_config": "mogan.config.commands",
    "train": "mogan.training.run",
    "load": "mogan.training.run",
    "Run": "mogan.training.run",
    "InputError": "mogan.errors",
    "RunError": "mogan.errors",
}
FOLDERS = ("config", "data", "latents", "losses", "metrics", "nets")  # of use by themselves

__all__ = [
    "InputError",
    "Run",
    "RunError",
    "config",
    "data",
    "latents",
    "load",
    "load_config",
    "losses",
    "metrics",
    "nets",
    "train",
]


def __getattr__(name):
    if name in HOMES:
        return getattr(importlib.import_module(HOMES[name]), name)
    if name in FOLDERS:
        return importlib.import_module(f"mogan.{name}")
    raise AttributeError(f"module 'mogan' has no attribute {name!r}")


def __dir__():
    return sorted([*__all__, "__version__"])  # what is for users
