"""What the numbers of a run mean: the range of every score, and which end of it is good. One table for all programs."""

import re
from typing import NamedTuple


class Meaning(NamedTuple):
    """range: its ends, in words; better: the good end, "higher" or "lower", or "" where neither is; note: what else
    there is to know, "" for nothing."""

    range: str
    better: str = ""
    note: str = ""


SHARE = "0 to 1"
_AGREEMENT = {"acc": SHARE, "nmi": SHARE, "ari": "-0.5 to 1"}  # of clusters with labels
# Of what a run logs: scores of images by METRIC/SCORE, those of toy densities and of training steps by their own names;
# "#" stands for the number of a mode.
MEANINGS = {
    "fid/fid": Meaning("0 up", "lower"),
    "kid/mean": Meaning("about 0 up", "lower", "of equal distributions it scatters around 0"),
    "kid/std": Meaning("0 up", note="over subsets"),
    "is/mean": Meaning("1 to the number of classes", "higher"),
    "is/std": Meaning("0 up", note="over splits"),
    "mis/mean": Meaning("1 up", "higher"),
    "mis/std": Meaning("0 up", note="over classes"),
    "mis/per_class": Meaning("1 up each", note="higher is better; mean and standard deviation over splits of a class"),
    "mis/classes_left_out": Meaning("0 to the number of classes", note="those of too few samples; best at 0"),
    "prdc/precision": Meaning(SHARE, "higher"),
    "prdc/recall": Meaning(SHARE, "higher"),
    "prdc/density": Meaning("0 up", "higher", "1 for the data themselves"),
    "prdc/coverage": Meaning(SHARE, "higher"),
    "untrained/kernel": Meaning("about 0 up", "lower", "of equal distributions it scatters around 0"),
    "untrained/density": Meaning("0 up", "higher", "1 for the data themselves"),
    "untrained/coverage": Meaning(SHARE, "higher"),
    "memorization/rate": Meaning(SHARE, "lower", "about 0.01 for unseen images, 1 for copies of training images"),
    "memorization/copies": Meaning(SHARE, "lower", "share of samples that are training images, pixel for pixel"),
    "memorization/heldout_copies": Meaning(
        SHARE, note="share of samples that are held-out images: above 0, the model knew these, and the rate is too low"
    ),
    "memorization/distance": Meaning("0 up", note="0 for copies; compare with heldout_distance"),
    "memorization/heldout_distance": Meaning("0 up", note="of real images that were not trained on"),
    "ssim/mean": Meaning("-1 to 1", "higher"),
    "ssim/std": Meaning("0 up", note="over images"),
    "ssim/images": Meaning("1 up", note="images reconstructed"),
    **{f"clustering/{name}": Meaning(ends, "higher") for name, ends in _AGREEMENT.items()},
    **{f"clustering/kmeans_{name}": Meaning(ends, note="of K-means on pixels") for name, ends in _AGREEMENT.items()},
    **{
        f"clustering/autoencoder_{name}": Meaning(ends, note="of K-means on codes") for name, ends in _AGREEMENT.items()
    },
    "clustering/component_accuracy": Meaning(SHARE, "higher", "how far components are told apart"),
    "qd/quality": Meaning(SHARE, "higher", "1/2 is that of held-out images"),
    "qd/intra": Meaning(SHARE, "higher", "diversity within samples of one look"),
    "qd/inter": Meaning(SHARE, "higher", "diversity over classes"),
    "qd/diversity": Meaning(SHARE, "higher"),
    "qd/combined": Meaning(SHARE, "higher"),
    "qd/log_a": Meaning("0 up", note="median distance of held-out images, at which quality is 1/2"),
    "components/ratio": Meaning("0 up", "higher", "distance within a component over between; below 0.25: one picture"),
    "components/least_ratio": Meaning("0 up", "higher", "the same of the component whose samples are most alike"),
    "components/ms_ssim_within": Meaning(SHARE, "lower", "similarity of two samples of one component"),
    "components/ms_ssim_between": Meaning(SHARE, "lower", "of two samples of different components"),
    "modes/captured": Meaning("0 to the number of classes", "higher", "classes that hold a sample"),
    "modes/kl": Meaning("0 up", "lower", "of the samples over the classes from the real data"),
    "support/size": Meaning(
        "1 up", "higher", "images of which samples are drawn, if equally likely; none: no two alike"
    ),
    "support/real_size": Meaning("1 up", note="the same of as many real images: the most that can be told"),
    "support/batch": Meaning("1 up", "higher", "samples that hold two alike half of the time"),
    "support/threshold": Meaning("0 up", note="distance of pixels up to which two images are alike"),
    "health/memorised": Meaning("below 1", note="0 if held-out images are taken for real, 1 for generated"),
    "health/within_between": Meaning("0 up", note="distance within a component over between"),
    "health/component_spread": Meaning(
        "0 up", note="of that over the training images' in clusters; 0: one picture each"
    ),
    "health/least_weight": Meaning("0 to 1", note="of the least used component, 1 for an equal share"),
    "health/spread": Meaning("0 up", note="distance of two samples over that of two real images; best near 1"),
    "void": Meaning(SHARE, "lower", "share of samples between the modes"),
    "high_quality": Meaning(SHARE, "higher", "share of samples at a mode"),
    "share_#": Meaning(SHARE, note="best at the mode's weight"),
    "least_share": Meaning(SHARE, "higher", "0 for a lost mode"),
    "modes_captured": Meaning("0 to the number of modes", "higher"),
    "mode_kl": Meaning("0 up", "lower"),
    "log_likelihood": Meaning("any number", "higher", "in nats"),
    "reconstruction": Meaning("0 up", "lower"),
    "reconstruction_worst": Meaning("0 up", "lower"),
    "reconstruction_#": Meaning("0 up", "lower"),
    "d_loss": Meaning("any number", note="neither end is good; near 0 from a minimax loss, the generator has lost"),
    "g_loss": Meaning("any number", note="neither end is good"),
    "d_real": Meaning("any number", note="the discriminator's mean score of data"),
    "d_fake": Meaning("any number", note="of samples; the further below d_real, the easier these are told apart"),
    "d_penalty": Meaning("0 up", note="part of the discriminator's loss"),
    "penalty": Meaning("0 up", note="part of the generator's loss"),
    "reconstruction_loss": Meaning("0 up", note="part of the generator's and the encoder's loss"),
    "mode_seeking": Meaning("0 up", note="part of the generator's loss"),
    "threshold": Meaning(SHARE, note="the generator is updated while its loss is above"),
    "multiplier": Meaning("any number", note="Fisher's, of its constraint"),
    "omega": Meaning("0 up", note="Fisher's second moment, held near 1"),
    "augment": Meaning(SHARE, note="probability of augmentation, as it adapts"),
    "overfitting": Meaning("-1 to 1", note="mean sign of real images' logits, held at augment.target"),
    "steps_per_second": Meaning("0 up", note="of training alone"),
}


def meaning(name: str) -> Meaning | None:
    """The meaning of the number `name` of a run, such as "fid/fid", "void" or "share_3"; None for one without."""
    return MEANINGS.get(name) or MEANINGS.get(re.sub(r"\d+$", "#", name))


def explained(name: str) -> str:
    """Range, good end and note in a phrase, as "0 to 1, lower is better: share of samples between the modes"; "" for a
    number without a meaning."""
    found = meaning(name)
    if found is None:
        return ""
    better = f", {found.better} is better" if found.better else ""
    return f"{found.range}{better}" + (f": {found.note}" if found.note else "")
