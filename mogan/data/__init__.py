"""Data sources: config.data -> Dataset on the host -> Pipeline of batches on device."""

import jax
import numpy as np

from mogan.config.auto import Facts
from mogan.data import arrays, folder, shapes, stacked_mnist, tfds, toy
from mogan.data.dataset import Dataset, take
from mogan.data.decode import colour
from mogan.data.facts import facts_of, facts_of_folder
from mogan.data.fit import fit_arrays
from mogan.data.holdout import digests, heldout_rows, together
from mogan.data.identity import identify
from mogan.data.pipeline import Pipeline, check_batch, from_uint8, make_pipeline, to_uint8
from mogan.errors import InputError, nearest
from mogan.machine.files import expanded
from mogan.machine.uses_jax import uses_jax

__all__ = [
    "Dataset",
    "Pipeline",
    "digests",
    "facts",
    "from_uint8",
    "identify",
    "is_source",
    "load",
    "load_heldout",
    "make_pipeline",
    "to_uint8",
]


def load(data_config, split: str | None = None) -> Dataset:
    """What `data_config` (the data.* fields of the config) trains on, on the host.

    data.holdout and the subset fields describe the training data: they apply to the split of the config, and `split`,
    where it names another (the test data), is loaded whole.

    Raises:
      InputError: an unknown source, name or split, data that is missing or unfit, a holdout, a subset or a batch larger
        than it.
    """
    if split not in (None, data_config.split):
        return _load_whole(data_config, split)
    dataset = _load_own(data_config)
    if data_config.holdout:
        dataset = take(dataset, ~_heldout_rows(dataset, data_config))
    dataset = arrays.subset(dataset, data_config.per_class, data_config.subset, data_config.seed)
    check_batch(dataset, data_config.batch_size)
    return dataset


def load_heldout(data_config) -> Dataset:
    """What `load` never gives of the same split: the data.holdout, else all that data.per_class or data.subset left
    out, but for copies and further frames of what they took. Without any of the three it is empty.

    Raises InputError as `load`.
    """
    dataset = _load_own(data_config)
    if data_config.holdout:
        return take(dataset, _heldout_rows(dataset, data_config))
    rows = arrays.subset_rows(dataset, data_config.per_class, data_config.subset, data_config.seed)
    if rows is None:
        return take(dataset, np.zeros(len(dataset.x), bool))
    groups = together(dataset, data_config.flip)
    return take(dataset, ~np.isin(groups, groups[rows]))


def facts(data_config) -> Facts:
    """What the source of `data_config` holds, before it is resized: what config.auto chooses by.

    Raises InputError as `load`, or for points.
    """
    scheme, _, name = data_config.source.partition(":")
    if scheme == "folder":
        return facts_of_folder(name, data_config.classes, colour(data_config.background))
    return facts_of(data_config.source, _load_whole(data_config, data_config.split))


def is_source(text: str) -> bool:
    """Whether `text` is written as a data source, and not as a split, whose colons stand in brackets: train[:80%]."""
    scheme, colon, _ = text.partition(":")
    return scheme in EMBEDDED or (bool(colon) and "[" not in scheme)


def _heldout_rows(dataset, data_config):
    return heldout_rows(dataset, data_config.holdout, data_config.seed, data_config.flip)


def _load_own(data_config):
    dataset = _load_whole(data_config, data_config.split)
    if data_config.flip and dataset.x.ndim != 4:
        raise InputError(f"config.data.flip = True: {data_config.source} holds points, not images; set it to False")
    return dataset


def _load_whole(data_config, split):
    scheme, colon, name = data_config.source.partition(":")
    if scheme not in LOADERS or bool(name) != (scheme not in EMBEDDED) or (colon and not name):
        raise _unknown(data_config.source)
    if data_config.strokes and scheme != "folder":
        raise InputError(
            f"config.data.strokes = {data_config.strokes}: {data_config.source} is no folder of drawings; set it to 0 "
            "(tfds:tu_berlin/32x32_strokes is drawn so when it is prepared)"
        )
    colour(data_config.background)  # refused for every source
    if data_config.channels and scheme != "folder":
        asked = f"config.data.channels = {data_config.channels}"
        raise InputError(f"{asked}: {data_config.source} is no folder of images; set it to 0")
    dataset = LOADERS[scheme](name, data_config, split)
    if dataset.x.ndim == 4 and dataset.x.shape[3] not in (1, 3):
        found = f"config.data.source = {data_config.source!r}: images of {dataset.x.shape[3]} channels"
        raise InputError(f"{found}; give grey ones (1) or colour ones (3), without transparency")
    if dataset.x.ndim == 4 and data_config.image_size:
        dataset = dataset._replace(x=fit_arrays(dataset.x, data_config.image_size))
    return arrays.select(dataset, data_config.classes)


@uses_jax
def _toy(name, data_config, split):
    if name not in toy.DENSITIES:
        raise _unknown(data_config.source)
    _check_unsplit(data_config.source, split)
    density = toy.DENSITIES[name]()
    # with points = 0 this draws none, and batches are drawn from the density
    x, y = jax.device_get(density.sample(jax.random.key(data_config.seed), data_config.points))
    return Dataset(x, y, tuple(str(mode) for mode in range(len(density.modes))), density)


def _digits(name, data_config, split):
    _check_unsplit(data_config.source, split)
    return arrays.digits()


def _shapes(name, data_config, split):
    _check_unsplit(data_config.source, split)
    return shapes.load()


def _tfds(name, data_config, split):
    return tfds.load(name, split, data_config.dir, data_config.image_size)


def _stacked_mnist(name, data_config, split):
    return stacked_mnist.stack(tfds.load("mnist", split, data_config.dir), split)


def _npz(path, data_config, split):
    _check_unsplit(data_config.source, split)
    return arrays.npz(path)


def _folder(path, data_config, split):
    _check_unsplit(data_config.source, split)
    own = data_config
    return folder.load(path, own.image_size, own.skip_broken, own.strokes, own.background, own.channels)


EMBEDDED = ("digits", "shapes", "stacked_mnist")  # without a name behind a colon
LOADERS = {
    "toy": _toy,
    "digits": _digits,
    "shapes": _shapes,
    "stacked_mnist": _stacked_mnist,
    "tfds": _tfds,
    "npz": _npz,
    "folder": _folder,
}


def _check_unsplit(source, split):
    if split != "train":
        raise InputError(f"config.data.split = {split!r}: {source} has no splits; give 'train', or a tfds: source")


def _unknown(source):
    if source and ":" not in source and expanded(source).is_dir():
        return InputError(f"config.data.source = {source!r} is a folder; write folder:{source}")
    known = [*(f"toy:{name}" for name in toy.DENSITIES), *EMBEDDED, "tfds:NAME", "npz:FILE", "folder:DIR"]
    scheme = nearest(source.partition(":")[0], LOADERS)
    near = nearest(source, [name for name in known if name.partition(":")[0] == scheme])
    return InputError(
        f"config.data.source = {source!r} is not a data source; did you mean {near}? There are {', '.join(known)}"
    )
