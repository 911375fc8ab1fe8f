"""What an evaluation looks at besides the scores, to warn in time (config.eval.warn): see `metrics.health`."""

import functools
from collections.abc import Callable

import numpy as np

from mogan import data
from mogan.algorithm.critic import make_critic
from mogan.data import Dataset, from_uint8
from mogan.errors import InputError
from mogan.losses import make_loss
from mogan.machine.jit import jit
from mogan.metrics import health
from mogan.metrics.components import within_between, within_between_of_clusters
from mogan.types import GAN

NUM, FEWEST = 300, 20  # images of a kind, at most and at least


def make_watch(config, dataset: Dataset, gan: GAN) -> Callable:
    """watch(model, current: Model, key) -> {"health/NAME": float}, of samples of `model` and of the discriminator of
    `current`, whose parameters are no moving average; what cannot be measured is left out.

    Raises InputError for data that are no images.
    """
    if dataset.x.ndim != 4:
        raise InputError(
            f"config.eval.warn = True: {config.data.source} holds points, and it looks at images; set it to False"
        )
    unseen, real = data.load_heldout(config.data).x, _some(dataset.x)
    judge = _make_judge(config, dataset, gan)

    @functools.cache
    def clustered():
        return within_between_of_clusters(real, gan.latent.components)

    def watch(model, current, key):
        drawn = model.sample(key, NUM)
        found = {"spread": health.spread(drawn.x, real) if min(len(drawn.x), len(real)) > 1 else None}
        if gan.latent.components > 1:
            found["within_between"] = own = within_between(drawn.x, drawn.component)
            found["component_spread"] = own / clustered() if own is not None and clustered() else None
            found["least_weight"] = float(np.min(gan.latent.weights(model.params["latent"])) * gan.latent.components)
        count = min(len(unseen), len(dataset.x), NUM)
        if count >= FEWEST:
            fake, z = _some(drawn.x, count), _some(drawn.z, count) if gan.encode else None
            known, held = (judge(current, _some(x, count), None) for x in (dataset.x, unseen))
            found["memorised"] = health.memorised(known, held, judge(current, fake, z))
        return {f"health/{name}": value for name, value in found.items() if value is not None}

    return watch


def _make_judge(config, dataset, gan):
    """judge(model, x uint8 [n, h, w, c], z [n, d] or, for E(x), None) -> [n]: how real each is, by `critic`."""
    critic = jit(make_critic(gan, make_loss(config, len(dataset.classes)).score))

    def judge(model, x, z):
        return np.asarray(critic(model.params, model.stats, from_uint8(x), z))

    return judge


def _some(x, count=NUM):
    """`count` of x [n, ...], or all, evenly over them: the same every time."""
    return x[np.linspace(0, len(x) - 1, min(count, len(x))).astype(int)]
