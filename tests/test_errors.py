"""mogan.errors: what the one line of an error quotes."""

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
