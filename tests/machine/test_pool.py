"""mogan.machine.pool: jobs side by side, and an end that lets each save what it has."""

import os
import signal
import sys
import threading
import time

import pytest

from mogan.machine.pool import Job, work

SAVES = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("saved"), sys.exit(3)))
print("up", flush=True)
time.sleep(60)
"""
MEETS = """
import os, pathlib, sys, time
print(sorted(os.sched_getaffinity(0)))
place, own = pathlib.Path("PLACE"), sys.argv[1]
(place / own).touch()
while not (place / {"a": "b", "b": "a", "c": "c"}[own]).exists():
    time.sleep(0.01)
print(any((place / f"{name}.end").exists() for name in "ab"))
(place / f"{own}.end").touch()
"""


def job(place, name, program):
    return Job(name, (sys.executable, "-S", "-c", program, name), place / f"{name}.log")


def queue(*jobs):
    left = list(jobs)
    return lambda: left.pop(0) if left else None


def test_all_run_and_each_has_its_log_and_status(tmp_path):
    program = "import sys; print(sys.argv[1]); raise SystemExit(len(sys.argv[1]))"
    jobs = [job(tmp_path / "logs", name, program) for name in ("a", "bb", "ccc")]
    ended = {done.job.name: done.status for done in work(queue(*jobs), 2, 60)}
    assert ended == {"a": 1, "bb": 2, "ccc": 3}
    assert [(tmp_path / "logs" / f"{name}.log").read_text().strip() for name in ended] == list(ended)


def test_as_many_at_a_time_as_there_are_slots_each_on_its_core(tmp_path):
    jobs = [job(tmp_path, name, MEETS.replace("PLACE", str(tmp_path))) for name in "abc"]
    own = os.sched_getaffinity(0)
    assert len(list(work(queue(*jobs), 2, 60, pinned=True))) == 3 and os.sched_getaffinity(0) == own
    lines = [(tmp_path / f"{name}.log").read_text().splitlines() for name in "abc"]
    cores, others_ended = zip(*lines, strict=True)
    assert set(cores) <= {f"[{core}]" for core in own} and len(set(cores[:2])) == min(2, len(own))
    assert others_ended[2] == "True"  # c began when a or b had ended


@pytest.mark.parametrize("by_signal", [False, True])
def test_at_the_end_of_the_time_or_at_a_signal_each_is_asked_to_save(by_signal, tmp_path):
    jobs = [job(tmp_path, name, SAVES) for name in "abc"]

    def interrupt():
        while not all((tmp_path / f"{name}.log").exists() and (tmp_path / f"{name}.log").read_text() for name in "ab"):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    if by_signal:
        threading.Thread(target=interrupt, daemon=True).start()
    ended = list(work(queue(*jobs), 2, 60 if by_signal else 1.5))
    assert [(done.job.name, done.status) for done in sorted(ended)] == [("a", 3), ("b", 3)]
    assert (tmp_path / "a.log").read_text().split() == ["up", "saved"] and not (tmp_path / "c.log").exists()


def test_an_error_of_the_caller_leaves_none_running(tmp_path):
    running = work(queue(job(tmp_path, "a", "pass"), job(tmp_path, "b", SAVES)), 2, 60)
    assert next(running).job.name == "a"
    while not (tmp_path / "b.log").read_text():
        time.sleep(0.05)
    running.close()
    assert (tmp_path / "b.log").read_text().split() == ["up", "saved"]
