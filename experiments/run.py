"""Trains a model: python experiments/run.py --config=FILE.py[:variant] --workdir=DIR [--config.group.field=value ...]

--config=FILE.py --help lists every field of that config, --list the configs beside this program.

Run again with the same arguments, it goes on where it stopped; also with more --config.train.steps, or other intervals,
scores (eval.*) and devices. Ctrl-C stops it after the steps under way, and again at once; both save first.

Compiled programs and decoded images are kept in $MOGAN_CACHE, by default ~/.cache/mogan, for the next start.

On several hosts, start it on each with --distributed; the first of them alone needs --workdir's disk, all of them need
the data.
"""

import argparse
import time
from pathlib import Path

from mogan.config import listing
from mogan.config.commands import load_config, read_arguments, run_main
from mogan.errors import InputError

STARTED = time.monotonic()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False
    )
    parser.add_argument("-h", "--help", action="store_true", help="show this, and with --config every field")
    parser.add_argument("--list", action="store_true", help="list the configs, their variants, data and cost")
    parser.add_argument("--config", metavar="FILE.py[:variant]", help="a config file of experiments/")
    parser.add_argument("--workdir", metavar="DIR", help="the folder of the run")
    parser.add_argument("--distributed", action="store_true", help="one of several processes, which the cluster counts")
    parser.add_argument("--coordinator", metavar="HOST:PORT", help="of the first process, where no cluster says so")
    parser.add_argument("--num_processes", type=int, metavar="N", help="how many there are")
    parser.add_argument("--process_id", type=int, metavar="I", help="which of them this is, from 0")
    arguments, overrides = read_arguments(parser)
    if arguments.list:
        print(listing.configs(Path(__file__).parent), end="")
        return
    if arguments.help:
        fields = listing.of_reference(arguments.config, overrides) if arguments.config else ""
        print(f"{parser.format_help()}\n{fields}".rstrip())
        return
    for name in ("config", "workdir"):
        if getattr(arguments, name) is None:
            parser.error(f"the following arguments are required: --{name} (--list shows the configs)")
    if not arguments.workdir:
        raise InputError("--workdir is empty: give the folder of the run")
    config = load_config(arguments.config, overrides)

    from mogan.machine import hosts  # after the arguments are checked: JAX takes a second to import
    from mogan.runs.summary import told
    from mogan.training.devices import make_ready
    from mogan.training.train import train

    make_ready(config)
    place = (arguments.coordinator, arguments.num_processes, arguments.process_id)
    if arguments.distributed or place != (None, None, None):
        hosts.connect(*place)
    summary = train(config, arguments.workdir, imports=time.monotonic() - STARTED)
    if summary:
        print(told(summary, arguments.workdir))


if __name__ == "__main__":
    run_main(main)
