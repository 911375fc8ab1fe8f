"""mogan.errors: what the one line of an error quotes."""

import subprocess
import sys

import pytest

from mogan.errors import first_line, nearest


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("\n  too many\nfor this"), "too many"),
        (OSError(2, "No such file"), "[Errno 2] No such file"),
        (KeyError(), "KeyError"),
        (ValueError(" \n "), "ValueError"),
    ],
)
def test_the_first_line_of_an_error(error, line):
    assert first_line(error) == line


def test_the_nearest_name_is_given_however_far_it_is():
    assert nearest("fdi", ("is", "fid", "kid")) == "fid"
    assert nearest("", {"a": 1}) == "a"


def test_what_the_library_logs_is_a_line_of_the_program():
    """In a process of its own: this one has handlers already, and keeps them."""
    logs = "lambda: logging.getLogger('mogan.part').warning('%s is odd', 3)"
    program = f"import logging; from mogan.config.commands import run_main; run_main({logs})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "warning: 3 is odd\n")
