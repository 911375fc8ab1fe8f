"""Weight files of Inception-v3 (inception_net.py): an .npz of `weights_NAME` (OIHW) and `bias_NAME`, and its making.

The published files are PyTorch's: pytorch-fid and torch-fidelity each offer the graph's numbers under torchvision's
names, batch norm apart. `convert` folds it in; a file need not be whole, and serves the levels whose arrays it has.
Where there is none, the first score that needs it downloads the published one.
"""

import hashlib
import io
import os
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mogan.errors import InputError
from mogan.machine.cache import arrays_of, cache_folder
from mogan.machine.download import fetch
from mogan.machine.files import atomic_write, expanded
from mogan.metrics.networks.inception_net import LEVELS, parameter_shapes
from mogan.metrics.networks.state_dict import read_state_dict

PUBLISHED = "pt_inception-2015-12-05-6726825d.pth"
URLS = (
    f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{PUBLISHED}",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
)
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"  # of the file at either address
EPSILON = 0.001  # of every batch norm
LOGITS = {"weights_softmax": (1008, 2048)}
BIASED_LOGITS = LOGITS | {"bias_softmax": (1008,)}


class Weights(NamedTuple):
    """What a weight file holds of the network, float32 by name, where it lies, and the SHA-256 of its bytes."""

    arrays: dict[str, np.ndarray]
    path: Path
    sha256: str


def default_path() -> Path:
    """Where the weight file is looked for: $MOGAN_INCEPTION, or inception.npz in the cache folder."""
    return expanded(os.environ.get("MOGAN_INCEPTION") or cache_folder() / "inception.npz")


def load_weights(path: str | os.PathLike | None = None) -> Weights:
    """The weight file at `path`, by default `default_path()`; float16 is widened to float32, other arrays are ignored.

    Where neither `path` nor $MOGAN_INCEPTION names a file, and the cache has none, it is made of the published one.

    Raises:
      InputError: there is no such file and it cannot be downloaded, it is damaged, or an array is not finite floats of
        the network's shape.
    """
    chosen = path or os.environ.get("MOGAN_INCEPTION")
    path = expanded(path or default_path())
    if not path.is_file():
        if chosen:
            raise InputError(f"there is no Inception weight file {path}; name none (MOGAN_INCEPTION), to download it")
        _make(path)
    data = path.read_bytes()
    arrays = arrays_of(data, path)
    known = {name: shape for name, shape in _all_shapes().items() if name in arrays}
    return Weights(
        {name: _checked(path, name, arrays[name], shape) for name, shape in known.items()},
        path,
        hashlib.sha256(data).hexdigest(),
    )


def _make(path):
    """Writes the weight file of the published one, which is downloaded unless it lies in the cache folder."""
    source = cache_folder() / PUBLISHED
    try:
        fetch(URLS, source, SHA256)
    except InputError as error:
        remedy = f"download {URLS[0]} elsewhere and put it into {source.parent}"
        raise InputError(f"no Inception weights: {path} is not there, and no download ({error}); {remedy}") from error
    convert(source, path)


def _all_shapes():
    return parameter_shapes(LEVELS[-1]) | BIASED_LOGITS


def _checked(path, name, array, shape):
    if array.shape != shape or array.dtype.kind != "f":
        found = f"{name} of shape {list(array.shape)}, {array.dtype}"
        raise InputError(f"{path}: {found}; Inception-v3 of 2015-12-05 has {list(shape)} floats there")
    if not np.isfinite(array).all():
        raise InputError(f"{path}: {name} holds numbers that are not finite; make the file anew")
    return array.astype(np.float32)


def parameters(weights: Weights, level: int) -> dict[str, np.ndarray]:
    """The arrays that features of `level` (64, 192, 768, 1280 or 2048) need, as Inception(level) takes them.

    Raises:
      InputError: another level, or one whose arrays the file does not all have.
    """
    if level not in LEVELS:
        raise InputError(f"level = {level!r}: choose one of {', '.join(map(str, LEVELS))}")
    return pick(weights, parameter_shapes(level), f"level {level}")


def pick(weights: Weights, names, purpose: str) -> dict[str, np.ndarray]:
    """The arrays of these names. Raises InputError that tells which are missing and what the file can serve."""
    missing = sorted(set(names) - set(weights.arrays))
    if missing:
        served = [str(level) for level in LEVELS if weights.arrays.keys() >= parameter_shapes(level).keys()]
        more = f" and {len(missing) - 6} more" if len(missing) > 6 else ""
        raise InputError(
            f"{weights.path} has no {', '.join(missing[:6])}{more}, which {purpose} needs; "
            f"it serves {'levels ' + ', '.join(served) if served else 'no level'}; convert {PUBLISHED} for all of them"
        )
    return {name: weights.arrays[name] for name in names}


class Conversion(NamedTuple):
    """SHA-256 of the file that was read and of the one written."""

    source: str
    result: str


def convert(source: str | os.PathLike, out: str | os.PathLike) -> Conversion:
    """Writes the weight file `out` (.npz) of pytorch-fid's or torch-fidelity's .pth, whose names end in their SHA-256.

    The .npz also holds `source_sha256`. Nothing but arrays is read of it, and PyTorch is not needed.

    Raises:
      InputError: there is no such file, its name and its digest disagree, or it is not such a state dict.
    """
    source, out = expanded(source), expanded(out)
    if out.suffix != ".npz":
        raise InputError(f"out = {str(out)!r}: give a name that ends in .npz")
    if not source.is_file():
        raise InputError(f"there is no file {source}: download {URLS[0]}")
    data = source.read_bytes()
    digest = checked_digest(source, data)
    arrays = fold(read_state_dict(data, source), source)
    buffer = io.BytesIO()
    np.savez(buffer, source_sha256=np.array(digest), **arrays)
    atomic_write(out, buffer.getvalue())
    return Conversion(digest, hashlib.sha256(buffer.getvalue()).hexdigest())


def checked_digest(source: Path, data: bytes) -> str:
    """SHA-256 of `data`, which begins with what the name of the file ends in: NAME-6726825d.pth.

    Raises InputError if it does not, or if the name ends in no digest.
    """
    digest = hashlib.sha256(data).hexdigest()
    promised = re.search(r"-([0-9a-f]{8,64})\.pth$", source.name)
    if not promised:
        raise InputError(f"{source}: its name ends in no digest; keep the name it is published under, {PUBLISHED}")
    if not digest.startswith(promised[1]):
        raise InputError(f"{source}: its SHA-256 is {digest}, not {promised[1]}...; download it again from {URLS[0]}")
    return digest


def fold(state: dict[str, np.ndarray], source) -> dict[str, np.ndarray]:
    """Every array of a weight file, float32, of a state dict with torchvision's names; folded in float64.

    gamma (W * x - mean) / sqrt(var + eps) + beta = (s W) * x + (beta - s mean), with s = gamma / sqrt(var + eps).

    Raises:
      InputError: an array is missing, or not of the network's shape.
    """
    folded = {}
    try:
        for module in [name.removesuffix(".conv.weight") for name in state if name.endswith(".conv.weight")]:
            norm = {part: state[f"{module}.bn.{part}"].astype(np.float64) for part in NORM}
            scale = norm["weight"] / np.sqrt(norm["running_var"] + EPSILON)
            name = graph_name(module)
            folded[f"weights_{name}"] = scale[:, None, None, None] * state[f"{module}.conv.weight"]
            folded[f"bias_{name}"] = norm["bias"] - scale * norm["running_mean"]
        folded |= {"weights_softmax": state["fc.weight"], "bias_softmax": state["fc.bias"]}
        folded = {name: folded[name].astype(np.float32) for name in _all_shapes()}
    except (KeyError, ValueError) as error:  # ValueError: shapes that do not fit each other
        raise InputError(f"{source} is not Inception-v3 of 2015-12-05 ({error}); download {URLS[0]}") from error
    return {name: _checked(source, name, folded[name], shape) for name, shape in _all_shapes().items()}


NORM = ("weight", "bias", "running_mean", "running_var")
STEM = {"1a_3x3": "conv", "2a_3x3": "conv_1", "2b_3x3": "conv_2", "3b_1x1": "conv_3", "4a_3x3": "conv_4"}
BLOCKS = ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c")  # mixed, mixed_1, ..., mixed_10
TOWERS = {
    "branch1x1": "",
    "branch5x5": "tower_",
    "branch7x7": "tower_",
    "branch3x3": "tower_",
    "branch3x3dbl": "tower_1_",
    "branch7x7dbl": "tower_1_",
    "branch7x7x3": "tower_1_",
    "branch_pool": "tower_2_",
}
TOWERS_6A = {"branch3x3": "", "branch3x3dbl": "tower_"}  # the one block whose 3x3 convolution stands first
MODULE = re.compile(r"Mixed_(?P<block>\w\w)\.(?P<branch>branch(?:_pool|[^_]+))(?:_(?P<place>\d)(?P<fork>[ab]?))?")


def graph_name(module: str) -> str:
    """The graph's name of torchvision's module: mixed_tower_1_conv_1 of Mixed_5b.branch3x3dbl_2.

    Raises KeyError for a module that the network does not have.
    """
    if module.startswith("Conv2d_"):
        return STEM[module.removeprefix("Conv2d_")]
    found = MODULE.fullmatch(module)
    if not found or found["block"] not in BLOCKS:
        raise KeyError(module)
    block = BLOCKS.index(found["block"])
    tower = (TOWERS_6A if found["block"] == "6a" else TOWERS)[found["branch"]]
    fork = "mixed_" if found["fork"] else ""
    place = "ab".index(found["fork"]) if found["fork"] else int(found["place"] or 1) - 1
    return f"mixed{_number(block)}_{tower}{fork}conv{_number(place)}"


def _number(place):
    return f"_{place}" if place else ""
