"""Batches: epochs without replacement, the same however the run is cut into chunks or seeds into lanes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.data import Dataset, Pipeline, make_pipeline, to_uint8
from mogan.data.toy import bimodal

sizes = st.sampled_from([(1, 1), (7, 7), (10, 3), (12, 4)])  # few, for each is compiled
seeds = st.integers(0, 2**31 - 1)
starts = st.integers(0, 10_000)


@functools.cache
def indexed(n, batch_size) -> Pipeline:
    """The pipeline of n points, compiled, whose plan for a finite set is the rows themselves."""
    pipeline = make_pipeline(Dataset(np.zeros((n, 1), np.float32)), batch_size)
    return pipeline._replace(plan=jax.jit(pipeline.plan, static_argnums=2))


@functools.cache
def seeds_together(n, batch_size):
    return jax.jit(jax.vmap(lambda key, start: indexed(n, batch_size).plan(key, start, 3), (0, None)))


@functools.cache
def fresh(batch_size) -> Pipeline:
    return make_pipeline(Dataset(np.zeros((0, 2), np.float32), density=bimodal()), batch_size)


@settings(max_examples=40)
@given(sizes, seeds, st.integers(0, 1000))
def test_an_epoch_visits_every_sample_at_most_once(size, seed, epoch):
    n, batch_size = size
    per_epoch = n // batch_size
    rows = indexed(*size).plan(jax.random.key(seed), jnp.int32(epoch * per_epoch), per_epoch)
    assert rows.shape == (per_epoch, batch_size)
    assert len(np.unique(rows)) == per_epoch * batch_size
    order = jax.random.permutation(jax.random.fold_in(jax.random.key(seed), epoch), n)
    expected = order[: per_epoch * batch_size]
    np.testing.assert_array_equal(rows.ravel(), expected)


@settings(max_examples=40)
@given(sizes, seeds, starts, st.sampled_from([3, 8]))
def test_chunks_give_the_batches_of_single_steps(size, seed, start, count):
    plan, key = indexed(*size).plan, jax.random.key(seed)
    single = [plan(key, jnp.int32(start + step), 1) for step in range(count)]
    np.testing.assert_array_equal(plan(key, jnp.int32(start), count), jnp.concatenate(single))


@pytest.mark.parametrize("per_epoch", [1, 2, 5])
def test_every_start_and_count_is_covered_by_the_epochs_planned(per_epoch):
    plan, key = indexed(per_epoch * 2, 2).plan, jax.random.key(0)
    whole = plan(key, jnp.int32(0), 16)
    for start in range(per_epoch):
        for count in (per_epoch, per_epoch + 1, per_epoch + 2):
            np.testing.assert_array_equal(plan(key, jnp.int32(start), count), whole[start : start + count])


@settings(max_examples=15)
@given(sizes, st.lists(seeds, min_size=3, max_size=3), starts)
def test_seeds_in_one_program_equal_single_seeds(size, seed_list, start):
    plan = indexed(*size).plan
    keys = jax.vmap(jax.random.key)(jnp.array(seed_list))
    together = seeds_together(*size)(keys, jnp.int32(start))
    for seed, rows in zip(seed_list, together, strict=True):
        np.testing.assert_array_equal(rows, plan(jax.random.key(seed), jnp.int32(start), 3))


@settings(max_examples=15)
@given(seeds, starts)
def test_fresh_points_depend_on_key_and_position_alone(seed, start):
    plan, key = fresh(4).plan, jax.random.key(seed)
    together = jax.random.key_data(plan(key, jnp.int32(start), 3))
    single = [jax.random.key_data(plan(key, jnp.int32(start + step), 1)) for step in range(3)]
    np.testing.assert_array_equal(together, jnp.concatenate(single))
    assert len({tuple(row.tolist()) for row in together}) == 3


@pytest.mark.parametrize("kind", ["images", "images without labels", "points", "fresh"])
def test_batches_inside_jit_scan_and_vmap(kind):
    rng = np.random.default_rng(0)
    images, y = rng.integers(0, 256, (10, 2, 2, 3), dtype=np.uint8), np.arange(10, dtype=np.int32)
    dataset = {
        "images": Dataset(images, y, tuple("0123456789")),
        "images without labels": Dataset(images),
        "points": Dataset(rng.normal(size=(10, 2)).astype(np.float32), y),
        "fresh": Dataset(np.zeros((0, 2), np.float32), density=bimodal()),
    }[kind]
    pipeline = make_pipeline(dataset, 4)

    def run(arrays, key):
        return jax.lax.scan(lambda carry, x: (carry, pipeline.fetch(arrays, x)), 0, pipeline.plan(key, 5, 6))[1]

    keys = jax.vmap(jax.random.key)(jnp.arange(2))
    batches = jax.jit(jax.vmap(run, (None, 0)))(jax.device_put(pipeline.arrays), keys)
    assert batches.x.shape == (2, 6, 4, *dataset.x.shape[1:]) and batches.x.dtype == jnp.float32
    assert (batches.y is None) == (kind == "images without labels")

    plan = jax.jit(pipeline.plan, static_argnums=2)
    entry = jax.tree.map(lambda xs: xs[2], plan(jax.random.key(1), 5, 6))
    eager = pipeline.fetch(pipeline.arrays, entry)
    np.testing.assert_allclose(batches.x[1, 2], eager.x, rtol=1e-6, atol=1e-6)
    if eager.y is not None:
        assert eager.y.dtype == jnp.int32
        np.testing.assert_array_equal(batches.y[1, 2], eager.y)
    if kind == "images":
        np.testing.assert_allclose(eager.x, images[eager.y] / 127.5 - 1, atol=1e-6)


def test_every_level_survives_the_way_to_the_device_and_back():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    pipeline = make_pipeline(Dataset(levels), 1)
    batch = pipeline.fetch(pipeline.arrays, jnp.array([0]))
    assert float(batch.x.min()) == -1 and float(batch.x.max()) == 1
    np.testing.assert_array_equal(to_uint8(batch.x), levels)


def test_to_uint8_clips_and_rounds():
    assert to_uint8(np.array([-2, -1, -0.999, 0, 0.5, 1, 3])).tolist() == [0, 0, 0, 128, 191, 255, 255]
