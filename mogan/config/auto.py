"""Values that are chosen by the data when a run starts: of the fields that config.auto names.

A config file cannot know the data that it will be used on. It names the fields to be chosen, `resolve` fills them in as
a function of the config and a few facts of the data, and the run's config.json holds the result. A field that is set
by hand is no longer chosen (`base.update`).
"""

import math
from typing import NamedTuple

from mogan.config.base import update
from mogan.config.choices import FEWEST_HELDOUT

LARGEST_SIDE = 64  # pixels: what a CPU trains on within hours
SIDES, BATCHES = (64, 32, 16), (32, 16, 8, 4, 2, 1)
MANY = 1000  # images, of which batches are the largest; of fewer, the second largest
DEEPEST = 128  # channels where images have been halved to a few pixels
MOST_COMPONENTS, EACH = 50, 6  # components; images for each of them: of 20 to 2 the best trade of quality and variety
LEAST_HELD, MOST_HELD = 0.1, 0.25  # shares


class Facts(NamedTuple):
    """What a source of images holds: its name, for people; `count` images in so many `classes`, 0 without labels;
    `sides`, the median shorter and the median longer one in pixels; whether all are `alike` in size; whether grey ones
    are `mixed` with colour; whether most are `drawn` in thin dark lines on white; whether all of a
    folder are `grey`, whatever their files could hold."""

    source: str
    count: int
    classes: int
    sides: tuple[int, int]
    alike: bool
    mixed: bool
    drawn: bool = False
    grey: bool = False


def resolve(config, facts: Facts):
    """(`config` with the fields of config.auto chosen and config.auto empty, a line on each of them for people).

    Each choice sees those before it, in the order of CHOICES."""
    lines = []
    for name, choose in CHOICES.items():
        if name in config.auto:
            value, reason = choose(config, facts)
            config = update(config, {name: value})
            lines.append(f"config.{name} = {value!r}, by the data: {reason}")
    return config, lines


def _image_size(config, facts):
    shorter, longer = facts.sides
    if facts.alike and SIDES[-1] <= shorter and longer <= LARGEST_SIDE:
        return 0, f"all images are {shorter}x{longer} pixels"
    side = next((side for side in SIDES if side <= shorter), SIDES[-1])
    more = f"; more, as {2 * side}, takes four times as long" if side < shorter else ""
    return side, f"the median shorter side has {shorter} pixels{more}"


def _strokes(config, facts):
    if not facts.drawn or config.data.background != "white":
        return 0, "they are no drawings in thin lines on white"
    ratio = max(1, round(facts.sides[0] / (config.data.image_size or facts.sides[0])))
    side = (ratio - 1) | 1
    wider = " and wider, as they become smaller" if side > 1 else ""
    return side, f"drawings in thin lines on white, which become white on black{wider}; 0 leaves them"


def _channels(config, facts):
    if facts.grey:
        return 1, "all that were looked at are grey; 3 keeps colours"
    return (3, "there are grey images and colour ones") if facts.mixed else (0, "as they are")


def _holdout(config, facts):
    needed = math.ceil(100 * FEWEST_HELDOUT / facts.count) / 100
    share = min(max(needed, LEAST_HELD), MOST_HELD)
    return share, f"of {facts.count} images, for scores of what is never trained on"


def _metrics(config, facts):
    held = _held(config, facts)
    if held >= FEWEST_HELDOUT:
        return ("untrained", "memorization"), f"about {held} images held out"
    few = f"too few for memorization, which needs {FEWEST_HELDOUT}; untrained/density and coverage say little of so few"
    return ("untrained",), f"about {held} images held out, {few}"


def _batch_size(config, facts):
    trained = _trained(config, facts)
    most = BATCHES[0] if trained >= MANY else BATCHES[1]
    size = next(size for size in BATCHES if size <= min(most, max(1, trained // 4)))
    return size, f"about {trained} images to train on"


def _width(config, facts):
    side = config.data.image_size or facts.sides[1]
    halvings = max(0, (side - 1).bit_length() - 2)
    return DEEPEST // 2 ** min(halvings, 3), f"images of {side} pixels"


def _components(config, facts):
    if config.model.head != "real_fake" and facts.classes:
        return facts.classes, "one for each class"
    trained = _trained(config, facts)
    return max(1, min(MOST_COMPONENTS, trained // EACH)), f"about {trained} images to train on, {EACH} for each"


def _held(config, facts):
    """About how many images are held out: of every class a share, rounded up, or a number."""
    holdout, classes = config.data.holdout, max(1, facts.classes)
    return int(classes * holdout if holdout >= 1 else holdout * facts.count)


def _trained(config, facts):
    left = facts.count - _held(config, facts)
    return min(left, config.data.per_class * max(1, facts.classes) or left, config.data.subset or left)


CHOICES = {
    "data.image_size": _image_size,
    "data.strokes": _strokes,
    "data.channels": _channels,
    "data.holdout": _holdout,
    "data.batch_size": _batch_size,
    "eval.metrics": _metrics,
    "model.width_g": _width,
    "model.width_d": _width,
    "latent.components": _components,
}
