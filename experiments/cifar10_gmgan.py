"""GM-GAN (Ben-Yosef, Weinshall 2018), section 4, figures 2, 7 and 8, table 2: CIFAR-10.

Expected Inception Score (table 2): GAN 5.71 +- .06; GM-GAN 5.92 +- .07, 5.91 +- .05, 5.98 +- .05 for K = 10, 20, 30;
AC-GAN 6.23 +- .07; supervised GM-GAN 6.84 +- .03, 6.81 +- .04, 6.83 +- .02. Figure 2 has the score over sigma (gmgan),
figure 7 quality against diversity over sigma (the _dynamic mixtures), figure 8 a row a component (gmgan, gmgan_k20).

Variants: `gmgan` with the static mixture and K = 10, `gmgan_supervised` with N sigmoids; both also `_std` (sigma read
as a standard deviation) and `_dynamic` (means and full covariances learned), and `_k20`, `_k30`; the baselines `gan`,
`acgan` and `infogan`. Networks, batches and optimizer are those of mogan.config.setups.gmgan.

Cost: 100 epochs of 781 batches; not measured.

python experiments/run.py --config=experiments/cifar10_gmgan.py:gmgan_supervised --workdir=/tmp/cifar10_gmgan
python experiments/tables.py --table=gmgan_figure_7_cifar10  # and gmgan_figure_2_cifar10, gmgan_2_cifar10
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import gmgan, gmgan_variants

VARIANTS = gmgan_variants(20, 30)


def get_config(variant="gmgan"):
    return update(base(), gmgan(variant, classes=10, samples=50_000, epochs=100) | {"data.source": "tfds:cifar10"})


if __name__ == "__main__":
    how_to_use(__file__)
