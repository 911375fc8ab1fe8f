"""Figures of trained runs on 2-D data, from their folders: what GM-GAN's and LOGAN's toy figures show."""

import jax
import numpy as np

from mogan import data
from mogan.algorithm.model import Model, make_model
from mogan.algorithm.optim import average_decay
from mogan.data.dataset import reference_points
from mogan.errors import InputError
from mogan.losses import make_loss
from mogan.machine.files import expanded, printable
from mogan.machine.uses_jax import uses_jax
from mogan.plots import contours, figures
from mogan.plots.pictures import SCALES
from mogan.runs.folder import read_config
from mogan.runs.load import TrainedRun, load_run
from mogan.runs.log import read_metrics

SAMPLES = 1000
RESOLUTION = 100  # points along each side of a contour plot


@uses_jax
def samples(workdirs) -> np.ndarray:
    """Samples coloured by component, one panel a run, and the data (GM-GAN, figure 3; DeLiGAN, figure 3)."""
    runs = [_load(folder) for folder in workdirs]
    panels = [(name, *_draw(run)) for name, run in zip(_titles(workdirs, runs), runs, strict=True)]
    return figures.model_panels(panels, _points(runs[0]), columns=min(4, len(runs) + 1))


@uses_jax
def sweep(workdirs) -> np.ndarray:
    """Samples with the latent's covariance times each of SCALES (rows), one column a run (GM-GAN, figure 4)."""
    loaded = [_load(folder) for folder in workdirs]
    runs = dict(zip(_titles(workdirs, loaded), loaded, strict=True))
    rows = {f"scale {scale}": {name: _draw(run, scale) for name, run in runs.items()} for scale in SCALES}
    return figures.sweep_figure(rows, _points(loaded[0]))


@uses_jax
def curves(workdirs) -> np.ndarray:
    """Negative log-likelihood of samples under the true density over training, mean and band over seeds (GM-GAN,
    figure 5).

    Raises:
      InputError: the runs were not evaluated at the same steps.
    """
    found = {}
    names = _names(workdirs, [_variant(folder) for folder in workdirs])
    for name, folder in zip(names, workdirs, strict=True):
        records = [record for record in read_metrics(expanded(folder)) if "log_likelihood" in record]
        steps = tuple(record["step"] for record in records)
        found[name] = steps, -np.array([np.ravel(record["log_likelihood"]) for record in records]).T
    if len({steps for steps, _ in found.values()}) != 1:
        raise InputError(f"{', '.join(map(str, workdirs))}: give runs that were evaluated at the same steps")
    (steps, _), *_ = found.values()
    by_name = {name: values for name, (_, values) in found.items()}
    return figures.curves_figure(np.array(steps), by_name, "step", "negative log-likelihood of samples")


@uses_jax
def contour_panels(workdirs) -> np.ndarray:
    """The contours of the discriminator's logit with samples and data, one panel a run (LOGAN, figure 3)."""
    runs = [_load(folder) for folder in workdirs]
    points = _points(runs[0])
    titles = zip(_titles(workdirs, runs), runs, strict=True)
    panels = [contours.LogitPanel(title, _terrain(run, points), _draw(run)[0]) for title, run in titles]
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
        points = _points(run)
        codes, made = _model(run).encode(points), _sample(run)
        terrain = _terrain(run, points)
        panels.append(contours.JointPanel(title, terrain, points, codes[:, 0], made.x, made.z[:, 0]))
    return contours.joint_figure(panels)


VIEWS = {"samples": samples, "sweep": sweep, "curves": curves, "contours": contour_panels, "joint": joint}


def _load(folder) -> TrainedRun:
    run = load_run(folder)
    if run.shape != (2,):
        raise InputError(f"{folder}: a sample has shape {run.shape}; give runs on 2-D data")
    return run


def _variant(folder):
    return read_config(folder).get("variant", "")


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
    kept = average_decay(run.config) > 0
    return make_model(run.gan, run.state, run.config, average=kept if average is None else average)


def _sample(run, scale=1.0):
    return _model(run).sample(jax.random.key(0), SAMPLES, scale=scale)


def _draw(run, scale=1.0):
    drawn = _sample(run, scale)
    return drawn.x, drawn.component


def _points(run):
    """Points [n, 2] of the run's data, at most SAMPLES."""
    dataset = data.load(run.config.data)
    return dataset.x[:SAMPLES] if len(dataset.x) else reference_points(dataset, SAMPLES)[0]


def _terrain(run, points) -> contours.Terrain:
    """The discriminator's logit, of pairs (x, E(x)) where there is an encoder, over a square that holds `points`."""
    model, gan = _model(run, average=False), run.gan
    reach = figures.limits(points)
    line = np.linspace(-reach, reach, RESOLUTION, dtype=np.float32)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    seen = model.params, model.stats
    passing = {"key": jax.random.key(0), "train": False}
    judged = (plane, gan.encode(*seen, plane, **passing)[0]) if gan.encode else (plane,)
    logits, _ = gan.discriminate(*seen, *judged, **passing)
    score = make_loss(run.config, len(run.classes)).score(logits)
    return contours.Terrain(line, line, np.asarray(score).reshape(RESOLUTION, RESOLUTION))
