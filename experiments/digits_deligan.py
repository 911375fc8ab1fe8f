"""DeLiGAN's idea on scikit-learn's 1,797 real 8x8 digits, which need no download: section 5.3's set-up at 8x8.

No paper reports this set-up; it is the smallest real image experiment, for trying things out.

Cost: 5,000 steps of 5 updates, four minutes on 2 busy CPU cores.

python experiments/run.py --config=experiments/digits_deligan.py:deligan --workdir=/tmp/digits
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use

VARIANTS = ("deligan", "gan")


def get_config(variant="deligan"):
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
            "data.source": "digits",
            "data.batch_size": 50,
            "latent.kind": "mixture" if variant == "deligan" else "normal",
            "latent.dim": 10,
            "model.name": "deligan",
            "model.kernels_g": (3, 3),
            "model.kernels_d": (3, 3),
            "model.minibatch_kernels": 32,
            "model.minibatch_normalize": True,
            "loss.name": "non_saturating",
            "schedule.name": "threshold",
            "optim.lr": 5e-4,
            "optim.decay_start": 0.25,
            "train.steps": 5000,
            "train.log_every": 100,
            "train.eval_every": 0,
            "train.sample_every": 1000,
            "train.checkpoint_every": 1000,
        }
        | (mixture if variant == "deligan" else {}),
    )


if __name__ == "__main__":
    how_to_use(__file__)
