"""The pictures that runs have drawn through their training, with a slider over the steps."""

from collections.abc import Sequence

from mogan.plots.report.page import Part, Section, chooser, figure, html, image, joined
from mogan.plots.report.shown import Shown
from mogan.runs import names

TITLES = {
    "samples": "samples",
    "components": "components, a row of samples each",
    "reconstructions": "reconstructions, each right of the real image in a red frame",
    "contours": "contours of the discriminator's logit",
}
EXPANSION = 1.34  # of bytes, written as text


def sheets(runs: Sequence[Shown], room: int) -> Section | None:
    """A slider over the steps for each kind of picture; fewer steps where all would take more than `room` bytes."""
    found = [names.drawn(run.folder) for run in runs]
    tags = sorted({tag for pictures in found for tag in pictures}, key=_order)
    sizes = {tag: _bytes([pictures.get(tag, {}) for pictures in found]) for tag in tags}
    total = sum(sizes.values())
    parts: list[Part] = []
    for tag in tags:
        own = [pictures.get(tag, {}) for pictures in found]
        steps = sorted({step for files in own for step in files})
        shown = _some(steps, room / total if total > room else 1.0)
        parts.append(html("<h3>{title}</h3>", title=_capital(TITLES.get(tag, tag))))
        if len(shown) < len(steps):
            told = f"{len(shown)} of {len(steps)} steps, so that the page stays small; {names.SAMPLES}/ has the others."
            parts.append(html("<p class=note>{told}</p>", told=told))
        contents = {str(step): _side_by_side(runs, tag, own, step) for step in shown}
        parts += chooser(tag, "step", contents, str(shown[-1]))
    return Section("Through training", tuple(parts)) if parts else None


def _order(tag):
    known = list(TITLES)
    return known.index(tag) if tag in known else len(known), tag


def _bytes(files):
    return EXPANSION * sum(path.stat().st_size for own in files for path in own.values())


def _some(steps, share):
    """So large a share of the steps, evenly over them, the first and the last among them; at least the last."""
    count = int(share * len(steps))
    if count < 2:
        return steps[-1:]
    return [steps[round(at * (len(steps) - 1) / (count - 1))] for at in range(count)]


def _side_by_side(runs, tag, files, step):
    """What each run drew at the step, or last before it."""
    return joined(
        [
            html('<div class="panels">'),
            *(_panel(run, tag, own, step, len(runs) > 1) for run, own in zip(runs, files, strict=True) if own),
            html("</div>"),
        ]
    )


def _panel(run, tag, files, step, several):
    at = max((known for known in files if known <= step), default=min(files))
    told = f"{TITLES.get(tag, tag)} of {run.name}, step {at}"
    return figure(image(files[at].read_bytes(), f"{_capital(told)}"), f"{run.name}, step {at}" if several else "")


def _capital(text):
    return text[:1].upper() + text[1:]
