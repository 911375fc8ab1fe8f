"""Every notebook runs whole, in its quick mode and in the folder where it lies, and git holds no output of one."""

import types

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from tests.helpers.support import ROOT

NAMES = (
    "01_two_modes",
    "02_your_own_images",
    "03_quality_diversity_clustering",
    "04_losses_and_encoders",
    "05_reproduce_a_table",
)
FOLDER = ROOT / "notebooks"


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """One kernel for all notebooks: each forgets the names of the one before, and keeps its imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOGAN_QUICK", "1")
        patch.setenv("MOGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("PYTHONPATH", str(ROOT))
        where = {"metadata": {"path": FOLDER}}
        client = NotebookClient(nbformat.v4.new_notebook(), timeout=300, resources=where)
        with client.setup_kernel():
            yield client


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs(name, client):
    client.nb = read(name)
    client.reset_execution_trackers()
    client.nb.cells.append(nbformat.v4.new_code_cell("%reset -f"))
    for index, cell in enumerate(client.nb.cells):
        client.execute_cell(cell, index)  # raises what the cell raises
    outputs = [output for cell in client.nb.cells if cell.cell_type == "code" for output in cell.outputs]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    assert not [output.text for output in outputs if output.get("name") == "stderr" and "Warning" in output.text]


def test_the_first_cell_installs_on_colab_and_nowhere_else(monkeypatch):
    """The same in all; IPython's commands are recorded, not run."""
    (cell,) = {read(name).cells[1].source for name in NAMES}
    code = TransformerManager().transform_cell(cell)
    ran = []
    shell = types.SimpleNamespace(
        system=lambda line: ran.append(f"!{line}"), run_line_magic=lambda name, line: ran.append(f"%{name} {line}")
    )
    exec(code, {"get_ipython": lambda: shell})
    assert not ran
    monkeypatch.setitem(__import__("sys").modules, "google.colab", types.ModuleType("google.colab"))
    exec(code, {"get_ipython": lambda: shell})
    assert [line.split()[0] for line in ran] == ["!git", "%pip", "%cd"]


def test_git_holds_them_all_and_no_output():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == sorted(NAMES)
    for name in NAMES:
        cells = [cell for cell in read(name).cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in cells)
        assert not any(f"{start} mogan." in cell.source for cell in cells for start in ("import", "from"))
