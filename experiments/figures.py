"""Figures of trained 2-D runs: python experiments/figures.py --figure=NAME --workdirs=DIR,DIR,... --out=FILE.png

samples   samples coloured by component, a panel a run (GM-GAN, figure 3)
sweep     samples with the latent's covariance scaled, a column a run (GM-GAN, figure 4)
curves    negative log-likelihood over training, a line a run (GM-GAN, figure 5)
contours  the discriminator's logit under the samples, a panel a run (LOGAN, figure 3)
joint     (x, E(x)) and (G(z), z) over D(x, E(x)), a panel a run with an encoder and one-dimensional z (LOGAN, figure 4)
"""

import argparse

from mogan.config.choices import FIGURES, check_choice
from mogan.config.commands import check_out, run_main
from mogan.runs.names import check_run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure", required=True, metavar="NAME", help="one of those above")
    parser.add_argument("--workdirs", required=True, metavar="DIR,DIR", help="folders of runs on the same data")
    parser.add_argument("--out", required=True, metavar="FILE.png")
    arguments = parser.parse_args()
    out = check_out(arguments.out, ".png")
    check_choice("--figure", arguments.figure, FIGURES)
    workdirs = arguments.workdirs.split(",")
    for workdir in workdirs:
        check_run(workdir)

    from mogan.plots import sheets, views  # after the arguments are checked: JAX takes a second to import

    sheets.save_png(out, views.VIEWS[arguments.figure](workdirs))


if __name__ == "__main__":
    run_main(main)
