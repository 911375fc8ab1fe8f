"""PyTorch's files of arrays by name (state dicts), read without PyTorch.

Such a file is a pickle that names tensors and where their bytes lie: in a zip archive beside it, or, as PyTorch wrote
them before 1.6, in the same stream behind it. The unpickler here knows the names that arrays need and no others, so
nothing that a file says is ever run.
"""

import collections
import io
import pickle
import struct
import zipfile
import zlib

import numpy as np

from mogan.errors import InputError

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # the first two pickles of a file without a zip
TYPES = {
    "DoubleStorage": np.float64,
    "FloatStorage": np.float32,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}


def read_state_dict(data: bytes, source) -> dict[str, np.ndarray]:
    """The arrays by name of a state dict with these bytes, read from `source`, which errors name.

    Raises InputError where the bytes are damaged, or hold anything but arrays by name.
    """
    try:
        with io.BytesIO(data) as file:
            state = (_read_zip if zipfile.is_zipfile(file) else _read_stream)(data)
        if not isinstance(state, dict) or not all(isinstance(value, np.ndarray) for value in state.values()):
            raise ValueError("it holds something else than arrays by name")
    # what pickle, zipfile, struct and NumPy say of bytes that are damaged or of another kind (a length that is damaged
    # asks for more memory than there is)
    except (
        *(pickle.UnpicklingError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, UnicodeDecodeError),
        *(ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, NotImplementedError, MemoryError),
    ) as error:
        raise InputError(f"{source} holds no state dict of PyTorch ({str(error)[:200]})") from error
    return {str(name): np.array(value) for name, value in state.items()}


class _Unpickler(pickle.Unpickler):
    """Knows tensors, their storages and the dict that holds them; storage(type, key, size) gives a storage's array."""

    def __init__(self, file, storage=None):
        super().__init__(file)
        self._storage = storage

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in TYPES:
            return np.dtype(TYPES[name])
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, reference):
        kind, dtype, key, _, size, *view = reference
        if self._storage is None or kind != "storage" or any(part is not None for part in view):
            raise pickle.UnpicklingError(f"it refers to {kind!r}")
        return self._storage(dtype, key, size)


def _tensor(storage, offset, shape, strides, *_):
    """A tensor: a view of its storage [k]. The arguments after the strides do not change its values."""
    if min(offset, *shape, *strides, 0) < 0 or len(shape) != len(strides):
        raise ValueError(f"a tensor of shape {shape} and strides {strides}")
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if 0 in shape:
        return np.zeros(shape, storage.dtype)
    if last >= len(storage):
        raise ValueError(f"a tensor ends behind its storage of {len(storage)}")
    bytes_of = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, bytes_of, writeable=False)


def _read_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (pickled,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = pickled.removesuffix("data.pkl")
        order = folder + "byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError("it was written on a machine of the other byte order")

        def storage(dtype, key, size):
            return np.frombuffer(archive.read(f"{folder}data/{key}"), dtype.newbyteorder("<"), size)

        return _Unpickler(io.BytesIO(archive.read(pickled)), storage).load()


def _read_stream(data):
    """Storages come behind the pickle that refers to them: they are made empty, and filled once it is read."""
    file, storages = io.BytesIO(data), {}
    if _Unpickler(file).load() != MAGIC or _Unpickler(file).load() != PROTOCOL:
        raise ValueError("it does not begin as PyTorch's files do")
    if _Unpickler(file).load().get("little_endian") is not True:
        raise ValueError("it was written on a machine of the other byte order")

    def storage(dtype, key, size):
        if not 0 <= size * dtype.itemsize <= len(data):
            raise ValueError(f"a storage of {size} is larger than the file")
        return storages.setdefault(key, np.zeros(size, dtype.newbyteorder("<")))

    state = _Unpickler(file, storage).load()
    for key in _Unpickler(file).load():
        (size,) = struct.unpack("<q", file.read(8))
        if size != len(storages[key]):
            raise ValueError(f"a storage of {len(storages[key])} has {size} numbers")
        storages[key][:] = np.frombuffer(file.read(storages[key].nbytes), storages[key].dtype)
    return state
