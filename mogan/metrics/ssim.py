"""SSIM and MS-SSIM of image batches [n, h, w, c], numpy or jax arrays.

Images are uint8, or floats of a data_range: 1 for [0, 1], 2 for [-1, 1], 255 for [0, 255]. Where none is given, floats
count as of [-1, 1] if any number of either batch is below 0, and of [0, 1] otherwise. All are mapped to [0, 1] first,
so that an image scores the same however it is stored (the luminance term is not invariant to a shift: in [-1, 1] as
they are, mid-grey would count as black). Means and variances are taken in every position of the window that lies wholly
inside the image, none at a padded border, and channels are scored apart and averaged.

A window is 11 x 11, Gaussian of sigma 1.5; on smaller images it and its sigma shrink with the shorter side. The number
of MS-SSIM's scales (`ms_ssim_weights`) is the largest, up to 5, whose coarsest still holds the window:

    side    8   28   32   40   64   96   128   from 161
    window  8   11   11   11   11   11    11         11
    scales  1    2    2    2    3    4     4          5
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mogan.errors import InputError
from mogan.machine.uses_jax import uses_jax

WINDOW, SIGMA, SIDE = 11, 1.5, 7  # the Gaussian window and its sigma; the uniform one
C1, C2 = 0.01**2, 0.03**2  # (K L)^2 for a range L of 1
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
LOWEST = {1: 0, 2: -1, 255: 0}  # of the images that each data_range declares
BLOCK = 2**20  # numbers of an array that one program sees: enough to keep a device busy, few enough for a CPU's cache


@uses_jax
def ssim(a, b, data_range: int | None = None, window: str = "gaussian") -> np.ndarray:
    """Structural similarity [n] of a[i] and b[i], images [n, h, w, c]: in [-1, 1], and 1 for the same image.

    Wang, Bovik, Sheikh and Simoncelli 2004, equation 13 with K1 = 0.01 and K2 = 0.03, averaged over windows (17) and
    channels. Equal to scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False, channel_axis=-1)`, which leaves out a border of 5 pixels too. In float32: within 1e-4
    of float64 between flat images, where variances cancel, and nearer between others.

    window "uniform" is scikit-image's default, as LOGAN's program has it: 7 x 7 equal weights, and sample covariances.

    Raises:
      InputError: another window, images smaller than the uniform one, the shapes differ or are not [n, h, w, c], the
        numbers are neither uint8 nor floats, or one is not finite or out of the range.
    """
    if window not in ("gaussian", "uniform"):
        raise InputError(f"window = {window!r}: choose one of gaussian, uniform")
    sides = np.shape(a)[1:3]
    if window == "uniform" and sides and min(sides) < SIDE:
        raise InputError(f"window = 'uniform': images of {min(sides)} pixels are smaller than it, {SIDE}; take another")
    return _of_batches(partial(_ssim, uniform=window == "uniform"), a, b, data_range)


@uses_jax
def ms_ssim(a, b, data_range: int | None = None) -> np.ndarray:
    """Multi-scale structural similarity [n] of a[i] and b[i], images [n, h, w, c]: in [0, 1], and 1 for the same image.

    Wang, Simoncelli and Bovik 2003, equation 7, as their program has it: the mean contrast-structure term of every
    scale but the coarsest, where it is the mean SSIM, each clipped at 0 and raised to its scale's weight, multiplied;
    then averaged over channels. Between scales blocks of 2 x 2 pixels are averaged (the last row or column counts
    twice in an odd number of them). See the module's text for images too small for five scales. Raises as `ssim`.
    """
    return _of_batches(_ms_ssim, a, b, data_range)


@uses_jax
def ms_ssim_of_pairs(images, first, second, data_range: int | None = None) -> np.ndarray:
    """MS-SSIM [p] of images[first[i]] and images[second[i]], for indices [p] of `images` [n, h, w, c].

    The local moments of an image are computed once, only the cross moment for every pair. They take up to 16 times
    the memory of uint8 images.

    Raises:
      InputError: as `ssim`, or the indices are not two equally long lists of whole numbers from 0 to n - 1.
    """
    (images,) = _unit({"images": images}, data_range)
    first, second = _checked_indices(first, "first", len(images)), _checked_indices(second, "second", len(images))
    if len(first) != len(second):
        raise InputError(f"{len(first)} first and {len(second)} second images: give as many of both")
    scales, size = _scales_in_blocks(images), _block(images)
    # The last block is filled up with pairs of image 0: all blocks then run the same compiled program.
    indices = np.pad(np.stack([first, second]), ((0, 0), (0, -len(first) % size)))
    blocks = indices.astype(np.int32).reshape(2, -1, size).swapaxes(0, 1)
    scores = [_ms_ssim_of_pairs(scales, *block) for block in blocks]
    return np.concatenate([np.zeros(0), *scores])[: len(first)]


def ms_ssim_weights(height: int, width: int) -> tuple[float, ...]:
    """The weights of MS-SSIM's scales for images of this size, finest first: the first of the five, to a sum of 1."""
    kept = [w for scale, w in enumerate(WEIGHTS) if scale == 0 or -(-min(height, width) // 2**scale) >= WINDOW]
    return tuple(weight / sum(kept) for weight in kept)


class Scale(NamedTuple):
    """Images [n, c, h, w] at one scale, less 1/2, and their local means and variances [n, c, h', w'].

    Less 1/2, because a variance is a difference of squares: float32 rounds smaller ones less.
    """

    image: jax.Array
    mean: jax.Array
    variance: jax.Array


@partial(jax.jit, static_argnames="uniform")
def _ssim(a, b, uniform):
    return _compare(_scale(_centred(a), uniform), _scale(_centred(b), uniform), uniform)[0].mean(axis=1)


@jax.jit
def _ms_ssim(a, b):
    return _product(_scales(a), _scales(b))


@jax.jit
def _ms_ssim_of_pairs(scales, first, second):
    return _product(*(jax.tree.map(partial(jnp.take, indices=side, axis=0), scales) for side in (first, second)))


@jax.jit
def _scales(images):
    image, scales = _centred(images), []
    for _ in ms_ssim_weights(*images.shape[1:3]):
        scales.append(_scale(image))
        image = _halve(image)
    return scales


def _scales_in_blocks(images):
    size = _block(images)
    blocks = [_scales(images[i : i + size]) for i in range(0, len(images), size)]
    return jax.tree.map(lambda *parts: jnp.concatenate(parts), *blocks)


def _product(a, b):
    height, width = a[0].image.shape[2:]
    score = 1.0
    for weight, scale_a, scale_b in zip(ms_ssim_weights(height, width), a, b, strict=True):
        similarity, contrast_structure = _compare(scale_a, scale_b)
        term = similarity if scale_a is a[-1] else contrast_structure
        score *= jnp.clip(term, 0.0, 1.0) ** weight  # above 1 by rounding alone
    return score.mean(axis=1)


def _compare(a, b, uniform=False):
    """The means [n, c] over windows of SSIM and of its contrast-structure factor."""
    covariance = _covariance(a.image, b.image, a.mean, b.mean, uniform)
    contrast_structure = (2 * covariance + C2) / (a.variance + b.variance + C2)
    mean_a, mean_b = a.mean + 0.5, b.mean + 0.5
    luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    return (luminance * contrast_structure).mean(axis=(2, 3)), contrast_structure.mean(axis=(2, 3))


def _centred(images):
    return jnp.moveaxis(images, 3, 1) - 0.5


def _scale(image, uniform=False):
    mean = _blur(image, uniform)
    return Scale(image, mean, _covariance(image, image, mean, mean, uniform))


def _covariance(a, b, mean_a, mean_b, uniform):
    """In each window; with equal weights that of a sample."""
    found = _blur(a * b, uniform) - mean_a * mean_b
    return found * (SIDE**2 / (SIDE**2 - 1)) if uniform else found


def _blur(image, uniform):
    """Windowed means [n, c, h', w']; as two products with band matrices, which every device is quick at."""
    size = SIDE if uniform else min(WINDOW, *image.shape[2:])
    rows, columns = (_band(side, size, uniform) for side in image.shape[2:])
    product = partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)
    return product(rows, product(image, columns.T))


def _band(side, size, uniform):
    """The matrix [side - size + 1, side] whose every row holds the window's weights, one step further right."""
    positions = np.arange(size) - (size - 1) / 2
    weights = np.ones(size) if uniform else np.exp(-0.5 * (positions / (SIGMA * size / WINDOW)) ** 2)
    rows = [np.pad(weights / weights.sum(), (start, side - size - start)) for start in range(side - size + 1)]
    return np.stack(rows).astype(np.float32)


def _halve(image):
    n, c, h, w = image.shape
    padded = jnp.pad(image, ((0, 0), (0, 0), (0, h % 2), (0, w % 2)), mode="edge")
    return padded.reshape(n, c, (h + 1) // 2, 2, (w + 1) // 2, 2).mean(axis=(3, 5))


def _of_batches(score, a, b, data_range):
    a, b = _unit({"a": a, "b": b}, data_range)
    if a.shape != b.shape:
        raise InputError(f"a of shape {list(a.shape)}, b of shape {list(b.shape)}: give images of one shape")
    size = _block(a)
    blocks = [score(a[i : i + size], b[i : i + size]) for i in range(0, len(a), size)]
    return np.concatenate(blocks).astype(np.float64)


def _block(images):
    return max(1, BLOCK // images[0].size)


def _unit(named, data_range):
    """[images as float32 in [0, 1]], of {name: images} of one range."""
    named = {name: np.asarray(images) for name, images in named.items()}
    usual = 2 if any((images < 0).any() for images in named.values()) else 1  # of floats
    return [
        _mapped(images, name, usual if data_range is None and images.dtype != np.uint8 else data_range)
        for name, images in named.items()
    ]


def _mapped(images, name, data_range):
    if images.ndim != 4 or images.size == 0:
        raise InputError(f"{name} of shape {list(images.shape)}: give images [n, h, w, c], with n at least 1")
    if images.dtype == np.uint8:
        if data_range not in (None, 255):
            raise InputError(f"data_range = {data_range} for {name} of uint8, which is 255: leave data_range out")
        return images.astype(np.float32) / 255
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise InputError(f"{name} of {images.dtype}: give uint8 or floats")
    if data_range not in LOWEST:
        choices = "1 for images in [0, 1], 2 for [-1, 1], 255 for [0, 255]"
        raise InputError(f"data_range = {data_range} for {name} of {images.dtype}: give {choices}")
    return _checked_range(images, name, data_range)


def _checked_range(images, name, data_range):
    lowest, highest = LOWEST[data_range], LOWEST[data_range] + data_range
    least, most = float(images.min()), float(images.max())
    if not (np.isfinite(least) and np.isfinite(most)):
        raise InputError(f"{name} holds numbers that are not finite; score a generator that has not diverged")
    if least < lowest or most > highest:
        outside = f"{name} runs from {least:g} to {most:g}, outside [{lowest}, {highest}] of data_range = {data_range}"
        raise InputError(f"{outside}: clip it, or give its own data_range")
    if data_range == 255 and 0 < most <= 1:
        raise InputError(f"{name} runs from {least:g} to {most:g} with data_range = 255: give data_range = 1")
    return ((images.astype(np.float32) - lowest) / data_range).astype(np.float32)


def _checked_indices(indices, name, count):
    indices = np.asarray(indices)
    if indices.ndim != 1 or (indices.size and indices.dtype.kind not in "iu"):
        raise InputError(f"{name}: {indices.dtype} of shape {list(indices.shape)}: give whole numbers [p]")
    if indices.size and not 0 <= indices.min() <= indices.max() < count:
        raise InputError(f"{name} runs from {indices.min()} to {indices.max()}: give indices from 0 to {count - 1}")
    return indices
