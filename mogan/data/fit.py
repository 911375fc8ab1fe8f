"""Images of any size made alike: square, of one size; and drawings as strokes."""

import numpy as np
from PIL import Image, ImageFilter


def fit(image: Image.Image, size: int, resampling=Image.Resampling.LANCZOS) -> Image.Image:
    """The shorter side resized to `size` pixels, with anti-aliasing, the longer one cropped about its centre."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return image.resize((size, size), resampling, box=(left, top, left + side, top + side))


def strokes(image: Image.Image, size: int, widened: int) -> Image.Image:
    """A drawing in dark lines on white as white strokes on black, mode L: all that is darker than 250 of 255, each of
    its pixels a square of `widened` (odd) of them, then each pixel of `size` x `size` (0: of the image) the mean over
    its area. Thin lines are not lost when a drawing is made small (as in DeLiGAN's released program, there 3)."""
    ink = image.convert("L").point([255] * 250 + [0] * 6).filter(ImageFilter.MaxFilter(widened))
    return fit(ink, size, Image.Resampling.BOX) if size else ink


def fit_array(image: np.ndarray, size: int) -> np.ndarray:
    """`fit` on an array: uint8 [h, w, c] to [size, size, c], c of 1 or 3."""
    fitted = np.asarray(fit(Image.fromarray(image[..., 0] if image.shape[2] == 1 else image), size))
    return fitted.reshape(size, size, image.shape[2])


def fit_arrays(images: np.ndarray, size: int) -> np.ndarray:
    """`fit_array` on each of uint8 [n, h, w, c]; those of that size already are returned as they are."""
    return images if images.shape[1:3] == (size, size) else np.stack([fit_array(image, size) for image in images])
