"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 3.2, figure 2b: BiGANs of three modes on a line.

Expected, by picture: where the generator has lost the middle mode, reconstructions of its data lie in the outer two;
the pair-wise gradient penalty bends the discriminator's logit so that its gradient in x leads them back. x and z have
one dimension each. The paper gives neither the modes' places nor their width: -1, 0, 1 and 0.05 are ours. Variants as
in toy_logan_bigan.py; networks, batches and optimizer are those of mogan.config.setups.logan_toy.

Cost: 40,000 steps, of w 8,000, as in toy_logan_bigan.py.

python experiments/run.py --config=experiments/toy_logan_line.py:lol1_pairwise --workdir=/tmp/line
python experiments/figures.py --figure=line --workdirs=/tmp/line --out=/tmp/figure_2b.png
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan_toy, logan_variants

VARIANTS = logan_variants(encoder=True)


def get_config(variant="lol1_pairwise"):
    return update(base(), logan_toy(variant, encoder=True) | {"data.source": "toy:line3"})


if __name__ == "__main__":
    how_to_use(__file__)
