"""Mode coverage by the field's own tests: the 2-D ring and grid of VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et
al. 2018), every loss with one Gaussian and with a mixture.

Data, networks, batches, optimizer and scores are those of PacGAN's released program: 100,000 points, batches of 100, z
of two dimensions; a generator of four layers of 400 with batch norm, a discriminator of three layers of 200 maxout
units of five pieces, weights from a normal of 0.02, Adam 1e-4 with beta1 0.8, 400 epochs; 2,500 samples, of which those
within 3 standard deviations of a mode are of high quality, modes that hold one are captured, and mode_kl is the
"reverse KL" of their histogram. Its table 1 gives for a GAN 6.3 of 8 modes (ring) and 17.3 of 25 (grid).

A variant is a loss, with a normal prior, or LOSS_mixture: 50 learned components, as in DeLiGAN but for its regulariser
(--config.latent.penalty=0.1). wasserstein has the gradient penalty of weight 10, fisher rho = 0.01, both 5 updates of
the critic a step; lol1 and lol2 LOGAN's plain penalty of 0.1; relativistic R1 and R2 of weight 0.1. All make 400,000
updates of the discriminator. These are ours.

Cost: 400,000 steps, 2 hours a seed on one CPU core.

python experiments/run.py --config=experiments/toy_modes.py:non_saturating_mixture --workdir=runs/ring
python experiments/run.py --config=experiments/toy_modes.py:hinge --config.data.source=toy:grid25 --workdir=runs/grid
python experiments/tables.py --table=modes  # all losses on both, smaller
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import by_discriminator_updates

LOGIT_PENALTY = {"loss.gradient_penalty": 0.1}
LOSSES = {
    "minimax": {},
    "non_saturating": {},
    "least_squares": {},
    "hinge": {},
    "wasserstein": {"loss.gradient_penalty": 10.0, "schedule.d_updates": 5},
    "fisher": {"loss.rho": 0.01, "schedule.d_updates": 5},
    "lol1": LOGIT_PENALTY,
    "lol2": LOGIT_PENALTY,
    "relativistic": {"loss.r1": 0.1, "loss.r2": 0.1},
}
MIXTURE = {"latent.kind": "mixture", "latent.components": 50, "latent.scale_init": 0.2}
PRIORS = {"": {"latent.kind": "normal"}, "_mixture": MIXTURE}
VARIANTS = tuple(loss + prior for loss in LOSSES for prior in PRIORS)
EPOCH = 1000  # batches


def get_config(variant="non_saturating_mixture"):
    loss = variant.removesuffix("_mixture")
    fields = {
        "variant": variant,
        "data.source": "toy:ring8",
        "data.points": 100_000,
        "data.batch_size": 100,
        "latent.dim": 2,
        "model.hidden_g": (400,) * 4,
        "model.hidden_d": (200,) * 3,
        "model.activation": "relu",
        "model.output": "linear",
        "model.initializer": "normal",
        "model.batch_norm": True,
        "model.maxout": 5,
        "loss.name": loss,
        "optim.lr": 1e-4,
        "optim.beta1": 0.8,
        "train.log_every": 2 * EPOCH,
        "train.eval_every": 40 * EPOCH,
        "train.sample_every": 40 * EPOCH,
        "train.checkpoint_every": 40 * EPOCH,
        "eval.num_samples": 2500,
        **LOSSES[loss],
        **PRIORS[variant.removeprefix(loss)],
    }
    regular = ("train.log_every", "train.eval_every", "train.sample_every", "train.checkpoint_every")
    return update(base(), fields | by_discriminator_updates(400 * EPOCH, fields, *regular))


if __name__ == "__main__":
    how_to_use(__file__)
