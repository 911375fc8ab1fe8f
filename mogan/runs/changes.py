"""What may change in the config of a run that goes on: all that leaves alone what was already computed.

Configs are flat, {"group.field": value}; `reached` is the last step of the run so far.
"""

from typing import Any

from mogan.config.fields import FIELDS

# where device programs end, and on what they run: the numbers stay the same up to rounding
PROGRAMS = (
    "train.log_every",
    "train.eval_every",
    "train.sample_every",
    "train.checkpoint_every",
    "train.chunk",
    "parallel.mode",
    "parallel.devices",
    "data.placement",
)
# how data are found (that they are the same, their digest says), what they choose, and what is kept
NEUTRAL = ("data.dir", "data.skip_broken", "train.keep", "parallel.keep_programs", "auto")
END = ("train.steps", "optim.decay_start")  # as long as the learning rates so far stay what they were


def refusals(old: dict[str, Any], new: dict[str, Any], reached: int) -> list[str]:
    """Why a run of the config `old` cannot go on with `new`, a phrase a reason; [] if it can.

    A field that `old` lacks, being of an earlier version, had its default. One that `new` leaves to the data (`auto`)
    agrees.
    """
    known = old.keys() | {name for name in new if name in FIELDS}
    old = _full(old, known)
    fixed = (old.keys() | new.keys()) - {*new.get("auto", ())}
    differ = [name for name in sorted(fixed) if not _same(name, old, new) and not _free(name)]
    found = [f"{name} was {_show(name, old)}, now {_show(name, new)}" for name in differ]
    return found + _of_end(_full(old, END), _full(new, END), reached)


def _of_end(old, new, reached):
    if all(_same(name, old, new) for name in END):
        return []
    steps, share = (new[name] for name in END)
    if steps <= reached and steps != old["train.steps"]:
        return [f"train.steps = {steps}, and the run has reached step {reached}: give more"]
    starts = [flat["optim.decay_start"] * flat["train.steps"] for flat in (old, new)]
    if reached <= min(starts):
        return []
    was, now = (
        f"from step {start:g} to 0 at {flat['train.steps']}" for start, flat in zip(starts, (old, new), strict=True)
    )
    return [
        f"train.steps and optim.decay_start were {old['train.steps']} and {old['optim.decay_start']:g}, now {steps} "
        f"and {share:g}: the learning rates fell {was} and would fall {now}, so those of the {reached} steps so far "
        "would have been others"
    ]


def other_programs(old: dict[str, Any], new: dict[str, Any], reached: int) -> str:
    """Why the device programs from step `reached` on are others than `old` called or `new` would have; "" if not."""
    full_old, full_new = _full(old, PROGRAMS + END), _full(new, PROGRAMS + END)
    told = [
        f"{name} was {_show(name, full_old)}, now {_show(name, full_new)}"
        for name in PROGRAMS
        if not _same(name, full_old, full_new)
    ]
    steps = full_old["train.steps"]
    every = [full_new[name] for name in PROGRAMS[:4]]
    if reached == steps < full_new["train.steps"] and all(not interval or steps % interval for interval in every):
        told.append(f"a program ended at {steps}, which was the last step and is no multiple of an interval")
    return "; ".join(told)


def _free(name):
    return name in PROGRAMS + NEUTRAL + END or name.startswith("eval.")


def _full(flat, names):
    return {name: FIELDS[name].default for name in names if name in FIELDS} | flat


def _same(name, old, new):
    return name in old and name in new and old[name] == new[name]


def _show(name, flat):
    return repr(flat[name]) if name in flat else "absent"
