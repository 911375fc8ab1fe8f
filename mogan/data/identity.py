"""A description of a data set by its content, so that a run never continues on other data."""

import hashlib
from typing import Any

import numpy as np

from mogan.data.dataset import Dataset


def identify(dataset: Dataset) -> dict[str, Any]:
    """The data, of JSON's types: shape of a sample, names of the classes, samples, and the sha256 (hex) of what there
    is of samples, labels and modes of a density."""
    density = dataset.density
    parts = {
        "samples": [dataset.x],
        "labels": [] if dataset.y is None else [dataset.y],
        "modes": [] if density is None else [density.modes, np.float64(density.std), density.weights],
    }
    return {
        "shape": list(dataset.x.shape[1:]),
        "classes": list(dataset.classes),
        "samples": len(dataset.x),
        "sha256": {name: _digest(arrays) for name, arrays in parts.items() if arrays},
    }


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The differences between two descriptions by `identify`, in words. An old description may have fewer entries (runs
    of earlier versions have no digest); only those are compared."""
    found = []
    if "classes" in old and old["classes"] != new["classes"]:
        found.append(_of_classes(list(old["classes"]), new["classes"]))
    for name, what in (("shape", "the shape of a sample"), ("samples", "the number of samples")):
        if name in old and old[name] != new[name]:
            found.append(f"{what} was {old[name]}, now {new[name]}")
    same_size = old.get("samples") == new["samples"] and old.get("shape") == new["shape"]
    digests = old.get("sha256", {})
    if same_size:  # else they differ anyway
        found += [f"the {name} differ" for name in digests if digests[name] != new["sha256"].get(name)]
    return found


def _of_classes(old, new):
    lists = {"gone": [name for name in old if name not in new], "new": [name for name in new if name not in old]}
    told = [f"{kind}: {', '.join(names)}" for kind, names in lists.items() if names]
    return f"the classes differ ({'; '.join(told) or 'their order'})"


def _digest(arrays):
    sha = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        sha.update(f"{array.dtype}|{array.shape}|".encode())
        sha.update(array.data if array.size else b"")
    return sha.hexdigest()
