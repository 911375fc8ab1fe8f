"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.1, figure 3: losses on scattered modes.

Expected, by picture: with lol1 and lol2 the contours of the discriminator's logit are more even than with the vanilla
(v) and the Wasserstein loss (w), and the samples reach more modes. All but v have the plain gradient penalty, weight
0.1. Four dense layers of 512, leaky relu 0.2, started as in Sussillo and Abbott (gain 1.43), z from U(-1, 1)^2, batch
256, Adam 1e-4 (0.5, 0.9). The released program's vanilla loss is the non-saturating one.

Cost: 40,000 steps; on 2 CPU cores 13 minutes for lol1 (experiments/benchmarks/bench.py), 11 for v and, at 12 steps a
second for its 5 critic updates, 56 for w.

python experiments/run.py --config=experiments/toy_logan.py:lol1 --workdir=/tmp/logan
python experiments/run.py --config=experiments/toy_logan.py:w --config.data.source=toy:square25 --workdir=/tmp/logan_w
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan_loss, logan_variants

VARIANTS = logan_variants(encoder=False)


def get_config(variant="lol1"):
    width = 512
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "toy:circle8",
            "data.points": 0,
            "data.batch_size": 256,
            "latent.kind": "uniform",
            "latent.dim": 2,
            "model.hidden_g": (width,) * 3,
            "model.hidden_d": (width,) * 3,
            "model.activation": "leaky_relu",
            "model.output": "linear",
            "model.initializer": "random_walk",
            "optim.lr": 1e-4,
            "optim.beta1": 0.5,
            "optim.beta2": 0.9,
            "train.steps": 40_000,
            "train.chunk": 100,
            "train.log_every": 500,
            "train.eval_every": 4000,
            "train.sample_every": 4000,
            "train.checkpoint_every": 4000,
        }
        | logan_loss(variant, 0.1),
    )


if __name__ == "__main__":
    how_to_use(__file__)
