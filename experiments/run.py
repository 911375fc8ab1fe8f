"""Trains a model: python experiments/run.py --config=FILE.py[:variant] --workdir=DIR [--config.group.field=value ...]

Run again with the same arguments, it goes on where it stopped.
"""

import argparse
import json

from mogan.commands import load_config, run_main
from mogan.errors import InputError


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True, metavar="FILE.py[:variant]", help="a config file of experiments/")
    parser.add_argument("--workdir", required=True, metavar="DIR", help="the folder of the run")
    arguments, overrides = parser.parse_known_args()
    if not arguments.workdir:
        raise InputError("--workdir is empty: give the folder of the run")
    config = load_config(arguments.config, overrides)

    from mogan.parallel import use_all_cores  # after the arguments are checked: JAX takes a second to import
    from mogan.train import train

    use_all_cores(config)
    summary = train(config, arguments.workdir)
    if summary:
        print(json.dumps(summary["metrics"]))
        print(f"done: {summary['steps']} steps, see {arguments.workdir}/summary.json and {arguments.workdir}/samples")


if __name__ == "__main__":
    run_main(main)
