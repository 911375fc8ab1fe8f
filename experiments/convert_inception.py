"""Weight file of Inception-v3 for IS and FID: python experiments/convert_inception.py --source=FILE.pth

Scores fetch and convert it by themselves; this is for a machine without a network. FILE.pth is the network of
2015-12-05 as either of these offers it, under the name it has there:

https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth
https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth

PyTorch is not needed. The digests printed are SHA-256, as sha256sum shows them.
"""

import argparse

from mogan.config.commands import run_main


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, metavar="FILE.pth", help="the file downloaded")
    place = "the weight file to write (default $MOGAN_INCEPTION, or inception.npz in $MOGAN_CACHE or ~/.cache/mogan)"
    parser.add_argument("--out", metavar="FILE.npz", help=place)
    arguments = parser.parse_args()

    from mogan.metrics.networks.inception_weights import (  # after the check: JAX takes a second to import
        convert,
        default_path,
    )

    out = arguments.out or default_path()
    digests = convert(arguments.source, out)
    print(f"{digests.source}  {arguments.source}\n{digests.result}  {out}")


if __name__ == "__main__":
    run_main(main)
