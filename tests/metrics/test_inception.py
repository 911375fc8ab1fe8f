"""Inception-v3: resizing, weight files, features, their cache, and the classes (its peer: test_inception_peer.py)."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from scipy.special import softmax

from mogan.errors import InputError
from mogan.evaluation.judges import JUDGES
from mogan.metrics.networks import inception
from mogan.metrics.networks.inception import cached_features, class_probs, features, logits
from mogan.metrics.networks.inception_net import SIZE, Inception, parameter_shapes, resize
from mogan.metrics.networks.inception_weights import Weights, load_weights, parameters
from tests.helpers.support import DATA, ROOT

PARTIAL = DATA / "inception" / "inception_2015_partial_fp16.npz"
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 32, 32, 3), np.uint8)


def save(path, arrays) -> Path:
    np.savez(path, **arrays)
    return path


def shallow_arrays(dtype=np.float32):
    """Random arrays of the first three convolutions."""
    rng = np.random.default_rng(1)
    shapes = parameter_shapes(64)
    return {name: (0.3 * rng.normal(size=shape) / shape[-1]).astype(dtype) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def shallow(tmp_path_factory):
    """Weights that serve level 64 alone."""
    return load_weights(save(tmp_path_factory.mktemp("shallow") / "weights.npz", shallow_arrays()))


@pytest.mark.parametrize(("height", "width", "size"), [(3, 5, 11), (32, 32, 40), (17, 8, 8), (13, 20, 4), (1, 1, 3)])
def test_resize_is_tensorflow_1s(height, width, size):
    x = RNG.integers(0, 256, (2, height, width, 3)).astype(np.float32)
    expected = np.empty((2, size, size, 3))
    for i in range(size):
        for j in range(size):
            (top, down), (left, right) = divmod(i * height / size, 1), divmod(j * width / size, 1)
            top, left = int(top), int(left)
            bottom, far = min(top + 1, height - 1), min(left + 1, width - 1)
            upper = (1 - right) * x[:, top, left] + right * x[:, top, far]
            lower = (1 - right) * x[:, bottom, left] + right * x[:, bottom, far]
            expected[:, i, j] = (1 - down) * upper + down * lower
    np.testing.assert_allclose(resize(x, size), expected, atol=1e-3)  # positions are float32, as TensorFlow's


def test_resize_leaves_the_networks_own_size_alone():
    x = RNG.integers(0, 256, (1, SIZE, SIZE, 1)).astype(np.float32)
    np.testing.assert_array_equal(resize(x), x)


def test_missing_weight_file_says_where_to_get_it(tmp_path, monkeypatch):
    monkeypatch.delenv("MOGAN_INCEPTION", raising=False)
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path))
    message = (
        r"no Inception weights: .*inception.npz is not there, and no download \(MOGAN_OFFLINE is set\); .*put it into"
    )
    with pytest.raises(InputError, match=message):
        features(IMAGES)
    monkeypatch.setenv("MOGAN_INCEPTION", str(tmp_path / "mine.npz"))
    with pytest.raises(
        InputError, match=r"there is no Inception weight file .*mine.npz; name none \(MOGAN_INCEPTION\)"
    ):
        features(IMAGES)
    monkeypatch.delenv("MOGAN_INCEPTION")
    save(tmp_path / "inception.npz", shallow_arrays())
    assert features(IMAGES[:1], 64).shape == (1, 64)


def test_damaged_and_unfit_weight_files(tmp_path):
    def refused(message, data=None, **arrays):
        path = save(tmp_path / "weights.npz", shallow_arrays() | arrays)
        if data is not None:
            path.write_bytes(data(path.read_bytes()))
        with pytest.raises(InputError, match=message):
            load_weights(path)

    lone = io.BytesIO()
    np.save(lone, np.ones(3))
    for data in (b"", b"text", lone.getvalue()):
        refused("is not a whole .npz file", data=lambda _, data=data: data)
    refused("is not a whole .npz file", data=lambda whole: whole[:-100])
    refused("is not a whole .npz file", data=lambda whole: whole[:3000] + bytes(100) + whole[3100:])
    refused("is not a whole .npz file", weights_conv=np.array([{}]))  # a pickle
    refused(r"weights_conv of shape \[32, 3, 3, 4\]", weights_conv=np.zeros((32, 3, 3, 4), np.float32))
    refused("bias_conv of shape .* int64", bias_conv=np.zeros(32, np.int64))
    refused("bias_conv holds numbers that are not finite", bias_conv=np.full(32, np.nan))


def test_float16_is_widened_and_strangers_are_left_out(tmp_path):
    half = shallow_arrays(np.float16)
    weights = load_weights(save(tmp_path / "weights.npz", half | {"stranger": np.ones(2)}))
    assert weights.arrays.keys() == half.keys()
    for name, values in weights.arrays.items():
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, half[name])


def test_levels_that_a_file_cannot_serve(shallow, tmp_path):
    with pytest.raises(InputError, match="has no bias_conv_3.* level 192 needs; it serves levels 64; convert pt_"):
        features(IMAGES, 192, shallow)
    with pytest.raises(InputError, match=r"and 176 more, which level 2048 needs"):
        cached_features(IMAGES, weights=shallow, folder=tmp_path)
    with pytest.raises(InputError, match="has no weights_softmax, which logits needs"):
        class_probs(np.ones((2, 2048), np.float32), shallow)
    with pytest.raises(InputError, match="bias_softmax, weights_softmax, which logits with bias needs"):
        logits(np.ones((2, 2048), np.float32), shallow, bias=True)
    with pytest.raises(InputError, match="serves no level"):
        features(IMAGES, 64, shallow._replace(arrays={}))
    with pytest.raises(InputError, match="level = 100: choose one of 64, 192, 768, 1280, 2048"):
        features(IMAGES, 100, shallow)


@pytest.mark.skipif(not PARTIAL.is_file(), reason="needs ../shared/data/inception, which a clone does not have")
def test_partial_file_serves_all_but_the_last_level():
    weights = load_weights(PARTIAL)
    found = jax.jit(Inception(1280).apply)({"params": parameters(weights, 1280)}, IMAGES[:2])
    for level, values in found.items():
        assert parameters(weights, level).keys() == parameter_shapes(level).keys()
        assert values.shape == (2, level) and 1e-3 < np.mean(values) < 10
    assert list(found) == [64, 192, 768, 1280]
    missing = "weights_mixed_10_tower_1_conv_1, weights_mixed_9_tower_1_conv_1"
    with pytest.raises(InputError, match=f"has no {missing}, which level 2048 needs; .*levels 64, 192, 768, 1280;"):
        features(IMAGES, weights=weights)


def test_features_come_in_order_whatever_the_batch(shallow):
    images = RNG.integers(0, 256, (5, 8, 6, 3), np.uint8)
    params = {"params": shallow.arrays}
    whole = np.concatenate([Inception(64).apply(params, image[None])[64] for image in images])
    assert whole.std(0).max() > 1e-3
    for batch_size in (2, 5, 64):
        found = features(images, 64, shallow, batch_size)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, whole, rtol=1e-4, atol=1e-5)


def test_one_program_serves_every_batch(shallow, monkeypatch):
    traced = []

    def apply(network, params, images):
        traced.append(images.shape)  # when it is compiled, not when it is called
        return network.apply(params, images)[network.level]

    monkeypatch.setattr(inception, "_apply", jax.jit(apply, static_argnums=0))
    for count in (7, 6, 3):
        features(RNG.integers(0, 256, (count, 9, 9, 3), np.uint8), 64, shallow, batch_size=3)
    assert traced == [(3, 9, 9, 3)]


def test_grey_is_three_equal_channels(shallow):
    grey = IMAGES[..., :1]
    found = features(grey, 64, shallow)
    np.testing.assert_allclose(found, features(np.repeat(grey, 3, -1), 64, shallow), rtol=1e-5, atol=1e-6)


DEVICES = """
import numpy as np, sys
import jax
from mogan.metrics.networks.inception import features
from mogan.metrics.networks.inception_weights import load_weights
assert jax.device_count() == 3
np.save(sys.argv[3], features(np.load(sys.argv[1]), 64, load_weights(sys.argv[2]), batch_size=2))
"""


def test_devices_share_a_batch(shallow, tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    flags = {"JAX_NUM_CPU_DEVICES": "3", "JAX_PLATFORMS": "cpu"}
    files = [tmp_path / "images.npy", shallow.path, tmp_path / "found.npy"]
    subprocess.run([sys.executable, "-c", DEVICES, *map(str, files)], env=os.environ | flags, cwd=ROOT, check=True)
    np.testing.assert_allclose(np.load(files[-1]), features(IMAGES, 64, shallow), rtol=1e-4, atol=1e-5)


def test_silent_where_no_terminal_watches(shallow, capfd):
    features(IMAGES, 64, shallow)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES / 255, "images of float64: give uint8"),
        (np.full((2, 8, 8, 3), np.nan, np.float32), "images of float32: give uint8"),
        (IMAGES.astype(np.int32), "images of int32: give uint8"),
        (IMAGES > 100, "images of bool: give uint8"),
        (IMAGES[0], r"images of shape \[32, 32, 3\]: give \[n, h, w, 1 or 3\]"),
        (IMAGES[..., :2], r"images of shape \[4, 32, 32, 2\]"),
        (IMAGES.transpose(0, 3, 1, 2), r"images of shape \[4, 3, 32, 32\]"),
        (IMAGES[:0], r"images of shape \[0, 32, 32, 3\]"),
        (IMAGES[:, :0], r"images of shape \[4, 0, 32, 3\]"),
    ],
)
@pytest.mark.parametrize("function", [features, cached_features])
def test_unfit_images(images, message, function, shallow, monkeypatch, tmp_path):
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=message):
        function(images, 64, shallow)


def test_other_bad_input(shallow):
    for batch_size in (0, 1.5, True):
        with pytest.raises(InputError, match=f"batch_size = {batch_size}: give a whole number, at least 1"):
            features(IMAGES, 64, shallow, batch_size)
    with pytest.raises(InputError, match=r"pool_3 of shape \[2, 768\]: give features of level 2048"):
        logits(np.ones((2, 768)), shallow)


def test_cache_serves_what_it_holds_and_mends_what_is_damaged(shallow, tmp_path, monkeypatch):
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path))
    first = cached_features(IMAGES, 64, shallow)
    np.testing.assert_array_equal(first, features(IMAGES, 64, shallow))
    (file,) = (tmp_path / "features").iterdir()
    whole = file.read_bytes()
    calls = []
    monkeypatch.setattr(inception, "features", lambda *arguments: calls.append(arguments) or first)
    np.testing.assert_array_equal(cached_features(IMAGES, 64, shallow), first)
    assert not calls
    other, wrong = io.BytesIO(), io.BytesIO()
    np.savez(other, features=first[:, :3])
    np.savez(wrong, something=first)
    damaged = [b"", b"text", whole[:-50], whole[:300] + bytes(50) + whole[350:], other.getvalue(), wrong.getvalue()]
    for count, data in enumerate(damaged, 1):
        file.write_bytes(data)
        np.testing.assert_array_equal(cached_features(IMAGES, 64, shallow), first)
        assert len(calls) == count
        assert file.read_bytes() == whole
    assert list(file.parent.iterdir()) == [file]


def test_cache_tells_sets_levels_and_weights_apart(shallow, tmp_path, monkeypatch):
    deep = shallow._replace(arrays=dict.fromkeys(parameter_shapes(192)))
    monkeypatch.setattr(inception, "features", lambda images, level, *_: np.zeros((len(images), level), np.float32))
    pixel = IMAGES.copy()
    pixel[3, 2, 1, 0] ^= 1
    sets = [IMAGES, pixel, IMAGES[:3], IMAGES[::-1], IMAGES.reshape(4, 16, 64, 3)]
    requests = [(images, 64, deep) for images in sets] + [(IMAGES, 192, deep), (IMAGES, 64, deep._replace(sha256="1"))]
    for count, request in enumerate(requests, 1):
        cached_features(*request, folder=tmp_path)
        cached_features(*request, batch_size=3, folder=tmp_path)
        assert len(list(tmp_path.iterdir())) == count


def test_the_1008_classes_of_inception():
    """What the judge makes of features; the whole network, with random weights, would take minutes."""
    rng = np.random.default_rng(0)
    pool = rng.normal(size=(6, 2048)).astype(np.float32)
    weights = Weights({"weights_softmax": rng.normal(size=(1008, 2048)).astype(np.float32) / 45}, None, "0123456789")
    inputs = SimpleNamespace(
        settings=SimpleNamespace(seed=0, features=768),
        weights=weights,
        features=lambda level: {2048: pool, 768: "lower"}[level],
    )
    judge = JUDGES["inception"].make(inputs)
    expected = softmax(pool @ weights.arrays["weights_softmax"].T.astype(np.float64), axis=1)
    np.testing.assert_allclose(judge.probs(inputs), expected, rtol=1e-4)
    assert judge.features(inputs) == "lower"
    assert "its 1008 classes, without bias: Inception-v3" in judge.about and "weights 01234567," in judge.about
