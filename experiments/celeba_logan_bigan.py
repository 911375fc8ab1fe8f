"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.5, by picture: CelebA at 128x128 with BiGANs.

Expected, by picture: reconstructions, samples, and faces along the line between two encodings.

Variants: the losses v (vanilla), w (Wasserstein, 5 critic updates), lol1 and lol2, each also `_pairwise`, with the
pair-wise gradient penalty in x; lol1 and lol2 also `_no_penalty`, v and lol2 `_direct` (L1 losses of the ways back).
Plain names have the plain penalty, v none. `_released` behind any: the widths of the released program. Networks,
batches, optimizer and the weight of the penalties are those of mogan.config.setups.logan, which says what the paper
leaves open.

Cost: 256 epochs of 2543 batches; not measured.

python experiments/run.py --config=experiments/celeba_logan_bigan.py:lol1_pairwise --workdir=/tmp/celeba_logan_bigan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan, logan_variants

VARIANTS = logan_variants(encoder=True)
DATA = {"data.source": "tfds:celeb_a", "data.image_size": 128}


def get_config(variant="lol1_pairwise"):
    return update(base(), logan(variant, encoder=True, samples=162_770) | DATA)


if __name__ == "__main__":
    how_to_use(__file__)
