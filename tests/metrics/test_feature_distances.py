"""FID, KID, precision, recall, density and coverage against loops, closed forms and scipy.linalg.sqrtm."""

import importlib
import itertools
import logging
import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from mogan.errors import InputError
from mogan.metrics.frechet import frechet_distance, frechet_from_moments, moments
from mogan.metrics.kernel import kernel_inception_distance, kid_subset_size, squared_mmd
from mogan.metrics.precision_recall import density_coverage, precision_recall

seeds = st.integers(0, 2**32 - 1)


def draw(seed, n, d, dependent=True):
    """Features [n, d] about a mean of their own, dependent across d."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(d, d)) if dependent else np.eye(d)
    return rng.normal(size=(n, d)) @ mix + rng.normal(size=d)


def covariance(seed, d):
    root = np.random.default_rng(seed).normal(size=(d, d))
    return root @ root.T + 0.1 * np.eye(d)


@settings(max_examples=20)
@given(seed=seeds, d=st.integers(1, 6), n=st.integers(2, 20))
def test_moments_are_numpys(seed, d, n):
    feats = draw(seed, n, d)
    mean, cov = moments(feats)
    np.testing.assert_allclose(mean, np.mean(feats, axis=0), rtol=1e-12)
    np.testing.assert_allclose(cov, np.cov(feats, rowvar=False).reshape(d, d), rtol=1e-9, atol=1e-12)


def test_moments_of_float32_are_taken_in_float64():
    feats = np.float32(1000 + draw(0, 400, 3, dependent=False))
    mean, cov = moments(jnp.asarray(feats))
    assert mean.dtype == cov.dtype == np.float64
    np.testing.assert_allclose(cov, np.cov(feats.astype(np.float64), rowvar=False), rtol=1e-10)


@settings(max_examples=20)
@given(seed=seeds, d=st.integers(1, 8))
def test_frechet_is_that_of_sqrtm(seed, d):
    a, b = covariance(seed, d), covariance(seed ^ 1, d)
    shift = np.random.default_rng(seed).normal(size=d)
    expected = shift @ shift + np.trace(a + b - 2 * linalg.sqrtm(a @ b).real)
    found = frechet_from_moments((shift, a), (np.zeros(d), b))
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-7)
    assert frechet_from_moments((np.zeros(d), b), (shift, a)) == pytest.approx(found, rel=1e-9, abs=1e-9)
    assert frechet_from_moments((shift, a), (shift, a)) == pytest.approx(0, abs=1e-12 * np.trace(a))


def test_frechet_in_closed_form():
    one = frechet_from_moments(([1.0], [[4.0]]), ([-2.0], [[9.0]]))
    assert one == pytest.approx(3**2 + (2 - 3) ** 2, rel=1e-12)
    variances = np.array([1.0, 4.0, 0.0]), np.array([9.0, 0.25, 2.0])
    expected = np.sum((np.sqrt(variances[0]) - np.sqrt(variances[1])) ** 2)  # they commute
    turn = linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    pair = [(np.zeros(3), turn @ np.diag(v) @ turn.T) for v in variances]
    assert frechet_from_moments(*pair) == pytest.approx(expected, rel=1e-7)


def test_frechet_of_samples_nears_that_of_their_gaussians():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(50_000, 2)), [1.0, 0.0] + 2 * rng.normal(size=(50_000, 2))
    assert frechet_distance(a, b) == pytest.approx(1 + 2 * (2 - 1) ** 2, rel=0.02)


@settings(max_examples=20)
@given(seed=seeds)
def test_frechet_of_samples_is_a_distance_of_sets(seed):
    a, b = draw(seed, 30, 4), draw(seed ^ 1, 20, 4)
    found = frechet_distance(a, b)
    assert type(found) is float and found > 0
    assert found == pytest.approx(frechet_from_moments(moments(a), moments(b)))
    assert frechet_distance(b, a) == pytest.approx(found, rel=1e-9)
    order = np.random.default_rng(seed).permutation(30)
    assert frechet_distance(a[order], b) == pytest.approx(found, rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-10)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * found, rel=1e-9)


def test_covariances_of_low_rank_are_warned_of_and_lose_no_digits(caplog):
    a, b = draw(2, 10, 40), draw(3, 10, 40)
    found = frechet_distance(a, b)
    assert len(caplog.records) == 2 and "not of full rank, from 10 samples" in caplog.messages[0]
    assert caplog.records[0].levelno == logging.WARNING
    # By the samples: the covariances' root is as large, in trace norm, as the centred samples' product.
    overlap = np.linalg.norm((a - a.mean(0)) @ (b - b.mean(0)).T, "nuc") / 9
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.sum(a.var(0, ddof=1) + b.var(0, ddof=1)) - 2 * overlap
    assert found == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(a, a[::-1]) == pytest.approx(0, abs=1e-9)
    caplog.clear()
    moments(draw(2, 41, 40))
    assert not caplog.records
    moments(draw(2, 40, 40))
    assert len(caplog.records) == 1


def mmd_by_loop(a, b):
    def kernel(x, y):
        return (x @ y / len(x) + 1) ** 3

    within = [np.mean([kernel(x, y) for x, y in itertools.permutations(points, 2)]) for points in (a, b)]
    return sum(within) - 2 * np.mean([kernel(x, y) for x in a for y in b])


@settings(max_examples=20)
@given(seed=seeds, d=st.integers(1, 5), n=st.integers(2, 12), m=st.integers(2, 12))
def test_mmd_is_that_of_a_loop(seed, d, n, m):
    a, b = draw(seed, n, d), draw(seed ^ 1, m, d)
    scale = 1e-12 * (1 + max(np.abs(a).max(), np.abs(b).max()) ** 6)
    assert squared_mmd(a, b) == pytest.approx(mmd_by_loop(a, b), rel=1e-9, abs=scale)


def test_kernel_distance_is_of_the_subsets_it_draws():
    a, b = draw(6, 30, 3), draw(7, 25, 3)
    rng, values = np.random.RandomState(5), []
    for _ in range(4):
        first = a[rng.choice(30, 8, replace=False)]
        values.append(mmd_by_loop(first, b[rng.choice(25, 8, replace=False)]))
    found = kernel_inception_distance(a, b, subsets=4, subset_size=8, seed=5)
    assert found == pytest.approx((np.mean(values), np.std(values)), rel=1e-9)
    assert found != kernel_inception_distance(a, b, subsets=4, subset_size=8, seed=6)
    assert kernel_inception_distance(a, b) == kernel_inception_distance(a, b, subset_size=12)


@settings(max_examples=30)
@given(seed=seeds, n=st.integers(2, 40), m=st.integers(2, 40))
def test_kernel_distance_has_a_deviation_only_of_subsets(seed, n, m):
    """Where each subset was the whole of the smaller set, it was 1e-14 of equal sets, and is none now."""
    a, b = draw(seed, n, 3), draw(seed ^ 1, m, 3)
    size = kid_subset_size(n, m)
    mean, std = kernel_inception_distance(a, b)
    assert (mean, std) == pytest.approx(kernel_inception_distance(a, b, subset_size=size), nan_ok=True)
    assert 2 <= size <= max(2, min(n, m) // 2) and math.isnan(std) == (min(n, m) == 2)
    assert math.isnan(std) or std > 1e-6 * abs(mean)
    assert math.isnan(kernel_inception_distance(a, b, subsets=2, subset_size=min(n, m))[1])
    assert kid_subset_size(2000, 50_000) == kid_subset_size(10**6, 10**6) == 1000 and kid_subset_size(1500, 9999) == 750


def test_the_deviation_is_about_that_of_sets_drawn_anew():
    """Of 60 against 60 samples: what the distance of 30 against 30 fresh ones scatters by, or somewhat less."""
    rng = np.random.default_rng(9)

    def fresh(n):
        return rng.normal(size=(n, 8)), rng.normal(size=(n, 8)) + 0.3

    found = np.mean([kernel_inception_distance(*fresh(60))[1] for _ in range(20)])
    expected = np.std([squared_mmd(*fresh(30)) for _ in range(1000)])
    assert 0.5 < found / expected < 1.05


def test_kernel_distance_is_unbiased():
    rng = np.random.default_rng(8)
    pairs = [rng.normal(size=(2, 6, 2)) for _ in range(4000)]
    values = [squared_mmd(x, y) for x, y in pairs]
    error = np.std(values) / math.sqrt(len(values))
    assert abs(np.mean(values)) < 4 * error
    diagonal = np.mean([np.mean((np.sum(pair**2, axis=-1) / 2 + 1) ** 3) for pair in pairs])
    assert diagonal / 6 > 20 * error  # what the estimate would be off by, were i = j not left out


def test_kernel_distance_in_closed_form():
    """Every sample alike: (x.x / d + 1)^3 + (y.y / d + 1)^3 - 2 (x.y / d + 1)^3."""
    x, y = np.tile([1.0, 2.0], (9, 1)), np.tile([0.0, 1.0], (9, 1))
    expected = (5 / 2 + 1) ** 3 + (1 / 2 + 1) ** 3 - 2 * (2 / 2 + 1) ** 3
    assert kernel_inception_distance(x, y, 3, 4) == pytest.approx((expected, 0), abs=1e-12)
    assert kernel_inception_distance(x, x, 3, 4) == pytest.approx((0, 0), abs=1e-12)


def radii_by_loop(points, k):
    return [sorted(math.dist(x, y) for j, y in enumerate(points) if j != i)[k - 1] for i, x in enumerate(points)]


def insides_by_loop(points, centres, k):
    """[points, centres], whether within."""
    radii = radii_by_loop(centres, k)
    return np.array([[math.dist(x, c) <= r for c, r in zip(centres, radii, strict=True)] for x in points])


@settings(max_examples=25)
@given(seed=seeds, d=st.integers(1, 4), n=st.integers(6, 20), m=st.integers(6, 20), k=st.integers(1, 5))
def test_balls_are_those_of_a_loop(seed, d, n, m, k):
    rng = np.random.default_rng(seed)
    real, fake = 1e6 + rng.normal(size=(n, d)), 1e6 + rng.uniform(0.5, 2) * rng.normal(size=(m, d))
    in_real, in_fake = insides_by_loop(fake, real, k), insides_by_loop(real, fake, k)
    with pytest.MonkeyPatch.context() as patch:
        # by its full name: mogan.metrics.precision_recall as an attribute is the function
        balls = importlib.import_module("mogan.metrics.precision_recall")
        patch.setattr(balls, "BLOCK", int(rng.integers(1, n * m)))  # any cut into blocks
        found = precision_recall(real, fake, k), density_coverage(real, fake, k)
    assert found[0] == pytest.approx((in_real.any(axis=1).mean(), in_fake.any(axis=1).mean()), rel=1e-12)
    assert found[1] == pytest.approx((in_real.sum() / (k * m), in_real.any(axis=0).mean()), rel=1e-12)
    assert {type(number) for pair in found for number in pair} == {float}
    assert precision_recall(fake, real, k) == pytest.approx(found[0][::-1])  # the two change places


def test_balls_by_hand():
    real, fake = [[-3.0], [-1.0], [0.0], [4.0]], [[7.5], [8.5], [-2.0], [-13.0]]  # radii for k = 1: 2, 1, 1, 4; ...
    assert precision_recall(real, fake, 1) == (0.5, 1.0)  # ... 1, 1, 9.5, 11: 7.5 lies within 4 of 4, -2 within 2 of -3
    assert density_coverage(real, fake, 1) == (0.75, 0.75)  # -2 lies on the border of -1's ball, and nothing in 0's


def test_equal_and_distant_sets():
    real = np.float32(draw(11, 200, 8, dependent=False))
    assert precision_recall(real, real) == (1, 1)
    assert density_coverage(real, real)[1] == 1
    assert precision_recall(real, real + 1000) == density_coverage(real, real + 1000) == (0, 0)
    other = draw(12, 4000, 2, dependent=False)
    other -= other.mean(axis=0)
    density, coverage = density_coverage(other[:2000], other[2000:])
    assert density == pytest.approx(1, abs=0.05)
    assert coverage == pytest.approx(1 - 1 / 2**5, abs=0.02)  # Naeem et al. 2020, equation 6, for n = m


def test_a_collapsed_generator_is_precise_and_recalls_its_one_point():
    real = np.float32(draw(13, 50, 300))
    fake = np.tile(real[7], (20, 1))
    assert precision_recall(real, fake) == (1, 1 / 50)  # balls of radius 0, in which the point itself lies
    assert precision_recall(fake, real) == (1 / 50, 1)


def test_points_that_float32_cannot_tell_apart_are_equal():
    real = draw(13, 50, 300)
    fake = real[7] + 1e-8 * np.random.default_rng(0).normal(size=(20, 300))
    for apart, recall in ((1e-7, 1 / 50), (1e-6, 0)):  # of the norm; the border is at 3e-7 of both points' norms
        real[7] = fake[0] * (1 + apart)
        assert precision_recall(real, fake)[1] == recall


@pytest.mark.parametrize("score", [frechet_distance, kernel_inception_distance, precision_recall, density_coverage])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, b: (a * math.nan, b), "9 of 9 rows of (feats_a|real) are not finite"),
        (lambda a, b: (a, np.where(b == b[2], math.inf, b)), "1 of 9 rows of (feats_b|fake) are not finite"),
        (lambda a, b: (a, b[:, :2]), r"of shape \[9, 2\]: give features of one network"),
        (lambda a, b: (a[0], b), r"of shape \[3\]: give \[n, d\]"),
        (lambda a, b: (a, b[:0]), r"of shape \[0, 3\]: give \[n, d\]"),
        (lambda a, b: (a[:, :0], b), r"of shape \[9, 0\]: give \[n, d\]"),
    ],
)
def test_bad_features_are_one_line(score, change, message):
    with pytest.raises(InputError, match=message) as error:
        score(*change(draw(0, 9, 3), draw(1, 9, 3)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: frechet_distance(a, a[:1]), r"feats_b of shape \[1, 3\]: give \[n, d\], with n at least 2"),
        (lambda a: frechet_from_moments(moments(a), moments(a[:, :2])), "moments of 3 and of 2 features"),
        (lambda a: frechet_from_moments(moments(a), (a[0], a)), r"moments b of shapes mean \[3\], covariance \[9, 3\]"),
        (lambda a: frechet_from_moments((a[0], math.nan * a[:3]), moments(a)), "moments a are not finite"),
        (lambda a: frechet_from_moments((a[0], a[:3]), moments(a)), "covariance of moments a is not symmetric"),
        (lambda a: kernel_inception_distance(a, a, subset_size=10), "subset_size = 10: the smaller set has 9 samples"),
        (lambda a: kernel_inception_distance(a, a, subsets=0), "subsets = 0: give a whole number, at least 1"),
        (lambda a: kernel_inception_distance(a, a, subset_size=1), "subset_size = 1: give a whole number, at least 2"),
        (lambda a: kernel_inception_distance(a, a, subset_size=3, seed=-1), "seed = -1"),
        (lambda a: kernel_inception_distance(a, a, subset_size=3, seed=2**32), "seed = 4294967296"),
        (lambda a: precision_recall(a, a, k=0), "k = 0: give a whole number, at least 1"),
        (lambda a: precision_recall(a, a[:3]), r"fake of shape \[3, 3\]: give \[n, d\], with n at least 4"),
        (lambda a: density_coverage(a[:5], a), r"real of shape \[5, 3\]: give \[n, d\], with n at least 6"),
    ],
)
def test_bad_settings_are_one_line(call, message):
    with pytest.raises(InputError, match=message) as error:
        call(draw(0, 9, 3))
    assert "\n" not in str(error.value)
