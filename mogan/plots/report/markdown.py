"""The Markdown that tables.py writes, as HTML: headings, paragraphs, lists, tables, pictures, `code` and **bold**."""

import re
from collections.abc import Callable

from markupsafe import Markup

from mogan.plots.report.page import html, joined, table

PICTURE = re.compile(r"!\[(.*)\]\((.*)\)")
INLINE = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*")


def render(text: str, row: Callable, picture: Callable) -> Markup:
    """The text as HTML.

    row(section, [cell, ...]) -> [HTML, ...] of a line of a table beneath the heading `section` (up to its comma);
    picture(alt, file) -> HTML.
    """
    section, parts = "", []
    for block in re.split(r"\n\s*\n", text.strip()):
        if found := re.fullmatch(r"(#+) (.*)", block.strip()):
            level, title = len(found[1]) + 1, found[2]
            section = "" if level == 2 else title.partition(",")[0]
            parts.append(html("<h{level}>{title}</h{level}>", level=level, title=inline(title)))
        elif found := PICTURE.fullmatch(block.strip()):
            parts.append(picture(*found.groups()))
        elif block.startswith("|"):
            header, _, *lines = map(_cells, block.strip().split("\n"))
            rows = [row(section, line) for line in lines]
            parts.append(table(header, rows, ["number"] * (len(header) - 1)))
        else:
            parts += _lines(block)
    return joined(parts)


def _cells(line):
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def _lines(block):
    """A paragraph, and the list that follows it at once; or either alone."""
    paragraph, *items = re.split(r"(?:^|\n)- ", block.strip())
    if paragraph:
        yield html("<p>{told}</p>", told=_line(paragraph))
    if items:
        yield html("<ul>{items}</ul>", items=joined(html("<li>{told}</li>", told=_line(item)) for item in items))


def _line(text):
    return inline(" ".join(text.split()))


def inline(text: str) -> Markup:
    """A line of text with its code and its bold words."""
    parts, at = [], 0
    for found in INLINE.finditer(text):
        kind, told = ("code", found[1]) if found[1] else ("b", found[2])
        parts += [text[at : found.start()], html(f"<{kind}>{{told}}</{kind}>", told=told)]
        at = found.end()
    return joined([*parts, text[at:]])
