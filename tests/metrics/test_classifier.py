"""mogan.metrics.networks.classifier: what the classifiers learn, that they are the same again, and their files."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from mogan.data import arrays
from mogan.errors import InputError
from mogan.metrics.networks import classifier
from mogan.metrics.networks.classifier import (
    activations,
    cached,
    predict,
    predict_linear,
    train_classifier,
    train_linear,
)

DIGITS = arrays.digits()
X, Y = DIGITS.x[:900], DIGITS.y[:900]
OPTIONS = {"classes": 10, "seed": 0, "epochs": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def trained(folder):
    return cached(train_classifier, X, Y, folder=folder, **OPTIONS)


def same(a, b):
    np.testing.assert_equal(a._asdict(), b._asdict())


def test_digits_are_told_apart(trained):
    assert trained.accuracy > 0.9
    probs = predict(trained, DIGITS.x[900:1010])  # no multiple of the block
    assert probs.shape == (110, 10) and np.mean(probs.argmax(axis=1) == DIGITS.y[900:1010]) > 0.8
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-12)


def test_accuracy_is_that_of_what_was_held_out(trained):
    held = trained.heldout
    assert len(np.unique(held)) == len(held)
    for label in range(10):
        assert np.sum(Y[held] == label) == np.ceil(0.1 * np.count_nonzero(label == Y))
    assert trained.accuracy == np.mean(predict(trained, X[held]).argmax(axis=1) == Y[held])


def test_layers(trained):
    pool = activations(trained, X[:5], "pool").astype(np.float64)
    dense = trained.params["Dense_0"]
    np.testing.assert_allclose(predict(trained, X[:5]), softmax(pool @ dense["kernel"] + dense["bias"], 1), atol=1e-5)
    last = activations(trained, X[:5], "conv_1").reshape(5, 4, 4, -1)
    np.testing.assert_allclose(last.mean((1, 2)), pool, rtol=1e-4, atol=1e-6)
    assert last.min() == 0 and activations(trained, X[:5], "conv_0").shape == (5, 8 * 8 * 32)
    with pytest.raises(InputError, match="layer = 'conv_2': choose one of conv_0, conv_1, pool, logits"):
        activations(trained, X, "conv_2")
    with pytest.raises(InputError, match="was trained on 1 channels"):
        predict(trained, np.zeros((2, 8, 8, 3), np.uint8))


def test_training_is_deterministic_and_seeded(trained):
    same(train_classifier(X, Y, **OPTIONS), trained)
    other = train_classifier(X, Y, **OPTIONS | {"seed": 1})
    assert (other.heldout[:20] != trained.heldout[:20]).any()
    assert (other.params["Dense_0"]["kernel"] != trained.params["Dense_0"]["kernel"]).any()


def test_flips_mirror_images():
    """They change nothing where images are their own mirror images, and something elsewhere."""
    mirrored = np.concatenate([X[:, :, :4], X[:, :, 3::-1]], axis=2)
    for images, equal in ((mirrored, True), (X, False)):
        one, two = (train_classifier(images, Y, **OPTIONS, flip=flip) for flip in (False, True))
        assert np.array_equal(one.params["Conv_0"]["kernel"], two.params["Conv_0"]["kernel"]) == equal


def test_what_was_trained_is_read_back(trained, folder, monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("trains")

    monkeypatch.setattr(classifier, "fit", refuse)
    same(cached(train_classifier, X, Y, folder=folder, **OPTIONS), trained)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    turned = X.copy()
    turned[0, 0, 0] += 1
    for x, y, options in ((turned, Y, {}), (X, Y[::-1].copy(), {}), (X, Y, {"seed": 1}), (X, Y, {"flip": True})):
        with pytest.raises(RuntimeError, match="trains"):
            cached(train_classifier, x, y, folder=folder, **OPTIONS | options)
    try:
        for damaged in (content[:-200], b""):
            file.write_bytes(damaged)
            with pytest.raises(RuntimeError, match="trains"):
                cached(train_classifier, X, Y, folder=folder, **OPTIONS)
    finally:
        file.write_bytes(content)


def features(classes, n=90, seed=0):
    """Overlapping Gaussians, one feature of large scale and one that never changes."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % classes)
    points = rng.normal(size=(n, 4)) + 1.5 * np.eye(4)[labels]
    return np.concatenate([points * [1, 1, 1, 1e3], np.full((n, 1), 7.0)], axis=1), labels


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_linear_is_at_the_optimum_of_regularised_logistic_regression(classes):
    """The gradient of sum CE + |W|^2 / 2 vanishes there; of two classes there is one weight vector, w."""
    points, labels = features(classes)
    linear = train_linear(points, labels, classes, seed=0)
    kept = np.setdiff1d(np.arange(len(points)), linear.heldout)
    x = (points[kept] - points[kept].mean(0)) / np.maximum(points[kept].std(0), 1e-9)
    x[:, 4] = 0
    truth = np.eye(classes)[labels[kept]]
    error, weights = softmax(x @ linear.weights + linear.bias, axis=1) - truth, linear.weights
    if classes == 2:
        weights = weights[:, 1:] - weights[:, :1]
        error = expit(x @ weights + np.diff(linear.bias)) - truth[:, 1:]
    np.testing.assert_allclose(x.T @ error + weights, 0, atol=0.02)
    np.testing.assert_allclose(error.sum(axis=0), 0, atol=0.02)
    assert 1.5 / classes < linear.accuracy <= 1 and np.abs(weights[4]).max() == 0
    np.testing.assert_allclose(predict_linear(linear, points[kept]), softmax(x @ linear.weights + linear.bias, axis=1))


def test_linear_is_kept_too(tmp_path):
    points, labels = features(3)
    options = {"classes": 3, "seed": 0, "folder": tmp_path}
    first, second = (cached(train_linear, points, labels, **options) for _ in range(2))
    same(first, second)
    assert len(list(tmp_path.iterdir())) == 1
    assert first.accuracy == np.mean(predict_linear(first, points[first.heldout]).argmax(1) == labels[first.heldout])
    with pytest.raises(InputError, match=r"features of shape \[2, 3\]: the classifier was trained on 5"):
        predict_linear(first, np.zeros((2, 3)))


REFUSED = [
    ({"y": None}, "labels: None, and a classifier is trained on classes; give data with labels"),
    ({"classes": 1, "y": np.zeros(900, int)}, "classes = 1: give a whole number, at least 2"),
    ({"y": Y[:-1]}, r"labels: int32 of shape \[899\]: give whole numbers \[900\]"),
    ({"y": Y.astype(float)}, "labels: float64"),
    ({"classes": 9}, "labels run from 0 to 9: give 0 to 8"),
    ({"classes": 11}, "labels: class 10 of 11 has no sample"),
    ({"x": X[:10], "y": np.arange(10)}, "labels: 10 samples, one a class; give more"),
    ({"x": X / 255}, "images of float64: give uint8"),
    ({"epochs": 0}, "epochs = 0: give a whole number, at least 1"),
    ({"seed": -1}, "seed = -1"),
    ({"heldout": 0.0}, "heldout = 0.0: give a share between 0 and 1"),
    ({"heldout": range(900, 950)}, r"heldout = range\(900, 950\) of 900 samples: give some, and leave some of every"),
    ({"heldout": range(1, 900)}, r"heldout = range\(1, 900\) of 900 samples: give some, and leave some of every class"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_is_refused(changes, message, tmp_path):
    arguments = {"x": X, "y": Y} | OPTIONS | changes
    with pytest.raises(InputError, match=message):
        cached(train_classifier, arguments.pop("x"), arguments.pop("y"), folder=tmp_path, **arguments)
    assert not list(tmp_path.iterdir())
