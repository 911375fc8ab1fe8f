"""For all tests: of hundreds of programs, a few steps each, better slow ones soon."""

import jax

jax.config.update("jax_disable_most_optimizations", True)
