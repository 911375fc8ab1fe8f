"""Memory: what plainly does not fit is refused before anything is written, by the fields to lower."""

import resource

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.errors import RunError
from mogan.machine import memory
from mogan.machine.uses_jax import uses_jax
from mogan.runs.load import load_run
from mogan.training.devices import chunk_length
from tests.helpers.support import EXPERIMENTS, TINY, call, load_setup

CONFIG = f"--config={EXPERIMENTS / 'toy_deligan.py'}"
MILLION = ["--config.data.points=0", "--config.data.batch_size=1000000"]
SEEDS = ["--config.train.seeds=100", "--config.model.hidden_g=(512,512)"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (MILLION, "config.data.batch_size = 1000000: a step needs "),
        (SEEDS, "config.data.batch_size = 50, config.train.seeds = 100: a step needs "),
    ],
)
def test_too_large_a_run(fields, expected, tmp_path, monkeypatch, capsys):
    """On a machine of 150 MB, so that nothing is at risk if it is not refused."""
    monkeypatch.setattr(memory, "free_on_host", lambda: 150 * 10**6)
    monkeypatch.setattr("mogan.training.devices.make_ready", lambda config: None)  # JAX has started in this process
    workdir = tmp_path / "run"
    assert call("run", CONFIG, f"--workdir={workdir}", *TINY, *fields, monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {expected}") and err.count("\n") == 1
    assert "GiB of memory, and 0.1 GiB are free; lower " in err
    assert not workdir.exists()


@pytest.mark.parametrize("free", [None, 3 * 10**6])
def test_what_fits_is_not_refused(free, tmp_path, monkeypatch, capsys):
    """Nor what writes more in all than is free, and needs less at a time; then sampled, as far as that fits."""
    fields = ["--config.train.steps=1", "--config.data.points=0", "--config.data.batch_size=3000"]
    monkeypatch.setattr(memory, "free_on_host", lambda: free)
    written, compiled = [], []
    count, needed = memory.bytes_written, memory._bytes_needed
    monkeypatch.setattr(memory, "bytes_written", lambda jaxpr: written.append(count(jaxpr)) or written[-1])
    monkeypatch.setattr(memory, "_bytes_needed", lambda program: compiled.append(needed(program)) or compiled[-1])
    assert call("run", CONFIG, f"--workdir={tmp_path}", *TINY, *fields, monkeypatch=monkeypatch) == 0
    assert len(compiled) == (2 if free else 0)
    assert not free or max(compiled) < free < max(written)
    capsys.readouterr()
    status = call(
        "sample", f"--workdir={tmp_path}", "--num=90000", f"--out={tmp_path / 'a.npz'}", monkeypatch=monkeypatch
    )
    assert status == (2 if free else 0)
    assert not free or capsys.readouterr().err.startswith("error: --num=90000: these samples need 0.0 GiB of memory")
    assert (tmp_path / "a.npz").exists() is not bool(free)
    assert load_run(tmp_path).step == 1


def test_what_xla_cannot_allocate_is_one_line():
    """A petabyte, which no machine gives."""
    with pytest.raises(RunError, match=r"^not enough memory \(Out of memory allocating .*; lower ") as error:
        uses_jax(lambda: jax.block_until_ready(jnp.zeros((2**24, 2**24), np.float32)))()
    assert "\n" not in str(error.value)


def test_other_errors_of_xla_stay_as_they_are():
    def fail():
        raise jax.errors.JaxRuntimeError("INTERNAL: something else")

    with pytest.raises(jax.errors.JaxRuntimeError, match="something else"):
        uses_jax(fail)()


def test_draws_of_a_chunk_are_bounded():
    """They are made for all its steps at once: 12 bytes a sample of five updates, of z in two dimensions."""
    config = load_setup("toy_deligan.py", *MILLION)
    assert chunk_length(config, None, jax.devices(), lambda steps: 0) == 2**28 // (5 * 12 * 10**6)
    assert chunk_length(load_setup("toy_deligan.py"), None, jax.devices(), lambda steps: 0) == 1000


def test_bytes_written():
    def program(x):
        return jax.lax.scan(lambda carry, row: (carry + row, row.astype(jnp.float16)), jnp.zeros(3), x)

    jaxpr = jax.make_jaxpr(program)(np.ones((5, 3), np.float32)).jaxpr
    zeros, scanned, body = 12, 12 + 30, 12 + 6
    assert memory.bytes_written(jaxpr) == zeros + scanned + body


@pytest.mark.parametrize(
    ("cgroup", "expected"),
    [
        ({}, 7000 * 1024),
        ({"memory.max": "max", "memory.current": "5"}, 7000 * 1024),
        ({"memory.max": "9000", "memory.current": "5000", "memory.stat": "active_file 1\ninactive_file 20"}, 4021),
        (
            {
                "memory/memory.limit_in_bytes": "9000",
                "memory/memory.usage_in_bytes": "5000",
                "memory/memory.stat": "inactive_file 20\nactive_file 1",
            },
            4021,
        ),
    ],
)
def test_free_on_host(cgroup, expected, tmp_path, monkeypatch):
    for name, content in cgroup.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content + "\n")
    (tmp_path / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable:  6000 kB\nSwapFree: 1000 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert memory.free_on_host() == expected
    (tmp_path / "meminfo").unlink()
    assert memory.free_on_host() == (expected if expected < 9000 else None)


def test_a_limit_on_addresses(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda which: (2**62, resource.RLIM_INFINITY))
    assert 2**61 < memory._of_addresses() < 2**62


class Device:
    platform = "gpu"

    def memory_stats(self):
        return {"bytes_limit": 1000, "bytes_in_use": 400}


def test_a_device_with_memory_of_its_own():
    assert memory.free_bytes(Device()) == 600
