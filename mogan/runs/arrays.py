"""Orbax, which writes and reads trees of arrays, in one process alone and without tracebacks of its own."""

import contextlib
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp
from absl import logging


def write(folder: Path, tree: Any) -> None:
    """Writes a pytree of host arrays as a new `folder`. Raises whatever orbax does."""
    with _no_tracebacks(), _checkpointer() as checkpointer:
        checkpointer.save(folder, args=ocp.args.StandardSave(tree))


def read(folder: Path) -> Any:
    """What `write` wrote, as nested dicts and lists of host arrays. Raises whatever orbax does."""
    with _no_tracebacks(), _checkpointer() as checkpointer:
        return checkpointer.restore(folder, args=ocp.args.StandardRestore())


def _checkpointer():
    """One that waits for no other process."""
    process = jax.process_index()
    alone = ocp.options.MultiprocessingOptions(
        primary_host=process, active_processes={process}, barrier_sync_key_prefix=f"mogan_{process}"
    )
    handler = ocp.StandardCheckpointHandler(multiprocessing_options=alone)
    return ocp.Checkpointer(handler, multiprocessing_options=alone)


@contextlib.contextmanager
def _no_tracebacks():
    """Orbax logs, from its threads, the tracebacks of errors that it also raises; the caller reports those once."""

    def below_error(record):
        return record.levelno < logging.converter.STANDARD_ERROR

    logger = logging.get_absl_logger()
    logger.addFilter(below_error)
    try:
        yield
    finally:
        logger.removeFilter(below_error)
