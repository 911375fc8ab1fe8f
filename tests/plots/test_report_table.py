"""The page of a table: its Markdown as HTML, and each cell linked to its run."""

import json

import numpy as np
import pytest

from mogan.errors import InputError
from mogan.plots.report.markdown import render
from mogan.plots.report.table import write
from mogan.plots.sheets import save_png
from mogan.tables.report import markdown_table

TEXT = f"""
# Shares & **bold** words

Some `code <b>`, a list:
- one of
  two lines
- two

## bimodal, 2 seeds

{markdown_table(["model", "void", "share"], [["gan", "0.5 ± 0.1", ""], ["deligan", "0.1", "1"], ["truth", "0", "1"]])}
![samples](toy_samples.png)
"""
RUNS = {
    "gan, seed 0 on bimodal": "runs/gan_0",
    "gan, seed 1 on bimodal": "runs/gan_1",
    "deligan": "runs/it's",
    "truth on other": "runs/gan_0",
}


@pytest.fixture
def table(tmp_path):
    (tmp_path / "runs" / "gan_0").mkdir(parents=True)
    (tmp_path / "runs" / "gan_0" / "report.html").touch()
    (tmp_path / "runs" / "it's").mkdir()
    (tmp_path / "toy.json").write_text(json.dumps({"bimodal/gan": {}, "runs": RUNS}))
    (tmp_path / "toy.md").write_text(TEXT)
    save_png(tmp_path / "toy_samples.png", np.zeros((4, 4, 3), np.uint8))
    return tmp_path / "toy.json"


def test_markdown_is_rendered():
    html = render(
        TEXT, lambda section, cells: [f"{section}:{cell}" for cell in cells], lambda alt, file: f"{alt}={file}"
    )
    assert html.startswith("<h2>Shares &amp; <b>bold</b> words</h2><p>Some <code>code &lt;b&gt;</code>, a list:</p>")
    assert "<ul><li>one of two lines</li><li>two</li></ul><h3>bimodal, 2 seeds</h3>" in html
    assert '<th scope="row">bimodal:gan</th><td class="number">bimodal:0.5 ± 0.1</td>' in html
    assert html.endswith("samples=toy_samples.png")


def test_cells_lead_to_their_runs(table):
    (table.parent / "pages").mkdir()
    out = table.parent / "pages" / "table.html"
    write(table, out)
    page = out.read_text()
    report, folder = "../runs/gan_0/report.html", "../runs/it%27s"
    assert f'<a href="{report}">gan</a></th><td class="number"><a href="{report}">0.5 ± 0.1</a></td>' in page
    assert page.count(f'href="{folder}"') == 3 and "gan_1" not in page
    assert '<th scope="row">truth</th><td class="number">0</td>' in page
    assert "<h1>Shares &amp; bold words</h1>" in page and "<p>toy. A name or a number leads" in page
    assert '<img src="data:image/png;base64,' in page and 'alt="samples"' in page and "bokeh" not in page


def test_a_table_without_its_runs_or_pictures_is_still_one(table):
    table.write_text(json.dumps({"departures": []}))
    (table.parent / "toy_samples.png").unlink()
    write(table, table.with_suffix(".html"))
    page = table.with_suffix(".html").read_text()
    assert "Its runs are not here." in page and "Picture toy_samples.png: samples" in page and "<a href=" not in page


@pytest.mark.parametrize(("name", "content"), [("toy.md", None), ("toy.json", "[1]"), ("toy.json", "{")])
def test_what_is_no_table_is_refused(name, content, table):
    path = table.parent / name
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(InputError, match=f"{name}.*tables.py writes both"):
        write(table, table.with_suffix(".html"))
    assert not table.with_suffix(".html").exists()
