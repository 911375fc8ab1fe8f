"""The real images that samples are compared with; and those that a model was trained on, beside others."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mogan import config as configuration
from mogan import data
from mogan.config.choices import given
from mogan.data.arrays import select
from mogan.data.dataset import Dataset, take
from mogan.errors import InputError
from mogan.evaluation.metric import named
from mogan.evaluation.settings import statistics_file

HELDOUT = "heldout"  # as a reference: what a run's own data.holdout leaves out of what it is trained on
MOST_HELDOUT = 10_000  # images of these
KEPT = {"data.dir", "data.per_class", "data.subset"}  # with these told, the same images are held out


class Known(NamedTuple):
    """images uint8 [n, h, w, c] that a model was trained on, mirrored at random if `flip`; heldout: real images
    [m, h, w, c] that it was not trained on, in random order; about: where both are from."""

    images: np.ndarray
    heldout: np.ndarray
    flip: bool
    about: str


def load_known(inputs) -> Known:
    """A run's training data are those of its own config, whatever its samples are compared with; only where they lie
    (data.dir) may be told. Of samples in a file, the reference is what their model was trained on."""
    settings, source = inputs.settings, inputs.source
    own = data_group({**source.fields, **_moved(settings)}) if source.fields else inputs.fields
    same = own == inputs.fields and settings.reference != HELDOUT
    dataset = inputs.reference if same else load_reference(own, source.shape)
    if settings.heldout:
        heldout, about = _asked_for(settings.heldout, own, source.shape), settings.heldout
    else:
        heldout = inputs.left_out if own == inputs.fields else data.load_heldout(own)
        about = f"data.holdout = {own.holdout:g}" if own.holdout else "what data.per_class or data.subset left out"
    about = f"trained on {len(dataset.x)} images of {own.source}, {own.split}; held out: {about}"
    return Known(dataset.x, shuffled(heldout.x, settings.seed), own.flip, about)


def _asked_for(heldout, own, shape):
    """The images that `heldout` names: a source, made like those of the data group `own`, or a split of its source."""
    if not data.is_source(heldout):
        if heldout == own.split:
            raise InputError(f"{given('heldout', heldout)}: the training data are of that split; give another")
        return data.load(own, split=heldout)
    as_they_are = {"source": heldout, "split": "train", "classes": "", "per_class": 0, "subset": 0, "holdout": 0.0}
    if not heldout.startswith("folder:"):
        as_they_are["strokes"] = 0
    fields = {f"data.{name}": value for name, value in (dict(own) | as_they_are).items()}
    with named(given("heldout", heldout)):
        return load_reference(data_group(fields), shape)


def reference_of(settings, fields, shape: tuple[int, ...]) -> Dataset:
    """What samples of `shape` are compared with. Raises InputError as `load_reference`, or if nothing is held out."""
    if settings.reference != HELDOUT:
        return load_reference(fields, shape)
    if not fields.holdout:
        raise InputError(
            f"{given('reference', HELDOUT)}: the run held nothing out; set config.data.holdout in training"
        )
    heldout = select(data.load_heldout(fields), settings.data.get("data.classes", ""))
    order = np.random.default_rng(settings.seed).permutation(len(heldout.x))
    return take(heldout, order[:MOST_HELDOUT])


def load_reference(fields, shape: tuple[int, ...]) -> Dataset:
    """The images that the data group `fields` names. Raises InputError unless they are of `shape` [h, w, c]."""
    dataset = data.load(fields)
    name = f"config.data.source = {fields.source!r}"
    check_shape(name, dataset.x.shape[1:])
    if dataset.x.shape[1:] != shape:
        shapes = f"its images have shape {dataset.x.shape[1:]}, the samples {shape}"
        raise InputError(f"{name}: {shapes}; set config.data.image_size, or give images of that shape")
    return dataset


def reference_fields(settings, own: Mapping):
    """The data group of the reference: a run's `own` {"data.field": value}, or settings.reference with defaults;
    changed by settings.data. What is held out describes the data that a run was trained on: data that are changed, so
    that others would be, are taken whole."""
    if settings.reference == HELDOUT:
        return _of_heldout(settings, own)
    images = settings.reference and not statistics_file(settings)
    fields = {"data.source": settings.reference} if images else dict(own)
    changed = {name for name, value in settings.data.items() if value != fields.get(name)} - KEPT
    if fields.get("data.holdout") and changed:
        told = settings.data.get("data.holdout")
        if told and "data.holdout" in changed and changed.isdisjoint(("data.source", "data.split")):
            raise _held_out_already("data.holdout", told)
        fields["data.holdout"] = 0.0
    return data_group({**fields, **settings.data})


def _of_heldout(settings, own):
    """The fields of what a run held out, which are its `own`: with others it would hold out other images. What may be
    told is where they lie, and their classes, of which `reference_of` takes some."""
    if not own:
        raise InputError(f"{given('reference', HELDOUT)}: only a run holds images out; give `workdir`, or a source")
    for name, value in settings.data.items():
        if name not in ("data.dir", "data.classes"):
            raise _held_out_already(name, value)
    return data_group({**own, **_moved(settings)})


def _moved(settings):
    """Where the data of a run lie by now, if it is told."""
    return {name: value for name, value in settings.data.items() if name == "data.dir"}


def _held_out_already(name, value):
    return InputError(
        f"`{given(f'config.{name}', value)}`: what the run held out, its own config says; leave it out, or give "
        "reference = SOURCE"
    )


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
