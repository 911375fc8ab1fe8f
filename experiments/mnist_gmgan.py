"""GM-GAN (Ben-Yosef, Weinshall 2018), sections 4 and 5, figures 6 to 8, table 3: MNIST.

Expected: clustering (table 3, K = 10, unsupervised) with ACC 0.9924 and NMI 0.9618, K-means 0.5349 and 0.500. Figure 6
has samples over sigma (gmgan), figure 7 quality against diversity over sigma (the _dynamic mixtures), figure 8 a row a
component (gmgan, gmgan_k20).

Variants: `gmgan` with the static mixture and K = 10, `gmgan_supervised` with N sigmoids; both also `_std` (sigma read
as a standard deviation) and `_dynamic` (means and full covariances learned), and each of these `_k20`; the baselines
`gan`, `acgan` and `infogan`. Networks, batches and optimizer are those of mogan.config.setups.gmgan.

Cost: 25 epochs of 937 batches, 0.4 s a batch on one CPU core and 0.25 s on two.

python experiments/run.py --config=experiments/mnist_gmgan.py:gmgan_supervised --workdir=/tmp/mnist_gmgan
python experiments/sample.py --workdir=DIR --show=sweep --out=figure_6.png  # and --show=components: figure 8
python experiments/tables.py --table=gmgan_figure_7_mnist  # and gmgan_3_mnist
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import gmgan, gmgan_variants

VARIANTS = gmgan_variants(20)


def get_config(variant="gmgan"):
    return update(base(), gmgan(variant, classes=10, samples=60_000, epochs=25) | {"data.source": "tfds:mnist"})


if __name__ == "__main__":
    how_to_use(__file__)
