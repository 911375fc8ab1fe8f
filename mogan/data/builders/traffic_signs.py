"""Synthetic Traffic Signs: 100,000 rendered signs of 43 classes, 40x40 pixels, in colour (Moiseev et al. 2013).

The archive holds synthetic_data/train/NUMBER.png and synthetic_data/train_labelling.txt, a line "train/1.png 21 0" an
image: its file, its class and a number not used here. Classes are numbered as in the German benchmark (GTSRB), whose
folders CLASS/TRACK_FRAME.ppm, or PNG or JPEG files in folders of that kind, are read too. There the frames of one TRACK
are near-duplicates, and a slice of the split has them in common with the rest of it.
"""

import pathlib
import zipfile
from collections.abc import Iterator

import numpy as np
import tensorflow_datasets as tfds

from mogan.data.decode import decode, suffixes
from mogan.data.fit import fit
from mogan.data.listing import is_hidden

PAGE = "http://graphics.cs.msu.ru/en/node/1337"
ARCHIVE, FOLDER = "synthetic_data.zip", "traffic_signs"
LABELS = "train_labelling.txt"
NUM_CLASSES = 43
SIZE = 40


def find(manual_dir: pathlib.Path) -> pathlib.Path | zipfile.Path | None:
    """The folder synthetic_data, unpacked or in its archive, else the folder traffic_signs; None without either."""
    archive = manual_dir / ARCHIVE
    folders = [manual_dir / archive.stem, manual_dir / FOLDER]
    if zipfile.is_zipfile(archive):
        folders.insert(1, zipfile.Path(archive) / archive.stem)
    return next((folder for folder in folders if folder.is_dir()), None)


def examples(folder: pathlib.Path | zipfile.Path) -> Iterator[tuple[str, dict]]:
    """(key, example) of every image: image uint8 [40, 40, 3], label 0..42.

    They are those that train_labelling.txt lists, or without that file those in the folders named by class numbers.

    Raises:
      ValueError: a class outside of 0..42.
    """
    labelled = _listed(folder) if (folder / LABELS).is_file() else _in_folders(folder)
    for key, file, label in labelled:
        if not 0 <= label < NUM_CLASSES:
            raise ValueError(f"{key} is of class {label}, which is none of 0 to {NUM_CLASSES - 1}")
        yield key, {"image": sign(file), "label": label}


def _listed(folder):
    for line in (folder / LABELS).read_text(encoding="utf-8").splitlines():
        if line.strip():
            name, label, *_ = line.split()
            yield name, folder / name, int(label)


def _in_folders(folder):
    for held in sorted(folder.iterdir(), key=lambda held: held.name):
        if held.is_dir() and held.name.isdecimal():
            for file in sorted(held.iterdir(), key=lambda file: file.name):
                if pathlib.PurePath(file.name).suffix.lower() in suffixes() and not is_hidden(file.name):
                    yield f"{held.name}/{file.name}", file, int(held.name)


def sign(file: pathlib.Path | zipfile.Path) -> np.ndarray:
    """The image in `file`, fitted to uint8 [40, 40, 3]."""
    with file.open("rb") as stream:
        return np.asarray(fit(decode(stream).image.convert("RGB"), SIZE))


class TrafficSigns(tfds.core.GeneratorBasedBuilder):
    """The builder of tfds:traffic_signs."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        f"From {PAGE} download {ARCHIVE} and leave it as it is, or unpack it; other signs go to {FOLDER}/CLASS/*.png, "
        f".ppm or .jpg, CLASS a number from 0 to {NUM_CLASSES - 1}."
    )

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description="Synthetic images of traffic signs under varied conditions, of 43 classes.",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(SIZE, SIZE, 3), encoding_format="png"),
                    "label": tfds.features.ClassLabel(num_classes=NUM_CLASSES),
                }
            ),
            supervised_keys=("image", "label"),
            homepage=PAGE,
            citation="""@inproceedings{moiseev2013evaluation,
              author = {Moiseev, Boris and Konev, Artem and Chigorin, Alexander and Konushin, Anton},
              title = {Evaluation of Traffic Sign Recognition Methods Trained on Synthetically Generated Data},
              booktitle = {Advanced Concepts for Intelligent Vision Systems},
              pages = {576--583}, year = {2013}}""",
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(find(pathlib.Path(dl_manager.manual_dir)))}

    def _generate_examples(self, folder):
        return examples(folder)
