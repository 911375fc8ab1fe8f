"""Figures of trained runs: python experiments/figures.py --figure=NAME --workdirs=DIR,DIR,... --out=FILE.png

Of 2-D data, but for curves:

samples   samples coloured by component, a panel a run (GM-GAN, figure 3)
sweep     samples with the latent's covariance scaled, a column a run (GM-GAN, figure 4), by --scales=0.1,0.5,...
curves    negative log-likelihood over training, a line a run (GM-GAN, figure 5); --score=NAME: any score that runs on
          any data logged, as is/mean (LOGAN, figure 5); --average=N: its running mean over N evaluations
contours  the discriminator's logit under the samples, a panel a run (LOGAN, figure 3)
joint     (x, E(x)) and (G(z), z) over D(x, E(x)), a panel a run with an encoder and one-dimensional z (LOGAN, figure 4)
line      of data of one dimension: D's logit and its gradient over x, data, samples, reconstructions (LOGAN, figure 2b)
"""

import argparse

from mogan.config.choices import FIGURES, check_choice, check_whole
from mogan.config.commands import check_out, run_main
from mogan.runs.names import check_run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figure", required=True, metavar="NAME", help="one of those above")
    parser.add_argument("--workdirs", required=True, metavar="DIR,DIR", help="folders of runs on the same data")
    parser.add_argument("--score", help="curves: what was logged (default log_likelihood)")
    parser.add_argument("--average", type=int, help="curves: running mean over so many evaluations (default 1: none)")
    parser.add_argument("--scales", type=numbers, metavar="NUMBER,...", help="sweep: of the covariance")
    parser.add_argument("--out", required=True, metavar="FILE.png")
    arguments = parser.parse_args()
    out = check_out(arguments.out, ".png")
    check_choice("figure", arguments.figure, FIGURES)
    workdirs = arguments.workdirs.split(",")
    check_whole("average", arguments.average, 1)
    options = {name: getattr(arguments, name) for name in ("score", "average", "scales")}
    for workdir in workdirs:
        check_run(workdir)

    from mogan.plots import sheets, views  # after the arguments are checked: JAX takes a second to import

    sheets.save_png(out, views.draw(arguments.figure, workdirs, **options))


def numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, filter(None, text.split(","))))


if __name__ == "__main__":
    run_main(main)
