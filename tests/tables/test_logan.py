"""mogan.tables.logan: the best running mean of what a run logged."""

import pytest

from mogan.tables import image
from mogan.tables.logan import LOGAN_2, LOGAN_3, RUNNING, best_running_mean
from mogan.tables.rows import Request
from tests.helpers.support import EXPERIMENTS


def test_the_best_mean_of_ten_in_a_row():
    values = [0.5, *[0.1] * 9, *[0.2] * 10, 0.0]
    records = [{"step": step, "ssim/mean": value} for step, value in enumerate(values)]
    others = [{"step": 3, "d_loss": 1.0}, {"step": 4, "ssim/mean": None}]
    assert best_running_mean(records + others) == {f"best mean of {RUNNING} (Gaussian)": [pytest.approx(0.2), None]}
    assert best_running_mean(records[:9]) == {}


def test_runs_of_both_tables_are_the_same_and_log_ssim(tmp_path):
    request = Request("logan_2", EXPERIMENTS, tmp_path, 1, {}, {})
    (two,), (three,) = (image.runs_of(table, request, "lol1") for table in (LOGAN_2, LOGAN_3))
    assert two[:2] == three[:2] and two[0].eval.metrics == ("ssim",) and two[2].window == "uniform"
    assert two[0].train.steps // two[0].train.eval_every >= RUNNING
