"""Samples from a trained run: python experiments/sample.py --workdir=DIR --num=64 --out=FILE.png|FILE.npz

A .png is a grid of images or a scatter of points; an .npz holds x (uint8 images [n, h, w, c] or float32 points [n, d]),
z [n, d] and component [n]. Needs no data set.
"""

import argparse

from mogan.commands import run_main


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", required=True, metavar="DIR", help="the folder of a run")
    parser.add_argument("--num", type=int, default=64, help="how many samples (default 64)")
    parser.add_argument("--component", type=int, help="draw from this component of the latent only")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies every component's covariance (default 1)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw (default 0)")
    parser.add_argument("--member", type=int, default=0, help="which of the runs trained side by side (default 0)")
    parser.add_argument("--ema", action="store_true", help="use the generator's moving average")
    parser.add_argument("--out", required=True, metavar="FILE", help="FILE.png or FILE.npz")
    arguments = parser.parse_args()

    from mogan.restore import sample_to_file  # after the arguments are checked: JAX takes a second to import

    sample_to_file(**vars(arguments))
    print(f"wrote {arguments.out}")


if __name__ == "__main__":
    run_main(main)
