"""The papers' tables: python experiments/tables.py --table=deligan_toy [--seeds=10] [--workdir=DIR] [--out=DIR]

deligan_toy, gmgan_toy, delifisher_toy, logan_toy, logan_bigan_toy   toy densities; figures
deligan_1, deligan_2, deligan_3     m-IS: CIFAR-10, similar and dissimilar sketches
delifisher                          Inception Score: CIFAR-10 (its tables 1 and 2)
logan_1, logan_2, logan_3           CIFAR-10: Inception Score of GANs; SSIM and Inception Score of BiGANs
modes                               VEEGAN's and PacGAN's ring and grid: every loss, one Gaussian and a mixture
logan_toy_full, logan_bigan_toy_full, modes_full   these three at the papers' sizes
stacked_mnist, stacked_mnist_full   1,000 modes: every loss, one Gaussian and a mixture; small, and at VEEGAN's size
small_data, small_data_sketches, small_data_mnist, small_data_cifar, small_data_signs
              the papers' priors under a modern baseline: FID, KID and more against held-out images
own_images    the recipe for own images beside the papers' priors: likewise; --config.data.source=folder:DIR
own_images_scales                   its precision against its recall over the latent's scale, with one Gaussian beside
deligan_figure_4, deligan_figure_5, deligan_figure_6   samples side by side: MNIST-500, CIFAR-10, sketches
gmgan_2_cifar10, gmgan_2_stl10      Inception Score
gmgan_3_mnist, gmgan_3_fashion, gmgan_3_signs   clustering
gmgan_figure_2, gmgan_figure_2_cifar10, gmgan_figure_2_stl10   Inception Score over the latent's scale
gmgan_figure_7, gmgan_figure_7_cifar10, gmgan_figure_7_stl10, gmgan_figure_7_fashion, gmgan_figure_7_mnist
              quality against diversity over the latent's scale: dynamic mixtures, four data sets or one

A table is made in one command: every row is trained and scored, and NAME.json, NAME.md, NAME.tex, NAME.html (a page
with links to the reports of the runs) and pictures are written beside the runs, or to --out, with the paper's figures.
Rows that --workdir already holds are not made again.

--list         rows, data and weights of every table, about how long it trains, and which of its runs --workdir holds
--quick        a small version in minutes: few rows and steps, images of scikit-learn's digits; it is written to the
               folder quick and says itself what it is
--dry_run      the commands that train and score each run, printed and not run
--train_only   trains every row and scores none, as where weights are missing; it names what the scores need

--config.group.field=value changes every row, as --config.data.dir=DIR. The table says what departs from its set-up.
--readme puts the stored tables of experiments/results into README.md, and trains nothing.
"""

import argparse
from pathlib import Path

from mogan.config.choices import TABLES, check_choice
from mogan.config.commands import parse_override, read_arguments, run_main
from mogan.errors import InputError
from mogan.machine.files import expanded

EXPERIMENTS = Path(__file__).parent
SCORES = ("num", "classifier", "features", "epochs")  # fields of settings.Settings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", metavar="NAME", help="one of those above")
    parser.add_argument("--list", action="store_true", help="print what there is to know of each, and make none")
    parser.add_argument("--readme", action="store_true", help="write the stored tables into README.md")
    parser.add_argument("--rows", default="", metavar="VARIANT,...", help="some of its models (default the paper's)")
    parser.add_argument("--seeds", type=int, help="runs a row (default 10 of a toy, else as the paper)")
    parser.add_argument(
        "--workdir", metavar="DIR", default="runs/tables", help="where the runs are kept (default runs/tables)"
    )
    parser.add_argument("--out", metavar="DIR", help="where the table is written (default --workdir)")
    parser.add_argument("--quick", action="store_true", help="a small version, in minutes")
    parser.add_argument("--dry_run", action="store_true", help="print the commands of each run, and make nothing")
    parser.add_argument("--train_only", action="store_true", help="train every row and score none")
    parser.add_argument("--num", type=int, help="images: samples that are scored (default the table's)")
    parser.add_argument("--classifier", help="images: inception, cnn or linear (default: the score's own)")
    parser.add_argument("--features", type=int, help="images: level of Inception's features (default the table's)")
    parser.add_argument("--epochs", type=int, help="images: of networks trained for a score (default the table's)")
    arguments, overrides = read_arguments(parser)
    runs = expanded(arguments.workdir)
    out = expanded(arguments.out) if arguments.out else runs
    if arguments.readme:
        from mogan.tables.readme import write_readme

        write_readme(EXPERIMENTS.parent / "README.md", EXPERIMENTS / "results")
        print("wrote README.md")
        return
    if arguments.quick:
        runs, out = runs / "quick", out / "quick"
    if not arguments.list:
        if not arguments.table:
            raise InputError("give --table=NAME; --list prints what there is to know of each")
        check_choice("table", arguments.table, TABLES)

    from mogan import tables  # after the arguments are checked: JAX takes a second to import

    if arguments.list:
        print("\n\n".join(tables.list_tables(EXPERIMENTS, runs)))
        return
    asked = {
        "experiments": EXPERIMENTS,
        "runs": runs,
        "seeds": arguments.seeds,
        "rows": tuple(filter(None, arguments.rows.split(","))),
        "overrides": dict(map(parse_override, overrides)),
        "scores": {name: value for name in SCORES if (value := getattr(arguments, name)) is not None},
        "quick": arguments.quick,
    }
    if arguments.dry_run:
        print("\n".join(tables.table_commands(arguments.table, **asked)))
    elif arguments.train_only:
        print(tables.train_table(arguments.table, **asked))
    else:
        tables.make_table(arguments.table, out, **asked)
        print(f"wrote {out / arguments.table}.md")


if __name__ == "__main__":
    run_main(main)
