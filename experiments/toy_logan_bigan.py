"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.2, figure 4: BiGANs and their penalty.

Expected, by picture: with a one-dimensional z the vanilla BiGAN (v) loses most modes; the logit losses with the
pair-wise gradient penalty reach them and invert each other. Variants: the losses of toy_logan.py, `_pairwise` with the
pair-wise penalty in x (weight 0.1, the norm and not its square) where the others have the plain one on pairs, or none
(v). That in z is left out, as the paper does where p(z) is uniform. Encoder and generator of v see flipped labels, as
in the released program. Networks, batch and optimizer as in toy_logan.py; the encoder ends in tanh.

For the claim of missing modes: --config.data.source=toy:circle8_rare (one mode of weight 0.01).

Cost: 40,000 steps; not measured, more than toy_logan.py's 13 minutes on 2 CPU cores.

python experiments/run.py --config=experiments/toy_logan_bigan.py:lol1_pairwise --workdir=/tmp/bigan
"""

from mogan.config import base, update

PLAIN, PAIRWISE = {"loss.gradient_penalty": 0.1}, {"loss.pairwise_x": 0.1}
LOSSES = {
    "lol1": {"loss.name": "lol1"},
    "lol2": {"loss.name": "lol2"},
    "v": {"loss.name": "non_saturating"},
    "w": {"loss.name": "wasserstein", "schedule.d_updates": 5},
}
VARIANTS = tuple(f"{name}{kind}" for name in LOSSES for kind in ("_pairwise", ""))


def get_config(variant="lol1_pairwise"):
    name, _, pairwise = variant.partition("_")
    penalty = PAIRWISE if pairwise else {} if name == "v" else PLAIN
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
        | LOSSES[name]
        | penalty,
    )
