"""Every command of the README runs, in order and with less work, in a folder that holds what a clone has.

What a clone has not stands in the text before a block, as in "With the Inception weights:"; its commands then end with
the one line that says what to get.
"""

import configparser
import importlib
import json
import re
import runpy
import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from mogan.config.fields import FIELDS
from mogan.metrics.networks import inception_weights
from tests.helpers.support import EXPERIMENTS, ROOT, call

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LACKING = {  # words before a block: the line that its commands end with where a clone has not what they name
    "TensorFlow is needed": r"no prepared copy in .* needs TensorFlow; pip install -e '\.\[tfds\]', or point TFDS_",
    "With CIFAR-10": r"config.data.source = 'tfds:cifar10': no prepared copy in DIR, .* or point TFDS_DATA_DIR or --",
    "With the network at hand": f"no Inception weights: .*MOGAN_OFFLINE is set.*{re.escape(inception_weights.URLS[0])}",
}
STEPS, MORE_STEPS = 4, 6  # of a run; where the README gives a number, it goes on with a run that has ended
TRAINED = (
    "--config.train.log_every=2",
    "--config.train.eval_every=0",
    "--config.train.sample_every=0",
    "--config.train.chunk=2",
    "--config.eval.num_samples=20",
    "--config.eval.grid=2",
)
LESS = {  # program: what is added to its commands
    "run": TRAINED,
    "evaluate": ("--num=120", "--epochs=1"),
    "benchmarks/bench": ("--list",),
    "tables": ("--rows=gan", "--seeds=1", *TRAINED),
}


class Block(NamedTuple):
    """A fenced block: its language, what it holds, and the paragraph before it."""

    language: str
    body: str
    before: str


def blocks() -> list[Block]:
    *parts, rest = re.split(r"^```(\w*)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert "```" not in rest
    texts, languages, bodies = parts[::3], parts[1::3], parts[2::3]
    before = [" ".join(text.strip().split("\n\n")[-1].split()) for text in texts]
    return list(map(Block, languages, bodies, before))


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
    return call(name, *words[2:], *less(name, words), monkeypatch=monkeypatch)


def less(program: str, words: list[str]) -> tuple[str, ...]:
    if TRAINED[0] not in LESS.get(program, ()):
        return LESS.get(program, ())
    steps = MORE_STEPS if any(word.startswith("--config.train.steps") for word in words) else STEPS
    return *LESS[program], f"--config.train.steps={steps}"


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


def test_all_commands_in_order(clone, monkeypatch, capsys):
    before, refused = files(clone), []
    for block in blocks():
        if block.language == "text":
            continue
        if block.language == "python":
            exec(compile(block.body, "README.md", "exec"), {})
            continue
        missing = [words for words in LACKING if words in block.before]
        for words in commands(block):
            shown = " ".join(words)
            status = run(words, monkeypatch)
            out, err = capsys.readouterr()
            if missing and words[0] != "pip":
                refused += missing
                assert (status, out) == (2, ""), shown
                assert re.fullmatch(f"error: .*{LACKING[missing[0]]}.*\n", err), (shown, err)
            else:
                assert status == 0, (shown, err)
    assert set(refused) == set(LACKING)
    assert json.loads(Path("runs/toy/summary.json").read_text())["steps"] == MORE_STEPS
    now = files(clone)
    assert {path: data for path, data in now.items() if path.parts[0] != "runs"} == before
    assert {path.parts[1] for path in now if path.parts[0] == "runs"} == places()


def places() -> set[str]:
    """What the README names in runs/ by its commands, and contact sheets and tables by default."""
    named = set(re.findall(r"""(?<=[=,:"]runs/)[\w.]+""", "".join(block.body for block in blocks())))
    return named - {"mnist"} | {"contact_sheet.png", "tables", "tradeoff.md"}


def test_every_field_that_is_named_is_one():
    named = re.findall(r"(?:--config\.|`)((\w+)\.\w+)", TEXT)
    groups = {name.partition(".")[0] for name in FIELDS}
    fields = {name for name, group in named if group in groups and not name.endswith(".py")}
    assert len(fields) > 20 and fields <= set(FIELDS)


def test_every_config_is_named():
    """A name that breaks off, as mnist_, ends as the last one of its list does."""
    rows = re.findall(r"^\| .*(?:GAN) \| (.*) \|$", TEXT, re.MULTILINE)
    named = set()
    for names in (re.findall(r"\w+_\w*", part) for row in rows for part in row.split(";")):
        end = names[-1].partition("_")[2]
        named |= {name + end if name.endswith("_") else name for name in names}
    assert named == {path.stem for path in EXPERIMENTS.glob("*.py") if "\nVARIANTS = " in path.read_text()}
