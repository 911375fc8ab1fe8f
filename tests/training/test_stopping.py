"""Ctrl-C and SIGTERM: acknowledged at once, obeyed after the steps under way; again, at once; nothing is lost."""

import os
import signal
import sys
import threading
import time

import pytest

from mogan.config.commands import load_config
from mogan.errors import Stopped
from mogan.machine.signals import Halt, signals
from mogan.machine.waiting import in_background
from mogan.runs.log import read_jsonl
from mogan.training import loop
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, TINY, start

CONFIG = load_config(str(EXPERIMENTS / "toy_deligan.py"), list(TINY))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder and the summary of a run that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, train(CONFIG, folder)


def interrupt(times, number=signal.SIGINT):
    for _ in range(times):
        os.kill(os.getpid(), number)
        time.sleep(0.05)  # the handlers of this thread run


def on_call(count, function, action):
    """`function` that first does action() at its call number `count`."""
    calls = []

    def called(*args, **kwargs):
        calls.append(args)
        if len(calls) == count:
            action()
        return function(*args, **kwargs)

    return called


def checkpoints(folder):
    return sorted(int(path.name) for path in (folder / "checkpoints").iterdir())


def evaluations(folder):
    return [(record["step"], record["void"]) for record in read_jsonl(folder / "metrics.jsonl") if "void" in record]


@pytest.mark.parametrize(
    ("times", "number", "at_once", "step", "told"),
    [
        (1, signal.SIGINT, False, 6, ["stopping after step 6; again to stop now"]),
        (2, signal.SIGTERM, True, 4, ["stopping after step 6; again to stop now", "stopping now"]),
    ],
)
def test_a_signal_while_the_devices_work(times, number, at_once, step, told, whole, tmp_path, monkeypatch, capsys):
    waits = 4  # of each chunk's end, for its losses, and of the first for the speed: now for those of steps 5 and 6
    with monkeypatch.context() as patch:
        patch.setattr(loop, "until_ready", on_call(waits, loop.until_ready, lambda: interrupt(times, number)))
        with pytest.raises(Stopped, match=f"at step {step} of 12; run again to go on from {tmp_path}") as stopped:
            train(CONFIG, tmp_path)
    assert (stopped.value.status, stopped.value.at_once) == (128 + number, at_once)
    assert isinstance(stopped.value, KeyboardInterrupt)
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("stopping")] == told
    assert checkpoints(tmp_path)[-1] == step
    assert not (tmp_path / "summary.json").exists()
    assert train(CONFIG, tmp_path)["state_sha256"] == whole[1]["state_sha256"]
    assert evaluations(tmp_path) == evaluations(whole[0])


def test_a_second_signal_ends_an_evaluation_which_is_made_again(whole, tmp_path, monkeypatch):
    def interrupted(experiment):
        def evaluate(*args):
            interrupt(2)
            pytest.fail("went on")

        return experiment._replace(evaluate=evaluate)

    with monkeypatch.context() as patch:
        make = sys.modules["mogan.training.train"].make_experiment
        patch.setattr(sys.modules["mogan.training.train"], "make_experiment", lambda config: interrupted(make(config)))
        with pytest.raises(Stopped, match="at once by a second signal at step 4 of 12"):
            train(CONFIG, tmp_path)
    assert train(CONFIG, tmp_path)["state_sha256"] == whole[1]["state_sha256"]
    assert evaluations(tmp_path) == evaluations(whole[0])


def test_a_save_is_not_interrupted(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(loop.checkpoint, "save", on_call(1, loop.checkpoint.save, lambda: interrupt(2)))
        with pytest.raises(Stopped, match="at step 2 of 12"):
            train(CONFIG, tmp_path)
    assert checkpoints(tmp_path) == [2, 4]


def test_signals_while_it_compiles(tmp_path, monkeypatch):
    """A compiler in the way of the main thread delays neither the answer nor the end."""
    monkeypatch.setenv("JAX_ENABLE_COMPILATION_CACHE", "false")  # it does compile
    process = start("run", f"--config={EXPERIMENTS / 'digits_deligan.py'}", f"--workdir={tmp_path}")
    assert "step 0 of " in (line := process.stderr.readline()) and "compiling a program of" in line
    time.sleep(0.5)
    for expected in ("stopping after step 0; again to stop now\n", "stopping now\n"):
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        assert process.stderr.readline() == expected
        assert time.monotonic() - sent < 2
    _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT
    assert err == f"stopped at once by a second signal at step 0 of 5000; run again to go on from {tmp_path}\n"


def test_what_was_before_comes_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Halt), signals(lambda count: None) as stop:
        interrupt(1)
        assert stop.number == signal.SIGINT
        with stop.shielded():
            interrupt(1)
            shielded = True
        pytest.fail("went on")
    assert shielded
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_two_signals_that_python_sees_as_one():
    """While the main thread does not run, the first is acknowledged, and the second is not lost."""
    told = []
    with pytest.raises(Halt), signals(told.append) as stop:
        pid = os.getpid()
        os.system(f"kill -TERM {pid}; sleep 0.2; kill -TERM {pid}; sleep 0.2")  # waits in C
        time.sleep(1)
    assert told == [1, 2] and stop.number == signal.SIGTERM


def test_elsewhere_than_in_the_main_thread_nothing_changes():
    def elsewhere():
        with signals(lambda count: None) as stop:
            return stop.number, signal.getsignal(signal.SIGINT)

    found = []
    thread = threading.Thread(target=lambda: found.append(elsewhere()))
    thread.start()
    thread.join()
    assert found == [(0, signal.getsignal(signal.SIGINT))]


def test_background_work_gives_its_result_or_its_error():
    ticks = []
    assert in_background(lambda: time.sleep(0.5) or 7, lambda: ticks.append(0)) == 7 and ticks
    with pytest.raises(ZeroDivisionError):
        in_background(lambda: 1 / 0, lambda: None)
