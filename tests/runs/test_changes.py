"""What may change in a run that goes on, and what is refused with the reason."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mogan import data
from mogan.algorithm.optim import scheduled
from mogan.config import base, flatten, update
from mogan.config.commands import load_config
from mogan.errors import InputError
from mogan.runs.best import improves
from mogan.runs.changes import other_programs, refusals
from mogan.runs.folder import read_config, write_config
from mogan.runs.load import load_run
from mogan.runs.log import read_jsonl
from mogan.training.train import train
from tests.helpers.support import EXPERIMENTS, TINY, assert_close, shrink

OLD = flatten(base()) | {"train.steps": 1000}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that ended, and goes on with all that may change; what it says; and one that was as long from the start."""
    folder = tmp_path_factory.mktemp("finished")
    config = load_config(str(EXPERIMENTS / "toy_deligan.py"), [*TINY, "--config.eval.best=mode_kl"])
    first = train(config, folder / "run")
    long = {"train.steps": 18, "train.log_every": 3, "train.eval_every": 3, "train.keep": 1, "eval.num_samples": 50}
    longer = update(config, long | {"eval.best": "void", "train.chunk": 2})
    whole = train(update(config, {"train.steps": 18}), folder / "whole")
    return folder / "run", first, longer, whole


def test_a_best_state_that_a_run_has_not_come_to_goes(tmp_path):
    """As what was logged after the step from which it goes on: a run that was killed before its first checkpoint."""
    config = load_config(str(EXPERIMENTS / "toy_deligan.py"), [*TINY, "--config.eval.best=void"])
    train(config, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    best = tmp_path / "run" / "best"
    next(best.iterdir()).rename(best / "12")
    train(update(config, {"train.steps": 6}), tmp_path / "run")
    assert [path.name for path in best.iterdir()] == ["6"]


def test_a_finished_run_goes_on(finished, capsys):
    folder, first, longer, whole = finished
    second = train(longer, folder)
    said = capsys.readouterr().err
    assert f"resuming {folder} at step 12 of 18" in said
    assert "train.log_every was 2, now 3; train.eval_every was 6, now 3; train.chunk was 0, now 2): the numbers" in said
    assert second["steps"] == 18 and second["state_sha256"] != first["state_sha256"]
    assert read_config(folder) == flatten(longer)
    steps = [record["step"] for record in read_jsonl(folder / "metrics.jsonl") if "void" in record]
    assert steps == [6, 12, 15, 18]
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["18"]
    # the best by another score is sought from here on, among what is still there
    assert (folder / "best_mode_kl").is_dir()
    assert {path.name for path in (folder / "best").iterdir()} <= {"15", "18"}
    run, other = (_params(path) for path in (folder, folder.with_name("whole")))
    assert_close(run, other, rtol=1e-4, atol=1e-5)
    assert train(longer, folder) == second
    assert "has finished its 18 steps" in capsys.readouterr().err


def _params(folder):
    return load_run(folder).state.params


def test_more_steps_of_the_same_programs_are_bit_for_bit(tmp_path, capsys):
    config = load_config(str(EXPERIMENTS / "toy_deligan.py"), list(TINY))
    train(update(config, {"train.steps": 4}), tmp_path / "short")
    longer = update(config, {"train.steps": 8})
    found = train(longer, tmp_path / "short")
    assert "device programs" not in capsys.readouterr().err  # the old end is a line of the log: the programs agree
    assert found["state_sha256"] == train(longer, tmp_path / "whole")["state_sha256"]


def test_a_summary_of_fewer_steps_is_no_end(tmp_path):
    """A run that went on, and was killed after its last checkpoint."""
    config = shrink(load_config(str(EXPERIMENTS / "toy_deligan.py"), []))
    old = json.dumps(train(config, tmp_path))
    longer = update(config, {"train.steps": 8})
    new = train(longer, tmp_path)
    (tmp_path / "summary.json").write_text(old)
    again = train(longer, tmp_path)
    assert (again["steps"], again["state_sha256"]) == (8, new["state_sha256"])


@pytest.mark.parametrize(
    ("new", "reached", "reason"),
    [
        ({"optim.lr": 1e-3}, 500, "optim.lr was 0.0002, now 0.001"),
        ({"train.seed": 1, "train.log_every": 7}, 500, "train.seed was 0, now 1"),
        ({"train.steps": 400}, 500, "train.steps = 400, and the run has reached step 500: give more"),
        ({"train.steps": 500}, 500, "train.steps = 500, and the run has reached step 500: give more"),
        (
            {"train.steps": 2000, "optim.decay_start": 0.5},
            1000,
            "train.steps and optim.decay_start were 1000 and 0.5, now 2000 and 0.5: the learning rates fell from step "
            "500 to 0 at 1000 and would fall from step 1000 to 0 at 2000, so those of the 1000 steps so far would have "
            "been others",
        ),
    ],
)
def test_refused(new, reached, reason):
    old = OLD | {name: value for name, value in new.items() if name == "optim.decay_start"}
    assert refusals(old, old | new, reached) == [reason]


def test_allowed():
    new = OLD | {"eval.metrics": ("fid",), "eval.grid": 3, "train.sample_every": 7, "parallel.devices": 1}
    assert refusals(OLD, new, 1000) == []
    assert refusals(OLD, new | {"train.steps": 1001}, 1000) == []
    assert refusals(OLD, new | {"train.steps": 600}, 500) == []
    del new["eval.grid"], new["train.chunk"]
    without = {name: value for name, value in OLD.items() if name != "latent.dim"}  # a field of a later version
    assert refusals(without, OLD, 1000) == []
    assert refusals(without, OLD | {"latent.dim": 3}, 1000) == ["latent.dim was 2, now 3"]


def test_what_is_left_to_the_data_agrees(tmp_path, capsys):
    """A source that was forgotten is named alone, before data choose any field by themselves."""
    config = load_config(str(EXPERIMENTS / "own_images.py"), [])
    found = {"auto": (), "data.image_size": 16, "latent.components": 1, "data.source": f"folder:{tmp_path}"}
    write_config(tmp_path / "run", flatten(config) | found)
    again = update(config, {"data.source": found["data.source"]})
    assert refusals(read_config(tmp_path / "run"), flatten(again), 0) == []
    with pytest.raises(InputError, match=r"another config: data.source was 'folder:[^']*', now 'shapes'; choose"):
        train(config, tmp_path / "run")
    assert capsys.readouterr().err == ""


@given(
    steps=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    shares=st.tuples(st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.sampled_from([0.0, 0.3, 0.5, 1.0])),
    reached=st.integers(0, 60),
)
def test_rates_so_far_stay_what_they_were(steps, shares, reached):
    """What is allowed changes no learning rate of the steps so far."""
    reached = min(reached, steps[0])
    old, new = (
        update(base(), {"train.steps": n, "optim.decay_start": share}) for n, share in zip(steps, shares, strict=True)
    )
    if not refusals(flatten(old), flatten(new), reached):
        so_far = np.arange(reached)
        assert np.all(scheduled(1.0, old)(so_far) == scheduled(1.0, new)(so_far))


def test_programs_are_told_apart():
    assert other_programs(OLD, OLD, 300) == ""
    assert other_programs(OLD, OLD | {"train.steps": 2000, "eval.grid": 2}, 1000) == ""
    assert other_programs(OLD, OLD | {"train.log_every": 10}, 300) == "train.log_every was 100, now 10"
    odd = OLD | {"train.steps": 1001}
    assert "a program ended at 1001" in other_programs(odd, odd | {"train.steps": 2000}, 1001)


def test_what_improves():
    records = [{"step": step, "void": void} for step, void in enumerate([0.1, 0.5, 0.4, 0.4, None])]
    assert improves(records, "void", 2, 1) and improves(records, "void", 2, None)
    assert not improves(records, "void", 3, 2) and not improves(records, "void", 1, 0)
    assert not improves(records, "void", 4, None)


@pytest.fixture
def pictures(tmp_path):
    """npz(x, y) -> the config of a run on these images."""

    def write(x, y):
        np.savez(tmp_path / "data.npz", x=x, y=y)
        config = load_config(str(EXPERIMENTS / "digits_deligan.py"), [f"--config.data.source=npz:{tmp_path}/data.npz"])
        return shrink(config, train__steps=2, schedule__slots=1, optim__decay_start=1.0)

    return write


def test_other_data_are_refused(pictures, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (12, 8, 8, 1), dtype=np.uint8), np.arange(12) % 2
    config, run = pictures(x, y), tmp_path / "run"
    train(config, run)
    kept = (run / "data.json").read_text()
    longer = {"train.steps": 4}
    for changed, reason in [
        ((x ^ 1, y), "the samples differ"),
        ((x, 1 - y), "the labels differ"),
        ((x, np.arange(12) % 3), r"the classes differ \(new: 2\), the labels differ"),
        ((x[:10], y[:10]), "the number of samples was 12, now 10"),
    ]:
        with pytest.raises(InputError, match=f"belongs to a run on other data: {reason}; put the data back"):
            train(update(pictures(*changed), longer), run)
        assert (run / "data.json").read_text() == kept and read_config(run) == flatten(config)
    config = pictures(x, y)
    (run / "data.json").write_text(json.dumps({"shape": [8, 8, 1], "classes": ["0", "1"]}))  # of an earlier version
    assert train(update(config, longer), run)["steps"] == 4
    assert (run / "data.json").read_text() == kept
    (run / "data.json").write_text("[1")
    with pytest.raises(InputError, match=r"data.json cannot be read .*; put it back, or choose another workdir"):
        train(update(config, longer), run)


def test_fresh_points_are_known_by_their_density():
    fresh = update(base(), {"data.points": 0})
    one, same, other = (
        data.identify(data.load(update(fresh, {"data.source": f"toy:{name}"}).data))
        for name in ("circle8", "circle8", "circle8_rare")
    )
    assert one == same and one["samples"] == 0 and one["sha256"].keys() == {"samples", "labels", "modes"}
    assert data.identity.changes(one, other) == ["the modes differ"]
