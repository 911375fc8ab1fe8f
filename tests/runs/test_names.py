"""mogan.runs.names: where the files of a run are, and that no other module spells their names."""

import ast
import re

import pytest

from mogan.errors import InputError
from mogan.runs import names
from tests.helpers.support import ROOT

FILES = re.compile(r"config\.json|data\.json|summary\.json|metrics\.jsonl|\bstep_$")
FOLDERS = {"checkpoints", "best", "samples", "tensorboard", ".lock", ".room"}


def spelled(source: str) -> list[str]:
    """The names of a run's files that the code spells: files in any literal, folders in paths; docstrings may."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    in_paths = [node.right for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
    in_paths += [argument for node in ast.walk(tree) if of_path(node) for argument in node.args]
    return [node.value for node in constants if id(node) not in docstrings and FILES.search(node.value)] + [
        node.value for node in in_paths if isinstance(node, ast.Constant) and node.value in FOLDERS
    ]


def of_path(node) -> bool:
    """Whether it is a call as Path(x, "best") or path.joinpath("best")."""
    called = getattr(node, "func", None)
    return getattr(called, "id", getattr(called, "attr", None)) in ("Path", "joinpath", "join")


def test_one_module_spells_them():
    modules = [path for part in ("mogan", "experiments") for path in (ROOT / part).rglob("*.py")]
    found = {str(path.relative_to(ROOT)): spelled(path.read_text(encoding="utf-8")) for path in modules}
    assert len(found) > 100 and set(filter(found.get, found)) == {"mogan/runs/names.py"}


@pytest.mark.parametrize(
    "code",
    ['folder / "best"', 'Path(folder, "checkpoints")', 'f"{folder}/config.json"', 'folder / f"step_{n}.png"'],
)
def test_what_counts_as_spelled(code):
    assert spelled(code)
    assert not spelled('"""config.json"""\nchoose("best", samples="samples")')


def test_pictures_of_one_step(tmp_path):
    for step, tag in ((1, names.SAMPLES), (1, "components"), (12, names.SAMPLES)):
        path = names.picture(tmp_path, step, tag)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [path.name for path in names.pictures(tmp_path, 1)] == ["step_1.png", "step_1_components.png"]
    assert not names.pictures(tmp_path, 2)


def test_what_is_set_aside_covers_nothing(tmp_path):
    seen = []
    for _ in range(3):
        seen.append(names.set_aside(tmp_path, "fid/fid"))
        seen[-1].mkdir()
    assert [path.name for path in seen] == ["best_fid_fid", "best_fid_fid_", "best_fid_fid__"]


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(InputError, match=f"workdir {tmp_path} holds no config.json; give the folder of a run"):
        names.check_run(tmp_path)
    for name in ("digits", "toy"):
        (tmp_path / name).mkdir()
        names.config(tmp_path / name).touch()
    with pytest.raises(InputError, match=f"tooy holds .*, such as {tmp_path / 'toy'}"):
        names.check_run(tmp_path / "tooy")
    names.config(tmp_path).touch()
    names.check_run(str(tmp_path))
