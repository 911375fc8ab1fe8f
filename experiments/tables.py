"""The papers' tables: python experiments/tables.py --table=deligan_toy [--seeds=10] [--workdir=DIR] [--out=DIR]

deligan_toy, gmgan_toy, delifisher_toy, logan_toy, logan_bigan_toy   toy densities; figures
deligan_1, deligan_2, deligan_3     m-IS: CIFAR-10, similar and dissimilar sketches
delifisher                          Inception Score: CIFAR-10 (its tables 1 and 2)
logan_1, logan_2, logan_3           CIFAR-10: Inception Score of GANs; SSIM and Inception Score of BiGANs
modes                               VEEGAN's and PacGAN's ring and grid: every loss, one Gaussian and a mixture
small_data, small_data_sketches, small_data_mnist, small_data_cifar, small_data_signs
              the papers' priors under a modern baseline: FID, KID and more against held-out images
deligan_figure_4, deligan_figure_5, deligan_figure_6   samples side by side: MNIST-500, CIFAR-10, sketches
gmgan_2_cifar10, gmgan_2_stl10      Inception Score
gmgan_3_mnist, gmgan_3_fashion, gmgan_3_signs   clustering
gmgan_figure_2, gmgan_figure_2_cifar10, gmgan_figure_2_stl10   Inception Score over the latent's scale
gmgan_figure_7, gmgan_figure_7_cifar10, gmgan_figure_7_stl10, gmgan_figure_7_fashion, gmgan_figure_7_mnist
              quality against diversity over the latent's scale: dynamic mixtures, four data sets or one

Trains and scores every row (what is done in --workdir is not done again) and writes NAME.json, NAME.md and figures
beside the runs, or to --out, with what the paper says. --config.group.field=value changes every row, as
--config.data.dir=DIR. What departs from the table's set-up stands in it.
"""

import argparse
from pathlib import Path

from mogan.config.choices import TABLES, check_choice
from mogan.config.commands import parse_override, read_arguments, run_main
from mogan.machine.files import expanded

EXPERIMENTS = Path(__file__).parent
SCORES = ("num", "classifier", "features", "epochs")  # fields of settings.Settings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", required=True, metavar="NAME", help="one of those above")
    parser.add_argument("--rows", default="", metavar="VARIANT,...", help="some of its models (default the paper's)")
    parser.add_argument("--seeds", type=int, help="runs a row (default 10 of a toy, else as the paper)")
    parser.add_argument(
        "--workdir", metavar="DIR", default="runs/tables", help="where the runs are kept (default runs/tables)"
    )
    parser.add_argument("--out", metavar="DIR", help="where the table is written (default --workdir)")
    parser.add_argument("--num", type=int, help="images: samples that are scored (default 50000)")
    parser.add_argument("--classifier", help="images: inception, cnn or linear (default: the score's own)")
    parser.add_argument("--features", type=int, help="images: level of the Inception features (default 2048)")
    parser.add_argument("--epochs", type=int, help="images: of the networks trained for a score (default 20)")
    arguments, overrides = read_arguments(parser)
    runs = expanded(arguments.workdir)
    out = expanded(arguments.out) if arguments.out else runs
    check_choice("table", arguments.table, TABLES)

    from mogan.tables import make_table  # after the arguments are checked: JAX takes a second to import

    make_table(
        arguments.table,
        out,
        experiments=EXPERIMENTS,
        runs=runs,
        seeds=arguments.seeds,
        rows=tuple(filter(None, arguments.rows.split(","))),
        overrides=dict(map(parse_override, overrides)),
        scores={name: value for name in SCORES if (value := getattr(arguments, name)) is not None},
    )
    print(f"wrote {out / arguments.table}.md")


if __name__ == "__main__":
    run_main(main)
