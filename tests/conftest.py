"""For all tests and the processes that they start: of hundreds of programs, a few steps each, better slow ones soon."""

import functools
import gc
import os
from importlib.metadata import version

import pytest
from hypothesis import HealthCheck, settings

# all are read when JAX is imported, here and in the processes that inherit them
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
if version("jaxlib").startswith("0.10."):  # later ones may know no such flags
    # the older emitters compile in half the time; other workers use the other cores
    flags = "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}"

# tracing makes objects by the million, and nearly none of them needs the collector
gc.set_threshold(50_000, 20, 100)

os.environ["MOGAN_OFFLINE"] = "1"  # no test fetches what a user's first score would


# The same examples at every run: what passed once does not fail where nothing changed. New ones are tried by
# --hypothesis-profile=explore. How long an example takes is nobody's fault: the first one compiles, and others share
# the machine. A number that terms of both signs add up to has a rounding error of the size of the terms, not of its
# own: compare it with an absolute tolerance, too.
SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeat", derandomize=True, **SLOW)
settings.register_profile("explore", **SLOW)
settings.load_profile("repeat")


def pytest_configure(config):
    """One cache of compiled programs, and one of decoded images, for all workers and their processes, kept in
    .pytest_cache for the next run; `--cache-clear` empties it."""
    from mogan.machine.compilation import machine, open_store  # under the settings above

    if "PYTEST_XDIST_WORKER" in os.environ or not hasattr(config, "cache"):
        return
    os.environ["MOGAN_CACHE"] = str(config.cache.mkdir("mogan"))  # not the user's
    if folder := open_store(config.cache.mkdir("programs") / machine()):
        os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
        os.environ["JAX_PERSISTENT_CACHE_ENABLE_XLA_CACHES"] = "none"  # else an entry's name depends on its folder


@pytest.fixture(scope="session", autouse=True)
def _share_mlir():
    """JAX makes a context of MLIR for every program and keeps it: 1.3 MB each, a quarter of the time that a small
    program takes, and more than half of it among thousands. Here all programs of a worker share one."""
    from jax._src.interpreters import mlir  # nothing that JAX promises: another version may have no such function

    if hasattr(mlir, "make_ir_context"):
        mlir.make_ir_context = functools.cache(mlir.make_ir_context)


LONGEST = {"test_programs.py", "test_reliability.py", "test_hosts.py", "test_inception_peer.py"}  # half a minute a test


def pytest_collection_modifyitems(items):
    """The longest begin first, so that none is what the others wait for at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A worker goes through whole files, whose fixtures are made once; who ends first takes of what others have."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getvalue("dist") == "load" else None
