"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.2, figure 4: BiGANs and their penalty.

Expected, by picture: with a one-dimensional z the vanilla BiGAN (v) loses most modes; the logit losses with the
pair-wise gradient penalty reach them and invert each other. Variants: the losses of toy_logan.py, `_pairwise` with the
pair-wise penalty in x (weight 0.1, the norm and not its square) where the others have the plain one on pairs, or none
(v). That in z is left out, as the paper does where p(z) is uniform. Encoder and generator of v see flipped labels, as
in the released program. Networks, batch and optimizer as in toy_logan.py; the encoder ends in tanh.

For the claim of missing modes: --config.data.source=toy:circle8_rare (one mode of weight 0.01).

Cost: 40,000 steps; on 2 CPU cores, at 30 steps a second, 22 minutes for v and the logit losses, and at 10, over an hour
for w.

python experiments/run.py --config=experiments/toy_logan_bigan.py:lol1_pairwise --workdir=/tmp/bigan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan_loss, logan_variants

VARIANTS = logan_variants(encoder=True)


def get_config(variant="lol1_pairwise"):
    width = 512
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "toy:circle8",
            "data.points": 0,
            "data.batch_size": 256,
            "latent.kind": "uniform",
            "latent.dim": 1,
            "model.encoder": True,
            "model.hidden_g": (width,) * 3,
            "model.hidden_d": (width,) * 3,
            "model.hidden_e": (width,) * 3,
            "model.activation": "leaky_relu",
            "model.output": "linear",
            "model.output_e": "tanh",
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
