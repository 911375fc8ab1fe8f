"""Deli-Fisher GAN (anonymous authors, under review): its prior and loss on Gaussians of weights 0.7, 0.2 and 0.1.

The paper has no toy experiment; this one asks of its parts what they claim. `gan`, `wgan` and `fisher` have a normal
prior; `delifisher` a mixture of three Gaussians whose means and deviations are learned; `delifisher_weights` learns the
weights of the mixture too, and `learned_weights` does so under WGAN-GP: the mass that they give each mode should come
near 0.7, 0.2, 0.1. `delifisher_sum` takes eq. 2 to the letter: a weighted sum of a draw of every component.

From the paper: Fisher's loss, the sigma regulariser, a mixture where the baselines have one Gaussian. WGAN as
published: RMSProp 5e-5, clip 0.01, n_critic 5. Ours: the networks, batch, steps, Adam at 1e-3, the generator's moving
average over some thousand steps, and rho = 0.01 in place of Fisher GAN's 1e-6, which is made for image critics: in so
few steps it would leave Omega wherever it went.

Every model makes 60,000 updates of its discriminator, and so 60,000 of the generator (gan), 20,000 (Fisher's, WGAN-GP)
or 12,000 (wgan).

Cost: 20,000 steps of Fisher's; ten seeds side by side one to two and a half minutes on 2 CPU cores, beside other work.

python experiments/run.py --config=experiments/toy_delifisher.py:learned_weights --workdir=/tmp/weights
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import WGAN, by_discriminator_updates

FISHER = {"loss.name": "fisher", "loss.rho": 0.01, "schedule.d_updates": 3}
WGAN_GP = {"loss.name": "wasserstein", "loss.gradient_penalty": 1.0, "schedule.d_updates": 3}
MIXTURE = {"latent.kind": "mixture", "latent.components": 3, "latent.choose": "stratified"}
MODELS = {
    "delifisher": FISHER | MIXTURE | {"latent.penalty": 0.01, "latent.penalty_target": 0.3},
    "delifisher_weights": FISHER | MIXTURE | {"latent.weights": "learned"},
    "delifisher_sum": FISHER | MIXTURE | {"latent.weights": "learned", "latent.combine": "sum"},
    "learned_weights": WGAN_GP | MIXTURE | {"latent.weights": "learned"},
    "fisher": FISHER,
    "wgan": WGAN,
    "gan": {"loss.name": "non_saturating"},
}
VARIANTS = tuple(MODELS)


def get_config(variant="delifisher"):
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "toy:three",
            "data.points": 0,
            "data.batch_size": 128,
            "latent.kind": "normal",
            "latent.dim": 2,
            "latent.mean_range": 1.0,
            "latent.scale_init": 0.3,
            "model.hidden_g": (64, 64),
            "model.hidden_d": (64, 64),
            "model.activation": "leaky_relu",
            "model.output": "linear",
            "optim.lr": 1e-3,
            "optim.ema": 0.999,
            "train.log_every": 1000,
            "train.eval_every": 5000,
            "train.sample_every": 5000,
            "train.checkpoint_every": 5000,
        }
        | by_discriminator_updates(60_000, MODELS[variant])
        | MODELS[variant],
    )


if __name__ == "__main__":
    how_to_use(__file__)
