"""What the tests of training steps share: a batch, a latent without chance, and the step of a config."""

import jax.numpy as jnp
import numpy as np

from mogan.algorithm.make import init_of, step_of
from mogan.algorithm.optim import make_optimizers
from mogan.algorithm.schedules import make_schedule
from mogan.losses import make_loss
from mogan.types import ONE_DEVICE, Algorithm, Batch, LatentSample, Noise

N = 4
LABELS = np.array([0, 1, 1, 0])
NOISE = np.random.default_rng(1).normal(size=(N, 2))
WEIGHT = np.array([0.5, 2.0, 1.0, 0.25])
REAL = np.random.default_rng(2).normal(size=(N, 2))
BATCH = Batch(REAL.astype(np.float32))
TINY = {"data.batch_size": N, "latent.components": 2, "model.hidden_g": (3,), "model.hidden_d": (3,)}
TINY |= {"latent.penalty": 0.5, "optim.lr": 1 / 16}  # a rate that float32 holds exactly


def written_down(gan):
    """The GAN with a latent whose noise, components and weights are NOISE, LABELS and WEIGHT."""

    def transform(params, noise, scale=1.0):
        z = params["mean"][noise.component] + params["scale"][noise.component] * noise.base
        return LatentSample(z, noise.component, jnp.asarray(WEIGHT))

    noise = lambda key, n: Noise(jnp.asarray(LABELS), jnp.asarray(NOISE))  # noqa: E731
    return gan._replace(latent=gan.latent._replace(noise=noise, transform=transform))


def make(gan, config, schedule=None, loss=None, batch_size_g=0, penalty=None, mode_seeking=None, axis=ONE_DEVICE):
    """(init, step) of these parts, and of `config` for the others."""
    algorithm = Algorithm(
        gan=gan,
        loss=loss or make_loss(config),
        optimizers=make_optimizers(config),
        schedule=schedule or make_schedule(config.schedule),
        batch_size=N,
        batch_size_g=batch_size_g,
        penalty=penalty,
        mode_seeking=mode_seeking,
        ema=config.optim.ema,
        ema_warmup=config.optim.ema_warmup,
    )
    return init_of(algorithm), step_of(algorithm, axis)
