"""mogan.machine.jit: the compiler's options, where it has them, and what they make of convolutions."""

import jax
import jax.numpy as jnp

from mogan.machine import jit
from mogan.nets import ops


def test_compiler_options_are_for_an_xla_that_has_them(monkeypatch):
    options = jit.compiler_options.__wrapped__
    assert options("cpu") == jit.OPTIONS and options("gpu") is options("gpu", once=True) is None
    once = options("cpu", once=True)  # newer versions may know no emitters but one
    assert once | {"xla_cpu_use_fusion_emitters": False} == jit.OPTIONS | jit.ONCE
    monkeypatch.setattr(jit, "OPTIONS", {"xla_cpu_of_another_year": "1"})
    assert options("cpu") is None and options("cpu", once=True).items() < once.items()


def test_programs_of_convolutions_leave_them_to_xla():
    """Convolutions that YNNPACK takes cost up to three times as much; reductions are its to take."""
    x, kernel = jnp.ones((2, 8, 8, 8)), jnp.ones((3, 3, 8, 32))
    compiled = jax.jit(ops.conv, compiler_options=jit.compiler_options("cpu")).lower(x, kernel).compile().as_text()
    assert "convolution(" in compiled and "ynn_fusion" not in compiled
