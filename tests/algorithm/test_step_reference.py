"""algorithm.step: whole training steps against forward passes, finite differences and Adam, all in numpy float64."""

import functools

import jax
import numpy as np
import pytest

from mogan.algorithm.gan import make_gan
from mogan.algorithm.updates import SEEN
from mogan.config import base, update
from mogan.types import Batch
from tests.helpers.steps import BATCH, LABELS, NOISE, REAL, TINY, WEIGHT, make, written_down

EPS_ROOT = 1 / 256


def mlp(x, layers):
    hidden = np.tanh(x @ layers["Dense_0"]["kernel"] + layers["Dense_0"]["bias"])
    return hidden @ layers["Dense_1"]["kernel"] + layers["Dense_1"]["bias"]


def fakes(params):
    z = params["latent"]["mean"][LABELS] + params["latent"]["scale"][LABELS] * NOISE
    return np.tanh(mlp(z, params["generator"]["MLP_0"]))


def logits(params, x):
    return mlp(x, params["discriminator"]["MLP_0"])[:, 0]


def penalty(params):
    return 0.5 * np.mean((1 - params["latent"]["scale"]) ** 2)


def cross_entropy(real, fake):
    return np.mean(np.logaddexp(0, -real)) + np.mean(WEIGHT * np.logaddexp(0, fake))


EQUATIONS = {  # of discriminator and generator, on real and generated logits
    "minimax": (cross_entropy, lambda real, fake: -np.mean(WEIGHT * np.logaddexp(0, fake))),
    "non_saturating": (cross_entropy, lambda real, fake: np.mean(WEIGHT * np.logaddexp(0, -fake))),
    "relativistic": (
        lambda real, fake: np.mean(WEIGHT * np.logaddexp(0, fake - real)),
        lambda real, fake: np.mean(WEIGHT * np.logaddexp(0, real - fake)),
    ),
}


def slopes(objective, params, group):
    """The gradient of objective(params) to params[group] by central differences, each number nudged in its place."""

    def slope(leaf, index):
        kept, values = leaf[index], []
        for leaf[index] in (kept + 1e-5, kept - 1e-5):
            values.append(objective(params))
        leaf[index] = kept
        return (values[0] - values[1]) / 2e-5

    return jax.tree.map(lambda x: np.reshape([slope(x, i) for i in np.ndindex(x.shape)], x.shape), params[group])


def adam(params, history, lr, beta1=0.25, beta2=0.875):
    """Kingma & Ba 2015, algorithm 1, its moving averages as sums over the history of gradients (the last one last), and
    EPS_ROOT under the root."""

    def moved(p, *grads):
        t = len(grads)
        m = (1 - beta1) * sum(beta1 ** (t - i) * g for i, g in enumerate(grads, 1)) / (1 - beta1**t)
        v = (1 - beta2) * sum(beta2 ** (t - i) * g**2 for i, g in enumerate(grads, 1)) / (1 - beta2**t)
        return p - lr * m / (np.sqrt(v + EPS_ROOT) + 1e-8)

    return jax.tree.map(moved, params, *history)


@pytest.mark.parametrize("loss", EQUATIONS)
def test_three_steps_are_those_of_the_reference(loss):
    """D then G, three times: forward passes, gradients and Adam share nothing with mogan, jax or optax."""
    values = {"loss.name": loss, "optim.lr_latent": 1 / 32, "optim.lr_discriminator": 1 / 8, "optim.ema": 0.75}
    values |= {"optim.beta1": 0.25, "optim.beta2": 0.875, "optim.eps_root": EPS_ROOT}
    on_discriminator, on_generator = (
        lambda params, equation=equation: equation(logits(params, REAL), logits(params, fakes(params)))
        for equation in EQUATIONS[loss]
    )
    with jax.enable_x64(True):
        config = update(base(), TINY | values)
        init, step = make(written_down(make_gan(config, (2,))), config)
        start = init(jax.random.key(0), BATCH.x)
        state = jax.tree.map(lambda leaf: leaf.astype({"f": float, "i": int}[leaf.dtype.kind]), start)
        step, params = jax.jit(step.__call__), jax.tree.map(np.array, state.params)
        average = {group: params[group] for group in ("generator", "latent")}
        rates = {"generator": 1 / 16, "latent": 1 / 32, "discriminator": 1 / 8}
        history = {group: [] for group in rates}

        def descend(params, objective, *groups):
            for group in groups:
                history[group].append(slopes(objective, params, group))
            return params | {group: adam(params[group], history[group], rates[group]) for group in groups}

        total = lambda params: on_generator(params) + penalty(params)  # noqa: E731
        for index in range(3):
            state, seen = step(state, [Batch(REAL)], jax.random.key(0))
            expected = {"d_loss": on_discriminator(params)}
            expected |= {"d_real": logits(params, REAL).mean(), "d_fake": logits(params, fakes(params)).mean()}
            params = descend(params, on_discriminator, "discriminator")
            expected |= {"g_loss": on_generator(params), "penalty": penalty(params)}
            params = descend(params, total, "generator", "latent")
            average = jax.tree.map(lambda a, p: 0.75 * a + 0.25 * p, average, {g: params[g] for g in average})
            compare = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
            jax.tree.map(compare, state.params, params)
            jax.tree.map(compare, state.ema["params"], average)
            assert set(seen) == set(SEEN)
            for name, value in expected.items():
                np.testing.assert_allclose(seen[name], [value, 1.0], rtol=1e-5, atol=1e-6)
            assert state.step == index + 1
