"""Under which settings and conditions scores can be had, checked before any is computed.

A condition is a function (settings, what it is about) -> what is wrong and the remedy, or None; those of weight files
raise InputError themselves.
"""

import contextlib
import math

import numpy as np

from mogan.data import digests
from mogan.errors import InputError
from mogan.evaluation.judges import JUDGES
from mogan.evaluation.scores import DENSITY_K, METRICS, NEAR
from mogan.metrics.networks.inception import POOL_3
from mogan.metrics.networks.inception_weights import LOGITS, parameters, pick
from mogan.nets.levels import SMALLEST as SMALLEST_SIDE

HELDOUT = math.ceil(1 / NEAR) - 1  # whose nearest is a quantile


def _splits(settings, source):
    if source.count < settings.splits:
        remedy = f"give fewer splits or more samples ({_number(settings)})"
        return f"{source.count} samples are fewer than {settings.splits} splits; {remedy}"


def _two(settings, source):
    if source.count < 2:
        return f"1 sample has nothing to be compared with; give 2 or more ({_number(settings)})"


def _neighbours(settings, source):
    if source.count <= DENSITY_K:
        remedy = f"give {DENSITY_K + 1} or more ({_number(settings)})"
        return f"{source.count} samples have no {DENSITY_K} neighbours each; {remedy}"


def _asked(settings):
    """Whether a program asks for the scores, and not a run in training."""
    return settings.workdir or settings.samples


def _number(settings):
    return "--num" if _asked(settings) else "config.eval.num_samples"


def _encoder(settings, source):
    if source.model is None or source.model.gan.encode is None:
        return f"there is no encoder to reconstruct with; {_of_a_run(source)} with config.model.encoder = True"


def _components(settings, source):
    count = source.model.gan.latent.components if source.model else 0
    if count < 2:
        return f"there are no components to label by; {_of_a_run(source)} with config.latent.components above 1"
    if source.count < 2 * count:
        remedy = f"give at least 2 each, {2 * count} samples ({_number(settings)})"
        return f"{source.count} samples of {count} components; {remedy}"


def _of_a_run(source):
    return "that takes a run" if source.model else "give the --workdir of a run"


def _named(settings, source):
    if not (settings.reference or source.fields or "data.source" in settings.data):
        return "it compares with real data; give --reference=SOURCE, such as digits, tfds:NAME, npz:FILE or folder:DIR"


def _level(settings, weights):
    parameters(weights, settings.features)


def _logits(settings, weights):
    parameters(weights, POOL_3)
    pick(weights, LOGITS, "logits")


def _enough(settings, reference):
    if len(reference.x) <= DENSITY_K:
        return f"the reference has {len(reference.x)} images; give more than {DENSITY_K}"


def _labels(settings, reference):
    if reference.y is None:
        return "the reference has no labels; give one that has"


def _classes(settings, reference):
    remedy = "give another, or take the classifier inception, which is not trained on it"
    if reference.y is None:
        return f"the reference has no labels to learn classes from; {remedy}"
    counts = np.bincount(reference.y, minlength=len(reference.classes))
    if len(counts) < 2:
        return f"the reference has a single class; {remedy}"
    if counts.min() < 2:
        name = reference.classes[counts.argmin()]
        return f"class {name!r} of the reference has {counts.min()} images, and a classifier needs 2; {remedy}"


def _codes(settings, reference):
    sides = reference.x.shape[1:3]
    if max(sides) <= SMALLEST_SIDE:
        return (
            f"its autoencoder takes images with a side above {SMALLEST_SIDE} pixels, and these are "
            f"{sides[1]}x{sides[0]}; set config.data.image_size"
        )


def _clusters(settings, pair):
    source, reference = pair
    count, n = source.model.gan.latent.components, len(reference.x)
    if count > n:
        return (
            f"{count} components (config.latent.components) are more clusters than the reference has images, {n}; give "
            "fewer components, or a larger reference"
        )


def _known(settings, known):
    where = f" of --heldout={settings.heldout}" if settings.heldout else ""
    copies = np.isin(*(digests(x, known.flip) for x in (known.heldout, known.images))) if where else np.zeros(0)
    if copies.any():
        return (
            f"{copies.sum()} of {len(known.heldout)} images{where} are in the training data, pixel for pixel; give "
            "images that were not trained on"
        )
    if len(known.heldout) < HELDOUT:
        return (
            f"{len(known.heldout)} real images{where} were not trained on; give at least {HELDOUT}: "
            f"{'more of them' if where else _remedy(settings)}"
        )


def _remedy(settings):
    if not _asked(settings):
        return "set config.data.holdout, a share or a number of each class"
    if settings.workdir:
        return "--heldout=SPLIT or =SOURCE, as test or folder:DIR; runs to come hold some out by config.data.holdout"
    return (
        "--heldout=SPLIT or =SOURCE, as test or folder:DIR, or what was held out when the samples' model was trained, "
        "by --config.data.holdout and .seed"
    )


OF_SAMPLES = {
    "splits": _splits,
    "two": _two,
    "neighbours": _neighbours,
    "encoder": _encoder,
    "components": _components,
    "reference": _named,
    "known": _named,
}
OF_WEIGHTS = {"level": _level, "logits": _logits}
OF_REFERENCE = {"reference": _enough, "labels": _labels, "classes": _classes, "codes": _codes}
OF_BOTH = {"clusters": _clusters}  # source and reference
OF_KNOWN = {"known": _known}


def check_asked(settings) -> None:
    """Raises InputError for what is told of the reference where no score asked for makes use of it."""
    told = {"--reference": settings.reference}
    told |= {f"--config.{name}": value for name, value in settings.data.items() if name != "data.dir"}
    if settings.workdir and "memorization" in settings.metrics and "reference" not in all_needs(settings):
        for name, value in told.items():
            if value != "":
                known = "what a run was trained on, its own config says, and what it was not, --heldout"
                raise InputError(f"{name}={value}: no score asked for makes use of it: {known}; leave it out")


def needs_of(settings, name: str) -> tuple[str, ...]:
    """The conditions of one metric, its judge's among them."""
    metric = METRICS[name]
    return (*metric.needs, *(JUDGES[settings.classifier or metric.judge].needs if metric.judge else ()))


def all_needs(settings) -> dict[str, str]:
    """{condition: a metric that needs it}, of all the metrics asked for."""
    return {need: name for name in settings.metrics for need in needs_of(settings, name)}


def check_met(known, settings, given, asked: str) -> None:
    """Raises InputError, which starts with `asked` and the metric, for the first of the `known` conditions that is
    needed and not met; `given` is what these are about."""
    needs = all_needs(settings)
    for need in known:
        if need in needs:
            with named(f"{asked}{needs[need]}"):
                if problem := known[need](settings, given):
                    raise InputError(problem)


@contextlib.contextmanager
def named(metric: str):
    """Context in which an InputError is said to be of that metric."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{metric}: {error}") from error
