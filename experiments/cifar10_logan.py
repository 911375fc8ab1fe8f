"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.1, table 1: CIFAR-10 with DCGAN.

Expected Inception Score (table 1): DCGAN 6.16 +- .07, lol1 6.52 +- .15, lol2 6.55 +- .19.

Variants: the losses v (vanilla), w (Wasserstein, 5 critic updates), lol1 and lol2, these two also `_no_penalty`,
without the plain gradient penalty; `_released` behind any: the widths of the released program. Networks, batches,
optimizer and the weight of the penalty are those of mogan.config.setups.logan. The paper quotes its 6.16: it is that of
the DCGAN of Huang et al. 2017 (Stacked GANs), as the table of Gulrajani et al. 2017 has it. v is LOGAN's own network
under the vanilla loss, no repetition of it.

Cost: 256 epochs of 781 batches; not measured.

python experiments/run.py --config=experiments/cifar10_logan.py:lol1 --workdir=/tmp/cifar10_logan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan, logan_variants

VARIANTS = logan_variants(encoder=False)


def get_config(variant="lol1"):
    return update(base(), logan(variant, encoder=False, samples=50_000) | {"data.source": "tfds:cifar10"})


if __name__ == "__main__":
    how_to_use(__file__)
