"""Fisher GAN (Mroueh & Sercu 2017), the loss of Deli-Fisher GAN: a critic whose second moment is constrained."""

import jax
import jax.numpy as jnp

from mogan.losses.adversarial import wasserstein, weighted_mean
from mogan.types import Judged, Loss


def second_moment(real: Judged, fake: Judged):
    """Omega = 1/2 E f(x)^2 + 1/2 E f(G(z))^2 (Mroueh & Sercu 2017, and Deli-Fisher eq. 2: its Omega-hat misprints the
    second sign)."""
    return weighted_mean(real.logits**2, real) / 2 + weighted_mean(fake.logits**2, fake) / 2


def fisher(rho: float, reduce=lambda tree: tree) -> Loss:
    """The critic ascends the augmented Lagrangian of Mroueh & Sercu 2017 (in Deli-Fisher 4.1 rho/2 reads rho),

        V = E f(x) - E f(G(z)) + lambda (1 - Omega) - rho/2 (Omega - 1)^2,

    lambda <- lambda - rho dV/dlambda = lambda + rho (Omega - 1) after each of its updates, and generator and encoder
    descend -E f(G(z)) and E f(x, E(x)). rho >= 0. `reduce` averages a scalar over devices, where each holds a part of
    the batch. State: "multiplier", lambda, from 0; "omega", Omega as last seen, from 1 (where the constraint holds).
    """
    critic = wasserstein()

    def discriminator(state, real, fake):
        omega = second_moment(real, fake)
        # The square must be of the whole batch's Omega, but gradients are taken on each device's part and averaged
        # afterwards. The tangent of 1/2 (Omega - 1)^2 at the whole's Omega has there the square's value and slope, and
        # is linear in each part's Omega: so its mean over devices, and its gradients', are those of the whole batch.
        whole = jax.lax.stop_gradient(reduce(omega))
        half_square = (whole - 1) ** 2 / 2 + (whole - 1) * (omega - whole)
        return critic.discriminator({}, real, fake) + state["multiplier"] * (omega - 1) + rho * half_square

    def update(state, real, fake):
        omega = reduce(second_moment(real, fake))
        return {"multiplier": state["multiplier"] + rho * (omega - 1), "omega": omega}

    def init():
        return {"multiplier": jnp.float32(0), "omega": jnp.float32(1)}

    return critic._replace(init=init, discriminator=discriminator, update=update)
