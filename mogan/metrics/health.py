"""Signs that a GAN goes wrong, as numbers, and the warning with its remedy that each gives."""

import numpy as np

from mogan.metrics.components import pairs_of

ONE_PICTURE = 1 / 3  # of component_spread: on 400 sketches components of 0.26 were one picture each, and 0.5 were many
MEMORISED, COPIES, ONE_IMAGE, UNUSED, SURE = 0.5, 0.1, 0.1, 0.1, 0.01
A_WHILE = 50  # steps, of which a player may miss all updates without being stopped
START = 500  # steps, before which a schedule may leave it alone: DeLiGAN's toys wait for their first 100
WITH_ZERO = ("minimax", "non_saturating", "hinge", "lol1", "lol2", "relativistic")  # at it the discriminator is sure


def spread(images, real) -> float:
    """Median distance of two generated images [n, ...] over that of two real ones [m, ...]; n and m at least 2."""
    return float(np.median(pairs_of(images).distance) / max(np.median(pairs_of(real).distance), 1e-9))


def memorised(train, heldout, generated) -> float | None:
    """r_v = (E l(train) - E l(heldout)) / (E l(train) - E l(generated)) of the discriminator's logits [n]: 0 where it
    cannot tell unseen images from those it is trained on, 1 where it takes them for generated (Karras et al. 2020, ADA,
    eq. 1); None where it does not tell these from the training images."""
    apart = float(np.mean(train) - np.mean(generated))
    return float(np.mean(train) - np.mean(heldout)) / apart if apart > 1e-6 else None


def warnings(numbers: dict, config) -> dict[str, str]:
    """{sign: warning with its remedy} for what a run of `config` has logged at one "step"; of several seeds their mean
    counts. A run that does not ask for warnings (eval.warn) has that of a generator which is never updated."""
    found = {name: np.mean(value) for name, value in numbers.items() if value is not None and None not in _seeds(value)}
    signs = SIGNS if config.eval.warn else {}
    told = {sign: number for sign, (number, bad) in signs.items() if number in found and bad(found[number])}
    if config.loss.name not in WITH_ZERO:
        told.pop("beaten", None)
    missed = "d_loss" in numbers and "g_loss" not in numbers and config.train.log_every >= A_WHILE
    if missed and numbers["step"] >= START:
        told["stopped"] = "g_loss"
    remedies = {"augment": _more_augmentation(config.augment), "steady": _steadier(config.loss)}
    return {sign: TEXTS[sign].format(found.get(number), **remedies) for sign, number in told.items()}


def at_step(step: int, warnings: dict[str, str]) -> dict[str, str]:
    """The same, each with the step at which it was given."""
    return {sign: f"at step {step}: {text}" for sign, text in warnings.items()}


def _more_augmentation(augment) -> str:
    """What makes a discriminator see more kinds of images than it does under `augment` (the group of the config)."""
    if not augment.policy:
        return "set augment.policy = color,translation,cutout, with augment.target = 0.6"
    if augment.target:
        return f"lower augment.target = {augment.target}, to augment more"
    return "raise augment.probability, or loss.r1" if augment.probability < 1 else "raise loss.r1"


def _steadier(loss) -> str:
    """What to start again with after a generator has died under `loss` (the group of the config)."""
    others = "a lower optim.lr or another train.seed"
    return others if loss.r1 and loss.r2 else f"loss.name = relativistic with loss.r1 and loss.r2, {others}"


SIGNS = {
    "memorised": ("health/memorised", lambda value: value > MEMORISED),
    "collapsed": ("health/component_spread", lambda value: value < ONE_PICTURE),
    "unused": ("health/least_weight", lambda value: value < UNUSED),
    "copies": ("memorization/rate", lambda value: value > COPIES),
    "one_image": ("health/spread", lambda value: value < ONE_IMAGE),
    "beaten": ("d_loss", lambda value: value < SURE),
}
TEXTS = {
    "memorised": "the discriminator has memorised its images: it takes held-out ones for generated (health/memorised = "
    "{:.2f}); {augment}, or give it more images",
    "collapsed": "components have collapsed, each to about one picture (health/component_spread = {:.2f}); raise "
    "latent.scale_min or latent.penalty, or set loss.mode_seeking (e.g. 0.02)",
    "unused": "a component is hardly used (health/least_weight = {:.2f} of an equal share); lower latent.components, "
    "or set latent.weights = equal",
    "copies": "samples are copies of training images (memorization/rate = {:.2f}, 0.01 for unseen images); "
    "{augment}, stop earlier (at the best checkpoint), or give more images",
    "one_image": "the generator makes one image whatever z is (health/spread = {:.2f}); start again with {steady}",
    "beaten": "the generator has stopped learning: the discriminator is sure of every image (d_loss = {:.4f}); set "
    "loss.r1 and loss.r2, or lower optim.lr_discriminator",
    "stopped": "the generator has not been updated since the last line of the log; lower schedule.floor, or set "
    "schedule.name = alternate",
}


def _seeds(value):
    return value if isinstance(value, list) else [value]
