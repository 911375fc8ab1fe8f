"""What a data source holds: python -m mogan.data SOURCE [--out=FILE.png] [--config.data.field=value ...]

Prints numbers, shapes and the balance of classes, and writes a contact sheet: ten images of each class, in rows, of at
most 20 classes; without classes a hundred images; of points a scatter plot.

python -m mogan.data digits
python -m mogan.data tfds:cifar10 --config.data.dir=DIR --config.data.per_class=200 --out=cifar2k.png
"""

import argparse

import numpy as np

from mogan import data
from mogan.commands import check_out, parse_override, run_main
from mogan.config import base, update
from mogan.data.dataset import Dataset
from mogan.errors import InputError

COLUMNS = 10
ROWS = 20  # classes of a sheet, at most
SHOWN = 5000  # points of a scatter plot, at most


def main():
    """Reads the command line, prints the description and writes the sheet."""
    parser = argparse.ArgumentParser(
        "python -m mogan.data", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="as config.data.source")
    parser.add_argument("--out", default="contact_sheet.png", help="where the sheet goes (default contact_sheet.png)")
    arguments, overrides = parser.parse_known_args()
    fields = dict(map(parse_override, overrides))
    for name in fields:
        if not name.startswith("data."):
            raise InputError(f"--config.{name}: only the fields of config.data change what a source holds")
    check_out(arguments.out, ".png")
    config = update(base(), {"data.batch_size": 1, "data.points": SHOWN} | fields | {"data.source": arguments.source})
    if arguments.source.startswith("toy:") and not config.data.points:
        raise InputError("config.data.points = 0: fresh points for every batch are none to show; give at least 1")
    dataset = data.load(config.data)
    print("\n".join(describe(dataset)))
    if config.data.holdout:
        print(
            "\n".join(["held out, never trained on, and not in the sheet:", *describe(data.load_heldout(config.data))])
        )
    picture = sheet(dataset)
    if picture is None:
        print(f"no sheet: no picture shows points in {dataset.x.shape[1]} dimensions")
        return
    from mogan.plots import save_png

    save_png(arguments.out, picture)
    print(f"wrote {arguments.out}")


def describe(dataset: Dataset) -> list[str]:
    """Lines of text: number, shape, type, size, range of the values and, with labels, the number of each class."""
    x, kind = dataset.x, "images" if dataset.x.ndim == 4 else "points"
    shape = "x".join(map(str, x.shape[1:]))
    lines = [
        f"{len(x)} {kind}, {shape} {x.dtype}, {x.nbytes / 2**20:.1f} MiB",
        f"values {x.min():.4g} to {x.max():.4g}, mean {x.mean(dtype=np.float64):.4g}, "
        f"standard deviation {x.std(dtype=np.float64):.4g}",
    ]
    if dataset.y is None:
        return [*lines, "no labels"]
    counts = np.bincount(dataset.y, minlength=len(dataset.classes))
    lines.append(f"{len(dataset.classes)} classes, {counts.min()} to {counts.max()} of each")
    width = max(map(len, dataset.classes))
    named = zip(dataset.classes, counts, strict=True)
    return lines + [f"  {name:<{width}}  {count:>7}  {count / len(x):6.1%}" for name, count in named]


def sheet(dataset: Dataset) -> np.ndarray | None:
    """The contact sheet, uint8 [H, W, 3]; None for points in other than two dimensions."""
    from mogan import plots

    if dataset.x.ndim == 2:
        return _scatter(dataset) if dataset.x.shape[1] == 2 else None
    if dataset.y is None:
        return plots.image_sheet(dataset.x[: COLUMNS**2], COLUMNS)
    rows = [dataset.x[dataset.y == label][:COLUMNS] for label in range(min(ROWS, len(dataset.classes)))]
    return plots.image_sheet(np.concatenate([plots.filled(row, COLUMNS) for row in rows]), COLUMNS)


def _scatter(dataset):
    from mogan import figures

    points = dataset.x[:SHOWN]
    labels = np.zeros(len(points), int) if dataset.y is None else dataset.y[:SHOWN]
    return figures.scatter_figure(np.zeros((0, 2), np.float32), points, labels, density=dataset.density)


if __name__ == "__main__":
    run_main(main)
