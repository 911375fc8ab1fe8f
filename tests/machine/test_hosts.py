"""Two processes on this machine, with two CPU devices each, train one run as one process does."""

import json
import os
import re
import signal
import socket
import subprocess
import sys

import jax
import numpy as np
import pytest

from mogan.config import update
from mogan.config.commands import load_config
from mogan.errors import InputError
from mogan.machine import hosts
from mogan.runs.checkpoint import restore_latest
from mogan.training.devices import choose_devices
from mogan.training.experiment import make_experiment
from tests.helpers.support import EXPERIMENTS, ROOT, TINY, assert_close, command, wait_for

CONFIG = str(EXPERIMENTS / "toy_deligan.py")
ENVIRONMENT = os.environ | {"JAX_NUM_CPU_DEVICES": "2", "PYTHONWARNINGS": "error"}

BOTH = ("--config.optim.lr=0.001", "--config.schedule.name=alternate")  # so that both players end far from their start
FEWER = ("--config.train.checkpoint_every=8", "--config.train.eval_every=12")  # saved together, which takes long


def free_place():
    """HOST:PORT where nobody listens."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return f"localhost:{free.getsockname()[1]}"


def opened(words):
    """A process whose output is piped."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(list(map(str, words)), cwd=ROOT, env=ENVIRONMENT, text=True, **pipes)


def start_both(folder, *overrides):
    """run.py in two processes, whose folders are `first` and `second`."""
    place = (f"--coordinator={free_place()}", "--num_processes=2")
    return [
        opened(
            command(
                "run", f"--config={CONFIG}", f"--workdir={folder / name}", *place, f"--process_id={index}", *overrides
            )
        )
        for index, name in enumerate(("first", "second"))
    ]


def finish(processes):
    """[(exit status, its lines on stderr but for those of the library that connects CPUs)]"""
    ends = []
    for process in processes:
        _, err = process.communicate(timeout=300)
        ends.append((process.returncode, [line for line in err.splitlines() if "Gloo" not in line]))
    return ends


def check_equals_one_process(folder, overrides):
    """The run of several processes in `folder` ended as one device alone ends."""
    config = load_config(CONFIG, [*overrides, "--config.parallel.devices=1"])
    program = make_experiment(config).program
    state = program.init()
    fresh = program.get(state)
    expected, _ = program.run(state, 0, config.train.steps)
    found, step = restore_latest(folder / "checkpoints", fresh)
    assert step == config.train.steps
    expected = program.get(expected)
    assert_close(found, expected, rtol=1e-3, atol=2e-3)
    # far more than the tolerance: parameters that were left as they began would not pass
    moved = jax.tree.map(lambda new, old: np.abs(new - old).max(), expected.params, fresh.params)
    assert min(max(jax.tree.leaves(moved[group])) for group in moved) > 0.01, moved


def test_stopped_by_a_signal_to_one_they_go_on_and_equal_one(tmp_path):
    overrides = (*TINY, *BOTH, "--config.train.steps=60", "--config.data.batch_size=48", *FEWER)
    folder = tmp_path / "first"
    processes = start_both(tmp_path, *overrides)
    wait_for(processes[0], lambda: (folder / "checkpoints" / "8").exists())
    processes[1].send_signal(signal.SIGTERM)
    (status, lines), (other, own) = finish(processes)
    assert (status, other) == (143, 143) and lines[-1].startswith("stopped by a signal at step")
    assert any(line.startswith("stopping after step") for line in own)
    assert not (folder / "summary.json").exists()

    (status, lines), (other, _) = finish(start_both(tmp_path, *overrides))
    assert (status, other) == (0, 0) and "resuming" in lines[0]
    assert json.loads((folder / "summary.json").read_text())["device"] == "4 x cpu"
    assert not (tmp_path / "second").exists()
    check_equals_one_process(folder, overrides)


def test_seeds_spread_over_processes_equal_one(tmp_path):
    """In one pair of processes: configs that differ are refused and leave nothing, four seeds are trained, and the next
    time nothing is left to do."""
    overrides, place = (*TINY, *BOTH, "--config.train.seeds=4"), free_place()
    runs = [[(*overrides, f"--config.train.seed={index}"), overrides, overrides] for index in range(2)]
    worker = (sys.executable, "-m", "tests.helpers.hosts_worker", CONFIG)
    both = [opened((*worker, tmp_path / f"{i}", place, 2, i, json.dumps(own))) for i, own in enumerate(runs)]
    for process in both:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        refused, trained, again = json.loads(out.splitlines()[-1])
        assert "config.train.seed = 1 in process 1 of the run, 0 in process 0" in refused
        assert trained == again == "" and "resuming" not in err
    check_equals_one_process(tmp_path / "0", overrides)
    assert not (tmp_path / "1").exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("data.batch_size", 25, "config.data.batch_size = 25: give a multiple of 2"),
        ("parallel.devices", 3, "config.parallel.devices = 3: give a multiple of 2"),
        ("parallel.mode", "pmap", "config.parallel.mode = 'pmap' works in one process"),
    ],
)
def test_what_two_processes_cannot_share(field, value, message, monkeypatch):
    config = update(load_config(CONFIG, []), {field: value})
    monkeypatch.setattr(jax, "process_count", lambda: 2)
    monkeypatch.setattr(jax, "devices", lambda: [None] * 4)
    with pytest.raises(InputError, match=re.escape(message)):
        choose_devices(config)


def test_an_error_of_one_ends_the_other(tmp_path):
    (tmp_path / "first").write_text("a file where the folder should be")
    first, second = finish(start_both(tmp_path, *TINY))
    assert first[0] == 2 and len(first[1]) == 1 and "cannot be made and locked" in first[1][0]
    assert second[0] == 1 and len(second[1]) == 1 and "another process of this run stopped" in second[1][0]


def test_a_place_that_makes_no_sense(tmp_path):
    with pytest.raises(InputError, match="coordinator = HOST:PORT, `num_processes` and `process_id`"):
        hosts.connect("localhost:1", 2, 5)
