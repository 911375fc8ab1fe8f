"""What is said of a number: its range, and which end is good."""

import re

import pytest

from mogan.algorithm.updates import SEEN
from mogan.metrics import toy_scores
from mogan.metrics.meanings import MEANINGS, explained, meaning
from mogan.runs.best import BETTER


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("void", "0 to 1, lower is better: share of samples between the modes"),
        ("share_12", "0 to 1: best at the mode's weight"),
        ("fid/fid", "0 up, lower is better"),
        ("clustering/ari", "-0.5 to 1, higher is better"),
        ("least_share", "0 to 1, higher is better: 0 for a lost mode"),
        ("of_my_own", ""),
    ],
)
def test_explained(name, expected):
    assert explained(name) == expected


def test_every_score_of_a_toy_is_explained_and_in_its_range():
    modes = [(0.0, 0.0), (9.0, 0.0)]
    for samples in ([(0.0, 0.1), (9.0, 0.1)], [(0.0, 0.1), (4.0, 4.0)]):
        for name, value in toy_scores(samples, modes, 1.0, [0.5, 0.5]).items():
            ends = re.fullmatch(r"0 (?:to 1|up|to the number of modes)|any number", meaning(name).range)
            assert ends, name
            assert ends[0] != "0 to 1" or 0 <= value <= 1
            assert ends[0] == "any number" or value >= 0


def test_what_a_training_step_says_is_explained():
    assert set(SEEN) <= set(MEANINGS)


def test_what_has_a_good_end_can_be_sought():
    assert BETTER["fid/fid"] is min and BETTER["void"] is min and BETTER["is/mean"] is max
    assert "d_loss" not in BETTER and "share_#" not in BETTER and set(BETTER) <= set(MEANINGS)
