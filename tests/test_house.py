"""The house: few rooms, short files, imports that point downward, and every name imported from where it is defined."""

import ast
import configparser
import functools
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("mogan", "experiments", "tests") for path in (ROOT / folder).rglob("*.py"))
ROOMS, LAYERS, LINES = 16, 10, 300  # at most
NAMES = {path: str(path.relative_to(ROOT)) for path in SOURCES}


def file_of(module: str) -> Path | None:
    """The file of one of our modules, or None if it is not ours."""
    path = ROOT / module.replace(".", "/")
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file in NAMES), None)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def own_names(path: Path) -> frozenset[str]:
    """What a module defines at its top, or exports by __all__: what may be imported from it."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    exported = [
        ast.literal_eval(node.value)
        for node in tree_of(path).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return frozenset(found.union(*exported))


def imported(path: Path):
    """(module, name) of all that a file imports from modules of ours."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and file_of(node.module):
            yield from ((node.module, alias.name) for alias in node.names)


def strangers(path: Path) -> list[str]:
    """What a file imports from a module that only happens to import it."""
    return [
        f"{module}.{name}"
        for module, name in imported(path)
        if not file_of(f"{module}.{name}") and name not in own_names(file_of(module))
    ]


def test_every_name_is_imported_from_where_it_is_defined():
    assert {NAMES[path]: found for path in SOURCES if (found := strangers(path))} == {}


def test_a_name_from_a_module_that_imports_it_is_found(tmp_path):
    file = tmp_path / "stranger.py"
    file.write_text("from mogan.algorithm.make import Algorithm, make_algorithm\nfrom mogan import data\n")
    assert strangers(file) == ["mogan.algorithm.make.Algorithm"]


def test_files_are_short():
    lines = {NAMES[path]: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: count for name, count in lines.items() if count >= LINES} == {}


def test_rooms_and_layers_are_few():
    """The layers are those that import-linter holds the imports to, in CI."""
    rooms = {path.relative_to(ROOT / "mogan").parts[0] for path in SOURCES if path.is_relative_to(ROOT / "mogan")}
    assert len(rooms) <= ROOMS
    contract = configparser.ConfigParser()
    contract.read(ROOT / "setup.cfg")
    layers = contract["importlinter:contract:house"]["layers"].split("\n")[1:]
    assert len(layers) <= LAYERS
    named = {room.strip() for layer in layers for room in layer.split("|")}
    assert named == {room.removesuffix(".py") for room in rooms} - {"__init__"}
