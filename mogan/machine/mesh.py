"""Devices side by side: their mesh, and how arrays lie on it."""

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

AXIS = "data"  # of the mesh, along which a batch or the seeds are split


def shardings(devices=None) -> tuple[NamedSharding, NamedSharding]:
    """Of arrays whose first axis is split over the devices, by default this process's, and of arrays that each of them
    has whole."""
    mesh = Mesh(np.array(devices or jax.local_devices()), (AXIS,), axis_types=(AxisType.Auto,))
    return NamedSharding(mesh, PartitionSpec(AXIS)), NamedSharding(mesh, PartitionSpec())
