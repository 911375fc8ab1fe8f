"""DeLiGAN (Gurumurthy, Sarvadevabhatla, Babu, CVPR 2017), section 5.4, figure 5, table 1: 2,000 images of CIFAR-10.

Expected, as modified inception score overall (table 1): DeLiGAN 2.28 +- 0.62, GAN 2.15 +- 0.25, MoE-GAN 2.04 +- 0.28,
GAN++ 1.76 +- 0.40.

`deligan`, `gan`, `gan++` and `moe` follow the paper. Where it is silent they follow the released program: 1 update of
the discriminator to 3 of the generator, Adam 3e-4 (0.5, 0.999, 1e-8 under the root), constant for 800 of 1,200 epochs
and then linear to 0; a weight of 0.05 for the sigma regulariser, which the program computes and never adds; the starts
of all weights. The variants `_released` follow the program where it differs: a sample of every component in each batch,
sigma from U(-0.2, 0.2), no regulariser, normal noise for the models without a mixture, and a discriminator that is a
classifier (Salimans et al. 2016), its real/fake terms weighing 1/2 each. The program's mini-batch discrimination is
that of Salimans et al., as is ours.

Cost: 1,200 epochs of 20 batches; on a GPU, not measured; on 2 CPU cores, which other work shared, 6.8 seconds a step,
two days in all.

python experiments/run.py --config=experiments/cifar2k_deligan.py:deligan --workdir=/tmp/cifar2k
python experiments/tables.py --table=deligan_figure_5  # both models, side by side
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use

MIXTURE = {
    "latent.kind": "mixture",
    "latent.components": 100,
    "latent.scale_init": 0.2,
    "latent.penalty": 0.05,
}
MODELS = {
    "deligan": MIXTURE,
    "gan": {},
    "gan++": {"model.extra_g": 100},
    "moe": {"model.one_hot": True, "latent.components": 100},
}
RELEASED = {
    "latent.choose": "stratified",
    "latent.scale_start": "uniform",
    "latent.penalty": 0.0,
    "model.head": "semi_supervised",
    "loss.d_weight": 0.5,
}
VARIANTS = tuple(f"{name}{kind}" for kind in ("", "_released") for name in MODELS)
EPOCH = 20  # batches


def get_config(variant="deligan"):
    name, _, released = variant.partition("_")
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "tfds:cifar10",
            "data.per_class": 200,
            "data.batch_size": 100,
            "latent.kind": "normal" if released else "uniform",
            "latent.dim": 100,
            "model.name": "deligan_cifar",
            "model.width_g": 128,
            "model.width_d": 96,
            "model.kernels_g": (5, 5, 5),
            "model.minibatch_kernels": 100,
            "loss.name": "minimax",
            "schedule.g_updates": 3,
            "optim.lr": 3e-4,
            "optim.eps_root": 1e-8,
            "optim.decay_start": 2 / 3,
            "train.steps": 1200 * EPOCH,
            "train.log_every": EPOCH,
            "train.eval_every": 0,
            "train.sample_every": 20 * EPOCH,
            "train.checkpoint_every": 20 * EPOCH,
            "eval.grid": 10,
        }
        | MODELS[name]
        | (RELEASED if released else {}),
    )


if __name__ == "__main__":
    how_to_use(__file__)
