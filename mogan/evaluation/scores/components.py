"""How diverse the samples of one component of a mixture are: near 0 where it makes a single picture."""

import jax
import numpy as np

from mogan import metrics
from mogan.evaluation.metric import Metric, check_components
from mogan.evaluation.source import draw_images

EACH, MOST, PAIRS = 50, 2500, 20_000  # samples of a component, of all (but 2 each), and pairs of MS-SSIM, at most


def _check(inputs):
    check_components(inputs)
    yield


def _each(inputs):
    count = inputs.source.model.gan.latent.components
    return count, max(2, min(EACH, MOST // count, inputs.source.count // count))


def _score(inputs):
    source, (count, each) = inputs.source, _each(inputs)
    keys = jax.random.split(jax.random.fold_in(source.key, 2), count)
    drawn = [draw_images(source.model, key, each, component=k, scale=source.scale) for k, key in enumerate(keys)]
    labels = np.repeat(np.arange(count), each)
    return metrics.component_diversity(np.concatenate(drawn), labels, PAIRS, inputs.settings.seed)


def _protocol(inputs):
    count, each = _each(inputs)
    return f"{each} samples of each of {count} components; Euclidean distance of pixels of all pairs; MS-SSIM of some"


COMPONENTS = Metric(_check, _score, _protocol, compares=lambda settings: False, draws=True)
