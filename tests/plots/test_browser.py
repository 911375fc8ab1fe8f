"""Reports in a real browser: Debian's chromium, driven by playwright."""

import contextlib
import os
import shutil

import numpy as np
import pytest

from mogan import data
from mogan.runs.log import read_metrics
from mogan.training.train import train
from tests.helpers.support import load_setup, shrink

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here (Debian: apt-get install chromium)")

RUN = {  # of images, with a mixture and an encoder
    "train__steps": 2,
    "train__log_every": 1,
    "train__sample_every": 1,
    "train__seeds": 2,
    "model__name": "dcgan",
    "model__encoder": True,
    "schedule__name": "alternate",
    "latent__dim": 4,
    "latent__scale_init": 2.0,
    "optim__lr": 0.1,
    "eval__report": True,
}
PLACE = """([name, x, y]) => {
    const plot = Bokeh.documents.map((found) => found.get_model_by_name(name)).find((found) => found);
    const view = Bokeh.index.find_one(plot);
    view.el.scrollIntoView({block: "center"});
    const frame = view.canvas.el.getBoundingClientRect();
    return [frame.x + view.frame.x_scale.compute(x), frame.y + view.frame.y_scale.compute(y)];
}"""  # of a point of a plot, in the window
COLUMNS = """(name) => {
    const plot = Bokeh.documents.map((found) => found.get_model_by_name(name)).find((found) => found);
    const source = plot.renderers.map((one) => one.data_source).find((one) => one.get_array("samples"));
    return Object.fromEntries([...source.columns()].map((column) => [column, [...source.get_array(column)]]));
}"""

SPAN = """(name) => {
    const plot = Bokeh.documents.map((found) => found.get_model_by_name(name)).find((found) => found);
    return [plot.x_range.start, plot.x_range.end];
}"""
PAIRS = "each right of the real image in a red frame"


@pytest.fixture(scope="module")
def browser():
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []  # which chromium asks of root
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("reported")
    np.savez(root / "images.npz", x=data.load(load_setup("digits_deligan.py").data).x[:60])
    train(shrink(load_setup("digits_deligan.py"), data__source=f"npz:{root / 'images.npz'}", **RUN), root / "run")
    return root / "run"


@contextlib.contextmanager
def opened(browser, path, width=1400, scheme="light"):
    """The page in a window of that width; it must log no error and ask for nothing but itself."""
    errors, asked = [], []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_function("window.Bokeh && Bokeh.documents.length && Bokeh.documents.every((found) => found.is_idle)")
    yield page
    context.close()
    assert errors == [] and [url for url in asked if not url.startswith(("data:", "blob:"))] == [path.as_uri()]


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (400, "dark")])
def test_a_page_fits_its_window_and_follows_the_browser(browser, folder, width, scheme):
    with opened(browser, folder / "report.html", width, scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("canvas").count() > 5
        assert page.locator("img").count() >= 5 and page.locator("img:not([alt]), img[alt='']").count() == 0
        loaded = page.locator("img").evaluate_all("found => found.map((one) => one.complete && one.naturalWidth > 0)")
        assert all(loaded)
        for link in page.locator("nav a").all():
            assert page.locator(link.get_attribute("href")).count() == 1
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 20, 23)"}[scheme]


@pytest.mark.parametrize(
    ("slider", "key", "before", "after"),
    [
        ("samples: step", "ArrowLeft", "Samples of deligan, step 2", "Samples of deligan, step 1"),
        (
            "reconstructions: step",
            "Home",
            "Reconstructions, {} of deligan, step 2",
            "Reconstructions, {} of deligan, step 1",
        ),
        ("latent: scale", "ArrowRight", "36 samples of deligan at scale 1", "36 samples of deligan at scale 1.5"),
        ("deligan: component", "End", "samples of component 0", "samples of component 3"),
    ],
)
def test_keys_move_a_slider_and_change_its_picture(browser, folder, slider, key, before, after):
    with opened(browser, folder / "report.html") as page:
        first = page.get_by_alt_text(before.format(PAIRS), exact=True)
        source = first.get_attribute("src")
        page.locator(f"[aria-label='{slider}'] .noUi-handle").press(key)
        other = page.get_by_alt_text(after.format(PAIRS), exact=True)
        other.wait_for()
        assert other.get_attribute("src") != source and first.count() == 0


def test_pointing_at_a_component_shows_its_samples(browser, folder):
    with opened(browser, folder / "report.html") as page:
        columns = page.evaluate(COLUMNS, "map of deligan")
        for at in (1, 3):
            page.mouse.move(*page.evaluate(PLACE, ["map of deligan", columns["x"][at], columns["y"][at]]))
            shown = page.locator(".bk-Tooltip").get_by_alt_text(f"samples of component {at}", exact=True)
            shown.wait_for()
            assert shown.get_attribute("src") == columns["samples"][at]


def test_pointing_at_a_curve_tells_step_and_value_and_dragging_zooms_all(browser, folder):
    logged = {record["step"]: np.mean(record["g_loss"]) for record in read_metrics(folder)}
    with opened(browser, folder / "report.html") as page:
        page.mouse.move(*page.evaluate(PLACE, ["g_loss", 1.1, logged[1]]))
        told = page.locator(".bk-tooltip-content").inner_text()
        assert "step" in told and f"{logged[1]:.5g}" in told and "of 2 seeds" in told
        low, high = min(logged.values()), max(logged.values())
        page.mouse.move(*page.evaluate(PLACE, ["g_loss", 0.5, high]))
        page.mouse.down()
        page.mouse.move(*page.evaluate(PLACE, ["g_loss", 1.5, low]), steps=4)
        page.mouse.up()
        start, end = page.evaluate(SPAN, "d_loss")
        assert start == pytest.approx(0.5, abs=0.05) and end == pytest.approx(1.5, abs=0.05)
