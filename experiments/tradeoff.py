"""Quality against diversity over the latent's scale, of runs that were scored already (GM-GAN, figure 7):

python experiments/tradeoff.py gan=gan0.json,gan1.json gmgan=gmgan0.json,gmgan1.json --out=FILE.png

Each file is one run's, by evaluate.py --metrics=qd --scales=0.5,0.6,...,2.0 --out=FILE.json, all with the same seed and
reference; several of a model give its mean and standard error. FILE.md, beside the figure, has the numbers.
experiments/tables.py --table=gmgan_figure_7 trains and scores the paper's own models, and draws them.
"""

import argparse

from mogan.config.commands import check_out, run_main
from mogan.errors import InputError
from mogan.machine.files import atomic_write


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="NAME=FILE,FILE", help="a model and the files of its runs")
    parser.add_argument("--out", required=True, metavar="FILE.png")
    arguments = parser.parse_args()
    out = check_out(arguments.out, ".png")
    files = dict(map(files_of, arguments.models))
    if len(files) < len(arguments.models):
        raise InputError(f"{' '.join(arguments.models)}: give each model a name of its own")

    from mogan.plots import curves, sheets
    from mogan.tables import tradeoff  # after the arguments are checked: Matplotlib takes a second to import

    sweeps = tradeoff.read_sweeps(files)
    table = tradeoff.table(sweeps)
    sheets.save_png(out, curves.tradeoff_figure({name: sweep[1:] for name, sweep in sweeps.items()}))
    atomic_write(out.with_suffix(".md"), table)
    print(table, end="")


def files_of(argument: str):
    name, equals, files = argument.partition("=")
    if not (name and equals and files):
        raise InputError(f"{argument}: give a model as NAME=FILE,FILE")
    return name, files.split(",")


if __name__ == "__main__":
    run_main(main)
