"""What a finished run says of itself: its last numbers, what each means, and where to look."""

import math
from pathlib import Path

from mogan.machine.progress import duration
from mogan.metrics.meanings import explained
from mogan.runs import names

OF_STEPS = (
    "threshold",
    "penalty",
    "mode_seeking",
    "reconstruction_loss",
    "multiplier",
    "omega",
    "augment",
    "overfitting",
    "steps_per_second",
)


def told(summary: dict, folder: str | Path) -> str:
    """The `summary` of the run in `folder` (what summary.json holds) as text of a few lines.

    Numbers have four digits; of several seeds, mean ± standard deviation over them.
    """
    numbers = summary["metrics"]
    rows = [(name, _shown(numbers[name]), explained(name)) for name in sorted(numbers, key=order)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    lines = [f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {about}".rstrip() for name, value, about in rows]
    warned = [f"warning {text}" for text in summary.get("warnings", {}).values()]
    return "\n".join([_done(summary), *lines, *warned, *_places(summary["steps"], Path(folder))])


def order(name: str) -> tuple[bool, bool]:
    """A key to sort the names of numbers by: scores first, then what the training steps say."""
    training = name in OF_STEPS or name[:2] in ("d_", "g_") or name.startswith("lecam_")
    return training, name == "steps_per_second"


def _done(summary):
    speed = summary["steps_per_second"]
    pace = f", {speed:.4g} steps/s without compilation and evaluations" if speed else ""
    return f"done: {summary['steps']} steps in {time_taken(summary)} on {summary['device']}{pace}"


def time_taken(summary: dict) -> str:
    """How long the run took, "3 min 14 s"; of one that was resumed, its last call: "3 min 14 s since step 842"."""
    first = summary.get("first_step", 0)
    return duration(summary["wall_seconds"]) + (f" since step {first}" if first else "")


def _places(step, folder):
    if drawn := names.pictures(folder, step):
        yield f"pictures: {', '.join(map(str, drawn))}"
    yield f"numbers:  {names.metrics(folder)}, {names.summary(folder)}; curves: tensorboard --logdir {folder}"
    if names.report(folder).exists():
        yield f"report:   {names.report(folder)}"
    kind = "png" if drawn else "npz"
    yield f"samples:  python experiments/sample.py --workdir={folder} --num=64 --out={folder}.{kind}"


def _shown(value):
    if not isinstance(value, list):
        return "not finite" if value is None else f"{value:.4g}"
    finite = [number for number in value if number is not None]
    if not finite:
        return "not finite"
    mean = sum(finite) / len(finite)
    spread = math.sqrt(sum((number - mean) ** 2 for number in finite) / max(len(finite) - 1, 1))
    missing = f" ({len(value) - len(finite)} of {len(value)} not finite)" if len(finite) < len(value) else ""
    return f"{mean:.4g} ± {spread:.2g}{missing}"
