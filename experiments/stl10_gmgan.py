"""GM-GAN (Ben-Yosef, Weinshall 2018), section 4, figures 2 and 7, table 2: the 5,000 labelled images of STL-10, 96x96.

Expected Inception Score (table 2): GAN 6.80 +- .07; GM-GAN 7.06 +- .11, 6.58 +- .16, 7.03 +- .10 for K = 10, 20, 30;
AC-GAN 7.45 +- .10; supervised GM-GAN 8.32 +- .06, 8.16 +- .05, 8.08 +- .07. Figure 2 has the score over sigma (gmgan),
figure 7 quality against diversity over sigma (the _dynamic mixtures).

Variants: `gmgan` with the static mixture and K = 10, `gmgan_supervised` with N sigmoids; both also `_std` (sigma read
as a standard deviation) and `_dynamic` (means and full covariances learned), and `_k20`, `_k30`; the baselines `gan`,
`acgan` and `infogan`. Networks, batches and optimizer are those of mogan.config.setups.gmgan.

Cost: 500 epochs of 78 batches; not measured.

python experiments/run.py --config=experiments/stl10_gmgan.py:gmgan_supervised --workdir=/tmp/stl10_gmgan
python experiments/tables.py --table=gmgan_figure_7_stl10  # and gmgan_figure_2_stl10, gmgan_2_stl10
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import gmgan, gmgan_variants

VARIANTS = gmgan_variants(20, 30)


def get_config(variant="gmgan"):
    return update(base(), gmgan(variant, classes=10, samples=5_000, epochs=500) | {"data.source": "tfds:stl10"})


if __name__ == "__main__":
    how_to_use(__file__)
