"""What the discriminator puts out for each config.model.head."""

from mogan.config.mapping import class_of


def groups(classes: int, components: int) -> int:
    """G, the columns that classes and latent components share: class y has column y mod G, component k has k mod G.

    This is GM-GAN's map f (section 2, supervised GM-GAN) for any counts: one to one where they are equal, several
    components a class where there are more components, several classes a component where there are more classes.
    """
    return min(classes, components)


def head_width(config, classes: int) -> int:
    """Columns of the discriminator's output, logits [n, columns]; 0 stands for logits [n], one real/fake logit.

    With config.model.class_of there is one for every class, whatever the number of components, as in section 2 of
    GM-GAN, where D keeps N outputs for K < N, too.
    """
    shared = classes if class_of(config, classes) else groups(classes, config.latent.components)
    widths = {"real_fake": 0, "sigmoids": shared, "acgan": 1 + shared, "semi_supervised": classes}
    return (widths | {"infogan": 1 + config.latent.components})[config.model.head]
