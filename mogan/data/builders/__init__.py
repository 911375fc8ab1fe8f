"""Our own builders of TensorFlow data sets, for sets that TFDS does not have and that are downloaded by hand.

A module a set, which registers its builder with TFDS when it is imported; `register` imports them all. Each has
`find(manual_dir)`, what was downloaded, or None where it is missing, and `examples(found)`, the examples in it: plain
functions that need no TensorFlow.
"""

import importlib
from types import ModuleType

NAMES = ("junction", "traffic_signs", "tu_berlin")


def register() -> dict[str, ModuleType]:
    """The modules by the names of their sets, all known to TFDS afterwards."""
    return {name: importlib.import_module(f"{__name__}.{name}") for name in NAMES}
