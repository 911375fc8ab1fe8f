"""TensorFlow Datasets, read into memory: without TensorFlow where the set is prepared as array_record."""

import contextlib
import difflib
import importlib.util
import logging
import os
import pathlib
import re
from typing import NamedTuple

import numpy as np

from mogan.data.dataset import Dataset
from mogan.errors import InputError

BLOCK = 1000  # records read at a time
INSTALL = "pip install -e '.[tfds]'"
# what TFDS and its readers raise on damaged files, failed downloads and unfit builders
READ_ERRORS = (OSError, RuntimeError, ValueError, LookupError, AssertionError)


class Name(NamedTuple):
    """A data set's name as TFDS writes it, set[/config][:version]; `text` is all of it."""

    text: str
    set: str
    config: str | None
    version: str | None


def load(name: str, split: str, data_dir: str = "") -> Dataset:
    """One split of a TensorFlow Datasets image set, e.g. "mnist", "emnist/letters" or "cifar10:3.0.2".

    Images are uint8 [n, h, w, c] in the order of the files; labels are those of the set's ClassLabel ("label" where
    there are several), None where the set or split has none. `split` may be a slice or sum in TFDS's notation.
    `data_dir` defaults to TFDS_DATA_DIR, then ~/tensorflow_datasets. A set that is not prepared there is downloaded
    and prepared as array_record, which needs TensorFlow.

    Raises:
      InputError: an unknown set, config, version or split; a set that is not prepared or not readable without
        TensorFlow; damaged files; a set without images, or with images of several sizes or not of uint8.
    """
    if importlib.util.find_spec("tensorflow_datasets") is None:
        raise _bad(name, f"needs TensorFlow Datasets: {INSTALL}")
    wanted = _parse(name)
    root = pathlib.Path(data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
    builder = _open(name, _find(wanted, root) or _prepare(wanted, root))
    image_key, label_key = _keys(name, builder.info.features)
    n = _count(name, builder, split)
    examples = _examples(name, builder, split)
    try:
        with _without_opencv_advice():
            x, y = _collect(name, examples, n, image_key, label_key)
    except InputError:
        raise
    except ImportError as error:
        raise _bad(name, f"cannot be decoded ({_first_line(error)}); {INSTALL}") from error
    except READ_ERRORS as error:
        raise _bad(name, f"{builder.data_dir} cannot be read ({_first_line(error)}); prepare it again") from error
    if y is None or y.min() < 0:  # TFDS labels a sample -1 where its class is not given
        return Dataset(x)
    return Dataset(x, y, tuple(builder.info.features[label_key].names))


def _bad(name, problem):
    return InputError(f"config.data.source = {f'tfds:{name}'!r}: {problem}")


def _first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _has_tensorflow():
    return importlib.util.find_spec("tensorflow") is not None


def _parse(text):
    match = re.fullmatch(r"(\w+)(?:/([\w.+-]+))?(?::(\d+\.\d+\.\d+))?", text)
    if match is None:
        raise InputError(f"config.data.source = {f'tfds:{text}'!r}: write tfds:NAME, tfds:NAME/CONFIG or NAME:1.2.3")
    return Name(text, *match.groups())


# --- finding a prepared copy ---


def _find(name, root):
    """The newest prepared folder of `name` under `root`, or None."""
    versions = _versions(root / name.set / (name.config or ""))
    if not versions and name.config is None:
        versions = _versions_of_configs(name, root)
    if name.version is None:
        return versions[-1] if versions else None
    return next((folder for folder in versions if folder.name == name.version), None)


def _versions(folder):
    """The prepared versions in `folder`, oldest first."""
    found = [path.parent for path in folder.glob("*/dataset_info.json")]
    found = [path for path in found if re.fullmatch(r"\d+\.\d+\.\d+", path.name)]
    return sorted(found, key=lambda path: [int(part) for part in path.name.split(".")])


def _versions_of_configs(name, root):
    configs = {path.name: _versions(path) for path in sorted((root / name.set).glob("*")) if _versions(path)}
    default = next(iter(_configs(name.set)), None)
    if configs and default not in configs:
        raise _bad(
            name.text, f"{root} holds the configs {', '.join(configs)}; write e.g. tfds:{name.set}/{min(configs)}"
        )
    return configs.get(default, [])


def _sets():
    """The sets that the installed TFDS can prepare."""
    import tensorflow_datasets as tfds

    return tfds.list_builders(with_community_datasets=False)  # the community's list is a download


def _configs(set_name):
    """The configs of a set that TFDS knows, its default first; none for a set without configs or an unknown one."""
    import tensorflow_datasets as tfds

    if set_name not in _sets():
        return []
    builder = tfds.builder_cls(set_name)
    if not builder.BUILDER_CONFIGS:
        return []
    default = builder.default_builder_config.name
    return [default, *(config for config in builder.builder_configs if config != default)]


# --- preparing one ---


def _prepare(name, root):
    """Downloads and prepares `name` under `root` as array_record; returns its folder."""
    _check_known(name)
    place = f"{root}" if root.is_dir() else f"{root}, which does not exist"
    if not _has_tensorflow():
        raise _bad(
            name.text,
            f"no prepared copy in {place}, and preparing one needs TensorFlow; {INSTALL}, or point TFDS_DATA_DIR or "
            "--config.data.dir to a prepared copy",
        )
    import tensorflow_datasets as tfds

    _hide_accelerators()
    try:
        builder = tfds.builder(name.text, data_dir=root, file_format="array_record")
        builder.download_and_prepare(file_format="array_record")
    except ImportError as error:
        raise _bad(name.text, f"preparing it needs a package ({_first_line(error)}); {INSTALL}") from error
    except (*READ_ERRORS, tfds.download.DownloadError) as error:
        problem = f"cannot be prepared in {root} ({_first_line(error)})"
        raise _bad(name.text, f"{problem}; point TFDS_DATA_DIR or --config.data.dir to a prepared copy") from error
    return pathlib.Path(builder.data_dir)


def _check_known(name):
    sets = _sets()
    if name.set not in sets:
        near = difflib.get_close_matches(name.set.lower(), sets, n=1, cutoff=0.0)[0]
        raise _bad(name.text, f"TensorFlow Datasets has no set {name.set}; did you mean tfds:{near}?")
    configs = _configs(name.set)
    if name.config is not None and name.config not in configs:
        near = difflib.get_close_matches(name.config, configs, n=1, cutoff=0.0)
        remedy = f"did you mean tfds:{name.set}/{near[0]}?" if near else f"it has none; write tfds:{name.set}"
        raise _bad(name.text, f"{name.set} has no config {name.config}; {remedy}")


def _hide_accelerators():
    """Keeps TensorFlow, which reads files here and no more, from reserving the memory that JAX needs."""
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")


# --- reading it ---


def _open(name, folder):
    import google.protobuf.json_format
    import tensorflow_datasets as tfds

    try:
        return tfds.builder_from_directory(folder)
    except (*READ_ERRORS, google.protobuf.json_format.ParseError) as error:
        raise _bad(name, f"{folder} cannot be opened ({_first_line(error)}); prepare it again") from error


def _keys(name, features):
    """The keys of the image and of the label (or None) in the examples of a set."""
    import tensorflow_datasets as tfds

    held = dict(features.items()) if isinstance(features, tfds.features.FeaturesDict) else {}
    images = [key for key, feature in held.items() if isinstance(feature, tfds.features.Image)]
    labels = [key for key, feature in held.items() if isinstance(feature, tfds.features.ClassLabel) and feature.names]
    image = "image" if "image" in images else images[0] if len(images) == 1 else None
    label = "label" if "label" in labels else labels[0] if len(labels) == 1 else None
    if image is None:
        found = ", ".join(held) or type(features).__name__
        raise _bad(name, f"not a set of images (features: {found}); choose a set with one image feature")
    if np.dtype(held[image].np_dtype) != np.uint8:
        raise _bad(name, f"images of {np.dtype(held[image].np_dtype)}; choose a set of uint8 images")
    return image, label


def _count(name, builder, split):
    splits = ", ".join(builder.info.splits)
    try:
        n = builder.info.splits[split].num_examples
    except (ValueError, LookupError) as error:
        problem = f"tfds:{name} has the splits {splits}; give one, or a slice such as 'train[:80%]'"
        raise InputError(f"config.data.split = {split!r}: {problem}") from error
    if n == 0:
        raise InputError(f"config.data.split = {split!r}: holds no sample; tfds:{name} has the splits {splits}")
    return n


def _examples(name, builder, split):
    """An iterator over the examples of a split: dicts of numpy values."""
    import tensorflow_datasets as tfds

    formats = builder.info.available_file_formats()
    if tfds.core.FileFormat.ARRAY_RECORD in formats:
        source = builder.as_data_source(split=split, file_format="array_record")
        return (example for rows in _blocks(len(source)) for example in source.__getitems__(rows))
    if not _has_tensorflow():
        found = ", ".join(sorted(form.value for form in formats))
        raise _bad(
            name,
            f"{builder.data_dir} is prepared as {found}, which only TensorFlow reads; {INSTALL}, or prepare it as "
            f"array_record: tfds build {builder.info.name} --file_format=array_record",
        )
    _hide_accelerators()
    return iter(tfds.as_numpy(builder.as_dataset(split=split, shuffle_files=False)))


def _blocks(n):
    return (list(range(start, min(start + BLOCK, n))) for start in range(0, n, BLOCK))


def _collect(name, examples, n, image_key, label_key):
    x, y = None, None if label_key is None else np.empty(n, np.int32)
    for row, example in enumerate(examples):
        image = example[image_key]
        if x is None:
            x = np.empty((n, *image.shape), np.uint8)
        if image.shape != x.shape[1:]:
            sizes = f"image 0 is {list(x.shape[1:])} and image {row} {list(image.shape)}"
            raise _bad(name, f"images of several sizes ({sizes}); resize them to one and give them as npz:FILE")
        x[row] = image
        if y is not None:
            y[row] = example[label_key]
    return x, y


@contextlib.contextmanager
def _without_opencv_advice():
    """Mutes TFDS's advice to install OpenCV: pillow decodes the same images, and a warning asks for a remedy."""
    logger = logging.getLogger("absl")

    def keep(record):
        return not record.getMessage().startswith("OpenCV is not installed")

    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)
