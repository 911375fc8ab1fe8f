"""algorithm.step: what an update changes, what a step depends on, and what a loss, a schedule and the devices see."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from mogan.algorithm.optim import average_decay, rmsprop
from mogan.algorithm.updates import SEEN
from mogan.config import base, update
from mogan.errors import InputError
from mogan.latents import make_latent
from mogan.types import GAN, ONE_DEVICE, Axis, Batch, Loss, Noise, Schedule
from tests.helpers.steps import BATCH, REAL, TINY, WEIGHT, N, make, written_down


def only(player, factor=1.0):
    """The schedule of one update of one player."""

    def run(updates, state, batches, draws):
        draw = jax.tree.map(lambda leaf: leaf[0], draws)
        if player == "generator":
            return updates.generator(state, batches[0], draw)
        return updates.discriminator(state, batches[0], updates.fakes(state, draw), draw, factor)

    return Schedule(1, 1, lambda: (), run)


def simple_gan(config):
    """x = a z and logit = b x, with statistics that write down the passes: 1 real and 2 fake through D, 3 through G."""
    latent = make_latent(config.latent)

    def init(key, x):
        params = {"latent": latent.init(key), "generator": jnp.ones(2), "discriminator": jnp.ones(2)}
        return params, {"generator": jnp.zeros(()), "discriminator": jnp.zeros(())}

    def generate(params, stats, sample, *, key, train):
        return params["generator"] * sample.z, stats | {"generator": 10 * stats["generator"] + 3}

    def discriminate(params, stats, x, z=None, *, key, train):
        seen = jnp.where(jnp.all(x == REAL.astype(x.dtype)), 1, 2)
        return x @ params["discriminator"], stats | {"discriminator": 10 * stats["discriminator"] + seen}

    return GAN(init, generate, discriminate, latent)


def simple(schedule=None, loss=None, random=False, axis=ONE_DEVICE, **values):
    """(state, compiled step) of the simple GAN; `random`: with the noise of the latent itself."""
    config = update(base(), TINY | {name.replace("__", "."): value for name, value in values.items()})
    gan = simple_gan(config) if random else written_down(simple_gan(config))
    init, step = make(gan, config, schedule, loss, axis=axis)
    return init(jax.random.key(0), BATCH.x), jax.jit(step.__call__)


def differences(old, new):
    """{group: change of its parameters, flat}."""
    return {group: ravel_pytree(new.params[group])[0] - ravel_pytree(old.params[group])[0] for group in new.params}


@pytest.mark.parametrize(
    ("player", "groups"), [("discriminator", {"discriminator"}), ("generator", {"generator", "latent"})]
)
def test_an_update_changes_its_own_groups_only(player, groups):
    state, step = simple(only(player))
    new, seen = step(state, [BATCH], jax.random.key(1))
    for group, change in differences(state, new).items():
        assert np.any(change != 0) == (group in groups)
        assert np.any(ravel_pytree(state.opt[group])[0] != ravel_pytree(new.opt[group])[0]) == (group in groups)
    observed = {name for name in SEEN if seen[name][1] > 0}
    assert observed == ({"d_loss", "d_real", "d_fake"} if player == "discriminator" else {"g_loss", "penalty"})


@pytest.mark.parametrize("size", [1e-6, 1e-5, 1e-2])
def test_rmsprop_moves_by_its_rate_however_small_gradients_are(size):
    """g / (sqrt(v) + 1e-8), v = decay v + (1 - decay) g^2 from 0: nearly 1 after many steps, as in WGAN's program."""
    optimizer = rmsprop(lambda step: 1.0, base().optim)
    params, v = jnp.zeros(1), 0.0
    state = optimizer.init(params)
    for step in range(5):
        new, state = optimizer.apply(jnp.full(1, size), state, params, step)
        v = base().optim.beta2 * v + (1 - base().optim.beta2) * size**2
        np.testing.assert_allclose(params - new, size / (np.sqrt(v) + 1e-8), rtol=1e-4)
        params = new


def test_a_fixed_mixture_stays_put():
    state, step = simple(random=True, latent__trainable="none")
    new = state
    for _ in range(3):
        new, _ = step(new, [BATCH], jax.random.key(1))
    changed = {group for group, change in differences(state, new).items() if np.any(change)}
    assert changed == {"generator", "discriminator"}


@pytest.mark.parametrize(
    ("schedule", "shares"),
    [
        ({"optim__decay_start": 0.5}, {0: 1.0, 8: 1.0, 10: 0.75, 15: 0.125, 16: 0.0, 20: 0.0}),
        ({"optim__warmup": 4}, {0: 0.25, 1: 0.5, 3: 1.0, 4: 1.0, 20: 1.0}),
        (
            {"optim__warmup": 8, "optim__decay_start": 0.25},
            {0: 0.125, 4: 0.625, 7: 0.75, 10: 0.5},
        ),  # one times the other
    ],
)
def test_each_group_moves_at_its_own_rate_which_follows_the_step(schedule, shares):
    """The training step, not the count of updates. The first update of Adam moves each number by its rate."""
    state, step = simple(optim__lr_discriminator=1 / 4, train__steps=16, **schedule)
    for t, share in shares.items():
        new, _ = step(state.replace(step=jnp.int32(t)), [BATCH], jax.random.key(1))
        change = differences(state, new)
        for group, rate in {"generator": 1 / 16, "discriminator": 1 / 4, "latent": 1 / 16}.items():
            assert np.abs(change[group]).max() == pytest.approx(share * rate, rel=1e-3, abs=1e-9)


def test_factor_multiplies_the_rate_of_one_update():
    changes = []
    for factor in (1.0, 0.5):
        state, step = simple(only("discriminator", factor))
        changes.append(differences(state, step(state, [BATCH], jax.random.key(1))[0])["discriminator"])
    np.testing.assert_allclose(changes[1], changes[0] / 2, rtol=1e-5, atol=1e-7)


def test_a_step_is_a_function_of_state_batch_and_key():
    config = update(base(), TINY)
    init, parts = make(simple_gan(config), config)
    state, step = init(jax.random.key(0), BATCH.x), jax.jit(parts.__call__)
    first, again = (step(state, [BATCH], jax.random.key(1)) for _ in range(2))
    jax.tree.map(np.testing.assert_array_equal, first, again)
    starts = [(state.replace(step=jnp.int32(t)), seed) for t in range(4) for seed in (1, 2)]
    results = [step(start, [BATCH], jax.random.key(seed)) for start, seed in starts]
    assert len({float(seen["d_fake"][0]) for _, seen in results}) == len(starts)  # each step and each run draws anew
    # the draws of many steps can be made at once
    draws = jax.jit(jax.vmap(parts.draws, (None, 0)))(jax.random.key(2), jnp.arange(4))
    start, seed = starts[-1]
    with jax.disable_jit():  # operation by operation: two programs would round apart
        expected = parts(start, [BATCH], jax.random.key(seed))
        last = parts.advance(start, [BATCH], jax.tree.map(lambda leaf: leaf[3], draws))
    jax.tree.map(np.testing.assert_array_equal, last, expected)


def test_the_decision_sees_the_samples_of_the_update():
    """generator_loss of a draw's fakes is the loss that the generator update with that draw starts from."""

    def loss_of(updates, state, batch, draw):
        return updates.generator_loss(state, batch, updates.fakes(state, draw), draw)

    def run(updates, state, batches, draws):
        losses = jax.vmap(lambda draw: loss_of(updates, state, batches[0], draw))(draws)
        new, seen = updates.generator(state, batches[0], jax.tree.map(lambda leaf: leaf[1], draws))
        return new, seen | {"losses": losses}

    state, step = simple(Schedule(1, 2, lambda: (), run), random=True)
    _, seen = step(state, [BATCH], jax.random.key(1))
    assert seen["losses"][1] == pytest.approx(float(seen["g_loss"][0]), rel=1e-6)
    assert seen["losses"][0] != seen["losses"][1]


@pytest.mark.parametrize("schedule", ["alternate", "threshold"])
@pytest.mark.parametrize("compiled_init", [False, True])
def test_a_donated_state_is_used_up(schedule, compiled_init):
    config = update(base(), TINY | {"schedule.name": schedule, "optim.ema": 0.9})
    init, step = make(written_down(simple_gan(config)), config)
    step = jax.jit(step.__call__, donate_argnums=0)
    state = (jax.jit(init) if compiled_init else init)(jax.random.key(0), BATCH.x)
    new, _ = step(state, [BATCH], jax.random.key(1))
    newest, _ = step(new, [BATCH], jax.random.key(1))
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves((state, new)))
    assert newest.step == 2
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(newest))


def test_the_loss_sees_weights_and_labels_and_keeps_its_state():
    y, place = jnp.array([3, 1, 4, 1]), jnp.arange(1, 5)
    spy = Loss(
        init=lambda: {"total": jnp.float32(0)},
        score=lambda logits: 7 + 0 * logits,
        discriminator=lambda state, real, fake: 1.0 * (real.label @ place + 100 * (fake.label @ place)),
        generator=lambda state, real, fake: 10 * state["total"] + fake.weight @ place,
        encoder=lambda state, real: jnp.nan,  # there is none to train
        update=lambda state, real, fake: {"total": state["total"] + real.weight.sum() + fake.weight.sum()},
    )
    state, step = simple(loss=spy)
    new, seen = step(state, [BATCH._replace(y=y)], jax.random.key(0))
    assert seen["d_loss"][0] == 3 + 2 + 12 + 4 + 100 * (2 + 3)
    total = N + WEIGHT.sum()
    assert new.loss == {"total": total}  # after the discriminator's update, and not again after the generator's
    np.testing.assert_array_equal(seen["total"], [total, 1])
    assert (seen["d_real"][0], seen["d_fake"][0]) == (7, 7)
    assert seen["g_loss"][0] == 10 * total + (WEIGHT * [1, 2, 3, 4]).sum()


def test_place_shards_what_has_a_batch_axis_and_reduce_averages_means():
    placed = []
    place = lambda tree: placed.append(tree) or jax.tree.map(lambda leaf: leaf, tree)  # noqa: E731
    state, step = simple(axis=Axis(None, place, lambda tree: jax.tree.map(jnp.zeros_like, tree)))
    new, seen = step(state, [BATCH], jax.random.key(0))
    assert all(leaf.shape[0] == N for leaf in jax.tree.leaves(placed))
    assert [type(tree) for tree in placed].count(Batch) == 2
    assert [type(tree) for tree in placed].count(Noise) == 2
    for change in differences(state, new).values():  # no gradient goes around `reduce`
        np.testing.assert_array_equal(change, 0.0)
    assert all(value[0] == 0 for value in seen.values())


def test_statistics_follow_every_training_pass():
    """A discriminator update passes fakes through G, then real and fake through D; a generator update fakes only."""
    state, step = simple(optim__ema=0.75)
    new, _ = step(state, [BATCH], jax.random.key(0))
    assert new.stats == {"generator": 33, "discriminator": 122}
    assert new.ema["stats"] == {"generator": 0.25 * 33}
    assert set(new.ema["params"]) == {"generator", "latent"}
    assert simple()[0].ema == {}


@pytest.mark.parametrize(("start", "decay"), [(0, 1 / 10), (8, 9 / 18), (10**6, 0.75)])
def test_a_moving_average_warms_up(start, decay):
    state, step = simple(optim__ema=0.75, optim__ema_warmup=True)
    new, _ = step(state.replace(step=jnp.int32(start)), [BATCH], jax.random.key(0))
    for group in ("generator", "latent"):
        old, now, average = (
            ravel_pytree(tree)[0] for tree in (state.params[group], new.params[group], new.ema["params"][group])
        )
        np.testing.assert_allclose(average, decay * old + (1 - decay) * now, rtol=1e-5)
        assert np.any(old != now)


def test_a_warm_up_without_an_average_is_refused():
    with pytest.raises(InputError, match="config.optim.ema_warmup = True: there is no moving average"):
        update(base(), {"optim.ema_warmup": True})


@pytest.mark.parametrize(
    ("schedule", "images"), [({}, 5), ({"schedule.d_updates": 3}, 15), ({"schedule.name": "threshold"}, 5)]
)
def test_a_half_life_in_images_is_a_decay_a_step(schedule, images):
    """As many steps as bring 100 images halve the weights."""
    config = update(base(), {"data.batch_size": 5, "optim.ema_half_life": 100.0} | schedule)
    assert average_decay(config) ** (100 / images) == pytest.approx(0.5)
    assert average_decay(update(base(), {"optim.ema": 0.9})) == 0.9 and average_decay(base()) == 0


def test_a_half_life_beside_a_decay_is_refused():
    with pytest.raises(InputError, match=r"config.optim.ema_half_life = 100: it says what optim.ema = 0.9 says"):
        update(base(), {"optim.ema": 0.9, "optim.ema_half_life": 100.0})
    assert update(base(), {"optim.ema_half_life": 100.0, "optim.ema_warmup": True}).optim.ema_warmup


def test_a_generators_loss_that_looks_at_real_samples_has_them_judged():
    state, step = simple(loss__name="relativistic")
    new, _ = step(state, [BATCH], jax.random.key(0))
    assert new.stats == {"generator": 33, "discriminator": 1221}
