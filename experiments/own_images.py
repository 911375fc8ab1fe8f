"""Your own images: a few hundred of many kinds, in a folder, flat or a sub-folder a class; without one, drawn shapes.

Image size, network, batch, components and what is held out are chosen by the data when the run starts, told, and
written to its config.json; each can be set instead, as --config.data.image_size=128. What is transparent is put on
data.background. Drawings in thin dark lines on white get wider lines, white on black (--config.data.strokes=0: none).

`recipe` joins a mixture as prior with what came after the papers: residual networks without batch norm, the
relativistic loss with R1 and R2 (Huang et al. 2024, R3GAN), DiffAugment (Zhao et al. 2020) by as much as the
discriminator overfits (Karras et al. 2020, ADA) and a moving average of the generator. `supervised` tells it the
classes, the sub-folders, one component each (AC-GAN's head). `deligan`, `gmgan` and `gan` are the papers' priors at
this size, a DCGAN each, and `recipe_gaussian` is the recipe without its mixture, to compare with. No paper reports
these set-ups.

Look at samples/step_N.png: the last column, in red, has the training image nearest to the sample left of it. Of the
same run sample.py --scale=2 (times the components' covariance) draws more varied images, --scale=0.5 cleaner ones.
Scores of memorization come where at least 99 images are held out. The state with the least untrained/kernel, a distance
to the held-out images, is kept beside the last: --checkpoint=best.

Cost: 2,000 steps of 16 images; at 32x32 the recipe makes 16 steps a second on 2 CPU cores, all of them in three and a
half minutes with half a minute of compilation and the scores; at 64x64 four times as long.

python experiments/run.py --config=experiments/own_images.py --workdir=runs/shapes
python experiments/run.py --config=experiments/own_images.py --config.data.source=folder:DIR --workdir=runs/mine
python experiments/tables.py --table=own_images --config.data.source=folder:DIR  # the variants compared
"""

from mogan.config import base, update
from mogan.config.choices import CHOSEN
from mogan.config.listing import how_to_use

RESIDUAL = {
    "model.name": "resnet",
    "loss.name": "relativistic",
    "loss.r1": 1.0,
    "loss.r2": 1.0,
    "loss.penalty_every": 4,
    "augment.policy": "color,translation,cutout",
    "augment.probability": 0.0,
    "augment.target": 0.6,
    "augment.images": 30_000,
    "optim.ema": 0.995,
    "optim.ema_warmup": True,
    "optim.beta1": 0.0,
    "optim.lr": 1e-3,
    "optim.beta2": 0.99,
    "optim.warmup": 50,  # without it photographs and one Gaussian's images are worse
}
DCGAN = {"model.name": "dcgan", "model.width_g": 32, "model.width_d": 32, "loss.name": "non_saturating"}
MIXTURE = {"latent.kind": "mixture", "latent.choose": "stratified"}
SPREAD = {"latent.scale_init": 0.5, "latent.scale_min": 0.25}
GAUSSIAN = {"latent.kind": "normal", "latent.components": 1}
MODELS = {
    "recipe": RESIDUAL | MIXTURE | SPREAD,
    "supervised": RESIDUAL | MIXTURE | SPREAD | {"model.head": "acgan"},
    "deligan": DCGAN | MIXTURE | {"latent.penalty": 1 / 3},
    "gmgan": DCGAN | {"latent.mean_range": 0.1, "latent.scale_init": 0.15, "latent.trainable": "none"},
    "gan": DCGAN | GAUSSIAN,
    "recipe_gaussian": RESIDUAL | GAUSSIAN,
}
VARIANTS = tuple(MODELS)


def get_config(variant="recipe"):
    own = MODELS[variant]
    return update(
        base(),
        {
            "variant": variant,
            "auto": tuple(name for name in CHOSEN if name not in own),
            "data.source": "shapes",
            "latent.dim": 64,
            "train.steps": 2000,
            "train.log_every": 50,
            "train.eval_every": 250,
            "train.sample_every": 250,
            "train.checkpoint_every": 250,
            "eval.num_samples": 500,
            "eval.metrics": ("untrained",),
            "eval.best": "untrained/kernel",
            "eval.warn": True,
            "eval.grid": 8,
        }
        | own,
    )


if __name__ == "__main__":
    how_to_use(__file__)
