"""config -> one Optimizer for each group of parameters."""

import jax
import jax.numpy as jnp
import optax

from mogan.types import Optimizer


def make_optimizers(config) -> dict[str, Optimizer]:
    """An optimizer for each group, at its own learning rate (`optim.lr` where it has none)."""
    optim = config.optim
    rates = {
        "generator": optim.lr,
        "encoder": optim.lr,
        "latent": optim.lr_latent or optim.lr,
        "discriminator": optim.lr_discriminator or optim.lr,
    }
    make = OPTIMIZERS[optim.name]
    optimizers = {group: make(scheduled(rate, config), optim) for group, rate in rates.items()}
    if config.loss.clip:
        optimizers["discriminator"] = clipped(optimizers["discriminator"], config.loss.clip)
    return optimizers


def scheduled(rate: float, config):
    """step -> learning rate: `rate`, to which the first optim.warmup steps lead in equal parts; from optim.decay_start
    of train.steps on linear to 0 at the last step."""
    steps, warmup = config.train.steps, config.optim.warmup
    start = config.optim.decay_start * steps

    def at(step):
        now = jnp.float32(rate)
        if start < steps:
            now = now * jnp.clip((steps - step) / (steps - start), 0.0, 1.0)
        return now * jnp.minimum((step + 1) / warmup, 1.0) if warmup else now

    return at


def average_decay(config) -> float:
    """The decay, a step, of the moving average of generator, encoder and latent; 0 where there is none. By
    optim.ema_half_life it is 1/2 to the power of a step's real images over these (Karras et al. 2020, StyleGAN2)."""
    optim, schedule = config.optim, config.schedule
    if not optim.ema_half_life:
        return optim.ema
    batches = schedule.d_updates if schedule.name == "alternate" else 1
    return 0.5 ** (config.data.batch_size * batches / optim.ema_half_life)


def adam(rate, optim) -> Optimizer:
    """Adam at the learning rate `rate(step)`, as the `optim` group says: m / (sqrt(v + eps_root) + 1e-8)."""
    return _following(optax.scale_by_adam(optim.beta1, optim.beta2, eps_root=optim.eps_root), rate)


def rmsprop(rate, optim) -> Optimizer:
    """RMSProp at the learning rate `rate(step)`, its decay optim.beta2: g / (sqrt(v) + 1e-8), as in WGAN's program."""
    return _following(optax.scale_by_rms(optim.beta2, eps_in_sqrt=False), rate)


def clipped(optimizer: Optimizer, bound: float) -> Optimizer:
    """`optimizer` that puts each parameter back into [-bound, bound] after every update (WGAN's weight clipping)."""

    def apply(*args, **kwargs):
        params, state = optimizer.apply(*args, **kwargs)
        return jax.tree.map(lambda p: jnp.clip(p, -bound, bound), params), state

    return Optimizer(optimizer.init, apply)


def _following(transform: optax.GradientTransformation, rate) -> Optimizer:
    """The learning rate follows the training step, not the count of this group's updates: under the threshold schedule
    the two differ."""

    def apply(grads, state, params, step, factor=1.0):
        direction, state = transform.update(grads, state)
        size = rate(step) * factor
        return jax.tree.map(lambda p, u: p - size * u, params, direction), state

    return Optimizer(transform.init, apply)


OPTIMIZERS = {"adam": adam, "rmsprop": rmsprop}
