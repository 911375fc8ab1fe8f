"""Scores of a classifier on a run with data.holdout: it learns from the training images, and is tried on the others."""

import numpy as np
import pytest

from mogan import data, metrics
from mogan.config import base, update
from mogan.data import arrays
from mogan.errors import InputError
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.inputs import Inputs
from mogan.evaluation.reference import HELDOUT, reference_fields, reference_of, shuffled
from mogan.evaluation.settings import Settings
from mogan.evaluation.source import Source
from mogan.metrics.networks import inception
from mogan.metrics.networks.classifier import activations, predict_linear, train_classifier, train_linear
from mogan.metrics.networks.inception_net import parameter_shapes
from tests.helpers.scored_runs import projected

DIGITS = arrays.digits()
ROWS = DIGITS.y < 3


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("heldout")
    np.savez(root / "real.npz", x=DIGITS.x[ROWS][:90], y=DIGITS.y[ROWS][:90])
    np.savez(root / "fake.npz", x=DIGITS.x[ROWS][90:120])
    shapes = parameter_shapes(64).items()
    np.savez(root / "weights.npz", **{name: np.zeros(shape, np.float32) for name, shape in shapes})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOGAN_CACHE", str(root / "cache"))
        patch.setenv("MOGAN_INCEPTION", str(root / "weights.npz"))
        patch.setattr(inception, "features", projected)
        yield root


def scored(place, *names, **changes):
    given = {"samples": str(place / "fake.npz"), "reference": f"npz:{place / 'real.npz'}", "features": 64, "epochs": 1}
    return evaluate(Settings(names, **given | {"data": {"data.holdout": 7}, "splits": 2} | changes))


def parts(place):
    fields = {"data.source": f"npz:{place / 'real.npz'}", "data.holdout": 7, "data.batch_size": 1}
    own = update(base(), fields).data
    return data.load(own), data.load_heldout(own), shuffled(np.load(place / "fake.npz")["x"], 0)


def test_a_classifier_of_pixels(place):
    found = scored(place, "qd", classifier="cnn")["qd"]
    seen, unseen, fake = parts(place)
    x, y = np.concatenate([seen.x, unseen.x]), np.concatenate([seen.y, unseen.y])
    own = train_classifier(x, y, 3, seed=0, epochs=1, heldout=range(69, 90))
    assert own.heldout.tolist() == list(range(69, 90))
    trained, others, made = (activations(own, images) for images in (seen.x, unseen.x, fake))
    log_a = metrics.default_log_a(others, trained)
    assert found["log_a"] == log_a and found["quality"] == metrics.quality_score(made, trained, log_a=log_a)
    assert "reference 69 images" in found["protocol"] and "of 21 held-out images right" in found["protocol"]


def test_a_softmax_on_features(place):
    found = scored(place, "mis")["mis"]
    seen, unseen, fake = parts(place)
    features = projected(np.concatenate([seen.x, unseen.x]), 64)
    own = train_linear(features, np.concatenate([seen.y, unseen.y]), 3, seed=0, heldout=range(69, 90))
    probs = predict_linear(own, projected(fake, 64))
    assert found["mean"] == pytest.approx(metrics.modified_inception_score(probs, 2)["mean"], rel=1e-3)
    assert f"{own.accuracy:.4f} of 21 held-out images right" in found["protocol"]


def test_distances_are_to_what_is_trained_on(place):
    report = scored(place, "fid")
    seen, _, fake = parts(place)
    expected = metrics.frechet_distance(projected(seen.x, 64), projected(fake, 64))
    assert report["fid"]["fid"] == pytest.approx(expected, rel=1e-3)


def test_another_source_is_taken_whole():
    """What is held out describes the data that are trained on."""
    run = {"data.source": "digits", "data.holdout": 0.2, "data.split": "train"}

    def holdout(**changes):
        return reference_fields(Settings((), **changes), run).holdout

    assert holdout() == holdout(data={"data.per_class": 9}) == 0.2
    assert holdout(data={"data.classes": "3"}) == holdout(data={"data.seed": 1}) == 0  # others would be held out
    with pytest.raises(InputError, match="`config.data.holdout = 0.5`: what the run held out, its own config says"):
        holdout(data={"data.holdout": 0.5})
    assert holdout(data={"data.holdout": 0.0}) == 0  # all of it, what was trained on too
    assert holdout(reference="npz:other.npz") == holdout(data={"data.split": "test"}) == 0
    assert holdout(data={"data.source": "npz:other.npz", "data.holdout": 3.0}) == 3


def test_a_runs_held_out_images_are_a_reference(place):
    """The distances are to what was never trained on; memorization still looks at what was."""
    own = {"data.source": f"npz:{place / 'real.npz'}", "data.holdout": 7}
    seen, unseen, fake = parts(place)
    settings = Settings(("fid",), workdir=str(place), reference=HELDOUT, seed=1)
    fields = reference_fields(settings, own)
    held = reference_of(settings, fields, seen.x.shape[1:])
    assert {image.tobytes() for image in held.x} == {image.tobytes() for image in unseen.x} and len(held.x) == 21
    source = Source(lambda scale: fake, len(fake), seen.x.shape[1:], "fakes", own)
    inputs = Inputs(settings, source, fields, lambda: held)
    np.testing.assert_array_equal(inputs.known.images, seen.x)
    assert inputs.known.heldout.shape == unseen.x.shape and inputs.unseen is None
    of_two = settings._replace(data={"data.classes": "2"})
    alone = reference_of(of_two, reference_fields(of_two, own), seen.x.shape[1:])
    expected = {image.tobytes() for image in unseen.x[unseen.y == 2]}
    assert {image.tobytes() for image in alone.x} == expected and len(alone.x) == 7
    with pytest.raises(InputError, match="`config.data.seed = 1`: what the run held out, its own config says"):
        reference_fields(settings._replace(data={"data.seed": 1}), own)
    with pytest.raises(InputError, match="held nothing out; set config.data.holdout"):
        reference_of(settings, reference_fields(settings, own | {"data.holdout": 0.0}), seen.x.shape[1:])
    with pytest.raises(InputError, match="only a run holds images out; give `workdir`"):
        reference_fields(settings, {})
