"""config -> one Optimizer for each group of parameters."""

import jax
import jax.numpy as jnp
import optax

from mogan.types import Optimizer


def make_optimizers(config) -> dict[str, Optimizer]:
    """Adam for generator, latent and discriminator, each at its own rate (`optim.lr` where it has none)."""
    optim = config.optim
    rates = {
        "generator": optim.lr,
        "latent": optim.lr_latent or optim.lr,
        "discriminator": optim.lr_discriminator or optim.lr,
    }
    return {group: adam(decayed(rate, config), optim.beta1, optim.beta2) for group, rate in rates.items()}


def decayed(rate: float, config):
    """step -> learning rate: constant up to optim.decay_start of train.steps, then linear to 0 at the last step."""
    steps = config.train.steps
    start = config.optim.decay_start * steps
    if start >= steps:
        return lambda step: jnp.float32(rate)
    return lambda step: rate * jnp.clip((steps - step) / (steps - start), 0.0, 1.0)


def adam(rate, beta1: float, beta2: float) -> Optimizer:
    """Adam whose learning rate `rate(step)` follows the training step, not the count of this group's updates: under the
    threshold schedule the two differ."""
    transform = optax.scale_by_adam(beta1, beta2)

    def apply(grads, state, params, step, factor=1.0):
        direction, state = transform.update(grads, state)
        size = rate(step) * factor
        return jax.tree.map(lambda p, u: p - size * u, params, direction), state

    return Optimizer(transform.init, apply)
