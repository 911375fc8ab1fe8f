"""mogan.machine.compilation: what is compiled once is found again, by every later process, whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
import time

import jax
import pytest

from mogan.machine.cache import entries, prune
from mogan.machine.compilation import YOUNG, hasty, keep_programs, open_store, publish, share
from tests.helpers.support import EXPERIMENTS, TINY, sha

PROGRAM = """
import collections, json, sys
import jax
counts = collections.Counter()
jax.monitoring.register_event_listener(lambda event, **_: counts.update([event.rpartition("/")[2]]))
import runpy
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(json.dumps(counts))
"""


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """Of a process with an empty cache of its own, which is not that of the tests."""
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    return dict(os.environ)


def counts_of(environment, workdir, *overrides):
    """JAX's own counters of a training run in a process of its own."""
    arguments = [f"--config={EXPERIMENTS / 'toy_deligan.py'}", f"--workdir={workdir}", *TINY, *overrides]
    command = [sys.executable, "-c", PROGRAM, str(EXPERIMENTS / "run.py"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_second_start_compiles_nothing_and_computes_the_same(environment, tmp_path):
    cold = counts_of(environment, tmp_path / "cold")
    assert cold["cache_misses"] > 10 and "cache_hits" not in cold
    warm = counts_of(environment, tmp_path / "warm")
    assert warm["cache_hits"] == cold["cache_misses"] and "cache_misses" not in warm
    assert sha(tmp_path / "warm") == sha(tmp_path / "cold")
    # a run that went cold goes on warm, bit for bit
    (tmp_path / "warm" / "summary.json").unlink()
    shutil.rmtree(tmp_path / "warm" / "checkpoints" / "12")
    resumed = counts_of(environment, tmp_path / "warm")
    assert "cache_misses" not in resumed and sha(tmp_path / "warm") == sha(tmp_path / "cold")


def test_off_by_a_field(environment, tmp_path):
    counts = counts_of(environment, tmp_path / "run", "--config.parallel.keep_programs=false", "--config.train.steps=2")
    assert "cache_misses" not in counts and not (tmp_path / "cache" / "programs").exists()


def filled(folder, **contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def names(folder):
    return {path.name for path in entries(folder)}


def test_a_process_starts_with_all_entries_and_gives_back_its_own(tmp_path):
    store = filled(tmp_path / "store", old=b"1")
    own = open_store(store)
    assert names(own) == {"old"}
    (own / "new").write_bytes(b"22")
    other = open_store(store)  # another process, at the same time
    assert names(other) == {"old"}
    (other / "new").write_bytes(b"22")
    publish(own, store)
    publish(other, store)  # the same entry twice: the first stays
    assert names(store) == {"old", "new"} and (store / "new").samefile(own / "new")


def test_what_a_killed_process_had_compiled_is_kept(tmp_path):
    """From the first steps on: `share` puts it where the next process finds it."""
    store = filled(tmp_path / "store")
    own = open_store(store)
    (own / "new").write_bytes(b"22")
    share()
    assert names(store) == {"new"}
    shutil.rmtree(own)
    share()  # what cannot be kept costs nothing
    assert names(open_store(store)) == {"new"}


def test_the_oldest_go_first(tmp_path):
    store = filled(tmp_path, a=bytes(10), b=bytes(10), c=bytes(10))
    for age, name in enumerate("bca"):
        os.utime(store / name, (1000 - age, 1000 - age))
    prune(store, 30)
    assert names(store) == {"a", "b", "c"}
    prune(store, 25)
    assert names(store) == {"b", "c"}
    prune(store, 0)
    assert not names(store)


def test_folders_of_killed_processes_are_removed_and_those_of_living_ones_are_not(tmp_path):
    store = filled(tmp_path / "store")
    living, killed, young = open_store(store), filled(store / ".killed", entry=b"1"), filled(store / ".young")
    past = time.time() - 2 * YOUNG
    for folder in (living, killed):
        os.utime(folder, (past, past))
    open_store(store)
    assert living.exists() and young.exists() and not killed.exists()


def test_a_store_that_cannot_be_written_costs_a_line(tmp_path, caplog):
    (tmp_path / "file").touch()
    assert open_store(tmp_path / "file" / "programs") is None
    assert "set MOGAN_CACHE to another folder" in caplog.text


def test_a_cache_that_the_user_has_set_stays(tmp_path, monkeypatch):
    import jax

    before = jax.config.jax_compilation_cache_dir
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path))
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "theirs"))
    try:
        keep_programs()
        assert jax.config.jax_compilation_cache_dir == str(tmp_path / "theirs") and not list(tmp_path.iterdir())
    finally:
        jax.config.update("jax_compilation_cache_dir", before)


@pytest.mark.parametrize("before", [False, True])
def test_hasty_compilation_ends_with_its_context(before):
    """What comes after a quick table is compiled as ever, also where the table failed."""
    flag = "jax_disable_most_optimizations"
    of_the_tests = jax.config.read(flag)
    try:
        jax.config.update(flag, before)
        with pytest.raises(ValueError), hasty():
            assert jax.config.read(flag)
            raise ValueError
        assert jax.config.read(flag) == before
        with hasty(False):
            assert jax.config.read(flag) == before
    finally:
        jax.config.update(flag, of_the_tests)
