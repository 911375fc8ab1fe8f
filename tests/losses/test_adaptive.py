"""mogan.losses.adaptive against the rule of ADA (Karras et al. 2020) written as a loop; how it reaches the images."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.make import init_of, make_algorithm, step_of
from mogan.config import base, update
from mogan.errors import InputError
from mogan.losses import make_loss
from mogan.losses.adaptive import overfitting
from mogan.types import Batch, Judged

N, IMAGES, START = 6, 60, 0.3  # a step of 0.1 with each batch
POLICY = {"augment.policy": "color,translation,cutout", "augment.images": IMAGES, "augment.probability": START}
NETS = {"model.name": "dcgan", "model.width_g": 2, "model.width_d": 2, "data.batch_size": N, "latent.components": 3}
TARGET = {"augment.target": 0.5}


def configure(**changes):
    values = {name.replace("__", "."): value for name, value in changes.items()}
    return update(base(), NETS | POLICY | TARGET | {"loss.name": "non_saturating"} | values)


def sides(seed, shift):
    logits = np.random.default_rng(seed).normal([[shift], [0]], 1, (2, N))
    return [Judged(jnp.float32(own), jnp.ones(N), jnp.arange(N) % 3) for own in logits]


def test_the_measure_is_the_mean_sign():
    real, fake = (Judged(jnp.float32(x), jnp.ones(4)) for x in ([-1, 2, 3, 0], [1, 5, 2, -1]))
    assert overfitting(real, fake) == pytest.approx((-1 + 1 + 1 + 0) / 4)
    assert overfitting(real, fake, compares=True) == pytest.approx((-1 - 1 + 1 + 1) / 4)
    for moved in (real, fake):
        assert overfitting(moved, moved, compares=True) == 0  # a number added to every logit is none of its business


@pytest.mark.parametrize("name", ["non_saturating", "hinge", "relativistic"])
def test_the_probability_follows_the_measure(name):
    """One batch after the other, `reduce` standing for another device on which the measure is half as large."""
    loss = make_loss(configure(loss__name=name), 3, lambda tree: jax.tree.map(lambda leaf: 0.75 * leaf, tree))
    state, average, probability, seen = loss.init(), 0.0, START, []
    assert state["augment"] == np.float32(START)
    for step in range(30):
        real, fake = sides(step, 3.0 if step < 20 else -3.0)
        compared = np.asarray(real.logits) - (np.asarray(fake.logits) if name == "relativistic" else 0)
        average = 0.75 * average + 0.25 * 0.75 * np.sign(compared).mean()
        probability = min(1, max(0, probability + N / IMAGES * np.sign(average - 0.5)))
        state = loss.update(state, real, fake)
        np.testing.assert_allclose([state["augment"], state["overfitting"]], [probability, average], atol=1e-5)
        seen.append(probability)
    assert min(seen) < START < max(seen) == 1 and seen[-1] < 1  # down at first, up to the bound, and down again


def test_the_rest_of_the_loss_is_what_it_was():
    plain = make_loss(configure(augment__target=0.0, loss__lecam=0.1), 3)
    loss = make_loss(configure(loss__lecam=0.1), 3)
    real, fake = sides(0, 1.0)
    state = loss.update(loss.init(), real, fake)
    expected = plain.update(plain.init(), real, fake)
    assert {name: state[name] for name in expected} == expected and loss.compares == plain.compares
    assert loss.discriminator(state, real, fake) == plain.discriminator(expected, real, fake)


def test_a_step_sees_images_by_the_probability_it_has_come_to():
    """With the state's probability at 0 a step is that without a policy, in what is judged; at 1 it is not."""
    x = np.float32(np.random.default_rng(0).uniform(-1, 1, (N, 8, 8, 1)))

    def make(config):
        config = update(config, {"model.name": "resnet"})  # whose logits are of size 1 at the start
        algorithm = make_algorithm(config, (8, 8, 1), 0)
        start, step = jax.jit(init_of(algorithm))(jax.random.key(0), x), jax.jit(step_of(algorithm).__call__)

        def losses(**values):
            state = start.replace(loss=start.loss | {name: jnp.float32(value) for name, value in values.items()})
            state, tally = step(state, [Batch(x)], jax.random.key(1))
            return state, float(tally["d_loss"][0])

        return losses

    adaptive = make(configure())
    (state, at_0), (_, at_1) = adaptive(augment=0.0), adaptive(augment=1.0)
    _, never = make(configure(augment__target=0.0, augment__probability=0.0))()
    assert at_0 == pytest.approx(never, abs=1e-6) and abs(at_1 - at_0) > 1e-6
    assert set(state.loss) == {"augment", "overfitting"} and float(state.loss["augment"]) in (0.0, np.float32(0.1))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"augment.policy": "", "augment.probability": 1.0}, "there is no augmentation that could adapt"),
        ({"model.head": "sigmoids"}, "has a logit a class"),
        ({"loss.name": "fisher"}, "the sign of the critic of loss.name = 'fisher' does not tell"),
        ({"loss.name": "wasserstein", "loss.gradient_penalty": 1.0}, "the sign of the critic"),
        ({"augment.target": 1.0}, "config.augment.target = 1.0: give at most 0.999"),
        ({"augment.target": -0.1}, "config.augment.target = -0.1: give at least 0"),
        ({"augment.images": 0}, "config.augment.images = 0: give at least 1"),
    ],
)
def test_bad_values_are_refused(values, reason):
    with pytest.raises(InputError, match=reason):
        update(base(), NETS | POLICY | TARGET | {"loss.name": "non_saturating"} | values)
