"""`jit` for programs of networks: with the compiler's options that suit the platform.

On CPU, XLA (jaxlib 0.10.2) has LLVM optimize at its level 3, which takes up to three times as long as level 1 and makes
no step faster, the vector code being XLA's own. It hands convolutions and matrix products to YNNPACK, which takes up to
three times as long for those of images as XLA's own; for reductions YNNPACK is ten times faster and stays. And it works
as long on the many random numbers of a first state, which are drawn once, as on a training step.
"""

import functools

import jax

from mogan.machine.uses_jax import uses_jax

OPTIONS = {"xla_backend_optimization_level": 1}
IMAGES = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"}
ONCE = {  # a program that runs once or seldom: compiled in a fifth to an eighth of the time
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}


def compiler_options(platform: str, once: bool = False, images: bool = True) -> dict | None:
    """`compiler_options` of jax.jit for a program on `platform`, of `images` or of points, that runs many times or, at
    most a few times, `once`: those that this version of XLA has; None where there are none. Where
    jax_disable_most_optimizations is set, its level stays."""
    level = {} if jax.config.read("jax_disable_most_optimizations") else OPTIONS
    wanted = level | (IMAGES if images else {}) | (ONCE if once else {})
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
