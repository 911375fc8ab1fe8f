"""DeLiGAN (Gurumurthy, Sarvadevabhatla, Babu, CVPR 2017), section 5.2, figure 3: six models of a 2-D density.

Expected: all models fit the unimodal density; on the bimodal one DeLiGAN alone leaves the void between the modes empty
(a claim made by picture; `experiments/tables.py --table=deligan_toy` counts). The rest of the set-up follows the
released program, which differs from the paper in: a batch has a sample of every component (paper: of random ones),
sigma starts at 0.02 (paper: 0.2), the sigma regulariser weighs 0.1, the generator's loss does not saturate (paper: eq.
3), and the threshold schedule decides who is updated (paper: in turn). The variants `_paper` follow the text in these;
the regulariser's weight and the number of updates, which it does not give, remain the program's.

Cost: 64,000 steps of 5 updates, about half a minute on 2 CPU cores; _paper 160,000 steps of 2.

python experiments/run.py --config=experiments/toy_deligan.py:deligan --workdir=/tmp/toy
python experiments/run.py --config=experiments/toy_deligan.py:gan --config.data.source=toy:unimodal --workdir=/tmp/gan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import deligan_paper

MODELS = {
    "deligan": {"latent.kind": "mixture"},
    "gan": {},
    "gan++": {"model.hidden_g": (50, 32)},
    "ensemble": {"latent.kind": "mixture", "model.experts": 50},
    "nx": {"model.hidden_g": (32 * 50,)},
    "moe": {"model.one_hot": True, "latent.components": 50, "latent.choose": "stratified"},
}
VARIANTS = tuple(f"{name}{kind}" for kind in ("", "_paper") for name in MODELS)
STEPS = 64_000


def get_config(variant="deligan"):
    name, _, paper = variant.partition("_")
    model = {"latent.kind": "uniform"} | MODELS[name]
    mixture = {"latent.components": 50, "latent.choose": "stratified", "latent.scale_init": 0.02, "latent.penalty": 0.1}
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "toy:bimodal",
            "data.points": 400,
            "data.batch_size": 50,
            "latent.dim": 2,
            "loss.name": "non_saturating",
            "schedule.name": "threshold",
            "schedule.count": "difference",
            "schedule.up": 0.01,
            "schedule.up_after": 10,
            "schedule.down": 0.001,
            "schedule.down_after": 150,
            "schedule.floor": 0.73,
            "optim.lr": 1e-4,
            "train.steps": STEPS,
            "train.log_every": 1000,
            "train.eval_every": 8000,
            "train.sample_every": 8000,
            "train.checkpoint_every": 8000,
        }
        | (mixture if model["latent.kind"] == "mixture" else {})
        | model
        | (deligan_paper(STEPS) if paper else {}),
    )


if __name__ == "__main__":
    how_to_use(__file__)
