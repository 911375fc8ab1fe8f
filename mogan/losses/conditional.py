"""Losses of discriminators that also tell classes apart; a real sample's label is its class, a generated one's the
latent component it came from, and both map to G columns by label mod G (mogan.nets.heads.groups), unless the
components' classes are given (`mapped`)."""

import jax
import jax.numpy as jnp

from mogan.errors import InputError
from mogan.losses.adversarial import stateless, weighted_mean
from mogan.types import Judged, Loss


def no_labels(head: str) -> InputError:
    """The error of a `head` that needs labels, where there are none."""
    return InputError(
        f"config.model.head = {head!r} needs labels, which config.data.source has none of; "
        "set model.head = 'real_fake', or choose a labelled source"
    )


def none_of_all(judged: Judged):
    """-E sum_m log(1 - D_m): no column takes the sample for real (GM-GAN algorithm 1, line 12)."""
    return weighted_mean(jax.nn.softplus(judged.logits).sum(-1), judged)


def own_column(judged: Judged):
    """-E [log D_c + sum_{m != c} log(1 - D_m)], c = label mod G: only its own column takes it for real (GM-GAN
    algorithm 1, lines 11 and 23)."""
    columns = judged.logits.shape[-1]
    own = jax.nn.one_hot(judged.label % columns, columns, dtype=bool)
    return weighted_mean(jax.nn.softplus(jnp.where(own, -judged.logits, judged.logits)).sum(-1), judged)


def class_cross_entropy(judged: Judged):
    """-E log softmax(logits [n, columns]) at label mod columns."""
    column = judged.label % judged.logits.shape[-1]
    chosen = jnp.take_along_axis(jax.nn.log_softmax(judged.logits), column[:, None], axis=-1)
    return weighted_mean(-chosen[:, 0], judged)


def sigmoids() -> Loss:
    """Supervised GM-GAN (section 2, L(G) and L(D); algorithm 1), on logits [n, G], D_m = sigmoid(l_m).

    Algorithm 1 halves the discriminator's loss: that is config.loss.d_weight. The encoder's term is ours, with flipped
    labels: a real pair should look generated to every column. The score, the largest logit, is ours too: the paper has
    no single real/fake logit.

    Raises:
      InputError: real samples have no label.
    """

    return stateless(
        discriminator=lambda real, fake: own_column(_labelled("sigmoids", real)) + none_of_all(fake),
        generator=lambda real, fake: own_column(fake),
        encoder=lambda real: none_of_all(real),
        score=lambda logits: logits.max(-1),
    )


def ac_gan(adversarial: Loss, class_weight: float) -> Loss:
    """AC-GAN (Odena et al. 2017) on logits [n, 1 + G]: column 0 is the real/fake logit of the `adversarial` loss, the
    others are class logits.

    Both players descend also class_weight (at least 0) times the classes' cross-entropy: the discriminator on real and
    generated samples, the generator on its own, the encoder (ours) on real pairs.

    Raises:
      InputError: real samples have no label.
    """

    def classes(judged):
        return class_weight * class_cross_entropy(judged._replace(logits=judged.logits[:, 1:]))

    def real_classes(real):
        return classes(_labelled("acgan", real))

    loss = _seen_through(lambda logits: logits[:, 0], adversarial)
    return loss._replace(
        discriminator=lambda state, real, fake: (
            loss.discriminator(state, real, fake) + real_classes(real) + classes(fake)
        ),
        generator=lambda state, real, fake: loss.generator(state, real, fake) + classes(fake),
        encoder=lambda state, real: loss.encoder(state, real) + real_classes(real),
    )


def info_gan(adversarial: Loss, class_weight: float) -> Loss:
    """InfoGAN (Chen et al. 2016) on logits [n, 1 + K]: column 0 is the real/fake logit of the `adversarial` loss, the
    others are those of Q(component | x), which shares all but the last layer with D.

    Both players descend also class_weight (at least 0) times -E log Q(k | G(z)), z of component k: up to the entropy of
    the components, minus the paper's bound L_I on their mutual information with the sample (eq. 5). Learned weights get
    no gradient from it: without their entropy they would move to the component that is told apart most easily.
    Only generated samples have a component, and the data need no labels.
    """

    def components(fake):
        held = fake._replace(logits=fake.logits[:, 1:], weight=jax.lax.stop_gradient(fake.weight))
        return class_weight * class_cross_entropy(held)

    loss = _seen_through(lambda logits: logits[:, 0], adversarial)
    return loss._replace(
        discriminator=lambda state, real, fake: loss.discriminator(state, real, fake) + components(fake),
        generator=lambda state, real, fake: loss.generator(state, real, fake) + components(fake),
    )


def mapped(loss: Loss, class_of: tuple[int, ...]) -> Loss:
    """`loss`, a generated sample's label being the class `class_of`[component] that its component is asked for, and not
    the component itself (GM-GAN's f, algorithm 1).

    With fewer components than classes (K < N) D keeps N outputs. The paper's L(D) leaves open what a real sample of a
    class that no component is asked for stands against, as its sum leaves out f(y(x)) where y(x) is a class: here it is
    a positive of its own column, as of all classes, and a column without a component sees real samples and, as every
    column, generated ones for negatives.
    """
    classes = jnp.asarray(class_of, jnp.int32)

    def asked(fake):
        return fake._replace(label=classes[fake.label])

    return loss._replace(
        discriminator=lambda state, real, fake: loss.discriminator(state, real, asked(fake)),
        generator=lambda state, real, fake: loss.generator(state, real, asked(fake)),
        update=lambda state, real, fake: loss.update(state, real, asked(fake)),
    )


def semi_supervised(adversarial: Loss, class_weight: float) -> Loss:
    """A classifier as discriminator (Salimans et al. 2016, section 5; DeLiGAN's CIFAR-10 program), on class logits
    [n, classes]: D = Z / (Z + 1) with Z = sum_m exp(l_m), so the real/fake logit of the `adversarial` loss is
    logsumexp(l).

    The discriminator descends also class_weight (at least 0) times the cross-entropy of real samples' classes.

    Raises:
      InputError: real samples have no label.
    """
    loss = _seen_through(lambda logits: jax.nn.logsumexp(logits, axis=-1), adversarial)

    return loss._replace(
        discriminator=lambda state, real, fake: (
            loss.discriminator(state, real, fake)
            + class_weight * class_cross_entropy(_labelled("semi_supervised", real))
        )
    )


def _labelled(head, real: Judged) -> Judged:
    if real.label is None:
        raise no_labels(head)
    return real


def _seen_through(score, loss: Loss) -> Loss:
    """`loss` of score(logits), where the discriminator's output is more than a real/fake logit."""

    def seen(judged):
        return judged and judged._replace(logits=score(judged.logits))

    return Loss(
        init=loss.init,
        score=lambda logits: loss.score(score(logits)),
        discriminator=lambda state, real, fake: loss.discriminator(state, seen(real), seen(fake)),
        generator=lambda state, real, fake: loss.generator(state, seen(real), seen(fake)),
        encoder=lambda state, real: loss.encoder(state, seen(real)),
        update=lambda state, real, fake: loss.update(state, seen(real), seen(fake)),
        compares=loss.compares,
    )
