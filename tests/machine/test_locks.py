"""A folder is not deleted while it is read, nor read once it is to be deleted."""

import errno
import fcntl
import os

import pytest

from mogan.machine.locks import held_to_delete, held_to_read


def test_a_reader_keeps_it_and_another_reader_may_join(tmp_path):
    with held_to_read(tmp_path) as one, held_to_read(tmp_path) as another, held_to_delete(tmp_path) as free:
        assert one and another and not free
    with held_to_delete(tmp_path) as free, held_to_read(tmp_path) as stays:
        assert free and not stays


def test_a_folder_that_has_gone(tmp_path):
    with held_to_read(tmp_path / "gone") as stays, held_to_delete(tmp_path / "gone") as free:
        assert not stays and not free


@pytest.mark.parametrize("replaced", [False, True])
def test_renamed_before_it_is_held(replaced, tmp_path, monkeypatch):
    folder, flock = tmp_path / "3", fcntl.flock
    folder.mkdir()

    def late(descriptor, kind):
        folder.rename(tmp_path / "tmp_3")
        if replaced:
            folder.mkdir()
        flock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    with held_to_read(folder) as stays:
        assert not stays


def test_a_disk_without_locks(tmp_path, monkeypatch):
    def unknown(descriptor, kind):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", unknown)
    with held_to_read(tmp_path) as stays, held_to_delete(tmp_path) as free:
        assert stays and free
