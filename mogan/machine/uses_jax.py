"""The context of every use of JAX: our own settings, a check for a device, one-line errors when memory runs out."""

import contextlib
import functools
from collections.abc import Callable
from typing import TypeVar

import jax

from mogan.errors import InputError, RunError, first_line

Function = TypeVar("Function", bound=Callable)

# A run is a function of its config and seed, so what the user sets for programs of his own must not reach it.
SETTINGS = (
    (jax.enable_x64, False),
    (jax.numpy_dtype_promotion, "standard"),
    (jax.numpy_rank_promotion, "allow"),
    (jax.transfer_guard, "allow"),
    (jax.default_prng_impl, "threefry2x32"),
    (jax.threefry_partitionable, True),
    (jax.debug_key_reuse, False),  # it takes keys that are derived twice, for the same draws, for a mistake
)


def uses_jax(function: Function) -> Function:
    """`function` under mogan's JAX settings, whatever the user's are; those are restored afterwards.

    It raises, besides its own errors:
      InputError: JAX finds no device, before `function` is called. RunError: a device has too little memory.
    """

    @functools.wraps(function)
    def scoped(*args, **kwargs):
        check_device()
        with contextlib.ExitStack() as stack:
            for setting, value in SETTINGS:
                stack.enter_context(setting(value))
            try:
                return function(*args, **kwargs)
            except jax.errors.JaxRuntimeError as error:
                if "RESOURCE_EXHAUSTED" not in str(error):
                    raise
                raise RunError(_out_of_memory(error)) from error

    return scoped


def check_device() -> None:
    """Raises InputError unless JAX finds a device to work on."""
    try:
        jax.devices()
    except (RuntimeError, AssertionError) as error:  # AssertionError: of a platform that JAX knows, without a device
        asked = jax.config.jax_platforms
        reason = f" ({' '.join(str(error).split())})" if str(error) else ""
        remedy = "unset it to use what there is, or install what JAX needs for it" if asked else "see JAX's own report"
        raise InputError(f"JAX_PLATFORMS = {asked!r}: JAX finds no such device{reason}; {remedy}") from error


def _out_of_memory(error):
    reason = first_line(error).removeprefix("RESOURCE_EXHAUSTED: ")
    return (
        f"not enough memory ({reason}); lower config.data.batch_size, config.train.seeds or the widths of "
        "config.model, or ask for fewer samples"
    )
