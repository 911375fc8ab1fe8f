"""What a run shows of itself: lines where there is no terminal, a bar where there is, and a summary at the end."""

import io
import os
import sys
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax import lax

from mogan.config.commands import load_config
from mogan.machine import progress
from mogan.machine.cost import flops
from mogan.machine.progress import Progress, duration, share
from mogan.runs.summary import told
from mogan.training.devices import CHUNK_FLOPS, chunk_length
from tests.helpers.support import EXPERIMENTS, TINY, call


class Clock:
    """Seconds that pass when they are added."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def losses(step):
    return {"d_loss": [1.0, 1.5], "g_loss": 0.123456, "penalty": 7.0}


def test_lines_without_a_terminal(clock, capsys):
    shown = Progress(1000, clock=clock)
    shown.start(0)
    with shown.compiling(100) as tick:
        for _ in range(40):
            clock.now += 1
            tick()
    for step in range(100, 600, 100):
        clock.now += 10
        shown.advance(step, losses(step))
    assert capsys.readouterr().err.splitlines() == [
        "step 0 of 1000 (0.0%), compiling a program of 100 steps, 0 s",
        "step 0 of 1000 (0.0%), compiling a program of 100 steps, 30 s",
        "step 200 of 1000 (20.0%), d_loss 1.25, g_loss 0.1235",  # two chunks: too early to tell how long it takes
        "step 500 of 1000 (50.0%), 10 steps/s, 50 s left, d_loss 1.25, g_loss 0.1235",
    ]


def test_compilation_counts_against_no_step(clock, capsys):
    shown = Progress(1000, clock=clock)
    shown.start(500)
    for step in range(600, 900, 100):
        clock.now += 10
        shown.advance(step, {})
    with shown.compiling(50):
        clock.now += 1000
    clock.now += 30
    shown.advance(850, {})
    assert capsys.readouterr().err.splitlines()[-1] == "step 850 of 1000 (85.0%), 5 steps/s, 30 s left"


def test_the_start_is_told_once_with_its_parts(clock, capsys):
    shown = Progress(1000, clock=clock)
    shown.lap("imports", 2.5)
    clock.now += 1
    shown.lap("data")
    clock.now += 10
    shown.lap("compilation")
    for _ in range(2):
        shown.launched()
    told = "first steps after 13.5 s: imports 2.5 s, data 1.0 s, compilation 10.0 s\n"
    assert capsys.readouterr().err == told


def test_a_bar_in_a_terminal(clock, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown = Progress(10, "deligan", clock=clock)
    shown.start(2)
    with shown.compiling(4) as tick:
        clock.now += 75
        tick()
    shown.advance(6, losses(6))
    shown.acknowledge(1)
    shown.close()
    written = terminal.getvalue()
    assert "\rdeligan: " in written
    assert " 20%|" in written and "2/10, compiling a program of 4 steps, 1 min 15 s" in written
    assert progress.in_terminal()
    monkeypatch.setattr(terminal, "fileno", lambda: 2)
    monkeypatch.setattr("os.get_terminal_size", lambda file: os.terminal_size((0, 0)))
    assert not progress.in_terminal()
    assert "6/10, d_loss 1.25, g_loss 0.1235" in written and "stopping after step 2; again to stop now\n" in written


class Shell(types.SimpleNamespace):
    """What IPython gives to a notebook: a shell with a kernel, and places whose pictures can be replaced."""

    def __init__(self):
        super().__init__(kernel=object(), shown=[])

    def display(self, image, display_id=False):
        self.shown.append(image)
        return types.SimpleNamespace(update=lambda image: self.shown.__setitem__(-1, image))


def test_a_notebook_has_its_bar_and_the_latest_samples(clock, monkeypatch, capsys):
    shell, drawn = Shell(), []
    place = types.SimpleNamespace(display=shell.display, Image=lambda data, format: data)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell, display=place))
    shown = Progress(10, "deligan", clock=clock)
    shown.start(0)
    shown.scored({"void": [0.25, 0.75], "log_likelihood": -1.0})
    shown.advance(5, losses(5))
    for number in (b"one", b"two"):
        shown.picture(lambda number=number: number)
    shown.close()
    assert "5/10, d_loss 1.25, g_loss 0.1235, void 0.5, log_likelihood -1" in capsys.readouterr().err
    assert shell.shown == [b"two"]
    del shell.kernel
    Progress(10, clock=clock).picture(lambda: drawn.append("elsewhere no picture is even made"))
    assert not drawn and progress.shell_of_notebook() is None


@given(seconds=st.floats(0, 1e7))
def test_durations_keep_their_order_of_magnitude(seconds):
    units = {"s": 1, "min": 60, "h": 3600, "days": 86400}
    words = duration(seconds).split()
    found = sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    smallest = units[words[-1]]
    assert abs(found - seconds) <= smallest
    assert all(int(number) < 60 for number in words[2::2])


def test_the_share_is_whole_at_the_end_alone():
    assert [share(step, 10**6) for step in (0, 1, 999_999, 10**6)] == ["0.0%", "0.0%", "99.9%", "100.0%"]


SUMMARY = {
    "steps": 12,
    "metrics": {"d_loss": 1.3862943611, "void": [0.25, 0.5, 0.75], "fid/fid": 12.3456789, "mine": None},
    "wall_seconds": 3700.4,
    "steps_per_second": 41.23456,
    "device": "1 x cpu",
}


def test_the_summary_says_what_numbers_mean_and_where_to_look(tmp_path):
    (tmp_path / "samples").mkdir()
    for name in ("step_12.png", "step_12_components.png", "step_120.png", "step_1.png"):
        (tmp_path / "samples" / name).write_bytes(b"")
    assert told(SUMMARY, tmp_path).splitlines() == [
        "done: 12 steps in 1 h 1 min on 1 x cpu, 41.23 steps/s without compilation and evaluations",
        "  void     0.5 ± 0.25  0 to 1, lower is better: share of samples between the modes",
        "  fid/fid  12.35       0 up, lower is better",
        "  mine     not finite",
        "  d_loss   1.386       any number: neither end is good; near 0 from a minimax loss, the generator has lost",
        f"pictures: {tmp_path}/samples/step_12.png, {tmp_path}/samples/step_12_components.png",
        f"numbers:  {tmp_path}/metrics.jsonl, {tmp_path}/summary.json; curves: tensorboard --logdir {tmp_path}",
        f"samples:  python experiments/sample.py --workdir={tmp_path} --num=64 --out={tmp_path}.png",
    ]


def test_the_time_of_a_resumed_run_is_that_of_its_last_call(tmp_path):
    line = told(SUMMARY | {"first_step": 8}, tmp_path).splitlines()[0]
    assert line.startswith("done: 12 steps in 1 h 1 min since step 8 on 1 x cpu")


def test_a_run_without_a_terminal(tmp_path, monkeypatch, capsys):
    arguments = (f"--config={EXPERIMENTS / 'toy_deligan.py'}", f"--workdir={tmp_path}", *TINY)
    assert call("run", *arguments, monkeypatch=monkeypatch) == 0
    printed = capsys.readouterr()
    compiling, *lines = printed.err.splitlines()
    assert compiling == "step 0 of 12 (0.0%), compiling a program of 2 steps, 0 s"
    launched = [line for line in lines if not line.startswith("step ")]  # there are more of these on a slow machine
    assert len(launched) == 1 and launched[0].startswith("first steps after ") and ": imports " in launched[0]
    assert printed.out.startswith("done: 12 steps in ") and "0 to 1, lower is better" in printed.out
    assert f"{tmp_path}/samples/step_12.png" in printed.out and "{" not in printed.out


def test_flops_of_known_programs():
    a, b = jnp.ones((3, 4)), jnp.ones((4, 5))

    def scanned(a, b):
        return lax.scan(lambda carry, _: (carry + (a @ b).sum(), None), 0.0, length=7)[0]

    def either(a, b):
        return lax.cond(a[0, 0] > 0, lambda: a @ b, lambda: jnp.zeros((3, 5)))

    product = 2 * 3 * 4 * 5
    assert flops(jax.make_jaxpr(jnp.matmul)(a, b).jaxpr) == product
    assert 7 * product <= flops(jax.make_jaxpr(scanned)(a, b).jaxpr) <= 7 * (product + 10)
    assert product <= flops(jax.make_jaxpr(either)(a, b).jaxpr) <= product + 20
    images, kernel = np.ones((2, 8, 8, 3), np.float32), np.ones((5, 5, 3, 4), np.float32)

    def conv(x, k):
        return lax.conv_general_dilated(x, k, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    assert flops(jax.make_jaxpr(conv)(images, kernel).jaxpr) == 2 * (2 * 4 * 4 * 4) * (5 * 5 * 3)


@pytest.mark.parametrize(("cost", "expected"), [(CHUNK_FLOPS // 50, 50), (10 * CHUNK_FLOPS, 1), (1, 1000)])
def test_a_call_on_a_cpu_is_short(cost, expected):
    overrides = ["--config.train.log_every=1000", "--config.train.checkpoint_every=1000"]
    config = load_config(str(EXPERIMENTS / "toy_deligan.py"), overrides)
    assert chunk_length(config, None, jax.devices(), lambda steps: cost * steps) == expected
