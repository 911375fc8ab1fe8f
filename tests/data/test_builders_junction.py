"""mogan.data.builders.junction: which frames of a video it takes, and what is said where there is none."""

import pathlib
import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.data.fit import fit_array
from mogan.errors import InputError

pytest.importorskip("tensorflow_datasets", reason="TensorFlow Datasets is not installed")
from mogan.data.builders import junction  # noqa: E402


class Capture:
    """A video of grey frames, each of its index modulo 256, that is read as a cv2.VideoCapture is."""

    def __init__(self, count, rate=25.0, shape=(144, 180, 3)):
        self.count, self.rate, self.shape, self.index = count, rate, shape, -1

    def isOpened(self):
        return self.count > 0

    def get(self, prop):
        return self.rate

    def grab(self):
        self.index += 1
        return self.index < self.count

    def retrieve(self):
        return True, np.full(self.shape, self.index % 256, np.uint8)

    def release(self):
        pass


def fake_opencv(count=12, rate=25.0):
    """OpenCV with one video, whatever file is opened."""
    return types.SimpleNamespace(CAP_PROP_FPS=5, VideoCapture=lambda file: Capture(count, rate))


def test_of_25_frames_a_second_every_fifth_is_taken():
    assert [(index, frame[0, 0, 0]) for index, frame in junction.sampled(Capture(12), 25)] == [(0, 0), (5, 5), (10, 10)]


@settings(max_examples=50)
@given(st.floats(5, 120), st.integers(0, 300))
def test_frames_are_those_nearest_to_every_fifth_of_a_second(rate, count):
    taken = [index for index, _ in junction.sampled(Capture(count, shape=(1, 1, 3)), rate)]
    times = np.arange(count) / rate
    for tick, index in enumerate(taken):
        assert abs(times[index] - tick / 5) <= np.abs(times - tick / 5).min() + 1e-9
    assert not taken or len(taken) / 5 >= times[-1] - 0.5 / rate  # none is left out at the end
    assert bool(taken) == (count > 0)


def test_of_slow_videos_every_frame_is_taken():
    assert [index for index, _ in junction.sampled(Capture(4), 2.5)] == [0, 1, 2, 3]


def test_frames_are_cropped_and_their_channels_turned(tmp_path, monkeypatch):
    frame = np.random.default_rng(0).integers(0, 256, (288, 360, 3), np.uint8)
    monkeypatch.setattr(Capture, "retrieve", lambda self: (True, frame))
    monkeypatch.setattr(junction, "opencv", lambda: fake_opencv(1))
    ((key, example),) = junction.examples([tmp_path / "a.avi"])
    assert key == "a.avi_0000000"
    np.testing.assert_array_equal(example["image"], fit_array(frame[:, :, ::-1].copy(), 128))
    centre = frame[:, 36:-36, 2].astype(float).mean()
    assert example["image"][..., 0].mean() == pytest.approx(centre, abs=0.5)


def test_what_is_no_video(tmp_path, monkeypatch):
    for opencv in (fake_opencv(count=0), fake_opencv(rate=0.0), fake_opencv(rate=float("nan"))):
        monkeypatch.setattr(junction, "opencv", lambda opencv=opencv: opencv)
        with pytest.raises(ValueError, match="a.avi is no video that OpenCV can read"):
            list(junction.examples([tmp_path / "a.avi"]))


def test_opencv_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(InputError) as caught:
        list(junction.examples([pathlib.Path("a.avi")]))
    assert str(caught.value).startswith("config.data.source = 'tfds:junction': ")
    assert "pip install -e '.[video]'" in str(caught.value)


def test_a_real_video(tmp_path):
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    (tmp_path / "junction").mkdir()
    file = tmp_path / "junction" / "a.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"MJPG"), 25, (180, 144))
    for index in range(12):
        writer.write(np.full((144, 180, 3), (20 * index, 0, 200), np.uint8))  # blue, green, red
    writer.release()
    held = dict(junction.examples(junction.find(tmp_path)))
    assert list(held) == ["a.avi_0000000", "a.avi_0000005", "a.avi_0000010"]
    for index, example in zip((0, 5, 10), held.values(), strict=True):
        assert example["image"].shape == (128, 128, 3)
        np.testing.assert_allclose(example["image"].mean((0, 1)), (200, 0, 20 * index), atol=6)
