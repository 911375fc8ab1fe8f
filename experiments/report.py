"""A page for the browser: python experiments/report.py --workdir=DIR [--out=FILE.html]

--workdir=DIR        a run: what it is, its scores, curves, pictures through training, latent and config
--workdirs=DIR,DIR   runs side by side, with the fields in which their configs differ; of those that differ in their
                     seed alone, the mean and its standard error
--table=FILE.json    a table of experiments/tables.py, each cell linked to its run

The page is one file of at most 10 MB, which loads nothing from anywhere. It is written to --out, by default
DIR/report.html, or beside the table. Runs write their own at their end (config.eval.report). Pictures that need the
data are left out where these are not at hand.
"""

import argparse
from pathlib import Path

from mogan.config.choices import given
from mogan.config.commands import check_out, run_main
from mogan.errors import InputError
from mogan.machine.files import expanded
from mogan.runs import names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", default="", metavar="DIR", help="the folder of a run")
    parser.add_argument("--workdirs", default="", metavar="DIR,DIR", help="folders of runs")
    parser.add_argument("--table", default="", metavar="FILE.json", help="what tables.py wrote")
    parser.add_argument("--out", default="", metavar="FILE.html", help="where the page is written")
    arguments = parser.parse_args()
    asked = {name: value for name in ("workdir", "workdirs", "table") if (value := getattr(arguments, name))}
    if len(asked) != 1:
        raise InputError(f"give one of `workdir`, `workdirs` and `table`, not {len(asked)} of them")
    workdirs = [arguments.workdir] if arguments.workdir else list(filter(None, arguments.workdirs.split(",")))
    for workdir in workdirs:
        names.check_run(workdir)
    out = check_out(arguments.out or _beside(arguments), ".html")

    if arguments.table:
        from mogan.plots.report.table import write as write_table

        write_table(expanded(arguments.table), out)
    else:
        from mogan.plots.report.runs import write  # after the arguments are checked: JAX takes a second to import

        write(workdirs, out)
    print(f"wrote {out}")


def _beside(arguments) -> Path:
    """Where a page goes if nobody says."""
    if arguments.workdirs:
        raise InputError(f"{given('workdirs', arguments.workdirs)}: say where the page goes, by `out`, as FILE.html")
    if arguments.table:
        return expanded(arguments.table).with_suffix(".html")
    return names.report(expanded(arguments.workdir))


if __name__ == "__main__":
    run_main(main)
