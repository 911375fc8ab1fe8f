"""Deli-Fisher GAN (anonymous authors, under review), tables 1 and 2: CIFAR-10.

Expected Inception Score of 50,000 samples, five runs (table 2): Deli-Fisher 7.3902, 7.1033, 7.4197, 7.4921, 7.2027; its
baselines (table 1): Fisher GAN 6.8978 +- 0.0919, DCGAN 6.16 +- 0.07 (2 to 3 in the authors' own runs), WGAN 5.4586 +-
0.0222.

`dcgan` Adam 2e-4 (0.5, 0.999); `wgan` RMSProp 5e-5, clip 0.01, 5 critic updates; `fisher` as Fisher GAN's program: rho
1e-6, 2 critic updates, Adam 2e-4; `delifisher` the same at the paper's rate of 5e-5, with a mixture whose means and
deviations are learned, at a rate eta' of their own (optim.lr_latent; the paper gives none: 5e-5 too). Section 5.2 lists
"eta" among what is learned, beside mu and sigma, and algorithm 1 among what they start with: a learning rate cannot be
a parameter of the loss that it descends, so we read eta there as the weights w of the mixture, over which eq. 2
minimises. `delifisher_weights` learns these too. `delifisher_sum` is eq. 2 to the letter, a weighted sum of one draw of
every component, where sections 4 and 4.1 speak of a mixture.

The paper gives neither the number of components nor what they start from ("hyper-parameters as 0"): 50 of DeLiGAN's,
their regulariser weighing 0.1, are ours. So are its networks: DCGAN, batch norm in both, batches of 64 for 200 epochs.

Cost: 200 epochs of 781 batches, about 30 minutes on a GTX 1080 Ti by the paper; here not measured.

python experiments/run.py --config=experiments/cifar10_delifisher.py:delifisher --workdir=/tmp/delifisher
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import WGAN, by_discriminator_updates, every

FISHER = {"loss.name": "fisher", "loss.rho": 1e-6, "schedule.d_updates": 2}
MIXTURE = {"latent.kind": "mixture", "latent.components": 50, "latent.choose": "stratified", "latent.penalty": 0.1}
RATES = {"optim.lr": 5e-5, "optim.lr_latent": 5e-5}  # eta, eta'
DELIFISHER = FISHER | MIXTURE | RATES
MODELS = {
    "delifisher": DELIFISHER,
    "delifisher_weights": DELIFISHER | {"latent.weights": "learned"},
    "delifisher_sum": DELIFISHER | {"latent.combine": "sum", "latent.weights": "learned"},
    "fisher": FISHER,
    "wgan": WGAN,
    "dcgan": {"loss.name": "non_saturating"},
}
VARIANTS = tuple(MODELS)
EPOCH = 50_000 // 64  # batches


def get_config(variant="delifisher"):
    model = MODELS[variant]
    return update(
        base(),
        {
            "variant": variant,
            "data.source": "tfds:cifar10",
            "data.batch_size": 64,
            "latent.kind": "normal",
            "latent.dim": 100,
            "model.name": "dcgan",
            "model.width_g": 64,
            "model.width_d": 64,
            "model.norm_d": True,
        }
        | by_discriminator_updates(200 * EPOCH, model)
        | every(EPOCH)
        | model,
    )


if __name__ == "__main__":
    how_to_use(__file__)
