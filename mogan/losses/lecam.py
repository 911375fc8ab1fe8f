"""LeCam regularisation (Tseng et al. 2021): for few data, the discriminator's logits are held near moving averages."""

import jax
import jax.numpy as jnp

from mogan.losses.adversarial import weighted_mean
from mogan.types import Judged, Loss


def lecam_divergence(real: Judged, fake: Judged, average_real, average_fake):
    """E max(0, l(x) - a_F)^2 + E max(0, a_R - l(G(z)))^2, a_R and a_F the moving averages of either side's logits
    (Tseng et al. 2021, R_LC; its released program has the max, so that only logits that stand apart are pulled)."""
    apart = jax.nn.relu(real.logits - average_fake), jax.nn.relu(average_real - fake.logits)
    return weighted_mean(apart[0] ** 2, real) + weighted_mean(apart[1] ** 2, fake)


def lecam(loss: Loss, weight: float, decay: float, reduce=lambda tree: tree) -> Loss:
    """`loss`, whose discriminator descends also `weight` times the divergence. `decay`, in [0, 1), is that of the
    averages; `reduce` averages a scalar over devices, where each holds a part of the batch. State, besides that of
    `loss`: "lecam_real" and "lecam_fake", from 0."""
    own = ("lecam_real", "lecam_fake")

    def discriminator(state, real, fake):
        return loss.discriminator(state, real, fake) + weight * lecam_divergence(real, fake, *map(state.get, own))

    def update(state, real, fake):
        means = reduce([weighted_mean(side.logits, side) for side in (real, fake)])
        moved = {name: decay * state[name] + (1 - decay) * mean for name, mean in zip(own, means, strict=True)}
        return loss.update(state, real, fake) | moved

    return loss._replace(
        init=lambda: loss.init() | dict.fromkeys(own, jnp.float32(0)), discriminator=discriminator, update=update
    )
