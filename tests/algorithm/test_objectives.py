"""mogan.algorithm.objectives with an encoder: what each player descends, against the same written in numpy float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mogan.algorithm.objectives import make_objectives, split
from mogan.config import base, update
from mogan.latents import make_latent
from mogan.losses import make_loss, make_penalty, make_reconstruction
from mogan.losses.penalties import pairwise_x
from mogan.types import GAN, Batch, Penalty

N = 5
RNG = np.random.default_rng(0)
REAL, EPS = RNG.normal(size=(N, 2)), 0.25
LABELS = np.array([0, 1, 1, 0, 1])
PARAMS = {
    "latent": {"mean": RNG.normal(size=(2, 2)), "scale": RNG.uniform(0.5, 1.5, (2, 2))},
    "generator": RNG.normal(size=(2, 2)),
    "encoder": RNG.normal(size=(2, 2)),
    "discriminator": {"x": RNG.normal(size=(2, 3)), "z": RNG.normal(size=(2, 3)), "out": RNG.normal(size=3)},
}


def bigan(latent):
    """x = tanh(z G), E(x) = tanh(x E), l(x, z) = tanh(x X + z Z) out, with a count of passes as statistics."""

    def count(stats, group):
        return stats | {group: stats[group] + 1}

    def generate(params, stats, sample, *, key, train):
        return jnp.tanh(sample.z @ params["generator"]), count(stats, "generator")

    def encode(params, stats, x, *, key, train):
        return jnp.tanh(x @ params["encoder"]), count(stats, "encoder")

    def discriminate(params, stats, x, z=None, *, key, train):
        own = params["discriminator"]
        return jnp.tanh(x @ own["x"] + z @ own["z"]) @ own["out"], count(stats, "discriminator")

    return GAN(None, generate, discriminate, latent, encode)


def setting(penalty=None, **loss):
    """(objectives, parameters, statistics, loss state, batch, noise, keys), all in float32."""
    config = update(base(), {"latent.components": 2, "model.encoder": True} | loss)
    latent, chosen = make_latent(config.latent), make_loss(config)
    parts = penalty or make_penalty(config), None, make_reconstruction(config)
    objectives = make_objectives(bigan(latent), chosen, *parts)
    params = jax.tree.map(jnp.float32, PARAMS)
    stats = dict.fromkeys(("generator", "encoder", "discriminator"), 0)
    noise = latent.noise(jax.random.key(3), N)
    batch = Batch(jnp.float32(REAL), jnp.asarray(LABELS))
    return objectives, params, stats, chosen.init(), batch, noise, split(jax.random.key(4))


def numpy_sides(params, noise):
    """(l(x, E(x)), l(G(z), z), x, E(x), G(z), z) in float64."""
    k = np.asarray(noise.component)
    z = params["latent"]["mean"][k] + params["latent"]["scale"][k] * np.asarray(noise.base, np.float64)
    x, code = np.tanh(z @ params["generator"]), np.tanh(REAL @ params["encoder"])
    return logit(params, REAL, code), logit(params, x, z), REAL, code, x, z


def logit(params, x, z):
    own = params["discriminator"]
    return np.tanh(x @ own["x"] + z @ own["z"]) @ own["out"]


def slope_in_x(params, x, z):
    own = params["discriminator"]
    return ((1 - np.tanh(x @ own["x"] + z @ own["z"]) ** 2) * own["out"]) @ own["x"].T


def discriminator_value(params, noise):
    """lol1 and the pair-wise penalty in x, a quarter of the way from the reconstruction to the sample."""
    real, fake, x, code, *_ = numpy_sides(params, noise)
    # the ways back do not follow the discriminator
    back = np.tanh(np.tanh(REAL @ PARAMS["encoder"]) @ PARAMS["generator"])
    unit = (x - back) / np.linalg.norm(x - back, axis=1, keepdims=True)
    distance = np.linalg.norm(slope_in_x(params, EPS * x + (1 - EPS) * back, code) - unit, axis=1)
    return np.mean(np.logaddexp(0, -real)) + np.mean(np.logaddexp(0, fake)), 0.5 * distance.mean()


def logit_game(real, fake):
    """LOGAN section 3.1, L_{E,G} = E l(x, E(x)) - E l(G(z), z)."""
    return real.mean() - fake.mean()


def pairs_mirrored(real, fake):
    """E softplus(-(l(G(z), z) - l(x, E(x))))."""
    return np.logaddexp(0, real - fake).mean()


def slopes(function, params, group):
    """Central differences of function(params) in params[group]."""
    leaves, structure = jax.tree.flatten(params[group])

    def moved(index, place, by):
        new = [leaf.copy() for leaf in leaves]
        new[index][place] += by
        return function(params | {group: jax.tree.unflatten(structure, new)})

    found = [
        np.reshape([(moved(i, at, 1e-6) - moved(i, at, -1e-6)) / 2e-6 for at in np.ndindex(leaf.shape)], leaf.shape)
        for i, leaf in enumerate(leaves)
    ]
    return jax.tree.unflatten(structure, found)


def assert_close(got, expected):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5), got, expected)


def test_the_discriminator_of_pairs_descends_loss_and_penalty():
    penalty = Penalty(None, lambda critic, pairs, eps: 0.5 * pairwise_x(critic, pairs, eps), reconstructs=True)
    objectives, params, stats, loss_state, batch, noise, keys = setting(penalty, **{"loss.name": "lol1"})
    fakes = objectives.fakes(params, stats, noise, keys)

    def descended(own):
        params_now, eps = params | {"discriminator": own}, jnp.full(N, EPS)
        return objectives.discriminator(params_now, loss_state, batch, fakes, eps, keys)

    (value, seen), grads = jax.value_and_grad(descended, has_aux=True)(params["discriminator"])
    loss, expected = discriminator_value(PARAMS, noise)
    assert (seen.loss, seen.penalty, value) == pytest.approx((loss, expected, loss + expected), rel=1e-5)
    assert_close(grads, slopes(lambda p: sum(discriminator_value(p, noise)), PARAMS, "discriminator"))
    np.testing.assert_array_equal(seen.real.label, LABELS)
    np.testing.assert_array_equal(seen.fake.label, noise.component)
    # one pass each of generator and encoder, two of the discriminator: those of the penalty do not count
    assert seen.stats == {"generator": 1, "encoder": 1, "discriminator": 2}


@pytest.mark.parametrize(("name", "equation"), [("lol1", logit_game), ("relativistic", pairs_mirrored)])
def test_generator_latent_and_encoder_descend_together(name, equation):
    """z reaches the discriminator directly as well."""
    objectives, params, stats, loss_state, batch, noise, keys = setting(**{"loss.name": name})

    def descended(own):
        fakes = objectives.fakes(params | own, stats, noise, keys)
        return objectives.generator(params | own, loss_state, batch, fakes, keys)

    own = {group: params[group] for group in ("generator", "latent", "encoder")}

    def right(params):
        return equation(*numpy_sides(params, noise)[:2])

    (value, after), grads = jax.value_and_grad(descended, has_aux=True)(own)
    assert value == pytest.approx(right(PARAMS), rel=1e-5)
    assert_close(grads, {group: slopes(right, PARAMS, group) for group in own})
    assert after == {"generator": 1, "encoder": 1, "discriminator": 2}


def test_a_penalty_sees_both_sides_and_the_ways_back():
    seen = []
    penalty = Penalty(None, lambda critic, *rest: seen.append((*rest, critic(rest[0].x, rest[0].z))) or 0.0, True)
    objectives, params, stats, loss_state, batch, noise, keys = setting(penalty, **{"loss.name": "hinge"})
    fakes = objectives.fakes(params, stats, noise, keys)
    objectives.discriminator(params, loss_state, batch, fakes, "drawn", keys)
    ((pairs, drawn, score),) = seen
    assert drawn == "drawn"
    real, _, x, code, fake_x, z = numpy_sides(PARAMS, noise)
    back = np.tanh(code @ PARAMS["generator"]), np.tanh(fake_x @ PARAMS["encoder"])
    assert_close(tuple(pairs), (x, code, fake_x, z, np.ones(N), *back))
    assert_close(score, real)


def test_every_pass_has_a_key_of_its_own():
    keys = split(jax.random.key(0))
    assert len({tuple(np.ravel(jax.random.key_data(key))) for key in keys}) == len(keys)


def ways_back(separate, x=0.0, z=0.0):
    """(value, its gradients by group) of direct modelling with these weights; (L1 of x, L1 of z) in float64."""
    fields = {"loss.reconstruct_x": x, "loss.reconstruct_z": z, "loss.reconstruct_separate": separate}
    objectives, params, stats, _, batch, noise, keys = setting(**fields)

    def objective(params):
        fakes = objectives.fakes(params, stats, noise, keys)
        return objectives.reconstruction(params, stats, batch, fakes, keys)

    _, _, real, code, made, base = numpy_sides(params, noise)
    back = np.tanh(code @ PARAMS["generator"]), np.tanh(made @ PARAMS["encoder"])
    distances = [
        np.mean([sum(abs(a - b)) for a, b in zip(*pair, strict=True)]) for pair in ((real, back[0]), (base, back[1]))
    ]
    return *jax.value_and_grad(objective)(params), distances


@pytest.mark.parametrize("separate", [False, True])
def test_direct_modelling_is_the_l1_distance_of_both_ways_back(separate):
    """LOGAN section 2.1 and supplement 1.2: summed over entries, averaged over samples, each with its weight."""
    value, _, (of_x, of_z) = ways_back(separate, x=0.7, z=0.2)
    assert value == pytest.approx(0.7 * of_x + 0.2 * of_z, rel=1e-5)


@pytest.mark.parametrize("separate", [False, True])
def test_learned_weights_learn_from_a_way_back_of_both_alone(separate):
    fields = {"loss.reconstruct_z": 1.0, "loss.reconstruct_separate": separate, "latent.weights": "learned"}
    objectives, params, stats, _, batch, noise, keys = setting(**fields)
    params["latent"]["logits"] = jnp.zeros(2)

    def objective(params):
        fakes = objectives.fakes(params, stats, noise, keys)
        return objectives.reconstruction(params, stats, batch, fakes, keys)

    gradients = jax.grad(objective)(params)["latent"]["logits"]
    assert np.any(gradients) != separate


@pytest.mark.parametrize("way, trained", [("x", "generator"), ("z", "encoder")])
def test_who_learns_from_a_way_back(way, trained):
    """Both players by section 2.1, by the supplement the one whose output it is; never the discriminator."""
    both, separate = (ways_back(kind, **{way: 1.0})[1] for kind in (False, True))
    other = {"generator": "encoder", "encoder": "generator"}[trained]
    for gradients in (both, separate):
        assert np.abs(gradients[trained]).max() > 1e-3
        assert all(not np.any(leaf) for leaf in jax.tree.leaves(gradients["discriminator"]))
    assert np.abs(both[other]).max() > 1e-3 and not np.any(separate[other])
    assert all(not np.any(leaf) for leaf in jax.tree.leaves(separate["latent"]))
