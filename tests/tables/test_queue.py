"""experiments/reproduce.py and mogan.tables.queue: what is left of the tables, in which order, and what has failed."""

import json
import os
import sys
import time

import pytest

from mogan.config.commands import load_config
from mogan.machine import pool
from mogan.machine.pool import Ended
from mogan.tables import TABLES, cost
from mogan.tables.queue import TASKS, Queue, Task
from tests.helpers.support import EXPERIMENTS, call

TOY, IMAGES = Task("delifisher_toy", 2, "toys"), Task("gmgan_3_mnist", 1, "digits")


def queue(place, *tasks, **overrides):
    return Queue(tasks or (TOY, IMAGES), EXPERIMENTS, place / "runs", place / "out", overrides)


def finish(place, job):
    """As a run or a table would that came to its end."""
    if job.command[1].endswith("tables.py"):
        (place / "out").mkdir(parents=True, exist_ok=True)
        (place / "out" / f"{job.name.split()[0]}.md").touch()
    else:
        folder = place / "runs" / job.name.split()[1]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "summary.json").touch()
    return Ended(job, 0)


def test_runs_come_task_by_task_and_a_table_when_all_its_runs_are_there(tmp_path):
    own, order = queue(tmp_path), []
    while job := own.next_job():
        order.append(job.name)
        own.take(finish(tmp_path, job))
    toys = [f"delifisher_toy delifisher_toy_three_{variant}" for variant in TABLES["delifisher_toy"].variants]
    images = [f"gmgan_3_mnist mnist_gmgan_{variant}_0" for variant in ("gmgan", "gmgan_std")]
    assert order == [*toys, "delifisher_toy table", *images, "gmgan_3_mnist table"]
    assert queue(tmp_path).next_job() is None  # another day nothing is left
    later = time.time() + 10
    os.utime(tmp_path / "runs" / "mnist_gmgan_gmgan_0" / "summary.json", (later, later))
    assert queue(tmp_path).next_job().name == "gmgan_3_mnist table"


def test_a_job_is_the_run_of_the_table(tmp_path, monkeypatch):
    job = queue(tmp_path, **{"train.log_every": 7}).next_job()
    python, program, config, workdir, *changes = job.command
    assert (python, program) == (sys.executable, str(EXPERIMENTS / "run.py"))
    assert workdir == f"--workdir={tmp_path / 'runs' / 'delifisher_toy_three_gan'}"
    monkeypatch.chdir(EXPERIMENTS.parent)
    found = load_config(config.removeprefix("--config="), changes)
    assert (found.train.seeds, found.train.log_every, found.data.source) == (2, 7, "toy:three")


def test_what_fails_is_told_and_not_tried_again(tmp_path):
    own = queue(tmp_path)
    first, second = own.next_job(), own.next_job()
    second.log.parent.mkdir(parents=True)
    second.log.write_text("step 1\nd_loss is not finite\n")
    own.take(Ended(second, 1))
    own.take(Ended(first, 143))  # stopped by a signal: no failure
    assert own.failures == {second.name: "d_loss is not finite"}
    assert own.next_job().name.startswith("delifisher_toy ")
    second.log.write_text("error: no such data\n")
    own.take(Ended(second, 2))
    assert own.next_job().name.startswith("gmgan_3_mnist ")  # without its data a task cannot go on


def test_hours_are_those_of_the_logged_speed_else_an_estimate(tmp_path, monkeypatch):
    monkeypatch.setitem(cost.HOURS, "delifisher_toy", 0.5)  # of each of two seeds
    own = queue(tmp_path)
    assert own.left(TOY) == (7, 0, 7.0)
    folder = tmp_path / "runs" / "delifisher_toy_three_gan"  # 60,000 steps
    (folder / "checkpoints" / "42000").mkdir(parents=True)
    assert own.left(TOY).hours == pytest.approx(6.3)
    records = [{"step": 41000, "steps_per_second": 2.0}, {"step": 42000, "steps_per_second": 5.0}]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    assert own.left(TOY).hours == pytest.approx(6 + 18000 / 5 / 3600)
    finish(tmp_path, own.next_job())
    assert own.left(TOY) == (7, 1, 6.0)


def test_a_run_that_tables_share_counts_once(tmp_path):
    figure, table = Task("deligan_figure_5", 1, "a figure"), Task("deligan_1", 1, "m-IS")
    own = queue(tmp_path, figure, table)
    assert (own.left(figure).runs, own.left(table).runs) == (2, 4)
    assert own.left(figure, table) == own.left(table)


def test_every_table_is_in_the_queue_or_a_part_of_one_that_is():
    tasks, parts = [task.table for task in TASKS], ("small_data", "gmgan_figure_2", "gmgan_figure_7")
    assert len(set(tasks)) == len(tasks) and set(tasks) <= set(TABLES)
    for name in set(TABLES) - set(tasks):  # all sets of the study at once, or one data set of a figure
        assert name in parts or name.startswith(tuple(f"{part}_" for part in parts))


def test_the_program(tmp_path, monkeypatch, capsys):
    place = [f"--workdir={tmp_path / 'runs'}", f"--out={tmp_path / 'out'}"]
    assert call("reproduce", "--list", "--only=modes,logan_toy_full", *place, monkeypatch=monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["logan_toy_full", "modes", "in"]
    assert "0 of   36 runs" in lines[1] and "0 of   48 runs" in lines[2]

    def work(next_job, slots, seconds, pinned):
        assert (slots, seconds, pinned) == (2, 1800, True)
        job = next_job()
        job.log.parent.mkdir(parents=True)
        job.log.write_text("error: no such data\n")
        yield Ended(job, 2)

    monkeypatch.setattr(pool, "work", work)
    monkeypatch.setenv("JAX_PLATFORMS", "")
    asked = ["--only=gmgan_3_mnist", "--hours=0.5", "--slots=2", *place]
    assert call("reproduce", *asked, monkeypatch=monkeypatch) == 1
    out, err = capsys.readouterr()
    assert "gmgan_3_mnist mnist_gmgan_gmgan_0: ended (error: no such data)" in out and "1 jobs failed" in err


@pytest.mark.parametrize(
    ("flag", "message"),
    [("--only=mode", "--only=mode: mode is none; did you mean modes?"), ("--hours=0", "--hours=0.0: give"),
     ("--slots=0", "--slots=0: give a number above 0"), ("--config.train.stepz=1", "did you mean")],
)  # fmt: skip
def test_what_is_refused(flag, message, tmp_path, monkeypatch, capsys):
    assert call("reproduce", flag, f"--workdir={tmp_path}", monkeypatch=monkeypatch) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
