"""`jit` for programs of networks: with the compiler's options that suit the platform.

XLA (jaxlib 0.10.2) hands convolutions and matrix products on CPU to YNNPACK, which takes up to three times as long for
them as XLA's own; for reductions it is ten times faster and stays.
"""

import functools

import jax

from mogan.machine.uses_jax import uses_jax

OPTIONS = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"}


@functools.cache
def compiler_options(platform: str) -> dict | None:
    """`compiler_options` of jax.jit for a program of convolutions on `platform`; None where XLA has no such option."""
    if platform != "cpu":
        return None
    try:
        jax.jit(lambda x: x, compiler_options=OPTIONS).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:  # another version of XLA
        return None
    return OPTIONS


def jit(function, **options):
    """jax.jit with `compiler_options` of the default platform, which a first call asks for, as `uses_jax` calls it."""

    @functools.cache
    def compiled():
        return jax.jit(function, compiler_options=compiler_options(jax.default_backend()), **options)

    return functools.wraps(function)(uses_jax(lambda *args: compiled()(*args)))
