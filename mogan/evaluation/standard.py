"""What samples are held against: reference data, and what their model was trained on beside real images that it was
not. All of it is loaded, and found fit for the scores asked for, before any is computed."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from mogan import config as configuration
from mogan import data
from mogan.errors import InputError
from mogan.evaluation import conditions
from mogan.evaluation.scores import METRICS, Known
from mogan.metrics.networks.inception_weights import Weights, load_weights


class Standard(NamedTuple):
    """What sets of samples are held against, however many: settings, reference, unseen, flip, known, weights as a
    Context's; once(name, make) -> make(), the first time for that name, and the same again after."""

    settings: Any
    reference: data.Dataset | None
    unseen: data.Dataset | None
    flip: bool
    known: Known | None
    weights: Weights | None
    once: Callable


def make_standard(settings, source, load: Callable, fields, asked: str) -> Standard:
    """Loads what the metrics need; `source` tells of the samples to come, load() gives the reference, `fields` are its
    data group.

    Raises InputError, which starts with `asked` and the metric, for any of their conditions that is not met.
    """
    needs, load = conditions.all_needs(settings), functools.cache(load)
    rest = functools.cache(lambda: data.load_heldout(fields))
    conditions.check_met(conditions.OF_SAMPLES, settings, source, asked)
    weights = None
    if of_weights := [needs[need] for need in conditions.OF_WEIGHTS if need in needs]:
        with conditions.named(f"{asked}{of_weights[0]}"):
            weights = load_weights()
    conditions.check_met(conditions.OF_WEIGHTS, settings, weights, asked)
    reference = load() if "reference" in needs else None
    conditions.check_met(conditions.OF_REFERENCE, settings, reference, asked)
    conditions.check_met(conditions.OF_BOTH, settings, (source, reference), asked)
    judged = reference is not None and any(METRICS[name].judge for name in settings.metrics)
    unseen = rest() if judged and fields.holdout else None
    known = None
    if "known" in needs:
        with conditions.named(f"{asked}{needs['known']}"):
            known = _known(settings, source, load, rest, fields)
    conditions.check_met(conditions.OF_KNOWN, settings, known, asked)
    made = {}

    def once(name, make):
        if name not in made:
            made[name] = make()
        return made[name]

    return Standard(settings, reference, unseen, fields.flip, known, weights, once)


def _known(settings, source, load, rest, fields) -> Known:
    """A run's training data are those of its own config, whatever its samples are compared with; only where they lie
    (data.dir) may be told. Of samples in a file, the reference is what their model was trained on."""
    moved = {name: value for name, value in settings.data.items() if name == "data.dir"}
    own = data_group(source.fields | moved) if source.fields else fields
    same = own == fields
    dataset = load() if same else load_reference(own, source.shape)
    if settings.heldout:
        heldout, about = _asked_for(settings.heldout, own, source.shape), settings.heldout
    else:
        heldout = rest() if same else data.load_heldout(own)
        about = f"data.holdout = {own.holdout:g}" if own.holdout else "what data.per_class or data.subset left out"
    about = f"trained on {len(dataset.x)} images of {own.source}, {own.split}; held out: {about}"
    return Known(dataset.x, shuffled(heldout.x, settings.seed), own.flip, about)


def _asked_for(heldout, own, shape):
    """The images of --heldout: a source, made like those of the data group `own`, or a split of its source."""
    if not data.is_source(heldout):
        if heldout == own.split:
            raise InputError(f"--heldout={heldout}: the training data are of that split; give another")
        return data.load(own, split=heldout)
    as_they_are = {"source": heldout, "split": "train", "classes": "", "per_class": 0, "subset": 0, "holdout": 0.0}
    if not heldout.startswith("folder:"):
        as_they_are["strokes"] = 0
    fields = {f"data.{name}": value for name, value in (dict(own) | as_they_are).items()}
    with conditions.named(f"--heldout={heldout}"):
        return load_reference(data_group(fields), shape)


def load_reference(fields, shape: tuple[int, ...]) -> data.Dataset:
    """The images that the data group `fields` names. Raises InputError unless they are of `shape` [h, w, c]."""
    dataset = data.load(fields)
    name = f"config.data.source = {fields.source!r}"
    check_shape(name, dataset.x.shape[1:])
    if dataset.x.shape[1:] != shape:
        shapes = f"its images have shape {dataset.x.shape[1:]}, the samples {shape}"
        raise InputError(f"{name}: {shapes}; set config.data.image_size, or give images of that shape")
    return dataset


def reference_fields(settings, own: Mapping):
    """The data group of the reference: a run's `own` {"data.field": value}, or --reference with defaults; changed by
    `settings.data`. What is held out describes the data trained on, so another source or split is taken whole."""
    given = dict(settings.data)
    fields = {"data.source": settings.reference} if settings.reference else dict(own)
    if any(given.get(name, fields.get(name)) != fields.get(name) for name in ("data.source", "data.split")):
        fields["data.holdout"] = 0.0
    return data_group(fields | given)


def data_group(fields: Mapping):
    """The validated data group with {"data.field": value} changed; how batches are made is nothing to its images."""
    return configuration.update(configuration.base(), {**fields, "data.batch_size": 1, "data.batch_size_g": 0}).data


def check_shape(name: str, shape: tuple[int, ...], remedy: str = "give uint8 [n, h, w, 1 or 3]") -> None:
    """Raises InputError, which starts with `name`, for samples that are no images."""
    if len(shape) != 3 or shape[-1] not in (1, 3):
        raise InputError(f"{name}: a sample has shape {tuple(shape)} and is no image; {remedy}")


def shuffled(images: np.ndarray, seed: int) -> np.ndarray:
    """The images [n, ...] in a random order, the same for the same n and seed."""
    return images[np.random.default_rng(seed).permutation(len(images))]
