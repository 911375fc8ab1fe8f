"""Figures of trained runs on 2-D data, from their folders: what GM-GAN's and LOGAN's toy figures show."""

import functools
import inspect

import jax
import numpy as np

from mogan import data
from mogan.algorithm.critic import make_critic
from mogan.algorithm.model import Model, make_model
from mogan.data.dataset import shown_points
from mogan.errors import InputError
from mogan.losses import make_loss
from mogan.machine.files import expanded, printable
from mogan.machine.uses_jax import uses_jax
from mogan.metrics.meanings import meaning
from mogan.plots import contours, figures
from mogan.plots import curves as lines
from mogan.plots.lines import LinePanel, line_figure
from mogan.runs.folder import read_config
from mogan.runs.load import TrainedRun, load_run
from mogan.runs.log import read_metrics, series

SAMPLES = 1000
SWEEP = (0.1, 0.5, 1.0, 1.5, 2.0)  # scales of a sweep, if no others are given
RESOLUTION = 100  # points along each side of a contour plot


@uses_jax
def samples(workdirs) -> np.ndarray:
    """Samples coloured by component, one panel a run, and the data (GM-GAN, figure 3; DeLiGAN, figure 3)."""
    runs = [_load(folder) for folder in workdirs]
    panels = [(name, *_draw(run)) for name, run in zip(_titles(workdirs, runs), runs, strict=True)]
    return figures.model_panels(panels, _points(runs[0]), columns=min(4, len(runs) + 1))


@uses_jax
def sweep(workdirs, scales=SWEEP) -> np.ndarray:
    """Samples with the latent's covariance times each of `scales` (rows), one column a run (GM-GAN, figure 4)."""
    loaded = [_load(folder) for folder in workdirs]
    runs = dict(zip(_titles(workdirs, loaded), loaded, strict=True))
    rows = {f"scale {scale:g}": {name: _draw(run, scale) for name, run in runs.items()} for scale in scales}
    return figures.sweep_figure(rows, _points(loaded[0]))


def curves(workdirs, score="log_likelihood", average=1) -> np.ndarray:
    """A logged score over training, mean and band over seeds, a line a run: the negative log-likelihood of samples
    under a toy density (GM-GAN, figure 5), or any other by its name in metrics.jsonl, as is/mean (LOGAN, figure 5 and
    supplementary figure 3).

    Over steps; over the discriminator's updates where the runs make different numbers of these a step. `average` > 1:
    its running mean over so many evaluations, with the best of those that are whole in the legend (LOGAN's "best moving
    average", table 2).

    Raises:
      InputError: a run that did not log the score.
    """
    configs = [read_config(folder) for folder in workdirs]
    paces = [_updates_a_step(config) for config in configs]
    alike = len(set(paces)) == 1 or None in paces
    found = {}
    names = _names(workdirs, [config.get("variant", "") for config in configs])
    for name, folder, pace in zip(names, workdirs, paces, strict=True):
        steps, values = _logged(folder, score)
        values = running_mean(-values if score == "log_likelihood" else values, average)
        if average > 1 and values.shape[1] >= average:
            name += f", best {_best(values[:, average - 1 :], score):.4g}"
        found[name] = (steps if alike else pace * steps), values
    known = meaning(score)
    label = f"{score}, {known.better} is better" if known and known.better else score
    if score == "log_likelihood":
        label = "negative log-likelihood of samples (nats), lower is better"
    return lines.curves_figure(found, "step" if alike else "discriminator updates", label)


@uses_jax
def contour_panels(workdirs) -> np.ndarray:
    """The contours of the discriminator's logit with samples and data, one panel a run (LOGAN, figure 3)."""
    runs = [_load(folder) for folder in workdirs]
    points = _points(runs[0])
    titles = zip(_titles(workdirs, runs), runs, strict=True)
    panels = [logit_panel(title, run, points) for title, run in titles]
    return contours.contour_figure(panels, points)


@uses_jax
def joint(workdirs) -> np.ndarray:
    """Pairs (x, E(x)) and (G(z), z) over the contours of D(x, E(x)), one panel a run (LOGAN, figure 4).

    Raises:
      InputError: a run has no encoder, or its z more than one dimension.
    """
    panels, runs = [], [_load(folder) for folder in workdirs]
    for folder, title, run in zip(workdirs, _titles(workdirs, runs), runs, strict=True):
        if run.gan.encode is None:
            raise InputError(f"{folder}: its GAN has no encoder; give runs with config.model.encoder = True")
        if run.gan.latent.dim != 1:
            raise InputError(f"{folder}: config.latent.dim = {run.gan.latent.dim}; give runs with one, the height")
        panels.append(joint_panel(title, run))
    return contours.joint_figure(panels)


@uses_jax
def line(workdirs) -> np.ndarray:
    """The discriminator's logit and its gradient in x, data, samples and reconstructions, of runs on numbers, one
    column a run (LOGAN, figure 2b)."""
    runs = [_load(folder, dimensions=1) for folder in workdirs]
    panels = [line_panel(title, run) for title, run in zip(_titles(workdirs, runs), runs, strict=True)]
    return line_figure(panels)


VIEWS = {
    "samples": samples,
    "sweep": sweep,
    "curves": curves,
    "contours": contour_panels,
    "joint": joint,
    "line": line,
}


def draw(name: str, workdirs, **options) -> np.ndarray:
    """The view `name` of VIEWS; options that are None are the view's own.

    Raises:
      InputError: an option that the view makes no use of, or as the view says.
    """
    options = {option: value for option, value in options.items() if value is not None}
    for option, value in options.items():
        if option not in inspect.signature(VIEWS[name]).parameters:
            raise InputError(f"{option} = {value}: the figure {name} makes no use of it; leave it out")
    return VIEWS[name](workdirs, **options)


def _load(folder, dimensions=2) -> TrainedRun:
    run = load_run(folder)
    if run.shape != (dimensions,):
        raise InputError(f"{folder}: a sample has shape {run.shape}; give runs on {dimensions}-D data")
    return run


def _updates_a_step(config):
    """Of the discriminator; None where the schedule decides it as it goes."""
    return config.get("schedule.d_updates", 1) if config.get("schedule.name", "alternate") == "alternate" else None


def _logged(folder, score):
    """(steps [points], values [seeds, points]) of a score of a run."""
    records = read_metrics(expanded(folder))
    steps, values = series(records, score)
    if not len(steps):
        known = sorted({name for record in records for name in record} - {"step"})
        raise InputError(f"{folder} logged no {score}; it has {', '.join(known) or 'logged nothing yet'}")
    return steps, values.T


def running_mean(values: np.ndarray, count: int) -> np.ndarray:
    """The mean of the last `count` of values [seeds, points] up to each, of all at the start, where there are fewer."""
    ends = np.arange(values.shape[1]) + 1
    return np.stack([values[:, max(0, end - count) : end].mean(axis=1) for end in ends], axis=1)


def _best(values, score):
    """The best mean over seeds, by what the score's meaning says is good; a likelihood is negative here."""
    means, known = values.mean(axis=0), meaning(score)
    lower = score == "log_likelihood" or (known and known.better == "lower")
    return np.nanmin(means) if lower else np.nanmax(means)


def _titles(workdirs, runs):
    return _names(workdirs, [run.config.variant for run in runs])


def _names(workdirs, variants):
    """The variant of each run; with its folder where several have the same."""
    return [
        variant if variants.count(variant) == 1 else f"{variant} {printable(str(folder))}"
        for variant, folder in zip(variants, workdirs, strict=True)
    ]


def _model(run, average=None) -> Model:
    """Of the first seed, with its moving average where the run keeps one, unless `average` says otherwise."""
    return make_model(run.gan, run.state, run.config, average=average)


def _sample(run, scale=1.0):
    return _model(run).sample(jax.random.key(0), SAMPLES, scale=scale)


def _draw(run, scale=1.0):
    drawn = _sample(run, scale)
    return drawn.x, drawn.component


def _points(run):
    """Points [n, 2] of the run's data."""
    return shown_points(data.load(run.config.data))


def _terrain(run, points) -> contours.Terrain:
    """The discriminator's logit, of pairs (x, E(x)) where there is an encoder, over a square that holds `points`."""
    reach = figures.limits(points)
    line = np.linspace(-reach, reach, RESOLUTION, dtype=np.float32)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    terrain = np.asarray(_critic(run)(plane)).reshape(RESOLUTION, RESOLUTION)
    return contours.Terrain(line, line, terrain)


def _critic(run):
    """critic(x [n, d], z=None) -> [n], by the current parameters: the discriminator has no moving average."""
    model = _model(run, average=False)
    critic = make_critic(run.gan, make_loss(run.config, len(run.classes)).score)
    return functools.partial(critic, model.params, model.stats)


def logit_panel(title: str, run: TrainedRun, points: np.ndarray) -> contours.LogitPanel:
    """The discriminator's logit over a square that holds `points` [n, 2], and samples."""
    return contours.LogitPanel(title, _terrain(run, points), _draw(run)[0])


def joint_panel(title: str, run: TrainedRun) -> contours.JointPanel:
    """Pairs (x, E(x)) and (G(z), z) over the contours of D(x, E(x)), of a run with a z of one dimension."""
    points = _points(run)
    codes, made = _model(run).encode(points), _sample(run)
    return contours.JointPanel(title, _terrain(run, points), points, codes[:, 0], made.x, made.z[:, 0])


def line_panel(title: str, run: TrainedRun) -> LinePanel:
    """The discriminator's logit over the line, its gradient, data, samples and reconstructions.

    The gradient is that of the pair-wise penalty: in x alone, at z = E(x).
    """
    points = _points(run)
    reach = figures.limits(points)
    x = np.linspace(-reach, reach, 5 * RESOLUTION, dtype=np.float32)[:, None]
    critic, z = _critic(run), _model(run, average=False).encode(x) if run.gan.encode else None
    slope = jax.grad(lambda at: critic(at, z).sum())(x)
    back = _model(run).reconstruct(points)[:, 0] if run.gan.encode else None
    shown = (x, np.asarray(critic(x, z))[:, None], np.asarray(slope), points, _draw(run)[0])
    return LinePanel(title, *(values[:, 0] for values in shown), back)
