"""For all tests and the processes that they start: of hundreds of programs, a few steps each, better slow ones soon."""

import os
from importlib.metadata import version

# both are read when JAX is imported
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
if version("jaxlib").startswith("0.10."):  # its older emitters compile in half the time; later ones know no such flag
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false"
