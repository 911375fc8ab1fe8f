"""The structural similarity of real images and their reconstructions, of a GAN with an encoder."""

import numpy as np

from mogan import metrics
from mogan.errors import InputError
from mogan.evaluation.metric import Metric, check_data, check_reference, of_a_run
from mogan.metrics.ssim import SIDE


def _check(inputs):
    source = inputs.source
    if source.model is None or source.model.gan.encode is None:
        raise InputError(
            f"there is no encoder to reconstruct with; {of_a_run(source)} with config.model.encoder = True"
        )
    check_data(inputs)
    smallest = min(source.shape[:2])
    if inputs.settings.window == "uniform" and smallest < SIDE:
        raise InputError(f"window = 'uniform': it has a side of {SIDE} pixels, and the images {smallest}; leave it out")
    yield
    check_reference(inputs)


def _score(inputs):
    order = np.random.default_rng(inputs.settings.seed).permutation(len(inputs.reference.x))
    real = inputs.reference.x[order[: inputs.source.count]]
    similarity = metrics.ssim(real, inputs.source.model.reconstruct(real), window=inputs.settings.window)
    return {"mean": float(similarity.mean()), "std": float(similarity.std()), "images": len(real)}


def _protocol(inputs):
    uniform = inputs.settings.window == "uniform"
    window = "7 x 7 uniform window, sample covariances" if uniform else "11 x 11 Gaussian window of sigma 1.5"
    return f"x against G(E(x)); {window}; standard deviation over images"


SSIM = Metric(_check, _score, _protocol, unswept="reconstructions draw nothing from the latent")
