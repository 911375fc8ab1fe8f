"""Frames of a surveillance video of a road junction, 5 a second, 128x128 pixels (section 4.4 of the LOGAN paper).

The paper cites Varadarajan & Odobez (2009), whose 45 minutes Idiap distributes; the QMUL Junction video, an hour at 25
frames a second, is of the same kind. What lies in the folder junction is read, one video or several. Frames are stored
in the order of time, so that a slice of the split is a stretch of the video. Reading needs OpenCV.
"""

import math
import pathlib
from collections.abc import Iterator

import numpy as np
import tensorflow_datasets as tfds

from mogan.data.fit import fit_array
from mogan.errors import InputError

PAGES = {
    "Idiap": "http://www.idiap.ch/~odobez/RESSOURCES/DataRelease-TrafficJunction.php",
    "QMUL": "https://personal.ie.cuhk.edu.hk/~ccloy/downloads_qmul_junction.html",
}
FOLDER = "junction"
SUFFIXES = {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".wmv"}
RATE = 5  # frames a second
SIZE = 128


def find(manual_dir: pathlib.Path) -> list[pathlib.Path] | None:
    """The videos in the folder junction, in the order of their names; None if there is none."""
    folder = manual_dir / FOLDER
    held = sorted(folder.iterdir()) if folder.is_dir() else []
    return [file for file in held if file.suffix.lower() in SUFFIXES] or None


def opencv():
    """OpenCV's module.

    Raises:
      InputError: it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        problem = "its video is read with OpenCV, which is missing: pip install -e '.[video]'"
        raise InputError(f"config.data.source = 'tfds:{FOLDER}': {problem}") from error
    return cv2


def examples(videos: list[pathlib.Path]) -> Iterator[tuple[str, dict]]:
    """(key, example) of the frames sampled from `videos`: image uint8 [128, 128, 3], their centre.

    Raises:
      InputError: OpenCV is not installed.
      ValueError: a file that it cannot read.
    """
    cv2 = opencv()
    for video in videos:
        capture = cv2.VideoCapture(str(video))
        try:
            rate = capture.get(cv2.CAP_PROP_FPS)
            if not (capture.isOpened() and 0 < rate < math.inf):
                raise ValueError(f"{video} is no video that OpenCV can read")
            for index, frame in sampled(capture, rate):
                # OpenCV's channels are blue, green, red
                yield f"{video.name}_{index:07d}", {"image": fit_array(np.ascontiguousarray(frame[..., ::-1]), SIZE)}
        finally:
            capture.release()


def sampled(capture, rate: float) -> Iterator[tuple[int, np.ndarray]]:
    """(index, frame) of the frames shown nearest to 0, 1/5, 2/5, ... seconds of a video of `rate` frames a second.

    All frames where `rate` is 5 or less. `capture` is a cv2.VideoCapture at its beginning.
    """
    step = max(rate / RATE, 1)
    index, taken = 0, 0
    while capture.grab():  # frames that are passed over need not be converted
        if index == math.floor(taken * step + 0.5):
            taken += 1
            good, frame = capture.retrieve()
            if good:
                yield index, frame
        index += 1


class Junction(tfds.core.GeneratorBasedBuilder):
    """The builder of tfds:junction."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        f"Download the video from {' or '.join(PAGES.values())} and put it, as .avi, .mp4 or .mpg, into {FOLDER}/."
    )

    def _info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description="Frames of a surveillance video of a road junction, five a second.",
            features=tfds.features.FeaturesDict(
                {"image": tfds.features.Image(shape=(SIZE, SIZE, 3), encoding_format="png")}
            ),
            homepage=PAGES["Idiap"],
            citation="""@inproceedings{varadarajan2009topic,
              author = {Varadarajan, Jagannadan and Odobez, Jean-Marc},
              title = {Topic Models for Scene Analysis and Abnormality Detection},
              booktitle = {IEEE International Conference on Computer Vision Workshops},
              pages = {1338--1345}, year = {2009}}""",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        opencv()
        return {"train": self._generate_examples(find(pathlib.Path(dl_manager.manual_dir)))}

    def _generate_examples(self, videos):
        return examples(videos)
