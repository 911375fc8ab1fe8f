"""Means, standard errors and Markdown."""

from mogan.tables.report import cell, markdown_table


def test_table():
    assert cell([1.0, 3.0], 2) == "2.00 ± 1.00" and cell([1.0], 1) == "1.0"
    assert markdown_table(["model", "void"], [["gan", "0.1"]]) == "| model | void |\n| :-- | --: |\n| gan | 0.1 |\n"
