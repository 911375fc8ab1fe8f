"""GM-GAN (Ben-Yosef, Weinshall 2018), sections 4 and 5, figures 7 and 8, table 3: Fashion-MNIST.

Expected: clustering (table 3, K = 10, unsupervised) with ACC 0.5816 and NMI 0.5690, K-means 0.4714 and 0.5115. Figure
7 has quality against diversity over sigma (the _dynamic mixtures), figure 8 a row a component (gmgan, gmgan_k20).

Variants: `gmgan` with the static mixture and K = 10, `gmgan_supervised` with N sigmoids; both also `_std` (sigma read
as a standard deviation) and `_dynamic` (means and full covariances learned), and each of these `_k20`; the baselines
`gan`, `acgan` and `infogan`. Networks, batches and optimizer are those of mogan.config.setups.gmgan.

Cost: 25 epochs of 937 batches, two hours on one CPU core by the speed of 3,000 steps.

python experiments/run.py --config=experiments/fashion_gmgan.py:gmgan_supervised --workdir=/tmp/fashion_gmgan
python experiments/sample.py --workdir=DIR --show=components --out=figure_8.png
python experiments/tables.py --table=gmgan_figure_7_fashion  # and gmgan_3_fashion
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import gmgan, gmgan_variants

VARIANTS = gmgan_variants(20)


def get_config(variant="gmgan"):
    return update(base(), gmgan(variant, classes=10, samples=60_000, epochs=25) | {"data.source": "tfds:fashion_mnist"})


if __name__ == "__main__":
    how_to_use(__file__)
