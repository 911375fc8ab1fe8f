"""The papers' tables: python experiments/tables.py --table=deligan_toy [--seeds=10] [--workdir=DIR] [--out=DIR]

Trains every row (what is already trained in --workdir is not trained again) and writes NAME.json, NAME.md and figures
to --out, beside what the paper says. --config.group.field=value changes every row.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

from mogan.commands import load_config, run_main
from mogan.errors import InputError

EXPERIMENTS = Path(__file__).parent
SAMPLES = 10_000


class Table(NamedTuple):
    """Runs on toy densities: each variant of a config file on each source, and what is said of them.

    columns: final metrics, each where the density has it; figures: {view of mogan.views: the variants it shows, None
    for all}; changes: overrides of the config file, so that many seeds fit on a small machine
    """

    config: str
    variants: tuple[str, ...]
    sources: tuple[str, ...]
    columns: tuple[str, ...]
    figures: dict[str, tuple[str, ...] | None]
    about: str
    changes: tuple[str, ...] = ()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", required=True, choices=TABLES)
    parser.add_argument("--seeds", type=int, default=10, help="runs a row, trained side by side (default 10)")
    parser.add_argument("--workdir", default="runs/tables", help="where the runs are kept (default runs/tables)")
    parser.add_argument("--out", default=str(EXPERIMENTS / "results"), help="where the table is written")
    arguments, overrides = parser.parse_known_args()
    if arguments.seeds < 1:
        raise InputError(f"--seeds={arguments.seeds}: give at least 1")
    make(arguments.table, arguments.seeds, Path(arguments.workdir), Path(arguments.out), overrides)
    print(f"wrote {arguments.out}/{arguments.table}.md")


def make(name: str, seeds: int, workdir: Path, out: Path, overrides: list[str]) -> None:
    """Trains the rows of the table `name`, then writes it to `out`."""
    from mogan import plots, report, views
    from mogan.writers import atomic_write

    table = TABLES[name]
    results, text = {}, [table.about.strip()]
    for source in table.sources:
        scores = {}
        for variant in table.variants:
            own = [f"--config.data.source=toy:{source}", f"--config.train.seeds={seeds}"]
            own += [f"--config.eval.num_samples={SAMPLES}", *table.changes, *overrides]
            config = load_config(f"{EXPERIMENTS / table.config}:{variant}", own)
            scores[variant] = train_row(config, folder_of(workdir, name, source, variant))
        scores["truth"] = score_truth(config)
        results |= {f"{source}/{variant}": found for variant, found in scores.items()}
        columns = [column for column in table.columns if any(column in found for found in scores.values())]
        rows = [[row, *(cell(report, found, column) for column in columns)] for row, found in scores.items()]
        text += [f"\n## {source}, {seeds} seeds\n", report.markdown_table(["model", *columns], rows)]
        for view, shown in table.figures.items():
            folders = [folder_of(workdir, name, source, variant) for variant in shown or table.variants]
            plots.save_png(out / f"{name}_{source}_{view}.png", views.VIEWS[view](folders))
            text.append(f"\n![{view}, of the first seed]({name}_{source}_{view}.png)\n")
    atomic_write(out / f"{name}.json", json.dumps(results, indent=1) + "\n")
    atomic_write(out / f"{name}.md", "\n".join(text))


def folder_of(workdir, table, source, variant):
    return workdir / f"{table}_{source}_{variant}"


def train_row(config, folder) -> dict[str, list]:
    """{metric: [one value a seed]} at the end of training."""
    from mogan.parallel import use_all_cores
    from mogan.train import train

    use_all_cores(config)
    summary = train(config, folder)
    if summary is None:
        raise InputError("stopped by a signal; run again to go on")
    metrics = summary["metrics"]
    return {name: value if isinstance(value, list) else [value] for name, value in metrics.items()}


def score_truth(config) -> dict[str, list]:
    """The metrics of samples of the density itself."""
    import jax

    from mogan import data
    from mogan.metrics import toy_scores

    truth = data.load(config.data).density
    points = truth.sample(jax.random.key(0), SAMPLES)[0]
    scores = toy_scores(points, truth.modes, truth.std, truth.weights)
    return {name: [value] for name, value in scores.items()}


def cell(report, scores, column):
    """Mean and standard error over seeds; what JSON wrote as null is not finite."""
    values = scores.get(column)
    if values is None:
        return ""
    return "not finite" if None in values else report.cell(values, 3)


DELIGAN_TOY = Table(
    config="toy_deligan.py",
    variants=("gan", "gan++", "ensemble", "nx", "moe", "deligan"),
    sources=("unimodal", "bimodal"),
    columns=("void", "share_0", "share_1", "log_likelihood"),
    figures={"samples": None},
    about="""
# DeLiGAN section 5.2, figure 3: toy densities

Share of 10,000 samples in the void (farther than 4 standard deviations from every mode) and in each mode, and the mean
log-likelihood of the samples under the true density; mean ± standard error over seeds. The paper shows one picture a
model and gives no numbers: it finds all models reasonable on the unimodal density, and only DeLiGAN clear of the void
on the bimodal one. The last row scores samples of the density itself: a likelihood above it means samples that crowd
where the density is high. Written by `python experiments/tables.py --table=deligan_toy`.""",
)

GMGAN_TOY = Table(
    config="toy_gmgan.py",
    variants=(
        "gan",
        "acgan",
        "gmgan",
        "gmgan_supervised",
        "gmgan_std",
        "gmgan_supervised_std",
        "gmgan_dynamic",
        "gmgan_supervised_dynamic",
    ),
    sources=("grid9",),
    columns=("log_likelihood", "modes_captured", "high_quality", "mode_kl", "least_share"),
    figures={"samples": None, "sweep": ("gan", "gmgan", "gmgan_std"), "curves": None},
    about="""
# GM-GAN section 4.1, figures 3 to 5: nine Gaussians on a grid

Mean log-likelihood of 10,000 samples under the true density, modes reached, share of samples within 4 standard
deviations of a mode (the modes overlap: nearly all of the plane between them counts), KL divergence of the histogram
over modes from the truth, and the share of the worst-served mode relative to its weight; mean ± standard error over
seeds. _std reads the paper's sigma as a standard deviation, where its formula has a covariance. The paper gives
pictures only: it finds both GM-GANs of higher likelihood than GAN and AC-GAN, faster, and less diverse. The last row
scores samples of the density itself: a likelihood above it means samples that crowd where the density is high. Written
by `python experiments/tables.py --table=gmgan_toy`.""",
)

DELIFISHER_TOY = Table(
    config="toy_delifisher.py",
    variants=("gan", "wgan", "fisher", "delifisher", "delifisher_weights", "learned_weights"),
    sources=("three",),
    columns=("share_0", "share_1", "share_2", "high_quality", "mode_kl", "log_likelihood", "omega"),
    figures={"samples": None},
    about="""
# Deli-Fisher GAN's parts on three Gaussians of weights 0.7, 0.2 and 0.1

Shares of 10,000 samples that each mode holds, share within 4 standard deviations of any, KL divergence of the
histogram over modes from the truth, mean log-likelihood under the true density, and the critic's second moment Omega,
which its constraint wants at 1 (its last value before the end); mean ± standard error over seeds. The paper has no toy
experiment. Samples are drawn from the generator's moving average, components with their learned weights. Written by
`python experiments/tables.py --table=delifisher_toy`.""",
)

# a quarter of the steps at four times the rate, so that all seeds of all rows fit on a small machine
NARROW = tuple(f"--config.model.hidden_{network}=(64,64,64)" for network in "gde")
SHORT = ("--config.train.steps=10_000", "--config.optim.lr=4e-4", "--config.train.eval_every=2000")

LOGAN_TOY = Table(
    config="toy_logan.py",
    variants=("v", "w", "lol1", "lol2"),
    sources=("circle8", "square25"),
    columns=("modes_captured", "high_quality", "mode_kl", "least_share"),
    figures={"contours": None},
    changes=NARROW + SHORT,
    about="""
# LOGAN section 4.1, figure 3: losses on scattered modes

Modes that hold one of 10,000 samples within 4 standard deviations (0.01), share of samples within 4 of any, KL
divergence of the histogram over modes from the truth, share of the worst-served mode relative to its weight; mean ±
standard error over seeds. So that all seeds fit on a small machine, networks are 64 wide and train for 10,000 steps at
a rate of 4e-4 here (512, 40,000 and 1e-4 in the config file and the paper). The paper gives pictures only: it finds the
logit losses' contours more even.
Written by `python experiments/tables.py --table=logan_toy`.""",
)

LOGAN_BIGAN_TOY = Table(
    config="toy_logan_bigan.py",
    variants=("v", "v_pairwise", "w", "w_pairwise", "lol1", "lol1_pairwise", "lol2", "lol2_pairwise"),
    sources=("circle8", "square25", "circle8_rare"),
    columns=("modes_captured", "high_quality", "mode_kl", "least_share", "reconstruction", "reconstruction_worst"),
    figures={"joint": None},
    changes=NARROW + SHORT,
    about="""
# LOGAN section 4.2, figure 4: BiGANs with a one-dimensional z, with and without the pair-wise gradient penalty

As in logan_toy.md, and the mean distance of data points to their reconstructions, over all and in the worst mode.
circle8_rare has one mode of weight 0.01. Without the pair-wise penalty w, lol1 and lol2 have the plain one on pairs.
Networks, steps and rate as there. The paper gives pictures only: it finds that v loses most modes, and that lol1 with
the penalty recovers rare ones. Written by
`python experiments/tables.py --table=logan_bigan_toy`.""",
)

TABLES = {
    "deligan_toy": DELIGAN_TOY,
    "gmgan_toy": GMGAN_TOY,
    "delifisher_toy": DELIFISHER_TOY,
    "logan_toy": LOGAN_TOY,
    "logan_bigan_toy": LOGAN_BIGAN_TOY,
}

if __name__ == "__main__":
    run_main(main)
