"""`jit` for programs of networks: with the compiler's options that suit the platform.

XLA (jaxlib 0.10.2) hands convolutions and matrix products on CPU to YNNPACK, which takes up to three times as long for
them as XLA's own; for reductions it is ten times faster and stays. It also works as long on the many random numbers of
a first state, which are drawn once, as on a training step.
"""

import functools

import jax

from mogan.machine.uses_jax import uses_jax

OPTIONS = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"}
ONCE = {  # a program that runs once or seldom: compiled in a fifth to an eighth of the time
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}


@functools.cache
def compiler_options(platform: str, once: bool = False) -> dict | None:
    """`compiler_options` of jax.jit for a program of convolutions on `platform`, that runs many times or, at most a few
    times, `once`: those that this version of XLA has; None where there are none."""
    wanted = OPTIONS | ONCE if once else OPTIONS
    return {name: value for name, value in wanted.items() if platform == "cpu" and _known(name, value)} or None


@functools.cache
def _known(name, value):
    try:
        jax.jit(lambda x: x, compiler_options={name: value}).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:  # another version of XLA
        return False
    return True


def jit(function, once: bool = False, **options):
    """jax.jit with `compiler_options` of the default platform, which a first call asks for, as `uses_jax` calls it;
    `once`: as there."""

    @functools.cache
    def compiled():
        return jax.jit(function, compiler_options=compiler_options(jax.default_backend(), once), **options)

    return functools.wraps(function)(uses_jax(lambda *args: compiled()(*args)))
