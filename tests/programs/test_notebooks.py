"""The code of every notebook runs, with less work and without the cells that set up Colab."""

import json
import sys
import types

import pytest

from tests.helpers.support import ROOT

SMALL = {  # notebook: {what stands in it: with less work}, pictures that it shows, a part of what it prints
    "deligan_toy": ({"STEPS = 64_000": "STEPS = 3"}, 2, "of the samples lie in the void"),
    "images": (
        {"STEPS = 5_000": "STEPS = 2", "SAMPLES, EPOCHS = 2_000, 5": "SAMPLES, EPOCHS = 100, 1"},
        3,
        "reference 1797 images of digits, train",
    ),
}


def test_every_notebook_is_here():
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_cells_run(name, monkeypatch, tmp_path, capsys):
    shown, (changes, pictures, printed) = [], SMALL[name]
    display = types.ModuleType("IPython.display")
    display.display = shown.append
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path))
    monkeypatch.chdir(ROOT)
    path = ROOT / "notebooks" / f"{name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code = "\n".join(cell for cell in cells if not cell.startswith("%"))
    for whole, small in changes.items():
        assert whole in code
        code = code.replace(whole, small)
    exec(compile(code, str(path), "exec"), {})
    assert len(shown) == pictures and all(picture._repr_png_().startswith(b"\x89PNG") for picture in shown)
    assert printed in capsys.readouterr().out
