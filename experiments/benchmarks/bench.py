"""Measures mogan against PyTorch on this machine, in one run and one table: python experiments/benchmarks/bench.py

A ratio says how many times better mogan is: the median over rounds of the ratio within a round, in which all contenders
have their turn. PyTorch's programs are the same networks, batch and precision as its users write them, eager
(channels_last, fused Adam) and with torch.compile. What is missing, PyTorch, its compiler or torch-fidelity, leaves
mogan's own numbers, and the table says why. CPU, GPU or TPU: whatever JAX finds. Each part has a process of its own.
Compiled programs are kept for the next run, mogan's in $MOGAN_CACHE and torch.compile's by itself.

pip install -e '.[bench]'
python experiments/benchmarks/bench.py                                   (ten minutes on 2 CPU cores, once compiled)
python experiments/benchmarks/bench.py --only=toy,cifar2k --rounds=5 --out=experiments/results
"""

import argparse
import importlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from table import Rounds, Row, markdown, record

from mogan.config.commands import make_writable, run_main
from mogan.errors import InputError, RunError
from mogan.machine.files import expanded

MODULES = ("toy", "logan", "images", "sampling", "inception", "processes", "compiling")
PACKAGES = ("mogan", "jax", "jaxlib", "torch", "torch-fidelity")
NAME = "bench"  # of the files


def parts() -> dict:
    """{name: Part} of all, in the table's order."""
    return {part.name: part for module in MODULES for part in importlib.import_module(module).PARTS}


def arguments():
    """The command line, its numbers checked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="list the parts and what they measure")
    parser.add_argument("--only", metavar="NAME,...", help="these parts (default: all)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each is measured (default 3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="least time of one measurement (default 2)")
    parser.add_argument("--out", metavar="DIR", default="runs/bench", help="where bench.json and bench.md go")
    found = parser.parse_args()
    if found.rounds < 1:
        raise InputError(f"--rounds={found.rounds}: give a whole number from 1")
    if not 0 < found.seconds < math.inf:
        raise InputError(f"--seconds={found.seconds}: give a number above 0")
    return found


def chosen(only: str | None, known: dict) -> list[str]:
    """The names of --only, all without it. Raises InputError for one that is not there."""
    names = [name.strip() for name in only.split(",")] if only is not None else [*known]
    for name in names:
        if name not in known:
            raise InputError(f"--only={only}: there is no part {name!r}; choose of {', '.join(known)}")
    return [*dict.fromkeys(names)]


def measure(name: str, rounds: Rounds) -> dict:
    """{"device", "versions", "parts": {name: rows}} of one part, in this process."""
    from timing import device

    found = {package.metadata["Name"]: package.version for package in metadata.distributions()}
    rows = parts()[name].run(rounds)
    versions = {package: found[package] for package in PACKAGES if package in found}
    return {"device": device(), "versions": versions, "parts": {name: [record(row) for row in rows]}}


def measure_apart(name: str, rounds: Rounds) -> dict:
    """As `measure`, in a process of its own, whose threads, devices and memory no other part has touched.

    Raises RunError if it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = {"--only": name, "--rounds": rounds.number, "--seconds": rounds.seconds, "--out": folder}
        command = [sys.executable, __file__, *(f"{option}={value}" for option, value in given.items())]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RunError(f"{name}: {' '.join(done.stderr.split())[-400:]}")
        return json.loads(Path(folder, f"{NAME}.json").read_text(encoding="utf-8"))


def measure_all(names: list[str], rounds: Rounds, say: Callable) -> tuple[dict, list[str]]:
    """(as `measure`, of all that work; the errors of those that do not), each one `say`s its rows."""
    found, errors = {"parts": {}}, []
    for name in names:
        try:
            own = (measure if len(names) == 1 else measure_apart)(name, rounds)
        except RunError as error:
            errors.append(str(error))
            continue
        found = own | {"parts": found["parts"] | own["parts"]}
        say(markdown(rows_of(own)))
    return found, errors


def rows_of(found: dict) -> list[Row]:
    """The rows of what `measure` gives."""
    records = [row for rows in found["parts"].values() for row in rows]
    return [Row(**{field: row[field] for field in Row._fields}) for row in records]


def page(found: dict, rounds: Rounds) -> str:
    """The Markdown file of what was measured."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return f"""# mogan beside PyTorch

On {found["device"]}; {versions}. Medians of {rounds.number} rounds; "times" is how many times better mogan is, the
median of the ratios within a round, with the least and the largest of them; starts, compilation and memory are
measured once. Written by `python experiments/benchmarks/bench.py`.

{markdown(rows_of(found))}"""


def main():
    given = arguments()

    from mogan.machine.compilation import keep_programs  # after the arguments are checked: JAX takes a second to import
    from mogan.machine.files import atomic_write

    known = parts()
    if given.list:
        print("\n".join(f"{part.name:10} {part.measures}" for part in known.values()))
        return
    names, out, rounds = chosen(given.only, known), expanded(given.out), Rounds(given.rounds, given.seconds)
    make_writable(out, f"--out={given.out}")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # PyTorch needs some of a GPU's memory, too
    keep_programs()
    found, errors = measure_all(names, rounds, lambda text: print(text, flush=True))
    if found["parts"]:
        atomic_write(out / f"{NAME}.json", json.dumps(found | rounds._asdict(), indent=1) + "\n")
        atomic_write(out / f"{NAME}.md", page(found, rounds))
        print(f"wrote {out / NAME}.json and .md")
    if errors:
        raise RunError("; ".join(errors))


if __name__ == "__main__":
    run_main(main)
