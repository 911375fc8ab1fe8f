"""mogan.runs.log: JSON lines that survive kills and resumes, TensorBoard events read back, atomic files."""

import json
import math
import os
import stat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tensorboardX.proto import event_pb2

from mogan.errors import InputError
from mogan.runs import log


def events(workdir):
    """All events below workdir/tensorboard in TensorBoard's order, decoded by hand from the record format."""
    for path in sorted((workdir / "tensorboard").iterdir()):
        data = path.read_bytes()
        while data:
            length = int.from_bytes(data[:8], "little")
            event = event_pb2.Event()
            event.ParseFromString(data[12 : 12 + length])
            yield event
            data = data[16 + length :]


def board_scalars(workdir):
    """{(tag, step): value} as TensorBoard shows it: a session's start purges what stands at its step and later."""
    shown = {}
    for event in events(workdir):
        if event.HasField("session_log"):
            shown = {key: value for key, value in shown.items() if key[1] < event.step}
        shown |= {(v.tag, event.step): v.simple_value for v in event.summary.value if v.HasField("simple_value")}
    return shown


def test_scalars_reach_both_sinks_and_the_line_is_there_before_close(tmp_path):
    writer = log.make_writer(tmp_path)
    writer.scalars(np.int32(3), {"loss": np.float32(0.5), "loss/seeds": [1.0, 4.0]})
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 3, "loss": 0.5, "loss/seeds": [1.0, 4.0]}\n'
    writer.close()
    assert board_scalars(tmp_path) == {("loss", 3): 0.5, ("loss/seeds", 3): 2.5}


def test_non_finite_numbers_are_null_in_json_and_a_gap_in_tensorboard(tmp_path, caplog):
    writer = log.make_writer(tmp_path)
    writer.scalars(1, {"a": math.nan, "b": [1.0, math.inf], "c": 2.0})
    writer.close()
    assert log.read_jsonl(tmp_path / "metrics.jsonl") == [{"step": 1, "a": None, "b": [1.0, None], "c": 2.0}]
    assert board_scalars(tmp_path) == {("c", 1): 2.0}
    assert not caplog.records


def test_images_reach_tensorboard_unchanged(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    writer = log.make_writer(tmp_path)
    writer.image(2, "samples", picture)
    writer.close()
    [(event, value)] = [(event, value) for event in events(tmp_path) for value in event.summary.value]
    (tmp_path / "back.png").write_bytes(value.image.encoded_image_string)
    with Image.open(tmp_path / "back.png") as back:
        np.testing.assert_array_equal(np.asarray(back), picture)
    assert (event.step, value.tag) == (2, "samples")


def test_a_resumed_run_shows_every_step_once_even_within_one_second(tmp_path):
    first = log.make_writer(tmp_path)
    for step in (1, 2, 3):
        first.scalars(step, {"loss": float(step)})
    first.close()
    second = log.make_writer(tmp_path, resume_step=2)
    second.scalars(3, {"loss": 30.0})
    second.close()
    assert [(r["step"], r["loss"]) for r in log.read_jsonl(tmp_path / "metrics.jsonl")] == [(1, 1), (2, 2), (3, 30)]
    assert board_scalars(tmp_path) == {("loss", 1): 1, ("loss", 2): 2, ("loss", 3): 30}


def test_a_fresh_run_takes_back_what_an_attempt_without_checkpoint_left(tmp_path):
    for value in (1.0, 2.0):
        writer = log.make_writer(tmp_path)
        writer.scalars(0, {"loss": value})
        writer.close()
    assert log.read_jsonl(tmp_path / "metrics.jsonl") == [{"step": 0, "loss": 2.0}]
    assert board_scalars(tmp_path) == {("loss", 0): 2.0}


@pytest.mark.parametrize("values", [{"step": 1.0}, {"a": []}, {"a": [[1.0]]}])
def test_values_that_are_no_metric_are_refused_before_anything_is_written(tmp_path, values):
    writer = log.make_writer(tmp_path)
    with pytest.raises(ValueError, match="give a float or a list"):
        writer.scalars(1, values)
    writer.close()
    assert not (tmp_path / "metrics.jsonl").exists()


@settings(max_examples=50)
@given(steps=st.lists(st.integers(0, 20), max_size=8), last=st.integers(-1, 20), cut=st.integers(1, 1000))
def test_truncation_keeps_whole_lines_up_to_the_step(tmp_path_factory, steps, last, cut):
    path = tmp_path_factory.mktemp("jsonl") / "m.jsonl"
    lines = [json.dumps({"step": step, "name": "ü", "value": [0.1, None]}) + "\n" for step in steps]
    half = b'{"step": 0, "name": "\xc3\xbc", "value": 1.5}'
    path.write_bytes("".join(lines).encode() + half[: cut % len(half)])
    assert log.read_jsonl(path) == [json.loads(line) for line in lines]
    log.truncate_jsonl(path, last)
    assert path.read_text() == "".join(line for line, step in zip(lines, steps, strict=True) if step <= last)
    assert [p.name for p in path.parent.iterdir()] == ["m.jsonl"]


def test_a_whole_last_line_counts_though_its_line_break_is_missing(tmp_path):
    path = tmp_path / "m.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}')
    log.truncate_jsonl(path, 2)
    log.append_jsonl(path, {"step": 3})
    assert log.read_jsonl(path) == [{"step": 1}, {"step": 2}, {"step": 3}]


def test_truncating_no_file_is_no_error_and_reading_none_is_one(tmp_path):
    log.truncate_jsonl(tmp_path / "m.jsonl", 5)
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError):
        log.read_jsonl(tmp_path / "m.jsonl")


@pytest.mark.parametrize("damage", [b"{\n", b"\n", b"[1]\n", b"\xff\n"])
def test_damage_before_the_last_line_is_reported_with_its_place_and_left_alone(tmp_path, damage):
    path = tmp_path / "m.jsonl"
    content = b'{"step": 1}\n' + damage + b'{"step": 3}\n'
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"m\.jsonl: line 2 is not a JSON object"):
        log.truncate_jsonl(path, 3)
    assert path.read_bytes() == content


def test_truncation_needs_a_step_on_every_line(tmp_path):
    path = tmp_path / "m.jsonl"
    path.write_text('{"step": 1}\n{"loss": 1}\n')
    with pytest.raises(InputError, match="line 2 has no"):
        log.truncate_jsonl(path, 3)


def test_records_that_json_cannot_hold_leave_no_trace(tmp_path):
    with pytest.raises(TypeError):
        log.append_jsonl(tmp_path / "m.jsonl", {"step": 1, "a": object()})
    assert not list(tmp_path.iterdir())


def test_atomic_write_replaces_makes_folders_and_obeys_the_umask(tmp_path):
    path = tmp_path / "a" / "b.txt"
    log.atomic_write(path, "é")
    assert path.read_bytes() == b"\xc3\xa9"
    log.atomic_write(str(path), b"two")
    assert path.read_bytes() == b"two"
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failed_write_keeps_the_old_file_and_leaves_no_temporary(tmp_path, monkeypatch, failing):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="disk full"):
        log.atomic_write(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"
