"""Prepared copies of TensorFlow data sets: finding them, and making them with TensorFlow."""

import pathlib
import re
import zipfile
import zlib
from typing import NamedTuple

from mogan.data import builders
from mogan.errors import InputError, first_line, nearest

INSTALL = "pip install -e '.[tfds]'"
# what TFDS and its readers raise on damaged files, failed downloads and unfit builders
READ_ERRORS = (OSError, RuntimeError, ValueError, LookupError, AssertionError, zipfile.BadZipFile, zlib.error)


class Name(NamedTuple):
    """A data set's name as TFDS writes it, set[/config][:version]; `text` is all of it."""

    text: str
    set: str
    config: str | None
    version: str | None


def parse(text: str) -> Name:
    """The parts of a name.

    Raises:
      InputError: it is not of that form.
    """
    match = re.fullmatch(r"(\w+)(?:/([\w.+-]+))?(?::(\d+\.\d+\.\d+))?", text)
    if match is None:
        raise InputError(f"config.data.source = {f'tfds:{text}'!r}: write tfds:NAME, tfds:NAME/CONFIG or NAME:1.2.3")
    return Name(text, *match.groups())


def bad(name: str, problem: str) -> InputError:
    """The error of what is wrong with the data set tfds:`name`."""
    return InputError(f"config.data.source = {f'tfds:{name}'!r}: {problem}")


# --- finding a prepared copy ---


def find(name: Name, root: pathlib.Path) -> pathlib.Path | None:
    """The newest prepared folder of `name` under `root`, or None.

    Raises:
      InputError: `name` has no config, and there are copies of some, but not of the default one.
    """
    versions = _versions(root / name.set / (name.config or ""))
    if not versions and name.config is None:
        versions = _versions_of_configs(name, root)
    if name.version is None:
        return versions[-1] if versions else None
    return next((folder for folder in versions if folder.name == name.version), None)


def _versions(folder):
    """The prepared versions in `folder`, oldest first."""
    found = [path.parent for path in folder.glob("*/dataset_info.json")]
    found = [path for path in found if re.fullmatch(r"\d+\.\d+\.\d+", path.name)]
    return sorted(found, key=lambda path: [int(part) for part in path.name.split(".")])


def _versions_of_configs(name, root):
    configs = {path.name: _versions(path) for path in sorted((root / name.set).glob("*")) if _versions(path)}
    default = next(iter(_configs(name.set)), None)
    if configs and default not in configs:
        raise bad(
            name.text, f"{root} holds the configs {', '.join(configs)}; write e.g. tfds:{name.set}/{min(configs)}"
        )
    return configs.get(default, [])


def _sets():
    """The sets that can be prepared: those of the installed TFDS, and ours."""
    import tensorflow_datasets as tfds

    builders.register()
    return tfds.list_builders(with_community_datasets=False)  # the community's list is a download


def _configs(set_name):
    """The configs of a set that TFDS knows, its default first; none for a set without configs or an unknown one."""
    import tensorflow_datasets as tfds

    if set_name not in _sets():
        return []
    builder = tfds.builder_cls(set_name)
    if not builder.BUILDER_CONFIGS:
        return []
    default = builder.default_builder_config.name
    return [default, *(config for config in builder.builder_configs if config != default)]


# --- preparing one ---


def check(name: Name, root: pathlib.Path) -> None:
    """Checks that `name` is known and that what has to be downloaded by hand is in downloads/manual under `root`.

    Raises:
      InputError: it is not.
    """
    import tensorflow_datasets as tfds

    sets = _sets()
    if name.set not in sets:
        near = nearest(name.set.lower(), sets)
        raise bad(name.text, f"TensorFlow Datasets has no set {name.set}; did you mean tfds:{near}?")
    configs = _configs(name.set)
    if name.config is not None and name.config not in configs:
        meant = f"tfds:{name.set}/{nearest(name.config, configs)}" if configs else ""
        remedy = f"did you mean {meant}?" if configs else f"it has none; write tfds:{name.set}"
        raise bad(name.text, f"{name.set} has no config {name.config}; {remedy}")
    instructions, manual_dir = tfds.builder_cls(name.set).MANUAL_DOWNLOAD_INSTRUCTIONS, _manual_dir(root)
    if instructions and not _has_downloads(name.set, manual_dir):
        raise bad(name.text, f"{manual_dir} lacks what is downloaded by hand. {' '.join(instructions.split())}")


def _manual_dir(root):
    return root / "downloads" / "manual"


def _has_downloads(set_name, manual_dir):
    """Whether what `set_name` needs is there; of TFDS's own sets only whether the folder holds anything is known."""
    ours = builders.register().get(set_name)
    return bool(ours.find(manual_dir)) if ours else manual_dir.is_dir() and any(manual_dir.iterdir())


def prepare(name: Name, root: pathlib.Path) -> pathlib.Path:
    """Downloads what it can and prepares `name` under `root` as array_record, with TensorFlow; returns its folder.

    Raises:
      InputError: a package is missing, or the download, the files or the builder are unfit.
    """
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(name.text, data_dir=root, file_format="array_record")
        config = tfds.download.DownloadConfig(manual_dir=_manual_dir(root))
        builder.download_and_prepare(download_config=config, file_format="array_record")
    except InputError:
        raise
    except ImportError as error:
        raise bad(name.text, f"preparing it needs a package ({first_line(error)}); {INSTALL}") from error
    except (*READ_ERRORS, tfds.download.DownloadError) as error:
        problem = f"cannot be prepared in {root} ({first_line(error)})"
        raise bad(name.text, f"{problem}; point TFDS_DATA_DIR or `config.data.dir` to a prepared copy") from error
    return pathlib.Path(builder.data_dir)
