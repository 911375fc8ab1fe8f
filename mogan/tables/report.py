"""Tables: means and standard errors over runs, as Markdown."""

import math

import numpy as np


def mean_and_error(values) -> tuple[float, float]:
    """(mean, standard error of the mean) of values [S], float64; the error of a single value is nan.

    Raises ValueError for no value.
    """
    values = np.asarray(values, np.float64)
    if values.size == 0:
        raise ValueError("no value to average")
    error = values.std(ddof=1) / math.sqrt(values.size) if values.size > 1 else math.nan
    return float(values.mean()), float(error)


def cell(values, digits: int) -> str:
    """ "mean ± standard error" of values [S], with that many decimals."""
    mean, error = mean_and_error(values)
    return f"{mean:.{digits}f}" if math.isnan(error) else f"{mean:.{digits}f} ± {error:.{digits}f}"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = [header, [":--"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
