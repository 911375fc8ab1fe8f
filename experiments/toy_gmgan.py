"""GM-GAN (Ben-Yosef, Weinshall 2018), section 4.1, figures 3 to 5: nine Gaussians on a grid, labelled.

Expected, by picture: both GM-GANs draw samples of higher likelihood than GAN and AC-GAN and reach it in fewer epochs,
each latent Gaussian covers about one Gaussian of the data, and the samples are less diverse than the GAN's. `gmgan` and
`gmgan_supervised` have the static mixture (the paper's default), `_dynamic` learn means and full covariances. The
paper's sigma is a factor of the covariance by its formula; the means are then two standard deviations apart, and the
components overlap. `_std` reads it as a standard deviation: five apart. `infogan`, which the paper's discussion
compares with, has a one-hot code of nine beside a normal z, and a discriminator that also tells the code of a sample.

The paper gives the data, K = 9 and the defaults of its section 4 (z in 100 dimensions, c = 0.1, covariance 0.15 I,
batches of 64 and, for the generator, 128, Adam 2e-4 with beta1 0.5), but no networks and no number of epochs: two
hidden layers of 128 and 200 epochs are ours.

Cost: 200 epochs of 78 batches; six seeds side by side 94 seconds on 2 CPU cores (gmgan_supervised_std).

python experiments/run.py --config=experiments/toy_gmgan.py:gmgan_supervised --workdir=/tmp/gmgan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import GMGAN_MODELS, SIGMA

VARIANTS = tuple(GMGAN_MODELS)
EPOCH = 5000 // 64  # batches


def get_config(variant="gmgan"):
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "toy:grid9",
            "data.points": 5000,
            "data.batch_size": 64,
            "data.batch_size_g": 128,
            "latent.dim": 100,
            "latent.components": 9,
            "latent.mean_range": 0.1,
            "latent.scale_init": SIGMA**0.5,
            "model.hidden_g": (128, 128),
            "model.hidden_d": (128, 128),
            "model.activation": "leaky_relu",
            "model.output": "linear",
            "loss.name": "non_saturating",
            "loss.d_weight": 0.5,
            "optim.lr": 2e-4,
            "train.steps": 200 * EPOCH,
            "train.chunk": 5 * EPOCH,
            "train.log_every": 5 * EPOCH,
            "train.eval_every": 5 * EPOCH,
            "train.sample_every": 40 * EPOCH,
            "train.checkpoint_every": 40 * EPOCH,
        }
        | GMGAN_MODELS[variant],
    )


if __name__ == "__main__":
    how_to_use(__file__)
