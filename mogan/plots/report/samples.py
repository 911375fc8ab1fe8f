"""What the newest state of runs makes of their data: samples beside their nearest training images, reconstructions,
and the discriminator over the plane or the line."""

from collections.abc import Sequence

import jax

from mogan.plots import contours, pictures
from mogan.plots.lines import line_figure
from mogan.plots.report.page import Section, figure, html, image, joined
from mogan.plots.report.shown import Shown
from mogan.plots.views import joint_panel, line_panel, logit_panel
from mogan.runs import names

KEY = 0
NUM = 32  # samples and their neighbours, or pairs: both fill whole rows


def neighbours(runs: Sequence[Shown]) -> Section | None:
    """Samples, each over the training image nearest to it."""
    about = "Each sample stands over the training image nearest to it in L2, in a red frame: copies are seen at once."
    shown = [run for run in _with_images(runs) if len(run.dataset.x)]
    return _section("Nearest training images", about, shown, pictures.neighbours, "samples over their nearest images")


def reconstructions(runs: Sequence[Shown]) -> Section | None:
    """Real images and what encoder and generator make of them, of runs that drew none through training."""
    about = "Each training image, in a red frame, and on its right G(E(x))."
    shown = [
        run for run in _with_images(runs) if run.model.gan.encode and "reconstructions" not in names.drawn(run.folder)
    ]
    return _section("Reconstructions", about, shown, pictures.reconstructions, "images and their reconstructions")


def discriminators(runs: Sequence[Shown]) -> Section | None:
    """The discriminator's logit over the plane, or over the line, with data and samples; and over the plane the pairs
    of points and codes, where a code is a number."""
    shown = [picture for run in runs if run.model and run.dataset for picture in _of_points(run)]
    if not shown:
        return None
    about = "The higher the logit, the more the discriminator takes a point for data. It is that of the newest state."
    return Section(
        "The discriminator", (html('<p>{about}</p><div class="wide">{shown}</div>', about=about, shown=joined(shown)),)
    )


def _of_points(run):
    told = f"the discriminator's logit, data and samples of {run.name}, step {run.trained.step}"
    if run.about["shape"] == (1,):
        yield figure(image(line_figure([line_panel(run.name, run.trained)]), told), "")
    if run.in_the_plane:
        panel = logit_panel(run.name, run.trained, run.points())
        yield figure(image(contours.contour_figure([panel], run.points()), told), "")
    if run.in_the_plane and run.model.gan.encode and run.model.gan.latent.dim == 1:
        told = "Where (x, E(x)) lies on (G(z), z), the encoder and the generator invert each other."
        joint = contours.joint_figure([joint_panel(run.name, run.trained)])
        yield figure(image(joint, f"pairs of points and codes of {run.name}"), told)


def _with_images(runs):
    return [run for run in runs if run.model and run.dataset and run.of_images]


def _section(title, about, runs, draw, told):
    if not runs:
        return None
    shown = joined(
        figure(
            image(
                draw(run.model, lambda run=run: run.dataset.x, jax.random.key(KEY), num=NUM), f"{told}, of {run.name}"
            ),
            run.name if len(runs) > 1 else "",
        )
        for run in runs
    )
    return Section(title, (html('<p>{about}</p><div class="wide">{shown}</div>', about=about, shown=shown),))
