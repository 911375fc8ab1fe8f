"""The latent space as a page shows it: samples at scales of its covariance, and a map of its components."""

from collections.abc import Sequence

import jax
import numpy as np
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure as new_plot
from PIL import Image

from mogan.plots import figures, pictures
from mogan.plots.colours import colours_of, hex_of
from mogan.plots.report.page import Part, Section, chooser, figure, html, image, joined, slider, source_of
from mogan.plots.report.shown import SAMPLES, Shown

SCALES = (0.1, 0.5, 1.0, 1.5, 2.0)
SHEET = 36  # samples of a sheet
STRIP, THUMBNAIL = 6, 40  # samples of a component that a map shows, and their largest side in pixels
MOST = 64  # components of a map, at most
GREY = 150  # around thumbnails and pictures of points
PLANE = 240  # pixels of a picture of points
CHOSEN = "#d97706"  # the ring around the component that the slider has chosen
KEY = 0


def scales(runs: Sequence[Shown]) -> Section | None:
    """A slider over the scale of the latent's covariance, with samples of the same noise at each."""
    shown = [run for run in runs if run.model and (run.of_images or run.in_the_plane and run.dataset)]
    if not shown:
        return None
    about = (
        "Samples of the same noise, with the covariance of every component multiplied by the scale; trained with 1. "
        "Smaller scales give samples nearer to those of the means."
    )
    contents = {
        f"{scale:g}": joined(
            [html('<div class="panels">'), *(_at_scale(run, scale, len(runs) > 1) for run in shown), html("</div>")]
        )
        for scale in SCALES
    }
    return Section(
        "Scale of the latent", (html("<p>{about}</p>", about=about), *chooser("latent", "scale", contents, "1"))
    )


def _at_scale(run, scale, several):
    key, told = jax.random.key(KEY), f"{run.name} at scale {scale:g}"
    if run.of_images:
        picture = pictures.samples(run.model, None, key, num=SHEET, scale=scale)
        return figure(image(picture, f"{SHEET} samples of {told}"), told if several else "")
    drawn = run.model.sample(key, SAMPLES, scale=scale)
    picture = figures.scatter_figure(run.points(), drawn.x, drawn.component, title=told, density=run.dataset.density)
    return figure(image(picture, f"Samples of {told}, over the data"), "")


def component_maps(runs: Sequence[Shown]) -> Section | None:
    """A map of the components' means for each run that has several; pointing at one shows its samples."""
    shown = [run for run in runs if _has_map(run)]
    if not shown:
        return None
    parts: list[Part] = [html('<div class="wide">')]
    for run in shown:
        parts += [html("<div>{title}", title=html("<h3>{name}</h3>", name=run.name) if len(runs) > 1 else "")]
        parts += [*_map(run), html("</div>")]
    return Section("Map of the components", (*parts, html("</div>")))


def _has_map(run):
    if not run.model or not (run.of_images or run.in_the_plane):
        return False
    return bool(run.model.params["latent"]) and run.model.gan.latent.components > 1


def _map(run) -> list[Part]:
    own, count = _components(run), run.model.gan.latent.components
    source = ColumnDataSource(own)
    how = "as they are" if run.model.gan.latent.dim <= 2 else "by t-SNE, which keeps neighbours together"
    told = f"The means of {len(own['x'])} of {count} components" if len(own["x"]) < count else "The components' means"
    about = f"{told}, {how}. Point at one for its samples, or choose it with the slider (arrow keys)."
    mark = ColumnDataSource({"x": own["x"][:1], "y": own["y"][:1]})
    code = """
        const at = slider.categories.indexOf(slider.value);
        const [x, y, samples] = ["x", "y", "samples"].map((name) => source.get_array(name)[at]);
        mark.data = {x: [x], y: [y]};
        shown.text = `<img class="${look}" src="${samples}" alt="samples of component ${slider.value}">`;
    """
    look = "strip" if run.of_images else "plane"
    picture = '<img class="{look}" src="{source}" alt="samples of component 0">'
    first = html(picture, look=look, source=own["samples"][0])
    numbers = list(map(str, own["component"]))
    chosen = slider(run.name, "component", numbers, numbers[0], first, code, source=source, mark=mark, look=look)
    return [html("<p>{about}</p>", about=about), _plot(run, source, mark), *chosen]


def _components(run):
    """The columns of a map: component, its place, weight, colour, and pictures of its mean and its samples."""
    latent, params = run.model.gan.latent, run.model.params["latent"]
    means = np.asarray(latent.moments(params)[0])
    chosen = np.linspace(0, len(means) - 1, min(len(means), MOST)).round().astype(np.int32)
    places = pictures.in_the_plane(means, jax.random.key(KEY))[chosen]
    colours = colours_of(len(means))[chosen]
    weights = np.asarray(latent.weights(params))[chosen]
    own = {"component": chosen, "x": places[:, 0], "y": places[:, 1], "weight": weights}
    own |= {"colour": list(map(hex_of, colours))}
    return own | (_of_images if run.of_images else _of_points)(run, means, chosen, colours)


def _draw(run, chosen, count):
    """`count` samples x [components, count, ...] of each of the components."""
    x, _ = pictures.of_components(run.model, jax.random.key(KEY), chosen, count)
    return x.reshape(len(chosen), count, *x.shape[1:])


def _of_images(run, means, chosen, colours):
    thumbnails = [_thumbnail(x) for x in run.model.generate(means[chosen], chosen)]
    strips = [np.concatenate(list(map(_thumbnail, row)), axis=1) for row in _draw(run, chosen, STRIP)]
    return {"mean": list(map(source_of, thumbnails)), "samples": list(map(source_of, strips))}


def _thumbnail(x):
    """An image [h, w, c] in three channels, of about THUMBNAIL pixels a side, within a margin."""
    side = max(x.shape[:2])
    picture = Image.fromarray(x.squeeze(2) if x.shape[2] == 1 else x).convert("RGB").reduce(-(-side // THUMBNAIL))
    factor = max(1, THUMBNAIL // side)
    pixels = np.asarray(picture).repeat(factor, 0).repeat(factor, 1)
    return np.pad(pixels, ((1, 1), (1, 1), (0, 0)), constant_values=GREY)


def _of_points(run, means, chosen, colours):
    """Pictures of the samples of each component, in its colour over those of all."""
    x = _draw(run, chosen, SAMPLES // len(chosen) + 50)
    reach = figures.limits(x.reshape(-1, 2))
    pixels = np.clip((0.5 + 0.48 * x / reach) * PLANE, 0, PLANE - 2).astype(int)
    ground = np.full((PLANE, PLANE, 3), GREY, np.uint8)
    ground[1:-1, 1:-1] = 255
    _dot(ground, pixels.reshape(-1, 2), (200, 200, 200))
    shown = []
    for own, colour in zip(pixels, colours, strict=True):
        picture = ground.copy()
        _dot(picture, own, 255 * np.asarray(colour))
        shown.append(source_of(picture))
    return {"samples": shown}


def _dot(picture, pixels, colour):
    """Draws dots of two pixels a side at (to the right, upwards)."""
    right, up = pixels.T
    for below in (0, 1):
        for beside in (0, 1):
            picture[len(picture) - 1 - up - below, right + beside] = colour


def _plot(run, source, mark):
    plot = new_plot(
        name=f"map of {run.name}",
        height=420,
        sizing_mode="stretch_width",
        max_width=720,
        match_aspect=True,
        tools="pan,box_zoom,wheel_zoom,reset,save",
        active_drag=None,
        active_scroll=None,
        toolbar_location="above",
    )
    plot.toolbar.logo = None
    plot.x_range.range_padding = plot.y_range.range_padding = 0.2
    plot.axis.visible = run.model.gan.latent.dim <= 2  # the axes of t-SNE mean nothing
    look = {"size": 14, "fill_color": "colour", "fill_alpha": 0.8}
    if run.of_images:
        side = {"value": THUMBNAIL, "units": "screen"}
        plot.image_url("mean", "x", "y", w=side, h=side, anchor="center", source=source)
        look = {"size": THUMBNAIL + 6, "marker": "square", "fill_alpha": 0, "line_width": 2}
    marks = plot.scatter("x", "y", source=source, line_color="colour", **look)
    ring = {"size": look["size"] + 8, "line_color": CHOSEN, "line_width": 3, "fill_alpha": 0}
    plot.scatter("x", "y", source=mark, **ring)
    tooltips = (
        "<div style='font: 13px system-ui'>component @component, weight @weight{0.000}<br>"
        "<img src='@samples' alt='samples of component @component' style='max-width: 60vw; margin-top: 4px'></div>"
    )
    plot.add_tools(HoverTool(renderers=[marks], tooltips=tooltips))
    return plot
