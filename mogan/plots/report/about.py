"""What runs are: their data, how far they came, on what, how long, and their config beside the defaults."""

from collections.abc import Sequence

from mogan.config.fields import FIELDS
from mogan.config.listing import typed
from mogan.plots.report.page import Section, html, table
from mogan.plots.report.shown import Shown
from mogan.runs.summary import time_taken


def about(runs: Sequence[Shown]) -> Section:
    """Facts, a column a run; warnings; what could not be shown, with the reason; and the configs."""
    facts = [_facts(run) for run in runs]
    rows = [[name, *(own.get(name, "") for own in facts)] for name in dict.fromkeys(n for own in facts for n in own)]
    warned = [
        html('<p class="warning">{name}: {text}</p>', name=run.name, text=text)
        for run in runs
        for text in (run.summary or {}).get("warnings", {}).values()
    ]
    missing = [html('<p class="note">{text}</p>', text=text) for run in runs for text in run.missing]
    title, heading = ("What it is", "the run") if len(runs) == 1 else ("What they are", "the runs")
    told = table([heading, *(run.name for run in runs)], rows)
    return Section(title, (told, *warned, *missing, *_configs(runs)))


def _facts(run):
    summary = run.summary or {}
    facts = {
        "folder": str(run.folder),
        "model": f"{run.config.get('variant') or 'no name'}, network {run.config.get('model.name')}",
        "data": _data(run),
        "seed" if run.seeds == 1 else "seeds": _seeds(run),
        "steps": _steps(run),
    }
    if summary:
        facts["time"] = time_taken(summary)
        speed = summary["steps_per_second"]
        facts["speed"] = f"{speed:.4g} steps/s, without compilation and evaluations" if speed else "not measured"
        facts["device"] = summary["device"]
        facts["versions"] = ", ".join(f"{name} {version}" for name, version in summary["versions"].items())
        facts["digest of the state"] = f"sha256 {summary['state_sha256']}"
    return facts


def _data(run):
    shape = " x ".join(map(str, run.about["shape"]))
    kind = f"images of {shape}" if run.of_images else f"points in {shape} dimensions"
    count = run.about.get("samples")
    classes = run.about["classes"]
    told = f"{run.config.get('data.source')}: {count or 'fresh'} {kind}"
    return told + (f", {len(classes)} classes" if classes else "")


def _seeds(run):
    first = run.config.get("train.seed", 0)
    if run.seeds == 1:
        return str(first)
    shown = run.model.seed if run.model else first
    return f"{first} to {first + run.seeds - 1}, trained side by side; pictures are of {shown}"


def _steps(run):
    steps = run.config.get("train.steps", FIELDS["train.steps"].default)
    reached = run.trained.step if run.trained else max((record["step"] for record in run.records), default=0)
    return f"{steps}" if reached == steps else f"{reached} of {steps}: the run has not ended"


def _configs(runs):
    """Fields in which the runs differ; those that are no defaults; and all: the last two to be unfolded."""
    every = list(dict.fromkeys([*FIELDS, *(name for run in runs for name in run.config)]))
    values = {name: [run.config.get(name, _default(name)) for run in runs] for name in every}
    differing = [name for name in every if any(value != values[name][0] for value in values[name])]
    changed = [name for name in every if name not in differing and values[name][0] != _default(name)]
    if len(runs) > 1:
        yield html("<h3>How their configs differ</h3>")
        yield _fields(runs, differing, values) if differing else html("<p>Not at all.</p>")
    told = "fields of the config that are not the default" + (", in all alike" if len(runs) > 1 else "")
    yield _folded(f"{len(changed)} {told}", _fields(runs[:1], changed, values, "value"))
    yield _folded(f"All {len(every)} fields", _fields(runs, every, values))


def _folded(title, body):
    return html("<details><summary>{title}</summary>{body}</details>", title=title, body=body)


def _fields(runs, names, values, heading=""):
    header = ["field", *([heading] if heading else [run.name for run in runs]), "default", "meaning"]
    rows = [
        [
            html("<code>{name}</code>", name=name),
            *(html("<code>{value}</code>", value=typed(value)) for value in values[name][: len(runs)]),
            html("<code>{value}</code>", value=typed(_default(name)) if name in FIELDS else ""),
            FIELDS[name].meaning if name in FIELDS else "a field of another version",
        ]
        for name in names
    ]
    return table(header, rows, [""] * (len(header) - 2) + ["about"])


def _default(name):
    return FIELDS[name].default if name in FIELDS else None
