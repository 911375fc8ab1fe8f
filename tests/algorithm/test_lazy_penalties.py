"""loss.penalty_every: a penalty in every k-th step, k times as heavy (Karras et al. 2020, StyleGAN2, appendix B)."""

import jax
import jax.numpy as jnp
import pytest

from mogan.algorithm.gan import make_gan
from mogan.config import base, update
from mogan.errors import InputError
from mogan.losses import make_penalty
from tests.helpers.steps import BATCH, TINY, make, written_down
from tests.helpers.support import assert_close

K = 3


def stepper(**loss):
    """(state, compiled step) of an MLP of 2-D points under these values of config.loss."""
    config = update(base(), TINY | {f"loss.{name}": value for name, value in loss.items()})
    init, step = make(written_down(make_gan(config, (2,))), config, penalty=make_penalty(config))
    return init(jax.random.key(0), BATCH.x), jax.jit(step.__call__)


def after(start, stepped):
    state, step = stepped
    return step(state.replace(step=jnp.int32(start)), [BATCH], jax.random.key(1))


@pytest.mark.parametrize("penalties", [{"r1": 2.0}, {"r1": 1.0, "r2": 0.5, "gradient_penalty": 1.5}])
def test_due_in_every_kth_step_alone_and_then_k_times_as_heavy(penalties):
    lazy = stepper(**penalties, penalty_every=K)
    heavy = stepper(**{name: K * weight for name, weight in penalties.items()})
    plain = stepper()
    for start in range(2 * K):
        new, seen = after(start, lazy)
        due = start % K == 0
        right, right_seen = after(start, heavy if due else plain)
        assert_close(new.params, right.params, rtol=1e-4, atol=1e-5)
        total, count = seen["d_penalty"]
        assert count == due  # its mean is that of the steps in which it was computed, in its own weight
        assert total == pytest.approx(float(right_seen["d_penalty"][0]) / K if due else 0.0, rel=1e-5)


def test_the_program_skips_the_work():
    """What the penalty costs stands in one branch of a condition, on which nothing else waits."""

    def conditions(**loss):
        state, step = stepper(r1=1.0, **loss)
        program = str(jax.make_jaxpr(step)(state, [BATCH], jax.random.key(1)))
        return program.count("cond[") - program.count("platform_index[")  # others choose the platform

    assert conditions(penalty_every=K) > conditions() == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"loss.penalty_every": 4}, "config.loss.penalty_every = 4: there is no penalty; give one a weight"),
        ({"loss.r1": 1.0, "loss.penalty_every": 0}, "config.loss.penalty_every = 0: give at least 1"),
        ({"loss.r1": -1.0}, "config.loss.r1 = -1.0: give at least 0.0"),
        ({"loss.r2": 1.0, "loss.clip": 0.01}, "both bound the slope"),
        (
            {"loss.r1": 1.0, "model.head": "sigmoids", "loss.name": "non_saturating"},
            "needs the one that tells real from generated; set loss.gradient_penalty, loss.pairwise_*, loss.r1",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(values, reason):
    with pytest.raises(InputError) as refused:
        update(base(), values)
    assert reason in str(refused.value)
