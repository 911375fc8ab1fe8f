"""mogan.machine.jit: the compiler's options, where it has them, and what they make of convolutions."""

import jax
import jax.numpy as jnp
import pytest

from mogan.machine import jit
from mogan.nets import ops


def test_compiler_options_are_for_an_xla_that_has_them(monkeypatch):
    assert jit.compiler_options("gpu") is jit.compiler_options("gpu", once=True) is None
    once = jit.compiler_options("cpu", once=True)  # newer versions may know no emitters but one
    assert once | {"xla_cpu_use_fusion_emitters": False} == jit.IMAGES | jit.ONCE
    monkeypatch.setattr(jit, "IMAGES", {"xla_cpu_of_another_year": "1"})
    assert jit.compiler_options("cpu") is None and jit.compiler_options("cpu", once=True).items() < once.items()


@pytest.fixture(params=[False, True])
def most_off(request):
    """Whether JAX leaves out most optimizations, as for tests and for small versions of tables."""
    flag = "jax_disable_most_optimizations"
    before = jax.config.read(flag)
    jax.config.update(flag, request.param)
    yield request.param
    jax.config.update(flag, before)


def test_the_level_of_optimization_is_ours_unless_most_are_off(most_off):
    level = {} if most_off else jit.OPTIONS
    assert jit.compiler_options("cpu") == level | jit.IMAGES
    assert jit.compiler_options("cpu", images=False) == (level or None)
    assert jit.compiler_options("cpu", once=True)["xla_backend_optimization_level"] == 0


def test_programs_of_convolutions_leave_them_to_xla():
    """Convolutions that YNNPACK takes cost up to three times as much; reductions are its to take."""
    x, kernel = jnp.ones((2, 8, 8, 8)), jnp.ones((3, 3, 8, 32))
    compiled = jax.jit(ops.conv, compiler_options=jit.compiler_options("cpu")).lower(x, kernel).compile().as_text()
    assert "convolution(" in compiled and "ynn_fusion" not in compiled
