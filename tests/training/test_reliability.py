"""Runs that are killed, stopped, damaged or starved end as they would have, or say why they cannot."""

import json
import os
import signal
import subprocess

import pytest

from mogan.config.commands import load_config
from mogan.errors import RunError
from mogan.runs.log import read_jsonl
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, TINY, command, sha, start, wait_for

LONG = (  # enough checkpoints to be killed between, before and within
    "--config.train.steps=160",
    "--config.train.checkpoint_every=20",
    "--config.train.log_every=10",
    "--config.train.eval_every=40",
    "--config.train.sample_every=0",
    "--config.eval.num_samples=100",
    "--config.train.chunk=4",
)


def run_toy(workdir, *overrides):
    return start("run", f"--config={EXPERIMENTS / 'toy_deligan.py'}", f"--workdir={workdir}", *overrides)


def finish(process, status=0):
    out, err = process.communicate(timeout=300)
    assert process.returncode == status, err
    return out, err


def test_killed_and_resumed_equals_uninterrupted(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(load_config(str(EXPERIMENTS / "toy_deligan.py"), list(LONG)), whole)
    folder = killed / "checkpoints"

    def saving():
        return any(name.startswith("tmp_") for name in os.listdir(folder)) if folder.exists() else False

    points = [
        lambda: (killed / "config.json").exists(),  # before the first checkpoint
        saving,  # within a save
        lambda: (folder / "80").exists(),  # after several
    ]
    for point in points:
        process = run_toy(killed, *LONG)
        wait_for(process, point)
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        process.communicate()
        assert not (killed / "summary.json").exists()

    process = run_toy(killed, *LONG)
    wait_for(process, lambda: (folder / "120").exists())
    process.send_signal(signal.SIGTERM)
    _, err = finish(process, 128 + signal.SIGTERM)
    assert "stopping after step" in err
    assert "stopped by a signal at step" in err and "run again to go on" in err
    assert not (killed / "summary.json").exists()

    _, err = finish(run_toy(killed, *LONG))
    assert "resuming" in err
    assert sha(killed) == sha(whole)
    ends = [(record["step"], record.get("void")) for record in read_jsonl(killed / "metrics.jsonl")]
    assert ends == [(record["step"], record.get("void")) for record in read_jsonl(whole / "metrics.jsonl")]


def test_two_processes_on_one_workdir(tmp_path):
    first = run_toy(tmp_path, *LONG, "--config.train.steps=1000000")
    wait_for(first, lambda: (tmp_path / "config.json").exists())
    second = run_toy(tmp_path, *LONG, "--config.train.steps=1000000")
    _, err = second.communicate(timeout=120)
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert f"in use by process {first.pid}" in err and err.count("\n") == 1


def test_no_room_on_the_disk(tmp_path):
    arguments = (f"--config={EXPERIMENTS / 'toy_deligan.py'}", f"--workdir={tmp_path / 'run'}", *LONG)
    starved = ["bash", "-c", 'ulimit -f 10; exec "$@"', "bash", *command("run", *arguments)]  # files of 10 KiB at most
    done = subprocess.run(starved, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "cannot hold" in done.stderr and done.stderr.count("\n") == 1
    assert os.listdir(tmp_path / "run") == [".lock"]


@pytest.fixture
def config():
    return load_config(str(EXPERIMENTS / "toy_deligan.py"), list(TINY))


def test_a_damaged_summary_is_written_anew(config, tmp_path):
    whole = train(config, tmp_path)
    for content in ("", "[1", "{}"):
        (tmp_path / "summary.json").write_text(content)
        again = train(config, tmp_path)
        assert (again["metrics"], again["state_sha256"]) == (whole["metrics"], whole["state_sha256"])
        assert json.loads((tmp_path / "summary.json").read_text()) == again


@pytest.mark.parametrize("damage", ["truncate", "flip", "delete"])
def test_damaged_checkpoint_falls_back(damage, config, tmp_path, caplog):
    whole = train(config, tmp_path)
    assert sorted(int(name) for name in os.listdir(tmp_path / "checkpoints")) == [4, 8, 12]
    (tmp_path / "summary.json").unlink()
    files = [path for path in (tmp_path / "checkpoints" / "12").rglob("*") if path.is_file()]
    largest = max(files, key=lambda path: path.stat().st_size)
    content = largest.read_bytes()
    if damage == "delete":
        largest.unlink()
    else:
        half = len(content) // 2
        largest.write_bytes(
            content[:half] + (bytes([content[half] ^ 1]) + content[half + 1 :] if damage == "flip" else b"")
        )
    again = train(config, tmp_path)
    assert again["state_sha256"] == whole["state_sha256"]
    assert any("12 is damaged" in record.getMessage() for record in caplog.records)


def test_not_finite_stops_with_the_last_good_checkpoint(tmp_path):
    overrides = [*TINY, "--config.schedule.name=alternate", "--config.optim.lr=1e36"]
    config = load_config(str(EXPERIMENTS / "toy_deligan.py"), [*overrides, "--config.train.checkpoint_every=1"])
    with pytest.raises(RunError, match=r"not finite .*the last good checkpoint in .* is kept; try a smaller"):
        train(config, tmp_path)
    assert os.listdir(tmp_path / "checkpoints") == ["1"]
    assert not (tmp_path / "summary.json").exists()


def test_finished_run_is_not_run_again(config, tmp_path):
    first = train(config, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert train(config, tmp_path) == first
    kept = [path for path in before if path.name not in (".lock", "config.json")]
    assert all(path.stat().st_mtime_ns == before[path] for path in kept)


def test_a_picture_that_fails_costs_nothing_else(tmp_path, monkeypatch, capsys):
    """Checkpoints, scores and the summary are those of a run whose pictures were drawn, and the failure is told."""
    config = load_config(f"{EXPERIMENTS}/toy_deligan.py", [*TINY, "--config.train.sample_every=6"])
    whole, failed = tmp_path / "whole", tmp_path / "failed"
    expected = train(config, whole)

    def broken(*arguments, **options):
        raise RuntimeError("latex could not be found")

    monkeypatch.setattr("mogan.plots.figures.scatter_figure", broken)
    capsys.readouterr()
    assert train(config, failed)["state_sha256"] == expected["state_sha256"]
    told = capsys.readouterr().err
    for step in (6, 12):
        assert f"pictures of step {step} failed (RuntimeError: latex could not be found)" in told
    assert {path.name for path in (failed / "checkpoints").iterdir()} == {
        path.name for path in (whole / "checkpoints").iterdir()
    }
    assert len(read_jsonl(failed / "metrics.jsonl")) == len(read_jsonl(whole / "metrics.jsonl"))
    assert not list(failed.glob("samples/*")) and len(list(whole.glob("samples/*"))) == 2
