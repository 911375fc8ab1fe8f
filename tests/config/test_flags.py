"""The library speaks of arguments and fields; the programs print them as the flags that a user types."""

import ast
import re

import pytest

from mogan.config import commands
from tests.helpers.support import EXPERIMENTS, ROOT

PROGRAMS = [*EXPERIMENTS.glob("*.py"), ROOT / "mogan/plots/contact_sheet.py"]
FLAG = re.compile(r"(?<![\w:-])--([a-z]|$)")
SPEAKS = {
    "config/commands.py": "reads the command line",
    "config/listing.py": "prints the fields as they are typed there",
    "plots/contact_sheet.py": "is a program",
    "plots/report/style.py": "names variables of CSS",
}
COMMANDS = {  # parts of commands that a user is told to type
    "data/tfds.py": [" --file_format=array_record"],
    "runs/summary.py": ["tensorboard --logdir ", "python experiments/sample.py --workdir=", " --num=64 --out="],
    "tables/grids.py": ["python experiments/tables.py --table="],
    "tables/image.py": ["python experiments/tables.py --table="],
    "tables/sweeps.py": ["python experiments/tables.py --table="],
    "training/train.py": ["python experiments/report.py --workdir="],
    "tables/toy.py": ["python experiments/tables.py --table="],
    "tables/readme.py": ["experiments/tables.py --readme"],
    "tables/tradeoff.py": ["python experiments/evaluate.py --metrics=qd --scales=0.5,0.6,... --out=FILE.json"],
}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("num = 0: give a whole number", "--num=0: give a whole number"),
        ("show = 'means': no; give show = 'samples'", "--show=means: no; give --show=samples"),
        ("workdir = '' samples = \"it's\": give one", "--workdir= --samples=it's: give one"),
        ("out = 'a\\\\b: c.gif': give .png", "--out=a\\b: c.gif: give .png"),
        ("scale = 1e+300: give a number", "--scale=1e+300: give a number"),
        ("ema = True: the run has none", "--ema: the run has none"),
        ("give more samples (`num`)", "give more samples (--num)"),
        ("give coordinator = HOST:PORT and `process_id`", "give --coordinator=HOST:PORT and --process_id"),
        ("`config.data.source = 'npz:a b'`: no", "--config.data.source=npz:a b: no"),
        ("`config.data.*` can be set", "--config.data.* can be set"),
        ("config.data.seed = 3: a field", "config.data.seed = 3: a field"),
        ("combine = choose: no flag", "combine = choose: no flag"),
    ],
)
def test_arguments_as_flags(message, expected):
    assert commands.as_flags(message) == expected


def test_every_flag_is_known():
    written = [re.findall(r'add_argument\(\s*"--(\w+)"', path.read_text()) for path in PROGRAMS]
    assert set(sum(written, [])) - {"help"} == set(commands.FLAGS.split("|"))


def literals(path):
    """The strings of a module, its docstrings among them."""
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_the_library_speaks_of_no_flags():
    found = {}
    for path in sorted((ROOT / "mogan").rglob("*.py")):
        name = path.relative_to(ROOT / "mogan").as_posix()
        for text in literals(path):
            for command in COMMANDS.get(name, []):
                text = text.replace(command, "")
            if FLAG.search(text) and name not in SPEAKS:
                found.setdefault(name, []).append(text)
    assert found == {}


def test_no_exception_is_idle():
    for name, commands_there in COMMANDS.items():
        texts = literals(ROOT / "mogan" / name)
        assert all(any(command in text for text in texts) for command in commands_there), name
