"""The page of a table of the papers: each cell linked to the report of its run."""

import json
import os
import re
from pathlib import Path
from urllib.parse import quote

from mogan import __version__
from mogan.errors import InputError
from mogan.machine.files import atomic_write
from mogan.plots.report.markdown import inline, render
from mogan.plots.report.page import LIMIT, Section, assemble, figure, html, image, joined
from mogan.runs import names

MAKE = "python experiments/tables.py writes both"
SEED = re.compile(r", seed \d+")  # in the name of a run; without it, the row's
ROOM = 7 * LIMIT // 10  # bytes of pictures, which text makes a third larger


def write(path: str | os.PathLike, out: str | os.PathLike) -> None:
    """Writes the page of the table NAME.json, of which NAME.md lies beside it, to the file `out`.

    A cell is linked to the report of the row's run, or to its folder where it has none, and not where that is gone.

    Raises InputError: a file is missing or damaged.
    """
    path, out = Path(path), Path(out)
    runs, text = _read(path)
    title, text = _titled(text)
    links = {}
    for name, run in runs.items():
        if (path.parent / run).is_dir():
            links.setdefault(SEED.sub("", name), []).append(_link(path.parent / run, out.parent))
    room = [ROOM]

    def row(section, cells):
        first, *others = cells
        found = links.get(f"{first} on {section}") or links.get(first) or []
        if not found:
            return [inline(first), *map(inline, others)]
        each = [_anchor(href, f"run {at}") for at, href in enumerate(found)] if len(found) > 1 else []
        title = joined([_anchor(found[0], first), *(html(" <small>{link}</small>", link=link) for link in each)])
        return [title, *(_anchor(found[0], cell) if cell else "" for cell in others)]

    def picture(alt, file):
        own = path.parent / file
        if own.suffix != ".png" or not own.is_file() or own.stat().st_size > room[0]:
            return html('<p class="note">Picture {file}: {alt}</p>', file=file, alt=alt)
        room[0] -= own.stat().st_size
        return figure(image(own.read_bytes(), alt), alt)

    body = render(text, row, picture)
    about = "A name or a number leads to the report of its run." if any(links.values()) else "Its runs are not here."
    footer = f"Written by mogan {__version__}."
    atomic_write(out, assemble(title, f"{path.stem}. {about}", [Section("The table", (body,))], footer))


def _read(path):
    """({run, as "VARIANT, seed 0 on DATA": its folder, from that of the table}, Markdown)"""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        runs = dict(found.get("runs", {}))
        return {name: str(folder) for name, folder in runs.items()}, path.with_suffix(".md").read_text("utf-8")
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}; {MAKE}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no table; {MAKE}") from error


def _titled(text):
    """(the first heading without its marks, the rest) of Markdown; ("A table", all of it) where it begins with none."""
    first, _, rest = text.lstrip().partition("\n")
    return (re.sub(r"[`*]", "", first.removeprefix("# ")), rest) if first.startswith("# ") else ("A table", text)


def _link(folder, start):
    """The way from the folder `start` to a run's report, or to its folder."""
    report = names.report(folder)
    return quote(os.path.relpath(report if report.is_file() else folder, start))


def _anchor(href, text):
    return html('<a href="{href}">{text}</a>', href=href, text=text)
