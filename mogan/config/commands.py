"""What the programs in experiments/ share: reading a config file and its overrides, and errors as one line."""

import argparse
import ast
import contextlib
import importlib.util
import logging
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ml_collections

from mogan.config import check_known, update
from mogan.config.choices import given
from mogan.config.fields import FIELDS
from mogan.errors import InputError, RunError, Stopped, nearest
from mogan.machine.files import expanded

OPEN_OVERRIDE = re.compile(r"--config\.[^=]*")
FLAGS = (  # of the programs
    "average|batch_stats|checkpoint|classifier|component|config|coordinator|device|distributed|dry_run|ema|epochs|"
    "features|figure|heldout|hours|list|member|members|metrics|num|num_processes|only|out|process_id|quick|readme|"
    "reference|rows|samples|save_stats|scale|scales|score|seed|seeds|show|slots|source|splits|steps|table|train_only|"
    "window|workdir|workdirs"
)
VALUE = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s:;,()]+"""
ARGUMENT = re.compile(rf"(?<![\w.])({FLAGS}) = ({VALUE})")  # in a message of the library, with its value,
MARKED = re.compile(r"`([\w.*]+)(?: = ([^`]+))?`")  # or without, in backticks, as are fields that are given as flags


def load_config(reference: str, overrides: Mapping[str, Any] | Sequence[str] = ()) -> ml_collections.ConfigDict:
    """The validated config of FILE.py[:variant] with some fields changed.

    overrides: {"group.field": value}, or, as on the command line, ["--config.group.field=value", ...]

    The file defines get_config(variant=...) -> ConfigDict and VARIANTS, the names it knows, its default first.
    Raises InputError for a file, a variant, a field or a value that is not there or not fit.
    """
    name, _, variant = str(reference).partition(":")
    asked = given("config", str(reference))
    path = expanded(name)
    if path.suffix != ".py" or not path.is_file():
        where = "" if path.is_absolute() else f" in {Path.cwd()}"
        beside = [other for other in path.parent.glob("*.py") if other.is_file()]
        configs = [str(other) for other in beside if "def get_config(" in other.read_text("utf-8", errors="replace")]
        known = configs or ["experiments/toy_deligan.py"]
        raise InputError(f"{asked}: there is no file {name}{where}; give a config such as {nearest(str(path), known)}")
    changes = _changes(overrides)
    with _of_file(asked, path):
        module = load_module(path)
    if not hasattr(module, "get_config") or not getattr(module, "VARIANTS", ()):
        raise InputError(f"{asked}: {name} is no config file: it defines no get_config and VARIANTS")
    if variant and variant not in module.VARIANTS:
        raise InputError(f"{asked}: no variant {variant!r}; choose one of {', '.join(module.VARIANTS)}")
    with _of_file(asked, path):
        config = module.get_config(variant or module.VARIANTS[0])
    if not isinstance(config, ml_collections.ConfigDict):
        kind = type(config).__name__
        raise InputError(f"{asked}: get_config of {name} gives {kind}; give mogan.config.base(), updated")
    return update(config, changes)


def _changes(overrides):
    """{"group.field": value} of overrides in either form."""
    if isinstance(overrides, Mapping):
        return {str(name): value for name, value in overrides.items()}
    if isinstance(overrides, Sequence) and not isinstance(overrides, str):
        return dict(map(parse_override, overrides))
    raise InputError(f"overrides = {overrides!r}: give {{'group.field': value}} or ['--config.group.field=value']")


def load_module(path: Path):
    """The module of a Python file, which is run; errors are its own."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_arguments(parser: argparse.ArgumentParser) -> tuple[argparse.Namespace, list[str]]:
    """(what `parser` knows of the command line, ["--config.group.field=value", ...] and whatever else there is).

    A value may also follow its field after a space, as it may after the parser's own arguments. Raises InputError where
    argparse would print how all of the program is used.
    """

    def refuse(message):
        raise InputError(message)

    parser.error, joined = refuse, []
    for argument in sys.argv[1:]:
        if joined and OPEN_OVERRIDE.fullmatch(joined[-1]) and not argument.startswith("--"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return parser.parse_known_args(joined)


@contextlib.contextmanager
def _of_file(asked, path):
    """Context in which an error of the config file itself, which may be any, names the file and the line."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{asked}: {error}") from error
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = getattr(error, "lineno", None) or (lines or [0])[-1]
        raise InputError(f"{asked}: {path}, line {line}: {type(error).__name__}: {error}") from error


def parse_override(argument: str):
    """("group.field", value) of "--config.group.field=value"; the value is read as the field's type."""
    name, equals, text = str(argument).removeprefix("--config.").partition("=")
    if not str(argument).startswith("--config.") or not equals:
        raise InputError(f"{argument}: overrides are written --config.group.field=value")
    name, text = name.strip(), text.strip()
    check_known(name)
    if isinstance(FIELDS[name].default, str) or FIELDS[name].default == ():  # names with commas are text, too
        return name, text
    try:
        return name, ast.literal_eval({"true": "True", "false": "False"}.get(text, text))
    except (ValueError, SyntaxError) as error:
        example = FIELDS[name].default
        raise InputError(f"config.{name} = {text!r} cannot be read; give a value such as {example!r}") from error


def check_out(out: str | Path, *suffixes: str, argument: str = "out") -> Path:
    """The path of `out`, with ~ expanded, which ends in one of `suffixes` and can be written.

    The suffix "/" stands for a folder, new or empty. Raises InputError, which names the `argument`, if it is not so.
    """
    path, folder, asked = expanded(out), is_folder(out), given(argument, str(out))
    if folder and "/" not in suffixes and path.suffix in suffixes:
        raise InputError(f"{asked}: that is a folder; give the name of a file")
    if ("/" if folder else path.suffix) not in suffixes:
        raise InputError(f"{asked}: give a name that ends in {' or '.join(suffixes)}")
    if not path.parent.is_dir():
        raise InputError(f"{asked}: there is no folder {path.parent}; make it first")
    if folder and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"{asked}: there are files already; give a new folder")
    check_writable(path.parent, asked)
    return path


def is_folder(out: str | Path) -> bool:
    """Whether `out` means a folder: it ends in a slash, or there is one of that name."""
    return str(out).endswith("/") or expanded(out).is_dir()


def make_writable(folder: Path, asked: str) -> None:
    """Makes the folder where it is not there. Raises InputError, which starts with `asked`, unless files can be made in
    it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{asked}: {folder} cannot be made ({error.strerror}); choose another folder") from error
    check_writable(folder, asked)


def check_writable(folder: str | Path, asked: str) -> None:
    """Raises InputError, which starts with `asked`, unless files can be made in `folder`."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"{asked}: {folder} cannot be written ({error.strerror}); choose another folder") from error


class _Line(logging.Formatter):
    """level: message"""

    def format(self, record):
        return f"{record.levelname.lower()}: {record.getMessage()}"


def run_main(main) -> None:
    """Runs main(); an error that a user can mend becomes one line on stderr, exit status 2 (input) or 1 (a run); a run
    that a signal stopped, one line and 128 + the signal's number.

    What stdout's encoding lacks is printed escaped, as on stderr: names may hold any bytes, and an encoding be ASCII.
    What the library logs is a line on stderr as well, `warning: ...`.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Line())
    logging.basicConfig(handlers=[handler])
    if hasattr(sys.stdout, "reconfigure"):  # a notebook's takes any text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        main()
    except InputError as error:
        _exit(error, 2)
    except (RunError, OSError) as error:
        _exit(error, 1)
    except MemoryError as error:
        _exit(f"not enough memory ({error}); ask for less at a time", 1)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        if stopped.at_once:  # an orderly end would wait for compiler and devices
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(stopped.status)
        sys.exit(stopped.status)
    except KeyboardInterrupt:  # before or after the loop, which saves what it has
        _exit("interrupted", 130)


def as_flags(message: str) -> str:
    """A message of the library, in which the arguments stand as flags of the programs: num = 0 as --num=0, `num` as
    --num, and `config.data.seed = 3` as --config.data.seed=3."""
    return ARGUMENT.sub(_flag, MARKED.sub(_flag, message))


def _flag(found):
    name, value = found.groups()
    if value and value[0] in "'\"":
        value = ast.literal_eval(value)
    return f"--{name}" if value in (None, "True") else f"--{name}={value}"


def _exit(error, status):
    print(f"error: {as_flags(' '.join(str(error).split()))}", file=sys.stderr)
    sys.exit(status)
