"""Tables: means and standard errors over runs, as Markdown."""

import math

from mogan.metrics.standard_error import mean_and_error


def cell(values, digits: int) -> str:
    """ "mean ± standard error" of values [S], with that many decimals."""
    mean, error = mean_and_error(values)
    return f"{mean:.{digits}f}" if math.isnan(error) else f"{mean:.{digits}f} ± {error:.{digits}f}"


def counted(number: int, noun: str) -> str:
    """ "1 seed", "2 seeds"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = [header, [":--"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def latex(text: str) -> str:
    """The Markdown tables in a text as LaTeX (of the package booktabs), each beneath the heading before it."""
    parts, table, heading = [], [], ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif table:
            parts.append(_tabular(heading, table))
            table = []
        if line.startswith("#"):
            heading = line.lstrip("# ")
    return "\n".join(parts)


def _tabular(heading, table):
    header, _, *rows = table
    columns = "l" + "r" * (len(header) - 1)
    lines = [" & ".join(map(_escaped, row)) + r" \\" for row in (header, *rows)]
    body = [r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule"]
    return "\n".join([f"% {heading}", rf"\begin{{tabular}}{{{columns}}}", *body, r"\end{tabular}", ""])


def _escaped(text):
    marked = "".join(f"\\{letter}" if letter in "&%$#_{}" else letter for letter in text)
    return marked.replace("±", r"$\pm$")
