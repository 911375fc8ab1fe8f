"""mogan.algorithm.schedules on scripted players: against plain Python that follows the released DeLiGAN programs."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.algorithm.schedules import add, alternate, make_schedule, tally, threshold
from mogan.config import base, update
from mogan.config.commands import load_config
from mogan.types import Batch, TrainState, Updates

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SLOTS, BATCHES = 5, 8
NAMES = ("d_loss", "g_loss")
D, G, HALF_D = 1, 2, 3  # what the scripted players write down
ROOM = BATCHES * (SLOTS + 1)  # events at most: an extra update a batch
REAL = Batch(jnp.zeros((1, 1)))


def test_a_tally_is_one_observation_of_each_name():
    seen = tally(("a", "b", "c"), a=3.0, c=-1.0)
    assert {name: list(map(float, value)) for name, value in seen.items()} == {"a": [3, 1], "b": [0, 0], "c": [-1, 1]}


@settings(max_examples=20)
@given(values=st.lists(st.tuples(st.sampled_from("ab"), st.integers(-8, 8)), min_size=1, max_size=6))
def test_tallies_add_up(values):
    total = add(*(tally(("a", "b"), **{name: value}) for name, value in values))
    for name in "ab":
        own = [value for key, value in values if key == name]
        np.testing.assert_array_equal(total[name], [sum(own), len(own)])


# --- alternate ---


RECORDING = Updates(
    fakes=lambda state, draw: (state["done"], draw),  # made by the generator of this very moment
    discriminator=lambda state, batch, fakes, draw, factor=1.0: (
        record(state, D, batch, draw, *fakes),
        tally(NAMES, d_loss=10.0),
    ),
    generator=lambda state, batch, draw: (record(state, G, batch, draw, -1, -1), tally(NAMES, g_loss=1.0)),
    generator_loss=None,
)


def record(state, *event):
    """The state with (player, batch, draw, updates before its fakes, draw of its fakes) written down."""
    events = state["events"].at[state["done"]].set(jnp.array(event))
    return {"done": state["done"] + 1, "events": events}


@pytest.mark.parametrize(("d_updates", "g_updates"), [(1, 1), (3, 2), (1, 3)])
def test_alternate_updates_in_order_on_fresh_batches_and_draws(d_updates, g_updates):
    schedule, updates = alternate(d_updates, g_updates), d_updates + g_updates
    start = {"done": jnp.int32(0), "events": jnp.zeros((updates + 1, 5), jnp.int32)}
    batches = [jnp.int32(7 + index) for index in range(schedule.batches)]
    state, seen = schedule.run(RECORDING, start, batches, jnp.arange(schedule.draws))
    d_events = [(D, 7 + index, index, index, index) for index in range(d_updates)]
    g_events = [(G, 6 + d_updates, index, -1, -1) for index in range(d_updates, updates)]
    np.testing.assert_array_equal(state["events"][:updates], [*d_events, *g_events])
    assert state["done"] == updates
    assert (schedule.batches, schedule.draws) == (d_updates, updates)
    np.testing.assert_array_equal(seen["d_loss"], [10 * d_updates, d_updates])
    np.testing.assert_array_equal(seen["g_loss"], [g_updates, g_updates])
    assert schedule.init() == ()


@pytest.mark.parametrize("count", [1, 3])
def test_alternate_takes_one_batch_for_each_discriminator_update(count):
    start = {"done": jnp.int32(0), "events": jnp.zeros((9, 5), jnp.int32)}
    with pytest.raises(ValueError, match="leading axis"):
        alternate(2, 1).run(RECORDING, start, [jnp.int32(0)] * count, jnp.arange(3))


# --- threshold ---


def scripted_state(schedule, script):
    """A state whose "parameters" are a script of generator losses and the list of what was done."""
    params = {
        "script": script,
        "slot": jnp.int32(0),
        "events": jnp.zeros(ROOM, jnp.int32),
        "draws": jnp.zeros(ROOM, jnp.int32),
        "done": jnp.int32(0),
    }
    return TrainState(jnp.int32(0), params, (), (), (), schedule.init(), ())


def scripted_players():
    """Updates whose generator_loss reads the script, slot by slot; NaN for fakes of another state or draw."""

    def record(state, event, draw, slots):
        p = state.params
        done = p["done"]
        events, draws = p["events"].at[done].set(event), p["draws"].at[done].set(draw)
        return state.replace(params=p | {"events": events, "draws": draws, "slot": p["slot"] + slots, "done": done + 1})

    def fakes(state, draw):
        return {"made_at": state.params["done"], "draw": draw}

    def fresh(state, fakes, draw):
        return (fakes["made_at"] == state.params["done"]) & (fakes["draw"] == draw)

    def discriminator(state, batch, fakes, draw, factor=1.0):
        assert factor in (1.0, 0.5)
        event, slots, value = (D, 1, 2.0) if factor == 1.0 else (HALF_D, 0, 100.0)
        return record(state, jnp.where(fresh(state, fakes, draw), event, -1), draw, slots), tally(NAMES, d_loss=value)

    def generator(state, batch, draw):
        return record(state, G, draw, 1), tally(NAMES, g_loss=1.0)

    def generator_loss(state, batch, fakes, draw):
        return jnp.where(fresh(state, fakes, draw), state.params["script"][state.params["slot"]], jnp.nan)

    return Updates(fakes, discriminator, generator, generator_loss)


def draws_of(schedule):
    """A number of its own for every draw of every batch."""
    return jnp.arange(BATCHES * schedule.draws).reshape(BATCHES, schedule.draws)


@functools.cache
def compiled(count, extra_d):
    """run(script, rule) -> (state, thresholds [batches], tallies), for any rule: its values are arguments."""

    def run(script, rule):
        schedule = threshold(slots=SLOTS, count=count, extra_d=extra_d, **rule)
        assert (schedule.batches, schedule.draws) == (1, SLOTS + extra_d)

        def batch(state, draws):
            state, seen = schedule.run(scripted_players(), state, [REAL], draws)
            return state, (state.schedule["threshold"], seen)

        return jax.lax.scan(batch, scripted_state(schedule, script), draws_of(schedule))

    return jax.jit(run)


def simulate(losses, rule, count, extra_d):
    """(events, thresholds) by the rule of the released programs, on the history since the threshold last moved."""
    t, history, events, thresholds = 1.0, [], [], []
    for own in losses.reshape(BATCHES, SLOTS):
        if count == "difference":
            ups = history.count(G) - history.count(D)
            downs = -ups
        else:
            text = "".join("D" if event == D else "G" for event in history)
            ups, downs = len(text) - len(text.rstrip("G")), len(text) - len(text.rstrip("D"))
        if ups > rule["up_after"]:
            t, history = min(t + rule["up"], 1.0), []
            events += [HALF_D] if extra_d else []
        elif downs > rule["down_after"]:
            t, history = max(t - rule["down"], rule["floor"]), []
        for loss in own:
            history.append(G if loss > t else D)
            events.append(history[-1])
        thresholds.append(t)
    return events, thresholds


# multiples of 1/64 are exact in float32, so a loss that equals the threshold is a case too
sixty_fourths = lambda low, high: st.integers(low, high).map(lambda count: count / 64)  # noqa: E731
rules = st.fixed_dictionaries(
    {
        "up": sixty_fourths(0, 20),
        "down": sixty_fourths(0, 20),
        "floor": sixty_fourths(10, 60),
        "up_after": st.integers(0, 6),
        "down_after": st.integers(0, 6),
    }
)
near = st.lists(sixty_fourths(30, 66), min_size=BATCHES * SLOTS, max_size=BATCHES * SLOTS)
runs = st.lists(st.tuples(st.sampled_from([0.0, 0.75, 2.0]), st.integers(1, 12)), min_size=12, max_size=40).map(
    lambda pairs: sum(([value] * times for value, times in pairs), [0.0] * 6 + [2.0] * 6)
)
scripts = st.one_of(near, runs.map(lambda values: (values * BATCHES)[: BATCHES * SLOTS])).map(np.array)


@pytest.mark.parametrize("extra_d", [False, True])
@pytest.mark.parametrize("count", ["in_a_row", "difference"])
@settings(max_examples=60)
@given(script=scripts, rule=rules)
def test_threshold_follows_the_rule(count, extra_d, script, rule):
    state, (thresholds, seen) = compiled(count, extra_d)(jnp.asarray(script), rule)
    events, expected = simulate(script, rule, count, extra_d)
    np.testing.assert_array_equal(thresholds, expected)
    done = int(state.params["done"])
    assert state.params["events"][:done].tolist() == events
    assert len(set(state.params["draws"][:done].tolist())) == done  # none is used twice
    sums = {name: np.asarray(values).sum(0).tolist() for name, values in seen.items()}
    extras = events.count(HALF_D)
    assert sums["d_loss"] == [2 * events.count(D) + 100 * extras, events.count(D) + extras]
    assert sums["g_loss"] == [events.count(G), events.count(G)]
    assert sums["threshold"] == [pytest.approx(sum(expected)), BATCHES]


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ("toy_deligan", {"up": 0.01, "up_after": 10, "down": 0.001, "down_after": 150, "floor": 0.73}),
        ("mnist500_deligan", {"up": 0.003, "up_after": 3, "down": 0.003, "down_after": 1, "floor": 0.70}),
    ],
)
def test_the_papers_schedules_are_those_of_the_released_programs(file, rule):
    config = load_config(str(EXPERIMENTS / f"{file}.py"), []).schedule
    expected = {"name": "threshold", "slots": 5, "extra_d": False, **rule}
    expected["count"] = "difference" if file == "toy_deligan" else "in_a_row"
    assert {name: config[name] for name in expected} == expected


@pytest.mark.parametrize("count", ["in_a_row", "difference"])
def test_make_schedule_passes_the_numbers_of_threshold_on(count):
    rule = {"up": 8 / 64, "up_after": 2, "down": 12 / 64, "down_after": 3, "floor": 30 / 64}
    values = {"name": "threshold", "slots": SLOTS, "count": count, "extra_d": True, **rule}
    schedule = make_schedule(update(base(), {f"schedule.{name}": value for name, value in values.items()}).schedule)

    @jax.jit
    def one_batch(state, draws):
        return schedule.run(scripted_players(), state, [REAL], draws)[0]

    script = np.repeat([0.0, 0.0, 0.0, 0.0, 2.0, 0.5, 2.0, 0.75], SLOTS)
    state, thresholds = scripted_state(schedule, jnp.asarray(script)), []
    for draws in draws_of(schedule):
        state = one_batch(state, draws)
        thresholds.append(float(state.schedule["threshold"]))
    events, expected = simulate(script, rule, count, True)
    assert thresholds == expected
    assert state.params["events"][: len(events)].tolist() == events
    assert {rule["floor"], 1.0} < set(expected) and HALF_D in events  # every number of the rule was at work


def test_make_schedule_passes_the_numbers_of_alternate_on():
    values = ["--config.schedule.name=alternate", "--config.schedule.d_updates=2", "--config.schedule.g_updates=3"]
    schedule = make_schedule(load_config(str(EXPERIMENTS / "toy_deligan.py"), values).schedule)
    assert (schedule.batches, schedule.draws) == (2, 5)
