"""When things happen in a run: where its device programs end, and what is due there. Pure functions of the config."""

INTERVALS = {
    "log": "log_every",
    "evaluate": "eval_every",
    "sample": "sample_every",
    "checkpoint": "checkpoint_every",
}


def next_stop(step: int, config, chunk: int) -> int:
    """Where the device program that starts at `step` ends: after `chunk` steps, or earlier where something is due.

    It depends on `step` alone, so a resumed run calls the same programs as an uninterrupted one.
    """
    every = _every(config).values()
    return min(step + chunk, config.train.steps, *((step // interval + 1) * interval for interval in every if interval))


def due(step: int, config) -> set[str]:
    """What is to be done after `step`, by the names of INTERVALS; everything, after the last."""
    return {
        name
        for name, interval in _every(config).items()
        if step == config.train.steps or (interval and step % interval == 0)
    }


def longest(config) -> int:
    """Steps that no device program exceeds, whatever the chunk."""
    return min(config.train.steps, *filter(None, _every(config).values()))


def _every(config):
    return {name: config.train[field] for name, field in INTERVALS.items()}
