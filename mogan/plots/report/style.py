"""How a report looks: its template and its style, for wide and narrow windows, in light and dark browsers."""

# What a page may load: nothing but what it holds. CustomJS of bokeh is compiled in the browser, hence unsafe-eval.
POLICY = (
    "default-src 'none'; img-src data: blob:; font-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'"
)

TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<link rel="icon" href="data:,">
<title>{{ title }}</title>
<style>{{ style | safe }}</style>
{{ scripts | safe }}
</head>
<body>
<header>
<h1>{{ title }}</h1>
<p>{{ subtitle }}</p>
{% if sections | length > 1 %}<nav aria-label="sections">
{% for section in sections %}<a href="#{{ section.anchor }}">{{ section.title }}</a>
{% endfor %}</nav>{% endif %}
</header>
<main>
{% for section in sections %}<section id="{{ section.anchor }}">
<h2>{{ section.title }}</h2>
{{ section.body | safe }}
</section>
{% endfor %}</main>
<footer><p>{{ footer }}</p></footer>
</body>
</html>
"""

# In a narrow window a wide picture scrolls, at a size at which one reads it, and a row of a table is a few lines.
NARROW = """
@media (max-width: 600px) {
  .scroll > img { max-width: none; width: max(100%, 34rem); }
  table.stacked, .stacked thead, .stacked tbody { display: block; }
  .stacked tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid var(--line); padding: .25rem 0; }
  .stacked th, .stacked td { flex: 1 1 0; min-width: 0; border: 0; padding: .05rem .9rem .05rem 0;
    overflow-wrap: anywhere; }
  .stacked th:first-child { flex-grow: 2; }
  .stacked .about, .several th:first-child { flex: 1 0 100%; }
  .several tbody th { font-weight: 600; }
  .stacked td.number { white-space: normal; }
  .stacked thead .about { display: none; }
}
"""

# The names that begin with --bk are read by bokeh where it draws on a canvas.
STYLE = (
    """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1b1f; --faint: #5c5c66; --line: #d8d8de;
  --plot: #ffffff; --grid: #d8d8de; --link: #0b57d0; --mark: #fff3c4; }
@media (prefers-color-scheme: dark) { :root { --paper: #141417; --ink: #e8e8ec; --faint: #a5a5b0; --line: #3a3a42;
  --plot: #e4e4ea; --grid: #c4c4cc; --link: #8ab4f8; --mark: #4a3c00; } }
:root { --bk-background-fill-color: var(--plot); --bk-border-fill-color: var(--plot);
  --bk-outline-line-color: var(--grid); --bk-grid-line-color: var(--grid); --bk-axis-line-color: #5c5c66;
  --bk-major-tick-line-color: #5c5c66; --bk-minor-tick-line-color: var(--grid);
  --bk-major-label-text-color: #4a4a54; --bk-axis-label-text-color: #4a4a54; }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; padding: 0 1rem 3rem; max-width: 1360px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.2rem 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
header p, .note, footer { color: var(--faint); }
p { max-width: 75ch; margin: .3rem 0 .8rem; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
img { max-width: 100%; max-height: 85vh; border-radius: 3px; }
code { font: .88em/1.4 ui-monospace, Menlo, Consolas, monospace; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line);
  min-width: 8ch; overflow-wrap: anywhere; }
th { overflow-wrap: normal; color: var(--faint); font-weight: 600; }
tbody th { color: var(--ink); font-weight: 500; overflow-wrap: normal; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
td.about { color: var(--faint); min-width: 16ch; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--link); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.2rem; }
.wide { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.2rem; }
.grid > *, .wide > * { min-width: 0; }
.grid > figure { display: flex; flex-direction: column; justify-content: flex-end; }
figure { margin: 0; }
section > figure { margin: 1rem 0; }
figcaption { font-size: .88rem; color: var(--faint); }
figcaption b { color: var(--ink); font-size: .95rem; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; width: fit-content;
  padding: .2rem .7rem; background: var(--plot); color: #1b1b1f; border-radius: 4px; }
.key i { display: inline-block; width: 1.6em; height: 0; border-top: 3px solid; vertical-align: middle;
  margin-right: .4em; }
.warning { background: var(--mark); padding: .4rem .7rem; border-radius: 4px; }
@media print { nav { display: none; } }
"""
    + NARROW
)

# Within bokeh's widgets, which the style of the page does not reach.
OF_WIDGETS = (
    """
:host { color: var(--ink); }
img { max-width: 100%; max-height: 85vh; border-radius: 3px; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.strip { width: min(480px, 80vw); image-rendering: pixelated; }
.panels { display: flex; flex-wrap: wrap; gap: 1.2rem; align-items: flex-start; }
.panels figure { margin: 0; min-width: 0; flex: 1 1 20rem; max-width: 100%; }
figcaption { font: 14px/1.5 system-ui, sans-serif; color: var(--faint); }
.bk-slider-title { font: 15px/1.6 system-ui, sans-serif; color: var(--ink); }
.noUi-target { background: var(--line); border-color: var(--line); }
.noUi-handle:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
"""
    + NARROW
)
