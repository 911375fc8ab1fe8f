"""What there is to set and to run, as text: the fields of a config, and the config files of a folder."""

import ast
import inspect
import os
import sys
import textwrap
from pathlib import Path

from mogan.config import flatten
from mogan.config.commands import load_config, load_module, run_main
from mogan.config.fields import FIELDS, Field
from mogan.errors import InputError

WIDTH = 100  # of the text


def fields(config) -> str:
    """Every field of the config, grouped: its value, as it would be typed; its default and what it may be; its meaning.

    A star marks a value that is not the default. What the data choose when a run starts says so.
    """
    values, lines, group = flatten(config), [], None
    for name, field in FIELDS.items():
        if name.partition(".")[0] != group and "." in name:
            group = name.partition(".")[0]
            lines += ["", group]
        changed = values[name] != field.default
        default = f"default {typed(field.default) or 'empty'}"
        lines.append(f"{'*' if changed else ' '} --config.{name}={typed(values[name])}")
        left = ["left to the data, which choose it when the run starts"] if name in config.auto else []
        lines += _wrapped("; ".join([*left, field.meaning, *_range(field), default]))
    return "\n".join(lines).strip("\n") + "\n"


def typed(value) -> str:
    """A field's value as --config.FIELD= takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value) if all(isinstance(item, str) for item in value) else repr(value).replace(" ", "")
    return str(value)


def _range(field: Field) -> list[str]:
    if field.choices:
        return [f"one of {', '.join(str(choice) or 'empty' for choice in field.choices)}"]
    if field.low is None and field.high is None:
        return []
    if field.high is None:
        return [f"at least {field.low:g}"]
    return [f"{field.low:.10g} to {field.high:.10g}"]


def configs(folder: Path) -> str:
    """The config files in `folder`: what each is, its variants, its data, and its cost."""
    found = [path for path in sorted(folder.glob("*.py")) if _is_config(path)]
    example = f"python {_shown(folder / 'run.py')} --config={_shown(folder / 'FILE.py')}:VARIANT --workdir=runs/NAME\n"
    return "\n".join([*map(about, found), example])


def about(path: Path) -> str:
    """What a config file is: the first sentence of its docstring, its variants, its data and its cost."""
    module = load_module(path)
    text = inspect.cleandoc(module.__doc__ or "")
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    costs = [paragraph.removeprefix("Cost: ") for paragraph in paragraphs if paragraph.startswith("Cost:")]
    cost = " ".join(costs) or "not given"
    sources = {_data(module.get_config(variant)): None for variant in module.VARIANTS}
    lines = [_shown(path), *_wrapped(paragraphs[0], 4)]
    rest = {"variants": ", ".join(module.VARIANTS), "data": "; ".join(sources), "cost": cost}
    for name, what in rest.items():
        lines += _wrapped(f"{name + ':':<10}{what}", 4, 10)
    return "\n".join(lines) + "\n"


def how_to_use(file: str) -> None:
    """What a config file says when it is run as a program: it is none, but experiments/run.py trains what it holds.

    Ends the program with status 2 if it was given arguments, for they have not been heeded.
    """
    path = Path(file)
    module, asked = load_module(path), [argument for argument in sys.argv[1:] if argument not in ("-h", "--help")]
    program = _shown(path.with_name("run.py")) if path.with_name("run.py").is_file() else "experiments/run.py"
    command = f"python {program} --config={_shown(path)}:{module.VARIANTS[0]}"

    def main():
        if asked:
            raise InputError(f"{_shown(path)} is a config, not a program: give {command} {' '.join(asked)}")
        print(f"{_shown(path)} is a config, not a program. To train its first variant, or list its fields:\n")
        print(f"{command} --workdir=runs/{path.stem}\n{command} --help\n\n{about(path)}", end="")

    run_main(main)


def of_reference(reference: str, overrides: list[str]) -> str:
    """The fields of FILE.py:VARIANT with overrides, under a heading."""
    text = fields(load_config(reference, overrides))
    return f"fields of {reference} (*: not the default; lists of numbers as --config.model.hidden_g=(64,64))\n\n{text}"


def _data(config) -> str:
    data = config.data
    parts = [data.source, f"{data.per_class} a class" * bool(data.per_class), data.classes.replace(",", " ")]
    return " of ".join(filter(None, [parts[0], parts[2]])) + f" ({parts[1]})" * bool(parts[1])


def _is_config(path):
    """Whether a file defines get_config and VARIANTS; found without running it."""
    body = ast.parse(path.read_bytes()).body
    names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {"get_config", "VARIANTS"} <= names


def _shown(path):
    """A path from where one is, if that is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


def _wrapped(text, indent=8, further=0):
    """Lines of the text, all but the first by `further` letters further in."""
    first, others = " " * indent, " " * (indent + further)
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)
