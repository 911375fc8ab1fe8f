"""The papers' tables: python experiments/tables.py --table=deligan_toy [--seeds=10] [--workdir=DIR] [--out=DIR]

Trains every row (what is already trained in --workdir is not trained again) and writes NAME.json, NAME.md and pictures
to --out, beside what the paper says.
"""

import argparse
import json
from pathlib import Path

from mogan.commands import load_config, run_main
from mogan.errors import InputError

EXPERIMENTS = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", required=True, choices=TABLES)
    parser.add_argument("--seeds", type=int, default=10, help="runs a row, trained side by side (default 10)")
    parser.add_argument("--workdir", default="runs/tables", help="where the runs are kept (default runs/tables)")
    parser.add_argument("--out", default=str(EXPERIMENTS / "results"), help="where the table is written")
    arguments, overrides = parser.parse_known_args()
    if arguments.seeds < 1:
        raise InputError(f"--seeds={arguments.seeds}: give at least 1")
    TABLES[arguments.table](arguments.seeds, Path(arguments.workdir), Path(arguments.out), overrides)
    print(f"wrote {arguments.out}/{arguments.table}.md")


def deligan_toy(seeds, workdir, out, overrides):
    """DeLiGAN figure 3, counted: six models of a unimodal and of a bimodal density."""
    import jax
    import numpy as np

    from mogan import data, plots, report
    from mogan.experiment import of_member
    from mogan.metrics import toy_scores
    from mogan.parallel import use_all_cores
    from mogan.restore import load_run
    from mogan.sampling import make_sampler, variables
    from mogan.train import train
    from mogan.writers import atomic_write

    models = ("gan", "gan++", "ensemble", "nx", "moe", "deligan")
    results, text = {}, [DELIGAN_TOY]
    for density in ("unimodal", "bimodal"):
        panels = []
        for model in models:
            own = [
                f"--config.data.source=toy:{density}",
                f"--config.train.seeds={seeds}",
                "--config.eval.num_samples=10000",
            ]
            config = load_config(f"{EXPERIMENTS / 'toy_deligan.py'}:{model}", [*own, *overrides])
            use_all_cores(config)
            folder = workdir / f"deligan_toy_{density}_{model}"
            summary = train(config, folder)
            if summary is None:
                raise InputError("stopped by a signal; run again to go on")
            scores = {name: np.ravel(value).tolist() for name, value in summary["metrics"].items()}
            results[f"{density}/{model}"] = scores
            run = load_run(folder)
            samples = make_sampler(run.gan)(*variables(of_member(run.state, config, 0)), jax.random.key(0), 1000)
            panels.append((model, samples.x, samples.component))
        truth = data.load(config.data).density
        own = toy_scores(truth.sample(jax.random.key(0), 10_000)[0], truth.modes, truth.std, truth.weights)
        results[f"{density}/truth"] = {name: [value] for name, value in own.items()}
        columns = ["void", *(name for name in own if name.startswith("share_")), "log_likelihood"]
        rows = [
            [model, *(report.cell(results[f"{density}/{model}"][name], 3) for name in columns)]
            for model in (*models, "truth")
        ]
        plots.save_png(out / f"deligan_toy_{density}.png", plots.model_panels(panels, data.load(config.data).x, 4))
        text += [f"\n## {density}, {seeds} seeds\n", report.markdown_table(["model", *columns], rows)]
        text.append(f"\n![samples of the first seed](deligan_toy_{density}.png)\n")
    atomic_write(out / "deligan_toy.json", json.dumps(results, indent=1) + "\n")
    atomic_write(out / "deligan_toy.md", "\n".join(text))


DELIGAN_TOY = """# DeLiGAN section 5.2, figure 3: toy densities

Share of 10,000 samples in the void (farther than 4 standard deviations from every mode) and in each mode, and the mean
log-likelihood of the samples under the true density; mean ± standard error over seeds. The paper shows one picture a
model and gives no numbers: it finds all models reasonable on the unimodal density, and only DeLiGAN clear of the void
on the bimodal one. The last row scores samples of the density itself: a likelihood above it means samples that crowd
where the density is high. Written by `python experiments/tables.py --table=deligan_toy`."""

TABLES = {"deligan_toy": deligan_toy}

if __name__ == "__main__":
    run_main(main)
