"""TensorFlow Datasets, read into memory: without TensorFlow where the set is prepared as array_record."""

import contextlib
import importlib.util
import logging
import os

import numpy as np

from mogan.data import prepare
from mogan.data.dataset import Dataset
from mogan.data.decoded import decoded
from mogan.data.fit import fit_array
from mogan.data.prepare import INSTALL, READ_ERRORS, bad
from mogan.errors import InputError, first_line
from mogan.machine.files import expanded

BLOCK = 1000  # records read at a time


def load(name: str, split: str, data_dir: str = "", image_size: int = 0) -> Dataset:
    """One split of an image set of TensorFlow Datasets or of mogan.data.builders, e.g. "mnist" or "tu_berlin/64x64".

    Images are uint8 [n, h, w, c] in the order of the files; labels are those of the set's ClassLabel ("label" where
    there are several), None where the set or split has none. `split` may be a slice or sum in TFDS's notation.
    `image_size` > 0: the shorter side is resized to it, with anti-aliasing, the longer one cropped about its centre.
    `data_dir` defaults to TFDS_DATA_DIR, then ~/tensorflow_datasets. A set that is not prepared there is downloaded
    and prepared as array_record, which needs TensorFlow; what has to be downloaded by hand, as for the sets of
    mogan.data.builders, belongs into downloads/manual in that folder. What was `decoded` once is read from the cache.

    Raises:
      InputError: an unknown set, config, version or split; a set that is not prepared or not readable without
        TensorFlow; files that are damaged, or missing from downloads/manual; a set without images, or with images not
        of uint8, or of several sizes and no `image_size`.
    """
    if importlib.util.find_spec("tensorflow_datasets") is None:
        raise bad(name, f"needs TensorFlow Datasets: {INSTALL}")
    root = expanded(data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets")
    folder = _prepared(prepare.parse(name), root)
    builder = _open(name, folder)
    image_key, label_key = _keys(name, builder.info.features)
    n = _count(name, builder, split)

    def decode():
        with _without_opencv_advice():
            return _collect(name, _examples(name, builder, split), n, image_key, label_key, image_size)

    try:
        found = decoded(folder.iterdir(), (split, image_size), decode)
    except InputError:
        raise
    except ImportError as error:
        raise bad(name, f"cannot be decoded ({first_line(error)}); {INSTALL}") from error
    except READ_ERRORS as error:
        raise bad(name, f"{builder.data_dir} cannot be read ({first_line(error)}); prepare it again") from error
    x, y = found["x"], found.get("y")
    if y is None or y.min() < 0:  # TFDS labels a sample -1 where its class is not given
        return Dataset(x)
    return Dataset(x, y, tuple(builder.info.features[label_key].names))


def _prepared(name, root):
    """The folder of a prepared copy of `name`, prepared now if there is none."""
    folder = prepare.find(name, root)
    if folder is not None:
        return folder
    prepare.check(name, root)
    if not _has_tensorflow():
        place = f"{root}" if root.is_dir() else f"{root}, which does not exist"
        raise bad(
            name.text,
            f"no prepared copy in {place}, and preparing one needs TensorFlow; {INSTALL}, or point TFDS_DATA_DIR or "
            "`config.data.dir` to a prepared copy",
        )
    _hide_accelerators()
    return prepare.prepare(name, root)


def _has_tensorflow():
    return importlib.util.find_spec("tensorflow") is not None


def _hide_accelerators():
    """Keeps TensorFlow, which reads files here and no more, from reserving the memory that JAX needs."""
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")


def _open(name, folder):
    import google.protobuf.json_format
    import tensorflow_datasets as tfds

    try:
        return tfds.builder_from_directory(folder)
    except (*READ_ERRORS, google.protobuf.json_format.ParseError) as error:
        raise bad(name, f"{folder} cannot be opened ({first_line(error)}); prepare it again") from error


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
        raise bad(name, f"not a set of images (features: {found}); choose a set with one image feature")
    if np.dtype(held[image].np_dtype) != np.uint8:
        raise bad(name, f"images of {np.dtype(held[image].np_dtype)}; choose a set of uint8 images")
    return image, label


def _count(name, builder, split):
    """How many samples a split holds, which may be a sum of slices; each of these must hold some."""
    splits = ", ".join(builder.info.splits)
    try:
        counts = {part: builder.info.splits[part].num_examples for part in map(str.strip, split.split("+"))}
        n = builder.info.splits[split].num_examples
    except (ValueError, LookupError) as error:
        problem = f"tfds:{name} has the splits {splits}; give one, or a slice such as 'train[:80%]'"
        raise InputError(f"config.data.split = {split!r}: {problem}") from error
    for part, count in counts.items():
        if count <= 0:  # TFDS takes a slice that ends before it starts for one of fewer samples than none
            problem = f"{part!r} holds no sample, as it does not end after it starts" if "[" in part else "no sample"
            raise InputError(f"config.data.split = {split!r}: {problem}; tfds:{name} has the splits {splits}")
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
        raise bad(
            name,
            f"{builder.data_dir} is prepared as {found}, which only TensorFlow reads; {INSTALL}, or prepare it as "
            f"array_record: tfds build {builder.info.name} --file_format=array_record",
        )
    _hide_accelerators()
    return iter(tfds.as_numpy(builder.as_dataset(split=split, shuffle_files=False)))


def _blocks(n):
    return (list(range(start, min(start + BLOCK, n))) for start in range(0, n, BLOCK))


def _collect(name, examples, n, image_key, label_key, image_size):
    """{"x": images, "y": labels, where there are any}"""
    x, y = None, None if label_key is None else np.empty(n, np.int32)
    for row, example in enumerate(examples):
        image = fit_array(example[image_key], image_size) if image_size else example[image_key]
        if x is None:
            x = np.empty((n, *image.shape), np.uint8)
        if image.shape != x.shape[1:]:
            sizes = f"image 0 is {list(x.shape[1:])} and image {row} {list(image.shape)}"
            raise bad(name, f"images of several sizes ({sizes}); set config.data.image_size, to which they are resized")
        x[row] = image
        if y is not None:
            y[row] = example[label_key]
    return {"x": x} if y is None else {"x": x, "y": y}


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
