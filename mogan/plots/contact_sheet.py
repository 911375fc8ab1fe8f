"""What a data source holds: python -m mogan.data SOURCE [--out=FILE.png] [--config.data.field=value ...]

Prints numbers, shapes, the balance of classes and how a folder was read, and writes a contact sheet: ten images of each
class, in rows, of at most 20 classes; without classes a hundred images; of points a scatter plot. Images, points, and
classes beyond 20, are drawn at random with config.data.seed. Small images are enlarged by a whole number.

python -m mogan.data digits
python -m mogan.data tfds:cifar10 --config.data.dir=DIR --config.data.per_class=200 --out=cifar2k.png
"""

import argparse
from pathlib import Path

import numpy as np

from mogan import data
from mogan.config import base, update
from mogan.config.commands import check_out, parse_override, read_arguments
from mogan.data.dataset import Dataset
from mogan.errors import InputError
from mogan.machine.files import printable
from mogan.plots import figures, sheets

DEFAULT_OUT = Path("runs/contact_sheet.png")
COLUMNS = 10
LETTERS = 24  # of a class's name beside its row
ROWS = 20  # classes of a sheet, at most
SHOWN = 5000  # points of a scatter plot, at most


def main():
    """Reads the command line, prints the description and writes the sheet."""
    parser = argparse.ArgumentParser(
        "python -m mogan.data", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="as config.data.source")
    parser.add_argument("--out", metavar="FILE.png", help=f"where the sheet goes (default {DEFAULT_OUT})")
    arguments, overrides = read_arguments(parser)
    fields = dict(map(parse_override, overrides))
    for name in fields:
        if not name.startswith("data."):
            raise InputError(f"--config.{name}: only the fields of config.data change what a source holds")
    out = check_out(arguments.out, ".png") if arguments.out else DEFAULT_OUT  # whose folder is made when it is written
    config = update(base(), {"data.batch_size": 1, "data.points": SHOWN} | fields | {"data.source": arguments.source})
    if arguments.source.startswith("toy:") and not config.data.points:
        raise InputError("config.data.points = 0: fresh points for every batch are none to show; give at least 1")
    dataset = data.load(config.data)
    print("\n".join(describe(dataset)))
    if config.data.holdout:
        heldout = describe(data.load_heldout(config.data))
        print("\n".join(["held out, never trained on, and not in the sheet:", *heldout]))
    if dataset.x.ndim == 2 and dataset.x.shape[1] != 2:
        print(f"no sheet: no picture shows points in {dataset.x.shape[1]} dimensions")
        return
    rows = draw(dataset, config.data.seed)
    sheets.save_png(out, sheet(dataset, rows))
    print(f"wrote {out}: {caption(dataset, rows, config.data.seed)}")


def describe(dataset: Dataset) -> list[str]:
    """Lines of text: number, shape, type, size, range of the values, notes and, with labels, the size of each class."""
    x, kind = dataset.x, "images" if dataset.x.ndim == 4 else "points"
    shape = "x".join(map(str, x.shape[1:]))
    lines = [
        f"{len(x)} {kind}, {shape} {x.dtype}, {x.nbytes / 2**20:.1f} MiB",
        f"values {x.min():.4g} to {x.max():.4g}, mean {x.mean(dtype=np.float64):.4g}, "
        f"standard deviation {x.std(dtype=np.float64):.4g}",
        *dataset.notes,
    ]
    if dataset.y is None:
        return [*lines, "no labels"]
    counts = np.bincount(dataset.y, minlength=len(dataset.classes))
    lines.append(f"{len(dataset.classes)} classes, {counts.min()} to {counts.max()} of each")
    width = max(map(len, dataset.classes))
    named = zip(dataset.classes, counts, strict=True)
    return lines + [f"  {name:<{width}}  {count:>7}  {count / len(x):6.1%}" for name, count in named]


def draw(dataset: Dataset, seed: int) -> dict[int, np.ndarray]:
    """What a sheet shows, drawn at random without replacement: {label: rows of `dataset`, ascending}, at most COLUMNS
    images of each of at most ROWS classes; {0: rows} of images without labels, and of points."""
    rng = np.random.default_rng(seed)

    def some(rows, most):
        return np.sort(rng.choice(rows, min(most, len(rows)), replace=False))

    if dataset.x.ndim == 2 or dataset.y is None:
        return {0: some(np.arange(len(dataset.x)), SHOWN if dataset.x.ndim == 2 else COLUMNS**2)}
    labels = some(np.arange(len(dataset.classes)), ROWS)
    return {int(label): some(np.flatnonzero(dataset.y == label), COLUMNS) for label in labels}


def sheet(dataset: Dataset, rows: dict[int, np.ndarray]) -> np.ndarray:
    """The contact sheet of what `draw` gave, uint8 [H, W, 3]; points have to be of two dimensions."""
    if dataset.x.ndim == 2:
        return _scatter(dataset, rows[0])
    lines = np.concatenate([sheets.filled(dataset.x[own], COLUMNS) for own in rows.values()])
    labels = [] if dataset.y is None else [printable(dataset.classes[label])[:LETTERS] for label in rows]
    return sheets.image_sheet(lines, COLUMNS, labels=labels)


def caption(dataset: Dataset, rows: dict[int, np.ndarray], seed: int) -> str:
    """What the sheet of `draw` shows, in words."""
    drawn = f"drawn with config.data.seed = {seed}"
    if dataset.x.ndim == 2 or dataset.y is None:
        return f"{len(rows[0])} of {len(dataset.x)} {'points' if dataset.x.ndim == 2 else 'images'}, {drawn}"
    names = ", ".join(dataset.classes[label] for label in rows)
    return f"up to {COLUMNS} images of {len(rows)} of {len(dataset.classes)} classes, {drawn}; rows: {names}"


def _scatter(dataset, rows):
    points = dataset.x[rows]
    labels = np.zeros(len(points), int) if dataset.y is None else dataset.y[rows]
    nothing = np.zeros((0, 2), np.float32)
    return figures.scatter_figure(nothing, points, labels, density=dataset.density, shown="data", kind="class")
