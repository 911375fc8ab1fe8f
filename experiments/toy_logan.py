"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.1, figure 3: losses on scattered modes.

Expected, by picture: with lol1 and lol2 the contours of the discriminator's logit are more even than with the vanilla
(v) and the Wasserstein loss (w), and the samples reach more modes. w, lol1 and lol2 have the plain gradient penalty;
`_no_penalty` shows what it does; `_released` behind any starts last layers as the program does. Networks, batches,
optimizer and the weight of the penalty are those of mogan.config.setups.logan_toy. The released program's vanilla loss
is the non-saturating one. It counts discriminator updates, 40,000 of every loss; the supplement says "40000 steps".

Cost: 40,000 steps; on 2 CPU cores 13 minutes for lol1 (experiments/benchmarks/bench.py), 11 for v and, at 12 steps a
second for its 5 critic updates, 11 for the 8,000 steps of w.

python experiments/run.py --config=experiments/toy_logan.py:lol1 --workdir=/tmp/logan
python experiments/run.py --config=experiments/toy_logan.py:w --config.data.source=toy:square25 --workdir=/tmp/logan_w
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan_toy, logan_variants

VARIANTS = logan_variants(encoder=False)


def get_config(variant="lol1"):
    return update(base(), logan_toy(variant, encoder=False))


if __name__ == "__main__":
    how_to_use(__file__)
