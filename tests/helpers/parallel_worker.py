"""Run by test_programs.py in a process with eight CPU devices: trains a few steps in each mode, prints what it saw."""

import json
import sys

import jax
import numpy as np

from mogan import data
from mogan.algorithm.gan import make_gan
from mogan.config.commands import load_config
from mogan.training import programs
from mogan.training.devices import choose_devices, streams
from mogan.training.experiment import build
from tests.helpers.support import EXPERIMENTS, shrink

SETUPS = {
    "toy": ("toy_deligan", {}),
    "mnist": ("mnist500_deligan", {"data__per_class": 0}),
    "small_data": (
        "digits_deligan",
        {
            "model__name": "dcgan",
            "loss__name": "relativistic",
            "loss__r1": 1.0,
            "loss__r2": 1.0,
            "loss__penalty_every": 2,
            "loss__mode_seeking": 0.02,
            "latent__scale_min": 0.1,
            "augment__policy": "color,translation,cutout",
            "augment__probability": 0.75,
            "augment__target": 0.6,
            "model__spectral_norm": True,
            "optim__ema": 0.99,
            "optim__ema_warmup": True,
        },
    ),
    "seeds": ("toy_deligan", {"train__seeds": 8}),
    "fisher": ("toy_delifisher", {"latent__weights": "learned"}),
    "pairs": ("toy_logan_bigan", {"loss__pairwise_z": 0.1}),
}


SCHEDULES = {
    "toy": ("threshold", "alternate"),
    "mnist": ("alternate",),
    "small_data": ("alternate",),
    "seeds": ("threshold",),
    "fisher": ("alternate",),
    "pairs": ("alternate",),
}


def observe(config) -> dict[str, list]:
    """Mean tallies of four steps, the generator's samples and the discriminator's logits after them."""
    dataset = data.load(config.data)
    devices = choose_devices(config)
    assert len(devices) == config.parallel.devices
    stream = streams(config, dataset, devices)
    program = programs.make_program(lambda axis: build(config, dataset, axis, stream), config, devices)
    state, tallies = program.run(program.init(), 0, 4)
    state, seen = program.get(state), {name: np.asarray(value).tolist() for name, value in tallies.items()}
    if config.train.seeds > 1:
        return seen | {"mean": state.params["latent"]["mean"].tolist()}
    gan = make_gan(config, dataset.x.shape[1:], len(dataset.classes))
    sample = gan.latent.sample(state.params["latent"], jax.random.key(0), 8)
    x, _ = gan.generate(state.params, state.stats, sample, key=jax.random.key(0), train=False)
    judged = (x, sample.z) if gan.encode else (x,)
    logits, _ = gan.discriminate(state.params, state.stats, *judged, key=jax.random.key(0), train=False)
    return seen | {"samples": x.ravel().tolist(), "logits": logits.tolist()}


def report_of(setup: str, folder: str) -> dict:
    """What each mode of `setup` has seen; those of images train on SETUP.npz in `folder`."""
    name, changes = SETUPS[setup]
    source = {"data__source": f"npz:{folder}/{setup}.npz"} if setup in ("mnist", "small_data") else {}
    schedules = SCHEDULES[setup]
    modes = [("jit", 1), ("jit", 8)] + ([] if setup == "seeds" else [("pmap", 8)])
    report = {}
    for schedule in schedules:
        for mode, devices in modes:
            config = shrink(
                load_config(str(EXPERIMENTS / f"{name}.py"), []),
                data__batch_size=16,
                schedule__name=schedule,
                schedule__slots=2,
                parallel__mode=mode,
                parallel__devices=devices,
                data__placement="host" if setup == "mnist" and devices > 1 else "device",
                **changes,
                **source,
            )
            report[f"{schedule} {mode} {devices}"] = observe(config)
    return report


if __name__ == "__main__":
    folder, *setups = sys.argv[1:]
    print(json.dumps({setup: report_of(setup, folder) for setup in setups}))
