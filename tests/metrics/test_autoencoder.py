"""mogan.metrics.networks.autoencoder: what the codes keep, that they are the same again, and their files."""

import jax
import numpy as np
import pytest

from mogan.data import arrays
from mogan.errors import InputError
from mogan.metrics import adjusted_rand_index, kmeans
from mogan.metrics.networks import autoencoder, fitting
from mogan.metrics.networks.autoencoder import (
    KERNEL,
    WIDTH,
    Network,
    autoencoder_codes,
    cached_codes,
    encode,
    reconstruct,
    train_autoencoder,
)
from mogan.metrics.networks.fitting import BLOCK, Plan
from mogan.nets.dcgan import DCGANGenerator

X = arrays.digits().x[:256]
COLOUR = np.random.default_rng(0).integers(0, 256, (3, 7, 13, 3), dtype=np.uint8)
OPTIONS = {"seed": 0, "epochs": 60, "dim": 4}  # one program for all sets of 256 digits' size


@pytest.fixture(scope="module")
def trained():
    return train_autoencoder(X, **OPTIONS)


@pytest.fixture(scope="module")
def codes(trained):
    return encode(trained, X)


def two_classes():
    """Two random patterns in noise, by turns: uint8 images [256, 8, 8, 1] and labels [256]."""
    rng, labels = np.random.default_rng(0), np.arange(256) % 2
    patterns = rng.choice([64.0, 192.0], size=(2, 8, 8, 1))
    return np.clip(patterns[labels] + 30 * rng.normal(size=(256, 8, 8, 1)), 0, 255).astype(np.uint8), labels


def test_classes_are_clusters_of_codes():
    images, labels = two_classes()
    codes = autoencoder_codes(images, **OPTIONS)
    assert codes.shape == (256, 4) and codes.dtype == np.float32
    assert adjusted_rand_index(labels, kmeans(codes, 2, seed=0)) == 1


def test_reconstructions_keep_what_the_mean_image_loses(trained):
    back, true = reconstruct(trained, X), X / 127.5 - 1
    assert back.shape == X.shape and np.abs(back).max() <= 1
    assert np.mean((back - true) ** 2) < 0.6 * np.mean((true - true.mean(axis=0)) ** 2)


def test_images_are_made_of_the_codes_alone(trained, codes):
    """The generator makes the reconstructions, given no more than codes."""
    generator = DCGANGenerator((8, 8, 1), WIDTH, KERNEL, norm=True)
    kinds = {"params": trained.params, "batch_stats": trained.stats}
    own = {kind: values["DCGANGenerator_0"] for kind, values in kinds.items()}
    np.testing.assert_allclose(generator.apply(own, codes, None, train=False), reconstruct(trained, X), atol=1e-5)


def test_a_code_depends_on_its_image_alone(trained, codes):
    assert len(X) % BLOCK  # the last block is filled up
    np.testing.assert_allclose(encode(trained, X[250:]), codes[250:], atol=1e-5)


def test_training_is_deterministic_and_seeded(codes):
    np.testing.assert_array_equal(autoencoder_codes(X, **OPTIONS), codes)
    assert np.abs(autoencoder_codes(X, **OPTIONS | {"seed": 1}) - codes).max() > 0.1


def test_what_training_descends_is_the_mean_squared_error():
    """In an epoch of one batch, whose order changes no mean, as float64 has it; and the step descends it."""
    plan = Plan(Network(COLOUR.shape[1:], 2), autoencoder._squared_error, epochs=1, batches=1, batch=3)
    state = fitting._start(plan, jax.random.key(0), COLOUR[:1])

    @jax.jit
    def training(params, stats):
        variables = {"params": params, "batch_stats": stats}
        return plan.network.apply(variables, COLOUR, True, mutable=["batch_stats"])[0][1]

    def error(params, stats, _):
        return np.mean((np.asarray(training(params, stats), np.float64) - (COLOUR / 127.5 - 1)) ** 2)

    after, found = fitting._epoch(plan, state, COLOUR, COLOUR, jax.random.key(1), False)
    assert found == pytest.approx(error(*state), rel=1e-4)
    assert error(*after) < error(*state)


def test_colour_and_odd_sizes():
    trained = train_autoencoder(COLOUR, seed=0, epochs=1, dim=2)
    back = reconstruct(trained, COLOUR)
    assert encode(trained, COLOUR).shape == (3, 2) and back.shape == COLOUR.shape and np.isfinite(back).all()


def test_codes_are_kept(codes, tmp_path, monkeypatch):
    monkeypatch.setattr(autoencoder, "train_autoencoder", lambda *_: None)
    monkeypatch.setattr(autoencoder, "encode", lambda *_: codes)
    np.testing.assert_array_equal(cached_codes(X, **OPTIONS, folder=tmp_path), codes)

    def refuse(*_):
        raise RuntimeError("trains")

    monkeypatch.setattr(autoencoder, "train_autoencoder", refuse)
    np.testing.assert_array_equal(cached_codes(X, **OPTIONS, folder=tmp_path), codes)
    turned = X.copy()
    turned[0, 0, 0] += 1
    for images, changes in ((turned, {}), (X, {"seed": 1}), (X, {"epochs": 61}), (X, {"dim": 5})):
        with pytest.raises(RuntimeError, match="trains"):
            cached_codes(images, **OPTIONS | changes, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    for damaged in (file.read_bytes()[:-200], b""):
        file.write_bytes(damaged)
        with pytest.raises(RuntimeError, match="trains"):
            cached_codes(X, **OPTIONS, folder=tmp_path)


def test_codes_that_cannot_be_kept_are_not_lost(codes, tmp_path, monkeypatch):
    monkeypatch.setattr(autoencoder, "train_autoencoder", lambda *_: None)
    monkeypatch.setattr(autoencoder, "encode", lambda *_: codes)
    (tmp_path / "file").touch()
    with pytest.warns(UserWarning, match="cannot be kept .*: set MOGAN_CACHE to a folder that can be written"):
        np.testing.assert_array_equal(cached_codes(X, **OPTIONS, folder=tmp_path / "file"), codes)


REFUSED = [
    ({"images": X / 255}, "images of float64: give uint8"),
    ({"images": X[..., 0]}, r"images of shape \[256, 8, 8\]: give \[n, h, w, 1 or 3\]"),
    ({"images": X[:, 2:, 2:]}, r"images of shape \[256, 6, 6, 1\]: give some with a side above 6 pixels"),
    ({"seed": -1}, "seed = -1: give a whole number, at least 0"),
    ({"epochs": 0}, "epochs = 0: give a whole number, at least 1"),
    ({"dim": 2.5}, "dim = 2.5: give a whole number, at least 1"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_is_refused(changes, message, tmp_path):
    with pytest.raises(InputError, match=message):
        cached_codes(**{"images": X} | OPTIONS | changes, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_images_of_another_shape_are_refused(trained):
    with pytest.raises(InputError, match=r"images of shape \[2, 8, 9, 1\]: the autoencoder was trained on \[8, 8, 1\]"):
        encode(trained, np.zeros((2, 8, 9, 1), np.uint8))
