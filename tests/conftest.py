"""For all tests and the processes that they start: of hundreds of programs, a few steps each, better slow ones soon."""

import atexit
import os
import shutil
import tempfile
from importlib.metadata import version

# all are read when JAX is imported, here and in the processes that inherit them
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
if version("jaxlib").startswith("0.10."):  # its older emitters compile in half the time; later ones know no such flag
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false"

if "PYTEST_XDIST_WORKER" not in os.environ:  # one cache of compiled programs for all workers and their processes
    CACHE = tempfile.mkdtemp(prefix="mogan_tests_")
    atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = CACHE
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"

os.environ["MOGAN_OFFLINE"] = "1"  # no test fetches what a user's first score would
