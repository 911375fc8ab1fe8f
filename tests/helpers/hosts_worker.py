"""Run by test_hosts.py as one of several processes: they train one run after another, and print how each ended.

python -m tests.helpers.hosts_worker CONFIG WORKDIR COORDINATOR PROCESSES INDEX '[[OVERRIDE, ...], ...]'
"""

import json
import sys
from pathlib import Path

from mogan.config.commands import load_config
from mogan.errors import InputError
from mogan.machine import hosts
from mogan.training.train import train


def ended(config, workdir) -> str:
    """What the error says, which leaves no folder, or nothing."""
    try:
        train(config, workdir)
    except InputError as error:
        assert not Path(workdir).exists()
        return str(error)
    return ""


if __name__ == "__main__":
    reference, folder, coordinator, processes, index, runs = sys.argv[1:]
    hosts.connect(coordinator, int(processes), int(index))
    print(json.dumps([ended(load_config(reference, overrides), folder) for overrides in json.loads(runs)]))
