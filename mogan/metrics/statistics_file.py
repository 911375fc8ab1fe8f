"""Mean and covariance of features in pytorch-fid's .npz: arrays mu [d] and sigma [d, d].

pytorch-fid and clean-fid publish such files of CIFAR-10, FFHQ and others, and write them themselves.
"""

import io
import os
from pathlib import Path

import numpy as np

from mogan.errors import InputError
from mogan.machine.files import atomic_write
from mogan.machine.npz import read_numbers
from mogan.metrics.frechet import Moments, checked_moments


def read_statistics(path: str | os.PathLike) -> Moments:
    """The moments in an .npz with arrays mu and sigma, float64.

    Raises:
      InputError: no such file, not a readable .npz, other arrays, or arrays that are no mean and covariance.
    """

    def bad(problem):
        return InputError(f"{path}: {problem}; give an .npz with mu [d] and sigma [d, d], as pytorch-fid writes it")

    arrays = read_numbers(path, bad, ["mu", "sigma"])
    try:
        return checked_moments("of the file", (arrays["mu"], arrays["sigma"]))
    except InputError as error:
        raise bad(str(error)) from error


def write_statistics(path: Path, moments: Moments) -> None:
    """Writes the file that `read_statistics` and pytorch-fid read; all of it or nothing."""
    buffer = io.BytesIO()
    np.savez(buffer, mu=moments.mean, sigma=moments.covariance)
    atomic_write(path, buffer.getvalue())
