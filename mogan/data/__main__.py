"""python -m mogan.data SOURCE: the program of mogan.plots.contact_sheet under a name that is quick to type.

It is loaded by name: it draws, and what draws stands above the data.
"""

from importlib import import_module

from mogan.config.commands import run_main

if __name__ == "__main__":
    run_main(import_module("mogan.plots.contact_sheet").main)
