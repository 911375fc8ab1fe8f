"""Every command and program of the README runs, in order and with less work, in a folder that holds what a clone has;
its tables are those of the stored results."""

import configparser
import importlib
import re
import runpy
import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import pytest

from mogan import latents, losses
from mogan.config.fields import FIELDS
from mogan.errors import InputError
from mogan.tables import TABLES, readme
from mogan.tables.toy import ToyTable
from tests.helpers.support import EXPERIMENTS, ROOT, call

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TRAINED = (
    "--config.train.steps=4",
    "--config.train.log_every=2",
    "--config.train.eval_every=0",
    "--config.train.sample_every=0",
    "--config.train.chunk=2",
    "--config.eval.num_samples=20",
    "--config.eval.grid=2",
    "--config.eval.report=false",
)
LESS = {  # program: what is added to its commands
    "run": TRAINED,
    "evaluate": ("--num=120", "--epochs=1"),
    "tables": ("--rows=gan", "--seeds=1", *TRAINED),
}


class Block(NamedTuple):
    """A fenced block: its language, and what it holds."""

    language: str
    body: str


def blocks() -> list[Block]:
    *parts, rest = re.split(r"^```(\w*)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert "```" not in rest
    return list(map(Block, parts[1::3], parts[2::3]))


def commands(block: Block) -> list[list[str]]:
    """The words of each command, in order."""
    lines = block.body.replace("\\\n", " ").splitlines()
    return [shlex.split(line) for whole in lines for line in whole.split("&&")]


def run(words: list[str], monkeypatch) -> int:
    """Runs a command in this process, with less work; installing and testing is checked, but not done. Its status."""
    if words[:2] == ["pip", "install"]:
        return check_install(words[2:])
    assert words[0] == "python", words
    if words[1:3] == ["-m", "pytest"]:
        return check_tests(words[3:])
    if words[1:3] == ["-m", "mogan.data"]:
        return call_module(*words[2:], monkeypatch=monkeypatch)
    program = Path(words[1]).relative_to("experiments")
    assert program.suffix == ".py", words
    name = str(program.with_suffix(""))
    less = LESS.get(name, ())
    if any("own_images" in word for word in words) and name == "run":
        less = (*less, "--config.data.image_size=8")  # residual networks have a level for each halving
    return call(name, *words[2:], *less, monkeypatch=monkeypatch)


def check_install(words: list[str]) -> int:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extra = re.fullmatch(r"\.\[(\w+)\]", words[1])
    assert words[0] == "-e" and extra and extra[1] in setup["options.extras_require"], words
    return 0


def check_tests(words: list[str]) -> int:
    assert words == ["-n", "auto"] and importlib.import_module("xdist")
    return 0


def call_module(name: str, *arguments: str, monkeypatch) -> int:
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code or 0
    return 0


def files(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """The working folder: a clone's, as far as commands see it; no data, weights or TensorFlow."""
    folder = tmp_path / "clone"
    shutil.copytree(EXPERIMENTS, folder / "experiments", ignore=shutil.ignore_patterns("__pycache__", "results"))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # the test asks what the commands write, not Python
    monkeypatch.syspath_prepend(EXPERIMENTS / "benchmarks")  # as Python does for a program
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path / "cache"))
    for name in ("TFDS_DATA_DIR", "MOGAN_INCEPTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("mogan.data.tfds._has_tensorflow", lambda: False)
    return folder


@pytest.fixture
def own_names():
    """Losses and priors that the README adds are gone after the test."""
    tables = FIELDS, losses.LOSSES, latents.KINDS
    before = [dict(table) for table in tables]
    yield
    for table, known in zip(tables, before, strict=True):
        table.clear()
        table.update(known)


def test_all_commands_in_order(clone, own_names, monkeypatch, capsys):
    before = files(clone)
    for block in blocks():
        if block.language == "python":
            assert sum(map(bool, block.body.splitlines())) <= 15
            exec(compile(block.body.replace("1000", "4"), "README.md", "exec"), {})
            continue
        for words in commands(block):
            status = run(words, monkeypatch)
            assert status == 0, (" ".join(words), capsys.readouterr().err)
    now = files(clone)
    assert {path: data for path, data in now.items() if path.parts[0] != "runs"} == before
    assert {path.parts[1] for path in now if path.parts[0] == "runs"} == places()


def places() -> set[str]:
    """What the README names in runs/ by its commands, and the folder of tables."""
    return set(re.findall(r"""(?<=[=,:"]runs/)[\w.]+""", "".join(block.body for block in blocks()))) | {"tables"}


def test_what_is_added_is_checked_and_takes_the_place_of_what_was_added(own_names):
    zero = dict.fromkeys(("real", "fake", "generator", "encoder"), jnp.zeros_like)
    own = [losses.of_terms(**zero | {"real": real}) for real in (jnp.sin, jnp.cos)]
    for loss in own:
        losses.add("mine", loss)
    assert losses.LOSSES["mine"](None, None) is own[1] and FIELDS["loss.name"].choices.count("mine") == 1
    for add, given, known in ((losses.add, own[0], "hinge"), (latents.add, len, "normal")):
        with pytest.raises(InputError, match=f"name = '{known}': config.* knows one of mogan's own; choose another"):
            add(known, given)
        with pytest.raises(InputError, match="name = '': give a name"):
            add("", given)
    for refused, reason in (
        (lambda: losses.add("other", len), "loss = <built-in function len>: give a mogan.types.Loss"),
        (lambda: latents.add("other", 3), "make = 3: give a function"),
        (lambda: losses.of_terms(**zero | {"fake": 1}), "fake = 1: give a function"),
    ):
        with pytest.raises(InputError, match=re.escape(reason)):
            refused()
    assert "other" not in (*FIELDS["loss.name"].choices, *FIELDS["latent.kind"].choices)


def test_the_tables_are_those_of_the_stored_results(tmp_path):
    """Else: python experiments/tables.py --readme."""
    copy = tmp_path / "README.md"
    copy.write_text(
        re.sub(f"{readme.START}.*{readme.END}", f"{readme.START}\nold\n{readme.END}", TEXT, flags=re.DOTALL)
    )
    readme.write_readme(copy, EXPERIMENTS / "results")
    assert copy.read_text(encoding="utf-8") == TEXT
    copy.write_text(TEXT.replace(readme.END, ""))
    with pytest.raises(InputError, match="there must be one line"):
        readme.write_readme(copy, EXPERIMENTS / "results")


def test_what_is_said_of_tables_of_toys_is_of_such():
    toys = {name for name, table in TABLES.items() if isinstance(table, ToyTable)}
    assert {*readme.SHOWN, *readme.PRINTED} <= toys


def test_every_field_that_is_named_is_one():
    named = re.findall(r"(?:--config\.|`|\")((\w+)\.\w+)", TEXT)
    groups = {name.partition(".")[0] for name in FIELDS}
    fields = {name for name, group in named if group in groups and not name.endswith(".py")}
    assert len(fields) > 5 and fields <= set(FIELDS)


def test_every_config_is_named():
    (table,) = re.findall(r"^\| paper \| configs.*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"\w+_\w+", table))
    assert named == {path.stem for path in EXPERIMENTS.glob("*.py") if "\nVARIANTS = " in path.read_text()}
