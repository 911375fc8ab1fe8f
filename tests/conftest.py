"""For all tests and the processes that they start: of hundreds of programs, a few steps each, better slow ones soon."""

import os

os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # read when JAX is imported
