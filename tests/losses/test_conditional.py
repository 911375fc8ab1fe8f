"""mogan.losses.conditional against GM-GAN's, AC-GAN's and Salimans et al.'s equations, summed one by one in float64."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.config import base, update
from mogan.errors import InputError
from mogan.losses import make_loss
from mogan.losses.adversarial import hinge
from mogan.losses.conditional import ac_gan, info_gan, semi_supervised, sigmoids
from mogan.losses.fisher import fisher
from mogan.nets.heads import groups, head_width
from mogan.types import Judged

N, G, CLASS_WEIGHT = 6, 3, 0.5
HEADS = {"sigmoids": G, "acgan": 1 + G, "semi_supervised": G}
LOSSES = {
    "sigmoids": sigmoids(),
    "acgan": ac_gan(hinge(), CLASS_WEIGHT),
    "semi_supervised": semi_supervised(hinge(), CLASS_WEIGHT),
}
seeds = st.integers(0, 2**32 - 1)
scales = st.sampled_from([0.0, 1.0, 100.0])


def sides_of(seed, columns, size=1.0, labels=2 * G):
    """Logits, weights and labels of the real and the generated side, float64; more labels than columns."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (2, N, columns)) * size
    real_labels, fake_labels = rng.integers(0, labels, (2, N))
    return logits, rng.uniform(0, 2, (2, N)), (real_labels, fake_labels)


def judge(logits, weights, labels):
    return [Judged(*map(jnp.asarray, side)) for side in zip(logits, weights, labels, strict=True)]


def log_d(logit):
    """log sigmoid(l), exact for any l; log(1 - sigmoid(l)) is log_d(-l)."""
    return -np.logaddexp(0, -logit)


def mean(term, logits, weights, labels):
    return np.mean([weight * term(own, label) for own, weight, label in zip(logits, weights, labels, strict=True)])


def only_own(logits, label):
    """GM-GAN algorithm 1, lines 11 and 23: one sample, one column at a time."""
    return -sum(log_d(logit) if m == label % G else log_d(-logit) for m, logit in enumerate(logits))


def none(logits, label):
    """GM-GAN algorithm 1, line 12."""
    return -sum(log_d(-logit) for logit in logits)


def cross_entropy(logits, label):
    return np.logaddexp.reduce(logits) - logits[label % G]


def hinge_real(logit):
    return max(0.0, 1 - logit)


def hinge_fake(logit):
    return max(0.0, 1 + logit)


def expected(head, real, fake):
    """(discriminator, generator, encoder) of that head; real and fake are (logits, weights, labels)."""
    if head == "sigmoids":
        return mean(only_own, *real) + mean(none, *fake), mean(only_own, *fake), mean(none, *real)
    if head == "acgan":

        def classes(logits, label):
            return CLASS_WEIGHT * cross_entropy(logits[1:], label)

        return (
            mean(lambda own, label: max(0.0, 1 - own[0]) + classes(own, label), *real)
            + mean(lambda own, label: max(0.0, 1 + own[0]) + classes(own, label), *fake),
            mean(lambda own, label: -own[0] + classes(own, label), *fake),
            mean(lambda own, label: own[0] + classes(own, label), *real),
        )
    score = np.logaddexp.reduce
    return (
        mean(lambda own, label: max(0.0, 1 - score(own)) + CLASS_WEIGHT * cross_entropy(own, label), *real)
        + mean(lambda own, label: max(0.0, 1 + score(own)), *fake),
        mean(lambda own, label: -score(own), *fake),
        mean(lambda own, label: score(own), *real),
    )


def players(loss):
    """Compiled (logits, weights, labels) -> [(value, gradient)] of discriminator, generator and encoder."""

    def everything(logits, weights, labels):
        state = loss.init()
        parts = [
            lambda real, fake: loss.discriminator(state, real, fake),
            lambda real, fake: loss.generator(state, None, fake),
            lambda real, fake: loss.encoder(state, real),
        ]
        return [jax.value_and_grad(lambda own, part=part: part(*judge(own, weights, labels)))(logits) for part in parts]

    return jax.jit(everything)


COMPILED = {head: players(loss) for head, loss in LOSSES.items()}


@settings(max_examples=40)
@given(head=st.sampled_from(sorted(LOSSES)), seed=seeds, size=scales)
def test_values_are_the_equations_at_any_logit(head, seed, size):
    sides = sides_of(seed, HEADS[head], size)
    got = COMPILED[head](*map(jnp.float32, sides[:2]), sides[2])
    for (value, gradient), right in zip(got, expected(head, *zip(*sides, strict=True)), strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-5, atol=1e-5 * (1 + size))
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("head", LOSSES)
def test_gradients_are_finite_differences_of_the_equations(head):
    (logits, *others), step = sides_of(0, HEADS[head], 2.0), 1e-6
    nudges = step * np.eye(logits.size).reshape(-1, *logits.shape)

    def values(nudge):
        return np.array(expected(head, *zip(logits + nudge, *others, strict=True)))

    slopes = np.array([(values(nudge) - values(-nudge)) / (2 * step) for nudge in nudges])
    with jax.enable_x64(True):
        for player, (_, gradient) in enumerate(COMPILED[head](logits, *others)):
            np.testing.assert_allclose(gradient.ravel(), slopes[:, player], atol=1e-8)


def test_the_score_is_what_the_adversarial_loss_sees():
    logits = np.array([[1.0, 3.0, -2.0, 2.0], [0.5, 0.0, 0.0, -1.0]], np.float32)
    np.testing.assert_array_equal(LOSSES["acgan"].score(logits), [1.0, 0.5])
    np.testing.assert_array_equal(LOSSES["sigmoids"].score(logits), [3.0, 0.5])
    right = np.log(np.exp(np.float64(logits)).sum(1))
    np.testing.assert_allclose(LOSSES["semi_supervised"].score(logits), right, rtol=1e-6)


@pytest.mark.parametrize(("wrap", "columns"), [(ac_gan, 1 + G), (semi_supervised, G)])
def test_the_state_is_the_adversarial_losss(wrap, columns):
    plain = fisher(0.5)
    loss, sides = wrap(plain, CLASS_WEIGHT), judge(*sides_of(2, columns))
    seen = [side._replace(logits=loss.score(side.logits)) for side in sides]
    assert loss.init() == plain.init()
    state = {"multiplier": jnp.float32(0.3), "omega": jnp.float32(2)}
    assert loss.update(state, *sides) == plain.update(state, *seen)
    # without a class part the whole loss is the adversarial one, in that state
    assert wrap(plain, 0.0).discriminator(state, *sides) == plain.discriminator(state, *seen)


@pytest.mark.parametrize("head", LOSSES)
def test_real_samples_without_labels_are_refused(head):
    real, fake = judge(*sides_of(3, HEADS[head]))
    with pytest.raises(InputError, match=f"config.model.head = '{head}' needs labels"):
        jax.jit(lambda real: LOSSES[head].discriminator({}, real, fake))(real._replace(label=None))


def config_of(head, name, **loss):
    values = {"model.head": head, "loss.name": name, "latent.components": G}
    return update(base(), values | {f"loss.{field}": value for field, value in loss.items()})


@pytest.mark.parametrize(
    ("head", "name"), [("sigmoids", "non_saturating"), ("acgan", "hinge"), ("semi_supervised", "hinge")]
)
def test_make_loss_builds_every_head(head, name):
    sides = judge(*sides_of(4, HEADS[head]))
    built = make_loss(config_of(head, name, class_weight=CLASS_WEIGHT), classes=G)
    assert built.discriminator({}, *sides) == LOSSES[head].discriminator({}, *sides)
    assert built.generator({}, None, sides[1]) == LOSSES[head].generator({}, None, sides[1])
    assert built.encoder({}, sides[0]) == LOSSES[head].encoder({}, sides[0])


def test_the_discriminators_weight_leaves_the_class_part():
    sides = judge(*sides_of(5, 1 + G))
    seen = [side._replace(logits=side.logits[:, 0]) for side in sides]

    def value(weight):
        return make_loss(config_of("acgan", "hinge", d_weight=weight), classes=G).discriminator({}, *sides)

    assert value(1.0) - value(0.25) == pytest.approx(0.75 * float(hinge().discriminator({}, *seen)), rel=1e-5)


def test_the_discriminators_weight_halves_gmgans_loss():
    """Algorithm 1, line 16."""
    sides = judge(*sides_of(6, G))
    built = make_loss(config_of("sigmoids", "non_saturating", d_weight=0.5), classes=G)
    assert built.discriminator({}, *sides) == 0.5 * LOSSES["sigmoids"].discriminator({}, *sides)
    assert built.generator({}, None, sides[1]) == LOSSES["sigmoids"].generator({}, None, sides[1])


@given(classes=st.integers(1, 40), components=st.integers(1, 40))
def test_classes_and_components_both_cover_the_columns(classes, components):
    shared = groups(classes, components)
    assert {y % shared for y in range(classes)} == {k % shared for k in range(components)} == set(range(shared))


@pytest.mark.parametrize(
    ("head", "classes", "components", "width"),
    [
        ("real_fake", 10, 20, 0),
        ("real_fake", 0, 20, 0),
        ("sigmoids", 10, 20, 10),
        ("sigmoids", 10, 4, 4),
        ("acgan", 10, 20, 11),
        ("acgan", 10, 4, 5),
        ("semi_supervised", 10, 4, 10),
        ("infogan", 10, 4, 5),
        ("infogan", 0, 20, 21),
    ],
)
def test_the_heads_width(head, classes, components, width):
    config = base()
    config.model.head, config.latent.components = head, components
    assert head_width(config, classes) == width


def info_gan_of(fake, weights, labels):
    """-E w log softmax(Q)_k of generated samples, Q all columns but the first (Chen et al. 2016, eq. 5)."""
    log_q = [row[1:] - np.logaddexp.reduce(row[1:]) for row in fake]
    return -np.mean([weight * own[label] for own, weight, label in zip(log_q, weights, labels, strict=True)])


@given(seed=seeds)
def test_infogan_is_its_adversarial_loss_and_the_component_of_generated_samples(seed):
    logits, weights, labels = sides_of(seed, 1 + G, labels=G)
    real, fake = judge(logits, weights, (np.zeros(N, int), labels[1]))
    real = real._replace(label=None)  # the data need none
    loss, plain = info_gan(hinge(), CLASS_WEIGHT), hinge()
    first = [side._replace(logits=side.logits[:, 0]) for side in (real, fake)]
    told = CLASS_WEIGHT * info_gan_of(logits[1], weights[1], labels[1])
    close = partial(pytest.approx, rel=1e-5, abs=1e-6)  # hinge and cross-entropy may cancel
    assert loss.discriminator({}, real, fake) == close(float(plain.discriminator({}, *first)) + told)
    assert loss.generator({}, None, fake) == close(float(plain.generator({}, None, first[1])) + told)
    assert loss.encoder({}, real) == close(float(plain.encoder({}, first[0])))
    np.testing.assert_allclose(loss.score(real.logits), logits[0, :, 0], rtol=1e-6)


def test_learned_weights_get_no_gradient_of_infogans_bound():
    """It lacks their entropy, without which they would move to the component that is told apart most easily."""
    logits, weights, labels = sides_of(0, 1 + G, labels=G)
    _, fake = judge(logits, weights, (np.zeros(N, int), labels[1]))
    with_bound, without = (
        jax.grad(lambda weight, loss=loss: loss.generator({}, None, fake._replace(weight=weight)))(fake.weight)
        for loss in (info_gan(hinge(), CLASS_WEIGHT), info_gan(hinge(), 0.0))
    )
    np.testing.assert_array_equal(with_bound, without)
    assert np.any(without)


def test_fewer_components_than_classes_keep_an_output_a_class():
    """GM-GAN section 2, K = 2 < N = 5: f sends a generated sample to its own class, a real one has its own column."""
    config = config_of("sigmoids", "non_saturating")
    config.latent.components, config.model.class_of = 2, ("3", "0")
    assert head_width(config, 5) == 5
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(2, N, 5)), (np.array([0, 1, 2, 3, 4, 4]), np.array([0, 1, 1, 0, 0, 1]))
    real, fake = judge(logits, np.ones((2, N)), labels)

    def own(row, column):
        return -sum(log_d(logit) if m == column else log_d(-logit) for m, logit in enumerate(row))

    loss = make_loss(config, classes=5)
    positive = np.mean([own(row, label) for row, label in zip(logits[0], labels[0], strict=True)])
    negative = np.mean([none(row, None) for row in logits[1]])
    asked = np.mean([own(row, (3, 0)[label]) for row, label in zip(logits[1], labels[1], strict=True)])
    assert loss.discriminator({}, real, fake) == pytest.approx(positive + negative, rel=1e-5)
    assert loss.generator({}, None, fake) == pytest.approx(asked, rel=1e-5)


def test_a_class_that_the_data_do_not_have_is_refused():
    config = config_of("sigmoids", "non_saturating")
    config.latent.components, config.model.class_of = 2, ("3", "5")
    with pytest.raises(InputError, match=r"class_of = '3,5': 5 is none of the classes 0 to 4"):
        make_loss(config, classes=5)


def test_classes_of_components_are_given_as_a_command_line_has_them():
    three = {"model.head": "sigmoids", "loss.name": "non_saturating", "latent.components": 3}
    for written in ((0, 0, 1), "0,0,1"):
        assert update(base(), three | {"model.class_of": written}).model.class_of == ("0", "0", "1")
    with pytest.raises(InputError, match="2 classes for latent.components = 3"):
        update(base(), three | {"model.class_of": "0,1"})
