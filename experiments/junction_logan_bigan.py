"""LOGAN ("No modes left behind", Sharma, Namboodiri 2018), section 4.4: BiGANs on a junction's video at 128x128.

Expected, by picture: a set with one strong mode, the empty junction; with the pair-wise penalty the rare ones, its
vehicles, are reconstructed too. 45 minutes of video at 5 frames a second, fetched by hand (the source's error says from
where); of a folder of frames: --config.data.source=folder:DIR.

Variants: the losses v (vanilla), w (Wasserstein, 5 critic updates), lol1 and lol2, each also `_pairwise`, with the
pair-wise gradient penalty in x; lol1 and lol2 also `_no_penalty`, v and lol2 `_direct` (L1 losses of the ways back).
Plain names have the plain penalty, v none. `_released` behind any: the widths of the released program. Networks,
batches, optimizer and the weight of the penalties are those of mogan.config.setups.logan, which says what the paper
leaves open.

Cost: 256 epochs of 210 batches; not measured.

python experiments/run.py --config=experiments/junction_logan_bigan.py:lol1_pairwise --workdir=/tmp/junction_logan_bigan
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use
from mogan.config.setups import logan, logan_variants

VARIANTS = logan_variants(encoder=True)
DATA = {"data.source": "tfds:junction", "data.image_size": 128}


def get_config(variant="lol1_pairwise"):
    return update(base(), logan(variant, encoder=True, samples=13_500) | DATA)


if __name__ == "__main__":
    how_to_use(__file__)
