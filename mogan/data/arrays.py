"""Arrays from memory and disk: scikit-learn's digits and .npz files; and the drawing of subsets."""

import os

import numpy as np

from mogan.data.dataset import Dataset, take
from mogan.errors import InputError, first_line, nearest
from mogan.machine.files import expanded, printable
from mogan.machine.npz import read_npz

MAX_CLASSES = 2**16  # labels beyond this are identifiers, not classes
SAVE = "save it with np.savez(FILE, x=images, y=labels)"


def digits() -> Dataset:
    """scikit-learn's 1,797 handwritten digits: x [1797, 8, 8, 1] uint8 (its 0..16 scaled to 0..255), y 0..9.

    Raises:
      InputError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise InputError("config.data.source = 'digits' needs scikit-learn: pip install scikit-learn") from error
    bunch = load_digits()
    x = np.round(bunch.images * 255 / 16).astype(np.uint8)[..., None]
    return Dataset(x, bunch.target.astype(np.int32), tuple(str(name) for name in bunch.target_names))


def npz(path: str) -> Dataset:
    """The arrays x and, if there, y of an .npz file.

    x is uint8 [n, h, w, c] images or float32/float64 [n, d] points (kept as float32); y [n] is any integer type, and
    class k is named str(k).

    Raises:
      InputError: no such file, not a readable .npz, no x, or an array of another type, shape or range.
    """
    arrays = _read(path)
    x = _samples(path, arrays["x"])
    if "y" not in arrays:
        return Dataset(x)
    y = _labels(path, arrays["y"], len(x))
    return Dataset(x, y, tuple(str(k) for k in range(y.max() + 1)))


def _bad(path, problem):
    return InputError(f"config.data.source = {f'npz:{path}'!r}: {problem}")


def _read(path):
    file = expanded(path)
    if not os.path.isfile(file):
        raise _bad(path, "no such file; give the path of an .npz file")
    try:
        with open(file, "rb") as stream:
            return read_npz(stream, lambda problem: _bad(path, f"{problem}; {SAVE}"), ["x"], ["y"])
    except OSError as error:
        raise _bad(path, f"not readable ({first_line(error)}); {SAVE}") from error


def _samples(path, x):
    found = f"x is {x.dtype} {list(x.shape)}"
    if x.ndim == 0 or x.size == 0:
        raise _bad(path, f"{found}, without a sample; give uint8 [n, h, w, c] or float32 [n, d] with n of 1 or more")
    if x.dtype == np.uint8 and x.ndim == 4:
        return x
    if x.dtype == np.uint8 and x.ndim == 3:
        raise _bad(path, f"{found}, without channels; save x[..., None], [n, h, w, 1]")
    if x.dtype in (np.float32, np.float64) and x.ndim == 2:
        return _points(path, x)
    raise _bad(path, f"{found}; give images as uint8 [n, h, w, c], 0..255, or points as float32 [n, d]")


def _points(path, x):
    outside = ~(np.abs(x) <= np.finfo(np.float32).max).all(axis=1)  # true for NaN too
    if outside.any():
        row = int(np.argmax(outside))
        raise _bad(path, f"x[{row}] = {x[row].tolist()} is not finite in float32; remove or repair such points")
    return x.astype(np.float32)


def _labels(path, y, n):
    found = f"y is {y.dtype} {list(y.shape)}"
    if y.shape != (n,):
        raise _bad(path, f"{found}, and x has {n} samples; give one label a sample, [{n}]")
    if y.dtype.kind not in "iu":
        raise _bad(path, f"{found}; give integers 0, 1, ..., e.g. y.astype(np.int32)")
    if y.min() < 0 or y.max() >= MAX_CLASSES:
        raise _bad(path, f"y runs from {y.min()} to {y.max()}; number the classes 0, 1, ... up to {MAX_CLASSES - 1}")
    return y.astype(np.int32)


def select(dataset: Dataset, names: str) -> Dataset:
    """The samples of the classes `names` ("apple,pear"), which are numbered anew in the order given; "" keeps all.

    Raises:
      InputError: there are no labels, no class of that name, a name given twice, or a toy density.
    """
    if not names:
        return dataset
    if dataset.density is not None:
        raise InputError(f"config.data.classes = {names!r}: a toy density is scored by all its modes; set it to ''")
    if dataset.y is None:
        raise InputError(f"config.data.classes = {names!r}: the data has no labels to choose by; set it to ''")
    chosen = chosen_of(names, dataset.classes)
    number = np.full(len(dataset.classes), -1, np.int32)
    number[[dataset.classes.index(name) for name in chosen]] = np.arange(len(chosen))
    y = number[dataset.y]
    return take(dataset._replace(y=y, classes=tuple(chosen)), y >= 0)


def chosen_of(names: str, classes: tuple[str, ...]) -> list[str]:
    """The names in "apple,pear". Raises InputError for one that is none of the `classes`, or given twice."""
    chosen = [printable(name.strip()) for name in names.split(",")]
    for name in chosen:
        if name not in classes or chosen.count(name) > 1:
            near = nearest(name, classes)
            hint = "give each class once" if name in classes else f"no class {name!r}; did you mean {near!r}?"
            raise InputError(f"config.data.classes = {names!r}: {hint}")
    return chosen


def subset(dataset: Dataset, per_class: int, total: int, seed: int) -> Dataset:
    """A random draw without replacement, in the order of `dataset`; the same for the same seed.

    `per_class` samples of each class, or `total` of all; 0 and 0 return `dataset`. Raises as `subset_rows`.
    """
    rows = subset_rows(dataset, per_class, total, seed)
    return dataset if rows is None else take(dataset, rows)


def subset_rows(dataset: Dataset, per_class: int, total: int, seed: int) -> np.ndarray | None:
    """The rows, ascending, of what `subset` draws; None for all.

    Raises:
      InputError: both are asked for, more than there are, or `per_class` without labels.
    """
    if per_class and total:
        raise InputError(
            f"config.data.per_class = {per_class} and config.data.subset = {total}: set one of them, the other to 0"
        )
    if not per_class and not total:
        return None
    if dataset.density is not None and len(dataset.x) == 0:
        field, value = ("per_class", per_class) if per_class else ("subset", total)
        raise InputError(f"config.data.{field} = {value}: fresh toy points have no subset; set config.data.points or 0")
    rng = np.random.default_rng(seed)
    return np.sort(_draw_per_class(rng, dataset, per_class) if per_class else _draw(rng, len(dataset.x), total))


def _draw(rng, n, total):
    if total > n:
        raise InputError(f"config.data.subset = {total}: the data has {n} samples; give at most {n}, or 0 for all")
    return rng.choice(n, total, replace=False)


def _draw_per_class(rng, dataset, per_class):
    if dataset.y is None:
        raise InputError(f"config.data.per_class = {per_class}: the data has no labels; use config.data.subset instead")
    counts = np.bincount(dataset.y, minlength=len(dataset.classes))
    short = int(np.argmin(counts))
    if counts[short] < per_class:
        raise InputError(
            f"config.data.per_class = {per_class}: class {dataset.classes[short]!r} has {counts[short]} samples; "
            f"give at most {counts[short]}"
            if counts[short]
            else f"config.data.per_class = {per_class}: class {dataset.classes[short]!r} has no sample; number the "
            "classes without gaps, or use config.data.subset instead"
        )
    of_class = (np.flatnonzero(dataset.y == k) for k in range(len(counts)))
    return np.concatenate([rng.choice(rows, per_class, replace=False) for rows in of_class])
