"""Latents x losses x heads x encoder, every three of them together: what makes sense trains, the rest is refused.

Steps are traced once, as for a compiler, and then run operation by operation: hundreds of programs would take longer
to compile than to run.
"""

import jax
import jax.extend
import jax.numpy as jnp
import numpy as np
import pytest

from mogan import data
from mogan.algorithm.make import init_of, make_algorithm, step_of
from mogan.config import base, update
from mogan.errors import InputError
from mogan.types import ONE_DEVICE, Axis, Optimizer

MIXTURE = {"latent.kind": "mixture"}
LATENTS = {
    "normal": {"latent.kind": "normal"},
    "uniform": {"latent.kind": "uniform"},
    "static": MIXTURE | {"latent.trainable": "none", "latent.covariance": "isotropic", "latent.penalty": 0.1},
    "diagonal": MIXTURE | {"latent.scale_min": 0.1, "latent.penalty": 0.1, "latent.choose": "stratified"},
    "means_only": MIXTURE | {"latent.trainable": "mean", "latent.family": "logistic"},
    "full": MIXTURE | {"latent.covariance": "full", "latent.family": "laplace", "latent.trainable": "scale"},
    "given": MIXTURE | {"latent.weights": "given", "latent.weights_given": (3.0, 2.0, 1.0), "latent.family": "uniform"},
    "learned": MIXTURE | {"latent.weights": "learned", "latent.choose": "stratified", "latent.family": "student_t"},
    "sum": MIXTURE | {"latent.combine": "sum", "latent.weights": "learned"},
}
# what training must leave where it was; all other parameters of the latent must move
FIXED = {"static": {"mean", "scale"}, "means_only": {"scale"}, "full": {"mean"}}
LOSSES = {
    "minimax": {},
    "non_saturating": {},
    "wasserstein": {"loss.gradient_penalty": 0.1},
    "clipped": {"loss.name": "wasserstein", "loss.clip": 0.5, "optim.name": "rmsprop"},
    "least_squares": {"loss.d_weight": 0.5},
    "hinge": {},
    "fisher": {"loss.rho": 0.1, "loss.lecam": 0.1},
    "lol1": {},
    "lol2": {},
    "relativistic": {"loss.r1": 0.1, "loss.r2": 0.1, "loss.mode_seeking": 0.01},
}
HEADS = ("real_fake", "sigmoids", "acgan", "semi_supervised", "infogan")
PAIRWISE = {"loss.pairwise_x": 0.1, "loss.pairwise_z": 0.1}
TINY = {
    "data.source": "toy:grid9",
    "data.points": 60,
    "data.batch_size": 6,
    "latent.components": 3,
    **{f"model.hidden_{network}": (4,) for network in "gde"},
}
STEPS = 2


def configure(latent, loss, head, encoder):
    """The config of one combination; raises InputError where it makes no sense."""
    values = (
        TINY | LATENTS[latent] | {"loss.name": loss} | LOSSES[loss] | {"model.head": head, "model.encoder": encoder}
    )
    if encoder and head != "sigmoids" and loss != "clipped":
        values |= PAIRWISE
    return update(base(), values)


def train(config, freeze=(), axis=ONE_DEVICE):
    """(state of step 0, state after STEPS steps), the optimizers of the groups `freeze` doing nothing."""
    dataset = data.load(config.data)
    algorithm = make_algorithm(config, (2,), len(dataset.classes), axis)
    still = Optimizer(lambda params: (), lambda grads, state, params, step, factor=1.0: (params, state))
    algorithm = algorithm._replace(optimizers=algorithm.optimizers | dict.fromkeys(freeze, still))
    step = traced(step_of(algorithm, axis))
    pipeline = data.make_pipeline(dataset, config.data.batch_size)
    start = state = init_of(algorithm)(jax.random.key(0), dataset.x[:2])
    rows = pipeline.plan(jax.random.key(1), np.int32(0), STEPS)
    for index in range(STEPS):
        state, _ = step(state, [pipeline.fetch(pipeline.arrays, rows[index])], jax.random.key(2))
    return start, state


def traced(step):
    """`step` that is traced, and its gradients with it, at the first call alone; its operations then run one by one."""
    program = []

    def run(*args):
        if not program:
            closed, out = jax.make_jaxpr(step, return_shape=True)(*args)
            program.extend([jax.extend.core.jaxpr_as_fun(closed), jax.tree.structure(out)])
        operations, structure = program
        return jax.tree.unflatten(structure, operations(*jax.tree.leaves(args)))

    return run


def stayed(start, state):
    """Paths of the parameters that are what they were."""
    before, after = jax.tree.leaves_with_path(start.params), jax.tree.leaves(state.params)
    pairs = zip(before, after, strict=True)
    return {jax.tree_util.keystr(path, simple=True, separator="/") for (path, a), b in pairs if np.array_equal(a, b)}


def expected_to_stay(latent):
    return {f"latent/{name}" for name in FIXED.get(latent, ())}


def free(loss, head):
    """What may move or not: a number added to every logit changes nothing (hinge: while they lie within its margins),
    so that nothing but rounding moves it."""
    shifted = head == "real_fake" and loss in ("wasserstein", "clipped", "hinge", "relativistic")
    return {"discriminator/MLP_0/Dense_1/bias"} if shifted else set()


def refusal(latent, loss, head):
    """What the error must say of a combination that makes no sense; None for the others."""
    if head in ("sigmoids", "acgan", "infogan") and latent in ("normal", "uniform"):
        return "cannot tell which class is asked for"
    if head in ("sigmoids", "acgan", "infogan") and latent == "sum":
        return "every sample is made of all"
    if head == "sigmoids" and loss == "fisher":
        return "LeCam's pull is on the one"
    if head == "sigmoids" and loss in ("wasserstein", "relativistic"):
        return "needs the one that tells real from generated"
    if head == "sigmoids" and loss != "non_saturating":
        return "of the non-saturating kind"
    return None


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("latent", LATENTS)
def test_every_combination_of_three_trains_or_is_refused(latent, loss):
    """All latents, losses and heads; the encoder by turns, so that any three choices meet, whatever the fourth."""
    turn = list(LATENTS).index(latent) + list(LOSSES).index(loss)
    for number, head in enumerate(HEADS):
        encoder = (turn + number) % 2 == 1
        reason = refusal(latent, loss, head)
        if reason:
            with pytest.raises(InputError, match=reason):
                configure(latent, loss, head, encoder)
            continue
        start, state = train(configure(latent, loss, head, encoder))
        where = f"{head}, encoder {encoder}"
        assert ("encoder" in state.params) == encoder
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((state.params, state.opt, state.loss))), where
        assert stayed(start, state) - free(loss, head) == expected_to_stay(latent), where


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize("head", ["sigmoids", "acgan"])
def test_a_prior_without_components_is_told_the_class(kind, head):
    values = {"latent.kind": kind, "loss.name": "non_saturating", "model.head": head, "model.one_hot": True}
    start, state = train(update(base(), TINY | values))
    assert stayed(start, state) == set()


def test_pairwise_penalties_send_no_gradient_to_generator_encoder_or_latent():
    """With the discriminator held still, they train exactly as without the penalties."""
    plain = update(base(), TINY | {"loss.name": "lol1", "model.encoder": True})
    penalized = update(plain, {"loss.pairwise_x": 5.0, "loss.pairwise_z": 5.0})
    (_, without), (_, with_penalties) = (train(config, freeze=("discriminator",)) for config in (plain, penalized))
    jax.tree.map(np.testing.assert_array_equal, without.params, with_penalties.params)
    (_, without), (_, with_penalties) = train(plain), train(penalized)
    assert not np.array_equal(*(jax.tree.leaves(s.params["discriminator"])[0] for s in (without, with_penalties)))


def test_devices_share_the_batch_and_no_randomness():
    """A mapped axis of two devices, as pmap has it, against one device, under a penalty that bends where it looks."""
    config = update(base(), TINY | {"loss.name": "lol1", "loss.gradient_penalty": 50.0, "optim.lr": 0.05})
    config = update(config, {"model.hidden_d": (32,), "model.initializer": "random_walk"})

    def place(tree):
        return jax.tree.map(lambda leaf: jax.lax.dynamic_slice_in_dim(leaf, 3 * jax.lax.axis_index("data"), 3), tree)

    two = Axis("data", place, lambda tree: jax.lax.pmean(tree, "data"))
    _, one = jax.jit(lambda: train(config))()
    _, each = jax.jit(jax.vmap(lambda _: train(config, axis=two), axis_name="data"))(jnp.arange(2))
    for name in ("generator", "discriminator"):
        for a, b in zip(jax.tree.leaves(each.params[name]), jax.tree.leaves(one.params[name]), strict=True):
            np.testing.assert_array_equal(a[0], a[1])
            np.testing.assert_allclose(a[0], b, rtol=1e-3, atol=1e-4)


def test_the_threshold_schedule_updates_encoder_and_generator_together():
    schedule = {"schedule.name": "threshold", "schedule.slots": 4, "optim.lr": 0.1}
    start, state = train(update(configure("diagonal", "non_saturating", "real_fake", True), schedule))
    counts = {name: int(state.opt[name].count) for name in ("generator", "encoder", "discriminator")}
    assert counts["generator"] == counts["encoder"] and counts["generator"] + counts["discriminator"] == 4 * STEPS
    assert 0 < counts["generator"] < 4 * STEPS
    assert not stayed(start, state)


def test_clipped_weights_stay_within_the_bound():
    _, state = train(configure("diagonal", "clipped", "real_fake", False))
    largest = max(np.abs(leaf).max() for leaf in jax.tree.leaves(state.params["discriminator"]))
    assert largest == 0.5  # the start reaches further: some weights lie on the bound


REFUSED = {
    "model.encoder": ({"model.encoder": True, "model.name": "deligan"}, "has no encoder"),
    "experts": ({"model.encoder": True, "model.experts": 3}, "no component, which the generator needs"),
    "one_hot": ({"model.encoder": True, "model.one_hot": True}, "no component, which the generator needs"),
    "pairwise_x": ({"loss.pairwise_x": 0.1}, "set model.encoder = True"),
    "pairwise_z": ({"loss.pairwise_z": 0.1}, "set model.encoder = True"),
    "clip": ({"loss.clip": 0.1, "loss.gradient_penalty": 0.1}, "both bound the slope"),
    "wasserstein": ({"loss.name": "wasserstein"}, "its loss has no minimum"),
    "sum": ({"latent.combine": "sum", "model.one_hot": True}, "every sample is made of all"),
    "weights": ({"latent.kind": "normal", "latent.weights": "learned"}, "'normal' has no components"),
    "penalty": ({"latent.kind": "normal", "latent.penalty": 0.5}, "'normal' has no standard deviations to regularise"),
    "combine": ({"latent.kind": "uniform", "latent.combine": "sum"}, "'uniform' has no components"),
    "batch_size_g": ({"data.batch_size_g": 3}, "give at least data.batch_size = 6"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_with_the_reason(case):
    values, reason = REFUSED[case]
    with pytest.raises(InputError, match=reason):
        update(base(), TINY | values)


def test_a_head_needs_labels(tmp_path):
    np.savez(tmp_path / "points.npz", x=np.zeros((60, 2), np.float32))
    values = {"loss.name": "non_saturating", "model.head": "sigmoids", "data.source": f"npz:{tmp_path / 'points.npz'}"}
    with pytest.raises(InputError, match="config.model.head = 'sigmoids' needs labels"):
        train(update(base(), TINY | values))
