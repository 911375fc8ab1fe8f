"""The benchmark: two cheap parts in short rounds, what its table says of them, and what it refuses."""

import importlib
import json
import math
import subprocess
import sys
import tempfile
from math import prod
from statistics import median
from types import SimpleNamespace

import jax
import pytest

from mogan.algorithm.gan import make_gan
from tests.helpers.support import EXPERIMENTS, call

BENCHMARKS = EXPERIMENTS / "benchmarks"
NO_COMPILER = "no C++ compiler"


@pytest.fixture
def modules(monkeypatch):
    """module(name) of the benchmarks', where torch.compile, which takes half a minute, is not to be had."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # bench.py sets it; so it is put back
    monkeypatch.setattr(importlib.import_module("rivals"), "why_not_compiled", lambda: NO_COMPILER)
    return importlib.import_module


def test_a_ratio_is_of_two_times_of_the_same_round(modules):
    table = modules("table")
    row = table.Row("a", "steps/s", [2.0, 4.0, 1.0], {table.EAGER: [6.0, 20.0, 1.0], table.COMPILED: NO_COMPILER}, 0.5)
    assert table.ratios(row, table.EAGER) == [3.0, 5.0, 1.0] and table.ratios(row, table.COMPILED) == []
    kept = json.loads(json.dumps(table.record(row)))
    assert kept["ratio"] == {table.EAGER: 3.0, table.COMPILED: None} and kept["shown"] == 1 / 2.0
    line = table.markdown([row]).splitlines()[-1]
    assert line == f"| a | steps/s | 0.5 | 0.167 | **3.00** (1.00 to 5.00) |  | {NO_COMPILER} | 50% |"
    assert table.shown(row._replace(unit="MiB"), row.mogan) == 2.0


def test_the_command_writes_a_table(modules, monkeypatch, tmp_path, capsys):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    arguments = ("--only=logan", "--rounds=2", "--seconds=0.001", f"--out={tmp_path / 'out'}")
    assert call("benchmarks/bench", *arguments, monkeypatch=monkeypatch) == 0
    found = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert (found["number"], found["seconds"]) == (2, 0.001)
    assert found["device"].endswith("CPU cores") and found["versions"]["jax"] == jax.__version__
    (row,) = found["parts"]["logan"]
    rounds = row["mogan"], row["rivals"]["eager PyTorch"]
    assert all(len(costs) == 2 and min(costs) > 0 for costs in rounds)
    expected = median(theirs / ours for ours, theirs in zip(*rounds, strict=True))
    assert row["ratio"] == {"eager PyTorch": expected, "torch.compile": None}
    page = (tmp_path / "out" / "bench.md").read_text()
    assert found["device"] in page and f"**{expected:.2f}**" in page and NO_COMPILER in page
    assert row["what"] in capsys.readouterr().out


def test_compilation_is_measured_without_what_is_compiled_already(modules, monkeypatch):
    compiling, table = modules("compiling"), modules("table")
    program = SimpleNamespace(lower=lambda state, start, steps: jax.jit(lambda x: x + steps).lower(state))
    monkeypatch.setattr(compiling, "of_images", lambda setup: SimpleNamespace(program=program, state=1.0, done=0))
    cleared, kept = [], jax.config.jax_enable_compilation_cache
    monkeypatch.setattr(jax, "clear_caches", lambda: cleared.append(jax.config.jax_enable_compilation_cache))
    try:
        rows = compiling.run(table.Rounds(1, 0.1))
    finally:
        jax.config.update("jax_enable_compilation_cache", kept)
    assert cleared == [False] * len(compiling.SETUPS) and len(rows) == 2 * len(cleared)
    assert all(row.unit == "s" and row.mogan[0] > 0 for row in rows)
    assert "MNIST-500: compile | s |" in table.markdown(rows)


def test_without_pytorch_mogans_own_numbers_are_there(modules, monkeypatch):
    table = modules("table")
    monkeypatch.setattr(modules("rivals"), "torch", None)
    found = modules("bench").measure("sampling", table.Rounds(1, 0.001))
    rows = modules("bench").rows_of(found)
    assert [row.what.rpartition("K = ")[2] for row in rows] == ["10", "100", "1,000", "10,000"]
    assert all(row.unit == "images/s" and table.shown(row, row.mogan) > 0 for row in rows)
    assert all(set(row.rivals.values()) == {"PyTorch is not installed"} for row in rows)
    lines = table.markdown(rows).splitlines()
    assert len(lines) == 2 + len(rows) and {line.count("|") for line in lines} == {9}


@pytest.mark.parametrize(
    "argument, told",
    [
        ("--only=toy,nothing", "there is no part 'nothing'; choose of toy, logan"),
        ("--rounds=0", "whole number from 1"),
        ("--seconds=nan", "number above 0"),
    ],
)
def test_what_it_refuses(modules, monkeypatch, capsys, tmp_path, argument, told):
    assert call("benchmarks/bench", argument, f"--out={tmp_path / 'out'}", monkeypatch=monkeypatch) == 2
    assert told in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_part_that_fails_leaves_the_others(modules, monkeypatch):
    bench, table = modules("bench"), modules("table")
    own = {"device": "d", "versions": {}, "parts": {"logan": [table.record(table.Row("a", "s", [1.0], {}))]}}

    def measure_apart(name, rounds):
        if name == "toy":
            raise bench.RunError("toy: it failed")
        return own

    monkeypatch.setattr(bench, "measure_apart", measure_apart)
    said = []
    found, errors = bench.measure_all(["toy", "logan"], table.Rounds(1, 1.0), said.append)
    assert found == own and errors == ["toy: it failed"] and "| a | s | 1 |" in said[0]


def test_pytorchs_networks_are_as_large_as_mogans(modules):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    setups, torch_gan = modules("setups"), modules("torch_gan")
    for setup, (_, _, shape) in setups.SETUPS.items():
        with tempfile.TemporaryDirectory() as folder:
            config = setups.load_images(setup, folder)
        x = jax.ShapeDtypeStruct((config.data.batch_size, *shape), "float32")
        params, _ = jax.eval_shape(make_gan(config, shape).init, jax.random.key(0), x)
        ours = [params.get(group, {}) for group in ("generator", "discriminator", "encoder")]
        theirs = [net and net.parameters() or [] for net in torch_gan.networks(shape, config.latent.dim, config.model)]
        sizes = [sum(prod(leaf.shape) for leaf in jax.tree.leaves(group)) for group in ours]
        assert sizes == [sum(leaf.numel() for leaf in group) for group in theirs], setup


def test_a_process_of_pytorch_does_not_wait_for_jax():
    pytest.importorskip("torch", reason="PyTorch is not installed")
    program = "import processes, torch_gan, sys; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=BENCHMARKS).returncode == 0


def test_a_process_is_watched_to_its_end(modules, monkeypatch, tmp_path):
    processes, program = modules("processes"), tmp_path / "program.py"
    monkeypatch.setattr(processes, "__file__", str(program))
    program.write_text("import os; print('first step'); print(3 * 2**20, flush=True); os.environ['MOGAN_CACHE']")
    seen = processes.watch("mogan", "mnist500", 1, str(tmp_path))
    assert seen.peak == 3 and seen.seconds > 0  # though both lines come at once
    program.write_text("print('first step', flush=True); raise SystemExit('it broke')")
    with pytest.raises(processes.RunError, match="mogan of mnist500 ended with 1: it broke"):
        processes.watch("mogan", "mnist500", 1)


def test_the_program_to_compare_trainings_with(modules, monkeypatch, tmp_path, capsys):
    """A GM-GAN of digits, two steps: losses of weights near 0, a picture; what it does not know is refused."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    small = [f"--config.model.{name}=4" for name in ("width_g", "width_d")]
    often = [f"--config.train.{name}" for name in ("steps=2", "log_every=2")]
    setup = f"--config={EXPERIMENTS / 'mnist_gmgan.py'}"
    common = ("--config.data.source=digits", *small, *often)
    arguments = (f"{setup}:gmgan_std", f"--out={tmp_path / 'run'}", *common)
    assert call("benchmarks/torch_train", *arguments, monkeypatch=monkeypatch) == 0
    (line,) = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert record["step"] == 2 and record["spread"] >= 0
    assert [record[name] for name in ("d_loss", "g_loss")] == pytest.approx([math.log(2)] * 2, abs=0.1)
    assert (tmp_path / "run" / "samples_2.png").exists()
    assert call("benchmarks/torch_train", *arguments, monkeypatch=monkeypatch) == 2
    refused = {  # what it would not do: another head, another prior, a penalty
        ":gmgan_supervised": "config.model.head = 'sigmoids': this program knows 'real_fake' alone",
        ":gan": "config.latent.kind = 'normal': this program knows 'mixture' alone",
        ":gmgan_std --config.loss.r1=1.0": "config.loss.r1 = 1.0: this program knows 0.0 alone",
    }
    for asked in refused:
        variant, *more = asked.split()
        own = (f"{setup}{variant}", f"--out={tmp_path / 'other'}", *common, *more)
        assert call("benchmarks/torch_train", *own, monkeypatch=monkeypatch) == 2
    told = capsys.readouterr().err.splitlines()[-4:]
    assert "is there already" in told[0]
    assert all(text in line for text, line in zip(refused.values(), told[1:], strict=True))
    assert not (tmp_path / "other").exists()
