"""torch-fidelity, whose scores mogan's are held against where it is installed; a test that asks for it skips if not."""

import functools
import importlib

import pytest

OPERATORS = ("nms", "qnms")


def torch_fidelity(module: str):
    """torch_fidelity.MODULE, or a skip that says what is missing."""
    _declared_operators()
    pytest.importorskip("torch_fidelity", reason="torch-fidelity is not installed")
    return importlib.import_module(f"torch_fidelity.{module}")


def tensors(*arrays):
    """torch's, of numpy's."""
    from torch import from_numpy

    return [from_numpy(array) for array in arrays]


@functools.cache  # a library that is collected takes its operators with it, and none can be defined twice
def _declared_operators():
    """Declares operators that torchvision names on import and lacks if its binary was built for another torch."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    try:
        importlib.import_module("torchvision")
    except ImportError:
        pytest.skip("torchvision is not installed")
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in OPERATORS:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return library
