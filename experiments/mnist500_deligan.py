"""DeLiGAN (Gurumurthy, Sarvadevabhatla, Babu, CVPR 2017), section 5.3, figure 4: 500 images of MNIST, 50 a digit.

Expected, by picture: DeLiGAN's samples are crisper and more diverse than the GAN's, of which some are near copies of
each other and some no digits; the GAN often diverges. The set-up follows the released program, which differs from the
paper in: a batch has a sample of every component (paper: of random ones), the sigma regulariser weighs 1/3, the
generator's loss does not saturate (paper: eq. 3), and the threshold schedule decides who is updated (paper: in turn).
Its mini-batch discrimination divides by the sum over the batch.

Cost: 4,000 epochs of 10 batches of 5 updates, two hours a model on one CPU core (both at once on two).

python experiments/run.py --config=experiments/mnist500_deligan.py:deligan --workdir=/tmp/mnist500
python experiments/tables.py --table=deligan_figure_4  # both models, side by side
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import deligan_paper

VARIANTS = ("deligan", "gan", "deligan_paper", "gan_paper")
EPOCH = 10  # batches


def get_config(variant="deligan"):
    name, _, paper = variant.partition("_")
    mixed = name == "deligan"
    mixture = {
        "latent.components": 50,
        "latent.choose": "stratified",
        "latent.scale_init": 0.2,
        "latent.penalty": 1 / 3,
    }
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "tfds:mnist",
            "data.per_class": 50,
            "data.batch_size": 50,
            "latent.kind": "mixture" if mixed else "uniform" if paper else "normal",
            "latent.dim": 30,
            "model.name": "deligan",
            "model.minibatch_normalize": True,
            "loss.name": "non_saturating",
            "schedule.name": "threshold",
            "optim.lr": 5e-4,
            "optim.decay_start": 0.25,
            "train.steps": 4000 * EPOCH,
            "train.log_every": 10 * EPOCH,
            "train.eval_every": 0,
            "train.sample_every": 200 * EPOCH,
            "train.checkpoint_every": 100 * EPOCH,
        }
        | (mixture if mixed else {})
        | (deligan_paper(4000 * EPOCH) | {"model.minibatch_normalize": False} if paper else {}),
    )


if __name__ == "__main__":
    how_to_use(__file__)
