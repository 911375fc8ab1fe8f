"""Pictures of a trained GAN on images: its samples, components, reconstructions, and the ways between them.

A picture is a function (model, images, key, *, options) -> uint8 [H, W, 3]. images() -> uint8 [n, h, w, c], what the
model was trained on, is called by pictures that show some, in frames of red. The keyword arguments are the options of
experiments/sample.py that a picture takes.
"""

import math

import jax
import numpy as np

from mogan.algorithm.model import Model
from mogan.errors import InputError
from mogan.metrics import nearest
from mogan.plots import sheets

SCALES = (0.1, 0.4, 0.7, 1.0, 1.5, 2.0)  # of a sweep, as in GM-GAN's figure 6
ROWS = 20  # of components, at most
STEPS = 10  # images along an interpolation, both ends among them
PERPLEXITY = 30.0  # of t-SNE, at most


def samples(model: Model, images, key, *, num=64, scale=1.0, component=None) -> np.ndarray:
    """`num` samples, of one component or of all, about as many rows as columns."""
    drawn = model.sample(key, num, scale=scale, component=component)
    return sheets.image_sheet(drawn.x, math.ceil(math.sqrt(num)))


def components(model: Model, images, key, *, num=10) -> np.ndarray:
    """A row of `num` samples for each latent component, beside its number (GM-GAN, figure 8); for 20, evenly chosen, if
    there are more.

    Raises:
      InputError: the latent has one component only.
    """
    if model.gan.latent.components == 1:
        raise InputError("show = 'components': the latent has one component only; give show = 'samples'")
    x, component = of_each_component(model, key, num)
    return sheets.image_sheet(x, num, labels=[f"component {k}" for k in component[::num]])


def sweep(model: Model, images, key, *, num=10, component=None, scales=SCALES) -> np.ndarray:
    """A row of `num` samples for each of `scales`, which multiply the covariances; each row of the same noise (GM-GAN,
    figure 6), beside its scale."""
    rows = [model.sample(key, num, scale=scale, component=component).x for scale in scales]
    return sheets.image_sheet(np.concatenate(rows), num, labels=[f"scale {scale:g}" for scale in scales])


def reconstructions(model: Model, images, key, *, num=32) -> np.ndarray:
    """`num` pairs of a real image x and, on its right, G(E(x)) (LOGAN, figure 8); of all images, if they are fewer.

    Raises:
      InputError: the GAN has no encoder.
    """
    if model.gan.encode is None:
        raise InputError(
            "show = 'reconstructions': the GAN has no encoder; give a run with config.model.encoder = True"
        )
    known = images()
    real = known[jax.random.permutation(key, len(known))[:num]]
    return _pairs(real, model.reconstruct(real), "red: a real image; right of it: its reconstruction")


def interpolations(model: Model, images, key, *, num=8) -> np.ndarray:
    """`num` rows of G along straight lines in z: between the encodings of two real images, which stand at the row's
    ends (LOGAN, figure 10), or, without an encoder, between two samples.

    A generator that sees the component too is given that of the nearer end.
    """
    real, z, component = (_encoded if model.gan.encode else _sampled)(model, images, key, 2 * num)
    steps = np.linspace(0, 1, STEPS, dtype=np.float32)
    line = (1 - steps)[:, None] * z[:num, None] + steps[:, None] * z[num:, None]
    nearer = np.where(steps < 0.5, component[:num, None], component[num:, None])
    path = model.generate(_flat(line), _flat(nearer))
    if real is None:
        return sheets.image_sheet(path, STEPS, caption="a row: from one sample to another, straight in z")
    rows = np.concatenate([real[:num, None], path.reshape(num, STEPS, *path.shape[1:]), real[num:, None]], axis=1)
    ends = np.isin(np.arange(STEPS + 2), (0, STEPS + 1))
    told = "red: real images; between them: the way from code to code"
    return sheets.image_sheet(_flat(rows), STEPS + 2, np.tile(ends, num), caption=told)


def means(model: Model, images, key) -> np.ndarray:
    """G(mean) of every component of a mixture, beneath its number, at the place of that mean in a map of them all by
    t-SNE; means in one or two dimensions stand where they are.

    Raises:
      InputError: the latent has no components with means of their own.
    """
    latent, params = model.gan.latent, model.params["latent"]
    if not params or latent.components == 1:
        raise InputError(
            "show = 'means': the latent has no components with means of their own; give a run with "
            "config.latent.kind = mixture, combine = choose and several components, or show = 'samples'"
        )
    centres = np.asarray(latent.moments(params)[0])
    numbers = np.arange(len(centres))
    return sheets.image_map(model.generate(centres, numbers), in_the_plane(centres, key), list(map(str, numbers)))


def neighbours(model: Model, images, key, *, num=32, scale=1.0, component=None) -> np.ndarray:
    """`num` samples, each over the training image nearest to it in L2: whether they are copies (DeLiGAN, figure 4)."""
    drawn = model.sample(key, num, scale=scale, component=component).x
    known = images()
    columns = math.ceil(math.sqrt(2 * num))
    both = [sheets.filled(part, columns) for part in (drawn, known[nearest(drawn, known)])]
    start = len(both[0])  # of the neighbours, before rows of either alternate
    order = np.arange(2 * start).reshape(2, -1, columns).swapaxes(0, 1).ravel()
    real = (start <= order) & (order < start + num)
    told = "red: the training image nearest to the sample above it"
    return sheets.image_sheet(np.concatenate(both)[order], columns, real, caption=told)


def augmented(model: Model, images, key, *, num=32) -> np.ndarray:
    """`num` pairs of a training image and, on its right, the same as the discriminator sees it in training; of all
    images, if they are fewer.

    Raises:
      InputError: it sees them as they are.
    """
    if model.augment is None:
        raise InputError(
            "show = 'augmented': the discriminator sees images as they are; give a run with config.augment.policy"
        )
    choice_key, augment_key = jax.random.split(key)
    known = images()
    real = known[jax.random.permutation(choice_key, len(known))[:num]]
    told = "red: a training image; right of it: as the discriminator sees it"
    return _pairs(real, model.augmented(augment_key, real), told)


PICTURES = {
    "samples": samples,
    "components": components,
    "sweep": sweep,
    "reconstructions": reconstructions,
    "interpolations": interpolations,
    "means": means,
    "neighbours": neighbours,
    "augmented": augmented,
}


def of_each_component(model: Model, key, num: int) -> tuple[np.ndarray, np.ndarray]:
    """`num` samples x of each component, or of 20, evenly chosen, if there are more; and their component, in order."""
    count = model.gan.latent.components
    return of_components(model, key, np.linspace(0, count - 1, min(count, ROWS)).round().astype(np.int32), num)


def of_components(model: Model, key, chosen: np.ndarray, num: int) -> tuple[np.ndarray, np.ndarray]:
    """`num` samples x of each of the `chosen` components [k] int32, and their component, in order."""
    component = np.repeat(chosen, num)
    drawn = model.gan.latent.sample(model.params["latent"], key, len(component), component=component)
    return model.generate(drawn.z, component), component


def _encoded(model, images, key, n):
    """n real images, and their z and component."""
    known = images()
    real = known[jax.random.randint(key, (n,), 0, len(known))]
    return real, model.encode(real), np.zeros(n, np.int32)


def _sampled(model, images, key, n):
    """No real images, and the z and component of n samples."""
    drawn = model.sample(key, n)
    return None, drawn.z, drawn.component


def _pairs(real, made, told):
    """A sheet of pairs of a real image, in red, and what was made of it."""
    columns = 2 * math.ceil(math.sqrt(len(real) / 2))
    marked = np.tile([True, False], len(real))
    return sheets.image_sheet(_flat(np.stack([real, made], axis=1)), columns, marked, caption=told)


def _flat(groups):
    return groups.reshape(-1, *groups.shape[2:])


def in_the_plane(points, key):
    """Places [n, 2] of points [n, d] by t-SNE (van der Maaten, Hinton 2008), which keeps neighbours together."""
    if points.shape[1] <= 2 or not np.ptp(points, axis=0).any():
        return np.pad(points, ((0, 0), (0, 1)))[:, :2]
    from sklearn.manifold import TSNE  # takes a second to import
    from threadpoolctl import threadpool_limits

    perplexity = min(PERPLEXITY, max(1.0, (len(points) - 1) / 3))  # of few points, fewer are neighbours
    seed = int(jax.random.randint(key, (), 0, 2**31 - 1))
    tsne = TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed)
    with threadpool_limits(1):  # of a few points, several threads would wait for one another most of the time
        return tsne.fit_transform(points)
