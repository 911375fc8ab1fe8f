"""Samples from a trained run: python experiments/sample.py --workdir=DIR --num=64 --out=FILE.png|FILE.npz|DIR/

A .png is a sheet of images or a scatter of points; an .npz holds x (uint8 images [n, h, w, c] or float32 points
[n, d]), z [n, d] and component [n]; a new folder, DIR/, an image a file, named by its component if there are several.
Of a run on images, --show=NAME makes another picture, real images in red frames:

samples          samples, of all components or one; the default
components       a row of samples for each latent component, beside the number that --component takes, for 20 of them
                 if there are more
sweep            samples with the latent's covariance scaled, a row for each of --scales (GM-GAN, figure 6)
reconstructions  pairs of a real image and its way back through the encoder and the generator
interpolations   a row for each straight line in z, between two real images or, without an encoder, two samples
means            the image of each component's mean, beneath its number, in a map of the means by t-SNE
neighbours       samples, each over the training image nearest to it
augmented        training images, each beside what the discriminator sees of it in training

Reconstructions, neighbours, augmented and interpolations between real images need the data set; the others do not.
"""

import argparse

from mogan.config.choices import MOST_SAMPLES, PICTURES, check_choice, check_whole
from mogan.config.commands import check_out, run_main
from mogan.runs.names import CHECKPOINTS, check_run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", required=True, metavar="DIR", help="the folder of a run")
    parser.add_argument("--show", default="samples", metavar="NAME", help="one of those above (default samples)")
    parser.add_argument(
        "--num",
        type=int,
        help="how many samples (default 64), neighbours or pairs (32), rows of lines (8), samples a row (10)",
    )
    parser.add_argument("--component", type=int, help="draw from this component of the latent only")
    parser.add_argument("--scale", type=float, help="multiplies every component's covariance (default 1)")
    parser.add_argument(
        "--scales", type=numbers, metavar="NUMBER,...", help="sweep: its rows (default 0.1,0.4,0.7,1,1.5,2)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw (default 0)")
    parser.add_argument("--member", type=int, default=0, help="which of the runs trained side by side (default 0)")
    parser.add_argument("--checkpoint", default="last", help="last, or best: by config.eval.best (default last)")
    parser.add_argument(
        "--ema",
        action=argparse.BooleanOptionalAction,
        help="use the generator's moving average (default: where the run keeps one)",
    )
    parser.add_argument(
        "--batch_stats", action="store_true", help="batch norm by the samples made at once (DeLiGAN's program)"
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="FILE.png, FILE.npz or DIR/")
    arguments = parser.parse_args()
    check_out(arguments.out, ".png", ".npz", "/")
    check_choice("show", arguments.show, PICTURES)
    check_choice("checkpoint", arguments.checkpoint, CHECKPOINTS)
    check_whole("num", arguments.num, 1, MOST_SAMPLES)
    for name in ("seed", "member", "component"):
        check_whole(name, getattr(arguments, name))
    check_run(arguments.workdir)

    from mogan.plots.drawings import sample_to_file  # after the arguments are checked: JAX takes a second to import

    sample_to_file(**vars(arguments))
    print(f"wrote {arguments.out}")


def numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, filter(None, text.split(","))))


if __name__ == "__main__":
    run_main(main)
