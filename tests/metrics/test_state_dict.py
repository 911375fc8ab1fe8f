"""PyTorch's files of arrays, read without it: against torch.load, in both of its formats, damaged, and hostile."""

import functools
import io
import os
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mogan.errors import InputError
from mogan.metrics.networks.state_dict import read_state_dict


def written(state, zipped=True):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


def loaded(data):
    import torch

    return {name: value.numpy() for name, value in torch.load(io.BytesIO(data), weights_only=True).items()}


def assert_read_as_torch_does(data):
    expected, found = loaded(data), read_state_dict(data, "file")
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("zipped", [True, False])
def test_network_views_and_all_types(zipped):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(2, 5))
    assert_read_as_torch_does(written(network.state_dict(), zipped))
    base = torch.arange(24.0).reshape(2, 3, 4)
    views = {"transposed": base.transpose(0, 2), "part": base[1, 1:], "whole": base, "one": base[0, 0, 0]}
    kinds = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"]
    many = {kind: torch.tensor([0, 1, 3]).to(getattr(torch, kind)) for kind in kinds}
    assert_read_as_torch_does(written(views | many | {"none": torch.zeros(0, 3)}, zipped))


@functools.cache  # PyTorch numbers storages by their addresses: the next time the bytes are others
def whole_file(zipped):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    return written(OrderedDict(a=torch.arange(6.0).reshape(2, 3), b=torch.ones(2)), zipped)


@pytest.mark.parametrize("zipped", [True, False])
@given(st.data())
def test_damaged_bytes_are_one_error_or_arrays(zipped, data):
    """Whatever is changed or cut: never another exception, nor anything but arrays."""
    whole = bytearray(whole_file(zipped))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_state_dict(bytes(whole[: data.draw(st.integers(0, len(whole)))]), "file")
    except InputError as error:
        assert "file holds no state dict of PyTorch" in str(error)
    else:
        assert all(isinstance(array, np.ndarray) for array in found.values())


class Hostile:
    def __reduce__(self):
        return os.system, ("touch pwned",)


def zipped_pickle(value):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(value))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Hostile(), r"it names (posix|nt)\.system"),
        ({"a": Hostile()}, r"it names (posix|nt)\.system"),
        ([1, 2], "something else than arrays"),
        ({"a": 1.0}, "something else than arrays"),
        ({"a": np.ones(2)}, "it names numpy"),
    ],
)
def test_what_a_pickle_says_is_never_run(value, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"file holds no state dict of PyTorch .*{message}"):
        read_state_dict(zipped_pickle(value), "file")
    assert not list(tmp_path.iterdir())
