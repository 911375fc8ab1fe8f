"""DeLiGAN (Gurumurthy, Sarvadevabhatla, Babu, CVPR 2017), section 5.5, figure 6, tables 2 and 3: TU-Berlin sketches.

Expected, as modified inception score overall: on similar classes (table 2: apple, pear, tomato, candle) GAN 1.36 +-
0.09 and DeLiGAN 1.35 +- 0.10; on dissimilar ones (table 3: wine glass, candle, apple, canoe, cup) GAN 1.61 +- 0.13 and
DeLiGAN 1.79 +- 0.18. 80 drawings a class and their mirror images, at 32x32.

The set-up follows the released program: strokes white on black and made wider, 100 components in 100 dimensions, a
sample of every one in each batch (paper: of random ones), sigma regulariser of weight 0.05, a loss of the generator
that does not saturate (paper: eq. 3), the threshold schedule with its extra discriminator updates, Adam 1e-4 (0.5,
0.999, 1e-8 under the root), constant for 2,600 of 3,900 epochs and then linear to 0. The variants `_paper` follow the
text: random components, eq. 3, players in turn, at the program's rates and number of updates. Both leave out the dense
layer that the text puts after the generator's deconvolutions: neither its figure 2 nor the program has it.

Cost: 3,900 epochs of 6 or 8 batches of 5 to 6 updates, a step a second on one core of a CPU: 6.5 hours or 8.7; _paper
makes as many updates, two a batch.

python experiments/run.py --config=experiments/sketches_deligan.py:similar_deligan --workdir=/tmp/sketches
python experiments/run.py --config=experiments/sketches_deligan.py:dissimilar_gan --workdir=/tmp/sketches_gan \
  --config.data.source=folder:tu_berlin/png --config.data.strokes=3  # the drawings as files, 1111x1111 pixels
python experiments/tables.py --table=deligan_figure_6  # both models, side by side
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import deligan_paper

MIXTURE = {
    "latent.kind": "mixture",
    "latent.components": 100,
    "latent.choose": "stratified",
    "latent.scale_init": 0.2,
    "latent.penalty": 0.05,
}
SETS = {"similar": "apple,pear,tomato,candle", "dissimilar": "wineglass,candle,apple,canoe,cup"}
MODELS = {"deligan": MIXTURE, "gan": {"latent.kind": "normal"}}
VARIANTS = tuple(f"{classes}_{model}{kind}" for kind in ("", "_paper") for classes in SETS for model in MODELS)


def get_config(variant="similar_deligan"):
    classes, model, *paper = variant.split("_")
    epoch = 160 * len(SETS[classes].split(",")) // 100  # of the drawings and their mirror images
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "tfds:tu_berlin/32x32_strokes",
            "data.image_size": 32,
            "data.classes": SETS[classes],
            "data.flip": True,
            "data.batch_size": 100,
            "latent.dim": 100,
            "model.name": "deligan_sketches",
            "model.width_g": 40,
            "model.width_d": 20,
            "model.kernels_g": (5, 5, 5),
            "model.minibatch_kernels": 50,
            "loss.name": "non_saturating",
            "schedule.name": "threshold",
            "schedule.up_after": 5,
            "schedule.extra_d": True,
            "optim.lr": 1e-4,
            "optim.eps_root": 1e-8,
            "optim.decay_start": 2 / 3,
            "train.steps": 3900 * epoch,
            "train.log_every": 10 * epoch,
            "train.eval_every": 0,
            "train.sample_every": 50 * epoch,
            "train.checkpoint_every": 50 * epoch,
        }
        | MODELS[model]
        | (deligan_paper(3900 * epoch) | {"schedule.extra_d": False} if paper else {}),
    )


if __name__ == "__main__":
    how_to_use(__file__)
