"""Values of the configuration that do not go together, each with its reason."""

import itertools

from mogan.config.choices import AUGMENTATIONS, CHOSEN, FAMILIES
from mogan.errors import InputError


def check_together(config) -> None:
    """Raises InputError, with the reason and the remedy, for the first rule that `config` breaks."""
    groups = (_auto, _train, _optim, _data, _augment, _model, _latent, _loss, _devices)
    for broken, message in itertools.chain.from_iterable(group(config) for group in groups):
        if broken:
            raise InputError(message)


def _auto(config):
    for name in config.auto:
        yield (
            name not in CHOSEN,
            f"config.auto = {','.join(config.auto)!r}: give some of {', '.join(CHOSEN)}",
        )
    yield (
        config.auto and config.model.name == "mlp",
        f"config.auto = {','.join(config.auto)!r}: the choices are for images, and model.name = 'mlp' works on points; "
        "set it to '' or choose another model",
    )


def _train(config):
    first, count = config.train.seed, config.train.seeds
    yield (
        first + count > 2**31,
        f"config.train.seeds = {count}: the last seed, train.seed + {count - 1}, is above {2**31 - 1}; lower either",
    )


def _optim(config):
    optim = config.optim
    yield (
        optim.ema and optim.ema_half_life,
        f"config.optim.ema_half_life = {optim.ema_half_life:g}: it says what optim.ema = {optim.ema} says; set either "
        "to 0",
    )
    yield (
        optim.ema_warmup and not (optim.ema or optim.ema_half_life),
        "config.optim.ema_warmup = True: there is no moving average; set optim.ema (e.g. 0.999), or ema_warmup = False",
    )


def _data(config):
    size, size_g = config.data.batch_size, config.data.batch_size_g
    yield (
        0 < size_g < size,
        f"config.data.batch_size_g = {size_g}: give at least data.batch_size = {size}, or 0 for as many",
    )
    holdout, source = config.data.holdout, config.data.source
    yield (
        holdout > 1 and not float(holdout).is_integer(),
        f"config.data.holdout = {holdout:g}: from 1 it is a number of samples a class; give a whole one, or a share "
        "below 1",
    )
    yield (
        holdout and source.startswith("toy:"),
        f"config.data.holdout = {holdout:g}: of {source} any number of unseen points can be drawn; set it to 0",
    )


def _augment(config):
    policy, probability = config.augment.policy, config.augment.probability
    for name in policy:
        yield (
            name not in AUGMENTATIONS or policy.count(name) > 1,
            f"config.augment.policy = {','.join(policy)!r}: give some of {', '.join(AUGMENTATIONS)}, each once",
        )
    yield (
        policy and config.model.name == "mlp",
        f"config.augment.policy = {','.join(policy)!r}: it changes images, and model.name = 'mlp' works on points; set "
        "it to '' or choose another model",
    )
    yield (
        probability < 1 and not policy,
        f"config.augment.probability = {probability}: there is nothing to do with it; set augment.policy, e.g. "
        "color,translation,cutout, or probability = 1",
    )

    target, head, loss = config.augment.target, config.model.head, config.loss.name
    yield (
        target and not policy,
        f"config.augment.target = {target}: there is no augmentation that could adapt; set augment.policy, e.g. "
        "color,translation,cutout, or target = 0",
    )
    yield (
        target and head == "sigmoids",
        f"config.augment.target = {target}: model.head = 'sigmoids' has a logit a class, and no one sign tells whether "
        "an image is taken for real; set it to 0",
    )
    yield (
        target and loss in ("wasserstein", "fisher"),
        f"config.augment.target = {target}: the sign of the critic of loss.name = {loss!r} does not tell real from "
        "generated; set it to 0 or choose another loss",
    )


def _model(config):
    model, latent = config.model, config.latent
    yield (
        model.experts and model.name != "mlp",
        f"config.model.experts = {model.experts}: only model.name = mlp has an ensemble; set it to 0",
    )
    yield (
        model.experts and latent.components > model.experts,
        f"config.latent.components = {latent.components}: the ensemble holds config.model.experts = "
        f"{model.experts} generators, one a component; raise experts or lower components",
    )
    yield (
        model.batch_norm and (model.experts or model.name != "mlp"),
        "config.model.batch_norm = True: it is for the one generator of model.name = mlp; set it to False (dcgan has "
        "model.norm_g)",
    )
    yield (
        model.maxout and model.name != "mlp",
        f"config.model.maxout = {model.maxout}: only model.name = mlp has maxout units; set it to 0",
    )
    yield (
        model.encoder and model.name not in ("mlp", "dcgan", "resnet"),
        f"config.model.encoder = True: model.name = {model.name!r} has no encoder; set dcgan or resnet, or mlp for "
        "points",
    )
    yield (
        model.encoder and (model.experts or model.one_hot),
        "config.model.encoder = True: it finds z but no component, which the generator needs with "
        f"model.experts = {model.experts} and model.one_hot = {model.one_hot}; set these to 0 and False",
    )
    yield (
        model.minibatch_std and model.name not in ("dcgan", "resnet"),
        f"config.model.minibatch_std = True: only dcgan and resnet have it, not model.name = {model.name!r}; set it to "
        "False",
    )
    yield (
        model.spectral_norm and model.name in ("deligan_cifar", "deligan_sketches"),
        f"config.model.spectral_norm = True: the discriminator of model.name = {model.name!r} is weight-normed "
        "already; set it to False",
    )
    yield (
        model.spectral_norm and config.loss.clip,
        f"config.model.spectral_norm = True and loss.clip = {config.loss.clip}: both bound the discriminator's "
        "weights; set either to False or 0",
    )
    yield (
        model.class_of and model.head not in ("sigmoids", "acgan"),
        f"config.model.class_of = {','.join(model.class_of)!r}: model.head = {model.head!r} asks for no class of a "
        "component; set it to '', or model.head = 'sigmoids' or 'acgan'",
    )
    yield (
        model.class_of and len(model.class_of) != latent.components,
        f"config.model.class_of = {','.join(model.class_of)!r}: {len(model.class_of)} classes for latent.components = "
        f"{latent.components}; give one for each component",
    )
    yield (
        model.head == "infogan" and latent.components == 1,
        "config.model.head = 'infogan': with latent.components = 1 there is none to tell; give several, or "
        "model.head = 'real_fake'",
    )
    yield (
        model.dense_d and model.name != "dcgan",
        f"config.model.dense_d = {model.dense_d}: only model.name = dcgan has it, not {model.name!r}; set it to 0",
    )
    conditional = model.head in ("sigmoids", "acgan", "infogan")
    yield (
        conditional and latent.kind != "mixture" and not (model.one_hot or model.experts),
        f"config.model.head = {model.head!r}: the generator cannot tell which class is asked for, as z of latent.kind "
        f"= {latent.kind!r} does not depend on the component; set latent.kind = mixture or model.one_hot = True",
    )


def _latent(config):
    model, latent = config.model, config.latent
    for name, given, usual in (("weights", latent.weights, "equal"), ("combine", latent.combine, "choose")):
        yield (
            given != usual and latent.kind != "mixture",
            f"config.latent.{name} = {given!r}: latent.kind = {latent.kind!r} has no components; set latent.kind = "
            f"mixture or latent.{name} = {usual}",
        )
    yield (
        latent.penalty and latent.kind in ("normal", "uniform"),
        f"config.latent.penalty = {latent.penalty}: latent.kind = {latent.kind!r} has no standard deviations to "
        "regularise; set it to 0, or latent.kind = mixture",
    )
    yield (
        latent.scale_min and latent.kind != "mixture",
        f"config.latent.scale_min = {latent.scale_min}: latent.kind = {latent.kind!r} has no scales that could fall; "
        "set it to 0, or latent.kind = mixture",
    )
    yield (
        latent.scale_min > latent.scale_init,
        f"config.latent.scale_min = {latent.scale_min}: the standard deviations start at latent.scale_init = "
        f"{latent.scale_init}, below it; lower scale_min or raise scale_init",
    )
    yield (
        not set(latent.family.split(",")) <= set(FAMILIES),
        f"config.latent.family = {latent.family!r}: choose one of {', '.join(FAMILIES)}, or several with commas "
        "between, which components take in turn",
    )
    summed = latent.kind == "mixture" and latent.combine == "sum"
    uses = {
        f"model.head = {model.head!r}": model.head in ("sigmoids", "acgan", "infogan"),
        "model.one_hot = True": model.one_hot,
        f"model.experts = {model.experts}": model.experts,
    }
    for name, used in uses.items():
        yield (
            summed and used,
            f"config.{name}: it goes by a sample's component, and with latent.combine = 'sum' every sample is made of "
            "all; set latent.combine = choose",
        )


def _loss(config):
    model, loss = config.model, config.loss
    pairwise = loss.pairwise_x or loss.pairwise_z
    yield (
        pairwise and not model.encoder,
        f"config.loss.pairwise_{'x' if loss.pairwise_x else 'z'} = {pairwise}: the pairs are a sample and its way back "
        "through encoder and generator; set model.encoder = True",
    )
    back = loss.reconstruct_x or loss.reconstruct_z
    yield (
        back and not model.encoder,
        f"config.loss.reconstruct_{'x' if loss.reconstruct_x else 'z'} = {back}: only an encoder leads back; set "
        "model.encoder = True, or the weight to 0",
    )
    yield (
        loss.reconstruct_separate and not back,
        "config.loss.reconstruct_separate = True: nothing is to come back; give loss.reconstruct_x or reconstruct_z a "
        "weight, or set it to False",
    )
    penalized = loss.gradient_penalty or pairwise or loss.r1 or loss.r2
    yield (
        penalized and model.head == "sigmoids",
        f"config.model.head = 'sigmoids': it has a logit a class, and a gradient penalty needs the one that tells real "
        f"from generated; set loss.gradient_penalty, loss.pairwise_*, loss.r1 and loss.r2 ({penalized}) to 0",
    )
    yield (
        loss.clip and penalized,
        f"config.loss.clip = {loss.clip} and a gradient penalty ({penalized}): both bound the slope of the critic; "
        "set either to 0",
    )
    yield (
        loss.lecam and model.head == "sigmoids",
        f"config.loss.lecam = {loss.lecam}: model.head = 'sigmoids' has a logit a class, and LeCam's pull is on the "
        "one that tells real from generated; set it to 0",
    )
    yield (
        loss.penalty_every > 1 and not penalized,
        f"config.loss.penalty_every = {loss.penalty_every}: there is no penalty; give one a weight (loss.r1), or "
        "set it to 1",
    )
    # deligan's discriminator has gains of its own besides its kernels
    bounded = model.spectral_norm and model.name != "deligan"
    yield (
        loss.name == "wasserstein" and not (loss.clip or loss.gradient_penalty or loss.pairwise_x or bounded),
        "config.loss.name = 'wasserstein': without a bound on the critic's slope its loss has no minimum; set "
        "loss.clip (e.g. 0.01) or loss.gradient_penalty (e.g. 10) above 0, or model.spectral_norm = True on another "
        "network than model.name = deligan",
    )
    size, size_g = config.data.batch_size, config.data.batch_size_g
    yield (
        loss.name == "relativistic" and size_g > size,
        f"config.data.batch_size_g = {size_g}: loss.name = 'relativistic' sets each generated sample against a real "
        f"one, of which a batch has data.batch_size = {size}; set batch_size_g = 0",
    )
    yield (
        model.head == "sigmoids" and loss.name != "non_saturating",
        f"config.loss.name = {loss.name!r}: model.head = 'sigmoids' is GM-GAN's supervised loss, which is of the "
        "non-saturating kind; set loss.name = non_saturating",
    )


def _devices(config):
    yield (
        config.train.seeds > 1 and config.parallel.mode == "pmap",
        f"config.train.seeds = {config.train.seeds}: with pmap give 1, or set parallel.mode = jit",
    )
