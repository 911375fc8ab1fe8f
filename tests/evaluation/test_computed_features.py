"""experiments/evaluate.py on features and on statistics that other programs computed."""

import numpy as np
import pytest
import scipy.linalg

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.evaluator import evaluate
from mogan.evaluation.settings import Settings
from mogan.metrics.networks import inception
from mogan.metrics.statistics_file import read_statistics
from tests.helpers import scored_runs
from tests.helpers.scored_runs import REAL
from tests.helpers.support import call

place, environment = scored_runs.place, scored_runs.environment
RNG = np.random.default_rng(3)
SAMPLES, REFERENCE = RNG.normal(size=(40, 6)).astype(np.float32), RNG.normal(1, 2, size=(60, 6)).astype(np.float32)


def by_sqrtm(mean_a, a, mean_b, b):
    """pytorch-fid's formula."""
    return np.sum((mean_a - mean_b) ** 2) + np.trace(a + b - 2 * scipy.linalg.sqrtm(a @ b).real)


def test_statistics_are_written_and_read_as_pytorch_fid_does(place, tmp_path, monkeypatch, capsys):
    file = tmp_path / "stats.npz"
    given = f"--samples={place / 'fake.npz'}", "--metrics=fid", "--features=64"
    asked = *given, f"--reference=npz:{place / 'real.npz'}", f"--save_stats={file}"
    assert call("evaluate", *asked, monkeypatch=monkeypatch) == 0
    real = np.asarray(inception.features(REAL, 64), np.float64)
    with np.load(file) as written:
        assert set(written.files) == {"mu", "sigma"}
        np.testing.assert_allclose(written["mu"], real.mean(0), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(written["sigma"], np.cov(real.T), rtol=1e-5, atol=1e-9)
    of_images = capsys.readouterr().out.splitlines()[0]
    assert call("evaluate", *given, f"--reference=stats:{file}", monkeypatch=monkeypatch) == 0
    first, *_, protocol = capsys.readouterr().out.splitlines()
    assert first == of_images
    assert f"mean and covariance of the reference read from {file} (" in protocol and "reference 48" not in protocol


def test_features_computed_elsewhere(tmp_path):
    np.savez(tmp_path / "features.npz", samples=SAMPLES, reference=REFERENCE)
    settings = Settings(("fid", "kid", "prdc"), features=f"npz:{tmp_path / 'features.npz'}", num=30)
    report = evaluate(settings)
    fake = SAMPLES[:30].astype(np.float64)
    real = REFERENCE.astype(np.float64)
    expected = by_sqrtm(real.mean(0), np.cov(real.T), fake.mean(0), np.cov(fake.T))
    assert report["fid"]["fid"] == pytest.approx(expected, rel=1e-4)
    assert report["kid"]["mean"] == metrics.kernel_inception_distance(REFERENCE, SAMPLES[:30], seed=0)[0]
    assert report["prdc"]["recall"] == metrics.precision_recall(REFERENCE, SAMPLES[:30])[1]
    assert "features of width 6, 60 of the reference, of" in report["kid"]["protocol"]
    np.savez(tmp_path / "stats.npz", mu=real.mean(0), sigma=np.cov(real.T))
    np.savez(tmp_path / "alone.npz", samples=SAMPLES)
    alone = settings._replace(
        metrics=("fid",), features=f"npz:{tmp_path}/alone.npz", reference=f"stats:{tmp_path}/stats.npz"
    )
    assert evaluate(alone)["fid"]["fid"] == pytest.approx(report["fid"]["fid"], rel=1e-9)


FILES = {
    "good": {"mu": np.zeros(6), "sigma": np.eye(6)},
    "wide": {"mu": np.zeros(64), "sigma": np.eye(64)},
    "lacking": {"mu": np.zeros(6)},
    "skewed": {"mu": np.zeros(2), "sigma": np.array([[1.0, 5.0], [0.0, 1.0]])},
    "unequal": {"mu": np.zeros(3), "sigma": np.eye(2)},
    "nan": {"mu": np.array([np.nan]), "sigma": np.eye(1)},
    "words": {"mu": np.array(["a"]), "sigma": np.eye(1)},
    "alone": {"samples": SAMPLES},
    "pair": {"samples": SAMPLES, "reference": REFERENCE[:, :5]},
}
FEATURES = "--features=npz:DIR/alone.npz --samples="


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--reference=stats:DIR/none.npz", "--metrics=fid: DIR/none.npz: no such file; give an .npz with mu [d] and"),
        ("--reference=stats:DIR/text.npz", "text.npz: not an .npz file, or cut short; give"),
        ("--reference=stats:DIR/lacking.npz", "it holds mu, not sigma"),
        ("--reference=stats:DIR/skewed.npz", "is not symmetric"),
        ("--reference=stats:DIR/unequal.npz", "mean [3], covariance [2, 2]"),
        ("--reference=stats:DIR/nan.npz", "not finite"),
        ("--reference=stats:DIR/words.npz", "mu is <U1, not numbers"),
        ("--reference=stats:DIR/good.npz", "good.npz is of 6 features, and --features is 64: that is no level"),
        ("--reference=stats:DIR/wide.npz --features=192", "wide.npz is of 64 features, and --features is 192: give --"),
        ("--reference=stats:DIR/wide.npz --metrics=fid,kid", "--metrics=kid: --reference=stats:DIR/wide.npz holds a"),
        ("--reference=stats:DIR/wide.npz --save_stats=DIR/x.npz", "--save_stats=DIR/x.npz: that is of the features"),
        ("--save_stats=DIR/x.txt", "give a name that ends in .npz"),
        ("--features=npz:DIR/alone.npz", "give one of the two, or --features=npz:FILE without them"),
        (f"{FEATURES} --reference=", "alone.npz holds no array --reference; add it"),
        (f"{FEATURES} --reference=stats:DIR/wide.npz", "wide.npz is of 64 features, and DIR/alone.npz of 6"),
        (f"{FEATURES} --metrics=fid,qd", "--metrics=qd: it needs images, not features alone; of those there are fid"),
        (f"{FEATURES} --num=41 --reference=stats:DIR/good.npz", "--num=41: npz:DIR/alone.npz is of 40 samples"),
        ("--features=npz:DIR/pair.npz --samples=", "reference of shape [60, 5]: give features of one network"),
        ("--features=npz:DIR/good.npz --samples=", "it holds mu, sigma, not samples"),
        ("--features=vgg", "--features=vgg: choose one of 64, 192, 768, 1280, 2048, npz:FILE"),
    ],
)
def test_what_is_refused_before_any_work(arguments, expected, place, tmp_path, monkeypatch, capsys):
    for name, arrays in FILES.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
    (tmp_path / "text.npz").write_text("mu")
    given = f"--samples={place / 'fake.npz'} --metrics=fid --features=64 " + arguments
    monkeypatch.setattr(metrics, "moments", None)  # so that work would be another error
    assert call("evaluate", *given.replace("DIR", str(tmp_path)).split(), monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and expected.replace("DIR", str(tmp_path)) in err


def test_statistics_that_are_not_there():
    with pytest.raises(InputError, match="none.npz: no such file"):
        read_statistics("none.npz")
