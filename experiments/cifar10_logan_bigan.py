"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.3, tables 2 and 3: CIFAR-10 with BiGANs.

Expected: Inception Score of 50,000 samples (table 3): v 5.31 +- .07, w 4.8 +- .15, lol1 6.11 +- .05, lol2 6.23 +- .03.
SSIM of reconstructions (table 2): v 0.223 +- .08, lol1 0.238 +- .09, lol2 0.230 +- .09.

Variants: the losses v (vanilla), w (Wasserstein, 5 critic updates), lol1 and lol2, each also `_pairwise`, with the
pair-wise gradient penalty in x; lol1 and lol2 also `_no_penalty`, v and lol2 `_direct` (L1 losses of the ways back).
Plain names have the plain penalty, v none. `_released` behind any: the widths of the released program. Networks,
batches, optimizer and the weight of the penalties are those of mogan.config.setups.logan, which says what the paper
leaves open.

Cost: 256 epochs of 781 batches; not measured.

python experiments/run.py --config=experiments/cifar10_logan_bigan.py:lol1_pairwise --workdir=/tmp/cifar10_logan_bigan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan, logan_variants

VARIANTS = logan_variants(encoder=True)


def get_config(variant="lol1_pairwise"):
    return update(base(), logan(variant, encoder=True, samples=50_000) | {"data.source": "tfds:cifar10"})


if __name__ == "__main__":
    how_to_use(__file__)
