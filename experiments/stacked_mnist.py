"""Mode coverage on Stacked MNIST (Metz et al. 2017, Unrolled GANs): three random digits are the channels of an image,
so that there are 1,000 modes, known and equally likely; every loss with one Gaussian and with a mixture.

128,000 images in batches of 64, z in 100 dimensions, Adam 2e-4 with beta1 0.5, 50 epochs, two updates of the generator
a step and batch norm in both networks are those of PacGAN's released program (Lin et al. 2018) for VEEGAN's experiment
(Srivastava et al. 2017); so are 26,000 samples, of which a classifier of single digits reads each channel
(evaluate.py --metrics=modes). Its DCGAN, 64 wide with kernels of 5, halves images once more than ours (to 2 pixels, not
4), has ReLUs in the generator and no last hidden layer in the discriminator.

A variant is a loss, with z from U(-1, 1), or LOSS_mixture: 50 components, learned as in DeLiGAN with the regulariser of
its program for MNIST: without it they shrank to points, and samples to a few pictures. wasserstein has the gradient
penalty of weight 10, fisher rho = 1e-6, both 5 updates of the critic a step and one of the generator; lol1 and
lol2 LOGAN's plain penalty of weight 1; relativistic R1 and R2 of weight 1 and no momentum (Huang et al. 2024). Where a
loss has a gradient penalty or a bound, its discriminator has no batch norm. All make 100,000 updates of the
discriminator. These are ours. small_VARIANT has networks a quarter as wide and a sixteenth of the updates.

Cost: 100,000 steps, 1.2 a second on one CPU core, a day; small_ ones 6,250 steps, 8 to 12 a second, ten minutes.

python experiments/run.py --config=experiments/stacked_mnist.py:relativistic_mixture --workdir=runs/stacked
python experiments/evaluate.py --workdir=runs/stacked --metrics=modes --num=26000
python experiments/tables.py --table=stacked_mnist  # the small ones; stacked_mnist_full
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import by_discriminator_updates

BATCH_NORM = {"model.norm_d": True}
LOGIT_PENALTY = {"loss.gradient_penalty": 1.0}
CRITIC = {"schedule.d_updates": 5, "schedule.g_updates": 1}
LOSSES = {
    "minimax": BATCH_NORM,
    "non_saturating": BATCH_NORM,
    "least_squares": BATCH_NORM,
    "hinge": BATCH_NORM,
    "wasserstein": CRITIC | {"loss.gradient_penalty": 10.0},
    "fisher": CRITIC | {"loss.rho": 1e-6},
    "lol1": LOGIT_PENALTY,
    "lol2": LOGIT_PENALTY,
    "relativistic": {"loss.r1": 1.0, "loss.r2": 1.0, "optim.beta1": 0.0, "optim.beta2": 0.99},
}
PRIORS = {
    "": {"latent.kind": "uniform"},
    "_mixture": {
        "latent.kind": "mixture",
        "latent.components": 50,
        "latent.scale_init": 0.2,
        "latent.penalty": 1 / 3,
    },
}
MODELS = tuple(loss + prior for loss in LOSSES for prior in PRIORS)
VARIANTS = (*MODELS, *(f"small_{model}" for model in MODELS))
EPOCH = 2000  # batches


def get_config(variant="non_saturating_mixture"):
    model = variant.removeprefix("small_")
    loss = model.removesuffix("_mixture")
    width, updates = (64, 50 * EPOCH) if model == variant else (16, 50 * EPOCH // 16)
    fields = {
        "variant": variant,
        "data.source": "stacked_mnist",
        "data.batch_size": 64,
        "latent.dim": 100,
        "model.name": "dcgan",
        "model.width_g": width,
        "model.width_d": width,
        "model.kernel": 5,
        "loss.name": loss,
        "schedule.g_updates": 2,
        "optim.lr": 2e-4,
        "optim.beta1": 0.5,
        "train.log_every": 100,
        "train.eval_every": 0,
        "train.sample_every": EPOCH,
        "train.checkpoint_every": EPOCH,
        "eval.grid": 10,
        **LOSSES[loss],
        **PRIORS[model.removeprefix(loss)],
    }
    regular = ("train.log_every", "train.sample_every", "train.checkpoint_every")
    return update(base(), fields | by_discriminator_updates(updates, fields, *regular))


if __name__ == "__main__":
    how_to_use(__file__)
