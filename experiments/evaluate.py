"""Scores of a run or of samples: python experiments/evaluate.py --workdir=DIR --metrics=is,fid [--out=FILE.json]

is          Inception Score (--classifier=inception unless another is given)
mis         modified Inception Score of DeLiGAN (linear), by class and over all
fid, kid    Frechet and kernel distance of Inception features of samples and reference, or of --features=npz:FILE
prdc        precision, recall, density and coverage, of the same features
untrained   kernel distance, density and coverage to held-out images, as a network of random weights sees them: cheap
qd          GM-GAN's quality, diversity within and between classes, and the two combined (cnn)
memorization  share of samples nearer to the training set than nearly all held-out images are; 1 for copies of it
components  how diverse samples of one component of a mixture are, beside those of others; near 0: single pictures
modes       classes that samples reach, and KL divergence over them, by cnn; of stacked_mnist (--num=26000) of 1,000
support     how many different images there are, by the birthday paradox: of pairs of samples that are alike
ssim        of reconstructions, for a run with an encoder
clustering  GM-GAN's: the reference labelled by a classifier of samples by their component, beside K-means on
            pixels and on an autoencoder's codes

--classifier chooses the network of is, mis, qd and modes. inception: the network of 2015 and its 1008 classes; cnn: a
convolutional network that is trained on the reference; linear: a softmax on Inception features of the reference.

The reference is a data source (digits, tfds:NAME, npz:FILE, folder:DIR), by default what the run was trained on.
--config.data.* sets its fields, as in --config.data.split=test --config.data.per_class=0. Two more are possible:
  --reference=heldout      what the run's own config.data.holdout left out, 10,000 images of it at most
  --reference=stats:FILE   for fid: mean and covariance in an .npz (mu, sigma), as pytorch-fid writes and publishes it;
                           --save_stats=FILE.npz writes one of the reference
--features=npz:FILE, without --workdir and --samples, takes fid, kid and prdc of features that another program computed,
as of DINOv2 or CLIP: arrays samples [n, d] and reference [m, d].

memorization needs real images that the model was not trained on: those of the run's config.data.holdout, else those
that its data.per_class or data.subset left out, or those of --heldout (another split, as test, or a data source). For
samples in a file, the reference with --config.data.holdout and .seed stands for what their model was trained on.

--scales (of the latent's covariance), --steps and --members repeat the scores, at every combination: FILE.md has them
as a table and FILE.png as curves, beside FILE.json.

Classifiers, autoencoders and features of references are stored in $MOGAN_CACHE, by default ~/.cache/mogan. Features of
samples are stored there until all scores are done: after an interruption, the same command goes on with them.
"""

import argparse
from pathlib import Path
from signal import SIGINT

from mogan.config.commands import check_out, parse_override, read_arguments, run_main
from mogan.errors import Stopped
from mogan.evaluation.settings import Settings, check_settings
from mogan.machine.files import atomic_write
from mogan.runs.names import check_run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workdir", default="", metavar="DIR", help="the folder of a run")
    parser.add_argument("--samples", default="", metavar="FILE.npz|FOLDER", help="samples: array x, or image files")
    parser.add_argument("--metrics", required=True, type=names, metavar="NAME,...", help="some of those above")
    parser.add_argument("--reference", default="", metavar="SOURCE", help="the reference data")
    parser.add_argument("--heldout", default="", metavar="SPLIT|SOURCE", help="for memorization: test, folder:DIR")
    parser.add_argument("--classifier", default="", help="inception, cnn or linear (default: each score's own)")
    parser.add_argument(
        "--features", type=level, default=2048, metavar="LEVEL|npz:FILE", help="of Inception (default 2048), or a file"
    )
    parser.add_argument("--num", type=int, help="samples (default 50000 of a run, all of a file)")
    parser.add_argument("--splits", type=int, default=10, help="of is and mis (default 10)")
    parser.add_argument(
        "--scales", type=numbers, default=(), metavar="NUMBER,...", help="also at these, 0.5,0.6,... (not ssim)"
    )
    parser.add_argument("--steps", action="store_true", help="also of every checkpoint that the run has kept")
    parser.add_argument("--members", action="store_true", help="also of every run trained side by side")
    parser.add_argument("--epochs", type=int, default=20, help="of the networks trained for a score (default 20)")
    parser.add_argument("--seed", type=int, default=0, help="of draws, orders and classifiers (default 0)")
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
    parser.add_argument(
        "--window", default="gaussian", metavar="NAME", help="of ssim: gaussian, or uniform (LOGAN's program)"
    )
    parser.add_argument("--save_stats", default="", metavar="FILE.npz", help="mean and covariance of the reference")
    parser.add_argument("--out", metavar="FILE.json", help="where scores and settings are written")
    arguments, overrides = read_arguments(parser)
    flags = vars(arguments)
    out, changes = flags.pop("out"), dict(map(parse_override, overrides))
    path = check_out(out, ".json") if out else None

    settings = Settings(**flags, data=changes)
    check_settings(settings)
    if settings.workdir:
        check_run(settings.workdir)

    from mogan.evaluation.evaluator import evaluate, save
    from mogan.machine.compilation import keep_programs  # after the arguments are checked: JAX takes a second to import

    if not settings.workdir:  # a run says itself whether it wants it
        keep_programs()
    wrote = []

    def finished(report):
        name, scores = list(report.items())[-1]
        print("\n".join(described(name, scores)), flush=True)
        if path:
            save(report, settings, path)
            wrote[:] = [out]

    def swept(report):
        if path:
            save(report, settings, path)

    try:
        show_sweep(evaluate(settings, finished, swept), path)
    except KeyboardInterrupt as error:
        raise Stopped("interrupted; the same command goes on: features that are done are kept", SIGINT) from error
    finally:  # what is there stays, should a later score fail
        if wrote:
            print(f"wrote {out}")


def show_sweep(report: dict, path: Path | None) -> None:
    """Prints the table of a sweep and, where `path` is a file of scores, writes it and its picture beside that."""
    from mogan.plots import sheets
    from mogan.tables import scores

    if scores.is_swept(report):
        table = scores.sweep_table(report)
        print(f"\n{table}", end="")
        if path:
            atomic_write(path.with_suffix(".md"), table)
            sheets.save_png(path.with_suffix(".png"), scores.sweep_figure(report))


def described(name: str, scores: dict) -> list[str]:
    """Lines of text: the scores of one metric, what each means and which end of it is good, and the protocol."""
    from mogan.metrics.meanings import explained

    values = {score: value for score, value in scores.items() if score not in ("protocol", "sweep")}
    meanings = {score: explained(f"{name}/{score}") for score in values}
    return [
        f"{name}: {', '.join(f'{score} {shown(value)}' for score, value in values.items())}",
        *(f"  {score}: {meaning}" for score, meaning in meanings.items() if meaning),
        f"  ({scores['protocol']})",
    ]


def level(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, names(text)))


def shown(value) -> str:
    """Five digits of every number in a value, however it is nested: a KID has them far behind the point."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} {shown(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    run_main(main)
