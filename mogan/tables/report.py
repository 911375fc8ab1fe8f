"""Tables: means and standard errors over runs, as Markdown."""

import math

from mogan.metrics.standard_error import mean_and_error


def cell(values, digits: int) -> str:
    """ "mean ± standard error" of values [S], with that many decimals."""
    mean, error = mean_and_error(values)
    return f"{mean:.{digits}f}" if math.isnan(error) else f"{mean:.{digits}f} ± {error:.{digits}f}"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = [header, [":--"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
