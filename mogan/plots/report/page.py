"""A page that holds all that it shows: sections of text, tables, pictures and bokeh's plots in one HTML file."""

import base64
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from bokeh.document import Document
from bokeh.embed import components
from bokeh.model import Model
from bokeh.models import CategoricalSlider, CustomJS, Div, InlineStyleSheet
from bokeh.resources import Resources
from jinja2 import Environment
from markupsafe import Markup
from PIL import Image

from mogan.plots.report.style import OF_WIDGETS, POLICY, STYLE, TEMPLATE
from mogan.plots.sheets import png

LIMIT = 10_000_000  # bytes of a page, at most
WIDE = 1.4  # width over height of a picture of which a narrow window shows a part at a time
LARGEST_PICTURE = 600_000  # bytes of one picture that is drawn for the page; a larger one is shown at half its size

Part = Markup | Model


class Section(NamedTuple):
    """A part of the page under a title: HTML, and models of bokeh between."""

    title: str
    parts: tuple[Part, ...]

    @property
    def anchor(self) -> str:
        """By which links find it."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def assemble(title: str, subtitle: str, sections: Iterable[Section], footer: str) -> str:
    """The page as HTML."""
    sections = list(sections)
    models = [part for section in sections for part in section.parts if isinstance(part, Model)]
    script, divs = _embedded(models)
    bodies = [
        {
            "title": section.title,
            "anchor": section.anchor,
            "body": "".join(part if isinstance(part, str) else next(divs) for part in section.parts),
        }
        for section in sections
    ]
    scripts = library() + script if models else ""
    page = Environment(autoescape=True).from_string(TEMPLATE)
    return page.render(
        title=title, subtitle=subtitle, sections=bodies, footer=footer, scripts=scripts, style=STYLE, policy=POLICY
    )


def _embedded(models):
    """A script that draws the models, and the <div> of each."""
    if not models:
        return "", iter(())
    document = Document()
    with document.models.freeze():  # else each is looked for in all before it
        for model in models:
            document.add_root(model)
    script, divs = components(tuple(models))
    document.clear()  # a model belongs to one document, and may be on the next page, too
    return script, iter(divs)


def library() -> str:
    """Bokeh's own scripts, inlined."""
    return Resources(mode="inline", components=["bokeh", "bokeh-widgets"]).render()


def html(text: str, /, **values) -> Markup:
    """The HTML `text`, with {name} replaced by the value of that name, escaped unless it is HTML itself."""
    return Markup(text).format(**values)


def joined(parts: Iterable[str]) -> Markup:
    """The parts one after the other, escaped unless they are HTML."""
    return Markup("").join(parts)


def image(picture: np.ndarray | bytes, alt: str) -> Markup:
    """An <img> of pixels, uint8 [H, W, 3], or of a PNG file as it is; `alt` says in words what it shows.

    In a narrow window one much wider than high scrolls within its own box.
    """
    data = picture if isinstance(picture, bytes) else _small_enough(picture)
    shown = html('<img src="{source}" alt="{alt}">', source=source_of(data), alt=alt)
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))  # of a PNG
    if width < WIDE * height:
        return shown
    return html('<div class="scroll" tabindex="0" role="region" aria-label="picture">{shown}</div>', shown=shown)


def source_of(picture: np.ndarray | bytes) -> Markup:
    """A picture as a data URL."""
    data = picture if isinstance(picture, bytes) else _small_enough(picture)
    return Markup(f"data:image/png;base64,{base64.b64encode(data).decode()}")


def _small_enough(picture):
    """Its PNG; of half its width and height while that is too large."""
    data = png(picture)
    while len(data) > LARGEST_PICTURE:
        picture = np.asarray(Image.fromarray(picture).reduce(2))
        data = png(picture)
    return data


def figure(picture: Markup, caption: str) -> Markup:
    """A picture above its caption."""
    return html("<figure>{picture}<figcaption>{caption}</figcaption></figure>", picture=picture, caption=caption)


def table(header: Sequence[str], rows: Iterable[Sequence], classes: Sequence[str] = ()) -> Markup:
    """A table that scrolls within its own box, where it is too wide; the first of each row is its heading.

    classes: of the cells of each column but the first. In a narrow window what is "about" a row stands beneath it,
    unless that has more than four other cells.
    """
    kinds = list(classes) or [""] * (len(header) - 1)
    head = joined(
        html('<th scope="col" class="{kind}">{name}</th>', name=name, kind=kind)
        for name, kind in zip(header, ["", *kinds], strict=True)
    )
    body = joined(
        html(
            '<tr><th scope="row">{first}</th>{cells}</tr>',
            first=first,
            cells=joined(
                html('<td class="{kind}">{cell}</td>', kind=kind, cell=cell)
                for kind, cell in zip(kinds, cells, strict=True)
            ),
        )
        for first, *cells in rows
    )
    values = len(kinds) - kinds.count("about")
    narrow = "about" in kinds and values <= 4
    stacked = ("stacked" if values == 1 else "stacked several") if narrow else ""
    return html(
        '<div class="scroll" tabindex="0" role="region" aria-label="table"><table class="{stacked}">'
        "<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>",
        head=head,
        body=body,
        stacked=stacked,
    )


def chooser(what: str, label: str, contents: dict[str, Markup], start: str) -> list[Part]:
    """A slider over the names of `contents`, which shows what goes with the name; of one, just this. It is the `label`
    of `what`."""
    names = list(contents)
    if len(names) == 1:
        return [html("<p>{label}: {name}</p>{content}", label=label, name=names[0], content=contents[names[0]])]
    texts = {name: str(content) for name, content in contents.items()}
    return slider(what, label, names, start, texts[start], "shown.text = texts[slider.value]", texts=texts)


def slider(what: str, label: str, names: Sequence[str], start: str, text: str, code: str, **args) -> list[Part]:
    """A slider over `names` and, beneath, `text`, which `code`, JavaScript, changes when the slider moves.

    The arrow keys move it where it has the focus. `code` knows `slider`, `shown` (of which it sets the text) and
    `args`.
    """
    look = {"stylesheets": [InlineStyleSheet(css=OF_WIDGETS)], "sizing_mode": "stretch_width"}
    shown = Div(text=text, disable_math=True, **look)
    own = {"role": "group", "aria-label": f"{what}: {label}"}
    moved = CategoricalSlider(
        title=label, categories=list(names), value=start, max_width=480, html_attributes=own, **look
    )
    moved.js_on_change("value", CustomJS(args={"slider": moved, "shown": shown, **args}, code=code))
    return [moved, shown]
