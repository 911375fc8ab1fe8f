"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.2, figure 4: BiGANs and their penalty.

Expected, by picture: with a one-dimensional z the vanilla BiGAN (v) loses most modes; the logit losses with the
pair-wise gradient penalty reach them and invert each other. Variants: the losses of toy_logan.py, `_pairwise` with the
pair-wise penalty in x (weight 0.1, the norm and not its square) where the others have the plain one on pairs, or none
(v, `_no_penalty`). That in z is left out, as the paper does where p(z) is uniform. `_direct` (v, lol2) has the L1
losses of supplement 1.2 in place of a penalty. The released program has the pair-wise penalty or none, never the plain
one. Encoder and generator of v see flipped labels, as there. Networks, batches and optimizer are those of
mogan.config.setups.logan_toy; the encoder ends in tanh, `_released` behind any as in the program, linear.

For the claim of missing modes: --config.data.source=toy:circle8_rare (one mode of weight 0.01).

Cost: 40,000 steps, of w 8,000; on 2 CPU cores, at 30 steps a second, 22 minutes for v and the logit losses, and at 10,
14 for w.

python experiments/run.py --config=experiments/toy_logan_bigan.py:lol1_pairwise --workdir=/tmp/bigan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan_toy, logan_variants

VARIANTS = logan_variants(encoder=True)


def get_config(variant="lol1_pairwise"):
    return update(base(), logan_toy(variant, encoder=True))


if __name__ == "__main__":
    how_to_use(__file__)
