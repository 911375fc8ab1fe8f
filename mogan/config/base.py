"""The configuration: defaults, changes to them, and the checks on every value and on values together."""

from typing import Any

import ml_collections

from mogan.config.choices import LARGEST
from mogan.config.fields import FIELDS, OPEN
from mogan.config.rules import check_together
from mogan.errors import InputError, nearest


def base() -> ml_collections.ConfigDict:
    """The defaults of every field, locked: a config file changes what differs, and an unknown field is an error."""
    nested: dict[str, Any] = {}
    for name, field in FIELDS.items():
        group, _, leaf = name.rpartition(".")
        (nested.setdefault(group, {}) if group else nested)[leaf] = field.default
    return ml_collections.ConfigDict(nested).lock()


def flatten(config) -> dict[str, Any]:
    """{"group.field": value} of a ConfigDict or nested dict; tuples where JSON made lists."""
    flat = {}
    for name, value in config.items():
        if hasattr(value, "items"):
            flat.update({f"{name}.{leaf}": leaf_value for leaf, leaf_value in flatten(value).items()})
        else:
            flat[name] = tuple(value) if isinstance(value, list) else value
    return flat


def update(config: ml_collections.ConfigDict, values: dict[str, Any]) -> ml_collections.ConfigDict:
    """A validated copy of `config` with {"group.field": value} changed. A field that is set here is no longer chosen by
    the data, unless "auto" is set as well: then it alone says which are.

    Raises:
      InputError: an unknown field (the nearest known name is given), a wrong type, a value out of range.
    """
    config = config.copy_and_resolve_references()
    with config.unlocked():
        for name, value in values.items():
            group, _, leaf = name.rpartition(".")
            check_known(name)
            target = config[group] if group else config
            target[leaf] = _typed(name, value)
        if "auto" not in values:
            config.auto = tuple(name for name in config.auto if name not in values)
    return validate(config)


def check_known(name: str) -> None:
    """Raises InputError, with the nearest known name, unless `name` is a field."""
    if any(str(field).startswith(f"{name}.") for field in FIELDS):
        raise InputError(f"config.{name} is a group of fields; give them one by one, as '{name}.FIELD'")
    if name not in FIELDS:
        raise InputError(f"config.{name} is not a field; did you mean config.{nearest(name, FIELDS)}?")


def _typed(name, value):
    default, value = FIELDS[name].default, _plain(value)
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if default == ():
        return _names(name, value)
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        numbers, kind = ((int,), "whole numbers") if isinstance(default[0], int) else ((int, float), "numbers")
        if all(type(number) in numbers and 0 < number <= LARGEST for number in value):
            return tuple(map(type(default[0]), value))
        raise InputError(f"config.{name} = {value!r}: give {kind} above 0, up to {LARGEST}, e.g. {default!r}")
    if type(value) is not type(default):
        raise InputError(
            f"config.{name} = {value!r} is {type(value).__name__}; give {type(default).__name__}, e.g. {default!r}"
        )
    return value


def _plain(value):
    """Python's own numbers, lists and tuples in place of NumPy's."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value


def _names(name, value):
    """A tuple of names, which may be given with commas between them."""
    names = value.split(",") if isinstance(value, str) else [value] if type(value) is int else value
    if isinstance(names, list | tuple):
        names = [str(item) if type(item) is int else item for item in names]  # classes, as model.class_of = (0, 1, 1)
    if not (isinstance(names, list | tuple) and all(isinstance(item, str) for item in names)):
        raise InputError(f"config.{name} = {value!r}: give names, e.g. 'is,fid'")
    return tuple(filter(None, names))


def validate(config: ml_collections.ConfigDict) -> ml_collections.ConfigDict:
    """`config` itself if every field is known, of its type, in range, and all agree; else raises InputError."""
    values = flatten(config)
    for name, value in values.items():
        check_known(name)
        _check_range(name, _typed(name, value))
    missing = sorted(set(FIELDS) - set(values))
    if missing:
        raise InputError(f"config.{missing[0]} is missing; start from mogan.config.base()")
    check_together(config)
    return config


def _check_range(name, value):
    field = FIELDS[name]
    if field.choices and value not in field.choices:
        more = f", or add it first (mogan.{OPEN[name].by})" if name in OPEN else ""
        raise InputError(f"config.{name} = {value!r}: choose one of {', '.join(map(str, field.choices))}{more}")
    if isinstance(value, float) and value != value or value in (float("inf"), -float("inf")):
        raise InputError(f"config.{name} = {value!r}: give a finite number")
    if field.low is not None and value < field.low:
        raise InputError(f"config.{name} = {value!r}: give at least {field.low!r}")
    high = LARGEST if field.high is None and type(value) is int else field.high
    if high is not None and value > high:
        raise InputError(f"config.{name} = {value!r}: give at most {high!r}")
