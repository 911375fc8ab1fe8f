"""Stacked MNIST: three random digits of MNIST as the channels of one image, 1,000 modes that are known and equally
likely (Metz et al. 2017, Unrolled GANs, section 3.3.1; of the size of Lin et al. 2018, PacGAN, section 4.2)."""

import numpy as np

from mogan.data.dataset import Dataset

SIZES = {"train": 128_000}  # images of a split
OTHERS = 26_000


def stack(mnist: Dataset, split: str) -> Dataset:
    """Images [n, h, w, 3] of the digits [m, h, w, 1] of a `split` of MNIST, drawn with replacement: 128,000 of train,
    26,000 of another. Class 100 a + 10 b + c, named "abc", is that of the digits a, b and c. The same at every call."""
    count = SIZES.get(split, OTHERS)
    rows = np.random.default_rng(0).integers(len(mnist.x), size=(3, count))
    x = np.empty((count, *mnist.x.shape[1:3], 3), np.uint8)
    for channel, own in enumerate(rows):
        x[..., channel] = mnist.x[own, ..., 0]
    y = sum(mnist.y[own] * value for own, value in zip(rows, (100, 10, 1), strict=True))
    return Dataset(x, y.astype(np.int32), tuple(f"{k:03}" for k in range(1000)))
