"""Adaptive augmentation (Karras et al. 2020, ADA): its probability follows how far the discriminator overfits."""

import jax.numpy as jnp

from mogan.types import Judged, Loss

DECAY = 0.75  # of the average of r_t: of about four batches, as many as the released program takes the mean of


def overfitting(real: Judged, fake: Judged, compares: bool = False):
    """r_t = E sign(l(x)), 1 where every training image is taken for real (Karras et al. 2020, ADA, eq. 1). Of a loss
    that `compares` the two sides no logit has a sign of its own: there E sign(l(x) - l(G(z))), pair by pair."""
    return jnp.sign(real.logits - fake.logits if compares else real.logits).mean()


def moved(probability, average, target: float, step: float):
    """The probability, `step` higher where the average of r_t is above `target` and lower where it is below; in
    [0, 1] (ADA, section 3)."""
    return jnp.clip(probability + step * jnp.sign(average - target), 0.0, 1.0)


def adaptive(loss: Loss, target: float, start: float, step: float, reduce=lambda tree: tree) -> Loss:
    """`loss`, that also moves the probability of augmentation by `step` after every update of the discriminator.

    `reduce` averages a scalar over devices, where each holds a part of the batch. State, besides that of `loss`:
    "augment", the probability, from `start`; "overfitting", a moving average of r_t, from 0.
    """

    def init():
        return loss.init() | {"augment": jnp.float32(start), "overfitting": jnp.float32(0)}

    def update(state, real, fake):
        average = DECAY * state["overfitting"] + (1 - DECAY) * reduce(overfitting(real, fake, loss.compares))
        probability = moved(state["augment"], average, target, step)
        return loss.update(state, real, fake) | {"augment": probability, "overfitting": average}

    return loss._replace(init=init, update=update)
