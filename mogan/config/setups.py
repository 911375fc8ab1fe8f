"""What the image experiments of one paper share, as {field: value}; a config file adds what its data set needs."""

# as published (Arjovsky, Chintala, Bottou 2017)
WGAN = {
    "loss.name": "wasserstein",
    "loss.clip": 0.01,
    "schedule.d_updates": 5,
    "optim.name": "rmsprop",
    "optim.lr": 5e-5,
    "optim.beta2": 0.99,
}
LOGAN_LOSSES = {
    "lol1": {"loss.name": "lol1"},
    "lol2": {"loss.name": "lol2"},
    "v": {"loss.name": "non_saturating"},
    "w": {"loss.name": "wasserstein", "schedule.d_updates": 5},
}
DIRECT = {"loss.reconstruct_x": 1.0, "loss.reconstruct_z": 1.0, "loss.reconstruct_separate": True}
SIGMA = 0.15  # GM-GAN's
STATIC = {"latent.kind": "mixture", "latent.trainable": "none"}
GMGAN_HEADS = {"": {}, "_supervised": {"model.head": "sigmoids"}}
GMGAN_MIXTURES = {
    "": STATIC,
    "_std": STATIC | {"latent.scale_init": SIGMA},
    "_dynamic": {"latent.kind": "mixture", "latent.covariance": "full"},
}
GMGAN_MODELS = {
    f"gmgan{head}{mixture}": GMGAN_HEADS[head] | GMGAN_MIXTURES[mixture]
    for head in GMGAN_HEADS
    for mixture in GMGAN_MIXTURES
} | {
    "gan": {"latent.kind": "normal", "latent.components": 1},
    "acgan": {"latent.kind": "normal", "model.one_hot": True, "model.head": "acgan"},
    "infogan": {"latent.kind": "normal", "model.one_hot": True, "model.head": "infogan"},
}


def deligan_paper(steps: int) -> dict:
    """What the text of DeLiGAN (Gurumurthy et al., CVPR 2017) says in place of its released programs of `steps` batches
    of 5 updates each: players alternate, the generator's loss is eq. 3, components are drawn at random, their sigma
    starts at 0.2. Rates, the regulariser's weight and the number of updates, which it does not give, remain."""
    return {
        "latent.choose": "random",
        "latent.scale_init": 0.2,
        "loss.name": "minimax",
        "schedule.name": "alternate",
        "train.steps": steps * 5 // 2,
    }


def every(epoch: int) -> dict:
    """Lines, pictures and checkpoints of a run over images, `epoch` being the steps of one epoch."""
    return {
        "train.log_every": min(100, epoch),
        "train.eval_every": 0,
        "train.sample_every": epoch,
        "train.checkpoint_every": epoch,
        "eval.grid": 10,
    }


def gmgan_variants(*more_components: int) -> tuple[str, ...]:
    """The names of GMGAN_MODELS; those with a mixture also as NAME_kN for the N given."""
    mixtures = [name for name in GMGAN_MODELS if name.startswith("gmgan")]
    return (*GMGAN_MODELS, *(f"{name}_k{k}" for k in more_components for name in mixtures))


def gmgan(variant: str, classes: int, samples: int, epochs: int) -> dict:
    """GM-GAN (Ben-Yosef, Weinshall 2018), sections 2 to 5, on `samples` images in so many classes; K = classes, but
    for a variant's _kN.

    From section 4: z in 100 dimensions, means U(-0.1, 0.1), sigma 0.15, 64 real and 128 generated samples, Adam 2e-4
    with beta1 0.5; from algorithm 1: the discriminator's loss halved, of AC-GAN's its adversarial part. sigma is a
    factor of the covariance by the paper's formula, and the components then overlap; `_std` reads it as a standard
    deviation, with which the toy came out as in the paper's figure 3 (experiments/results). The paper gives no
    networks and no number of epochs: DCGAN, batch norm in both, and `epochs` are ours.
    """
    name, _, k = variant.partition("_k")
    epoch = samples // 64
    return {
        "variant": variant,
        "data.batch_size": 64,
        "data.batch_size_g": 128,
        "latent.components": int(k or classes),
        "latent.dim": 100,
        "latent.mean_range": 0.1,
        "latent.scale_init": SIGMA**0.5,
        "model.name": "dcgan",
        "model.width_g": 64,
        "model.width_d": 64,
        "model.norm_d": True,
        "loss.name": "non_saturating",
        "loss.d_weight": 0.5,
        "optim.lr": 2e-4,
        "train.steps": epochs * epoch,
        **every(epoch),
        **GMGAN_MODELS[name],
    }


def by_discriminator_updates(count: int, fields: dict, *more: str) -> dict:
    """Steps of a run whose discriminator makes `count` updates in all, as `fields`, those of its set-up, divide them
    into steps; `more` are fields in steps to be divided likewise, so that runs compare at the same counts."""
    a_step = fields.get("schedule.d_updates", 1)
    return {"train.steps": count // a_step} | {name: max(1, fields[name] // a_step) for name in more}


def logan_variants(encoder: bool) -> tuple[str, ...]:
    """The four losses, lol1 and lol2 also _no_penalty; with an encoder each also _pairwise, and v and lol2 _direct; all
    of these also _released."""
    own = {"v": ("",), "w": ("",), "lol1": ("", "_no_penalty"), "lol2": ("", "_no_penalty")}
    direct = {"v": ("_direct",), "lol2": ("_direct",)}
    kinds = {name: ("_pairwise", *own[name], *direct.get(name, ())) if encoder else own[name] for name in own}
    return tuple(f"{name}{kind}{sizes}" for sizes in ("", "_released") for name in LOGAN_LOSSES for kind in kinds[name])


def logan_loss(variant: str, weight: float) -> dict:
    """LOGAN's loss `variant` and its gradient penalty of that weight: NAME_pairwise has the pair-wise one in x (that
    in z is left out, as the paper does where p(z) is uniform), NAME the plain one, v and NAME_no_penalty none.
    NAME_direct has none either, but direct modelling as in supplement 1.2: L1 of x - G(E(x)) for G alone and of z -
    E(G(z)) for E alone, weighing 1 each, as the paper gives no ratio. (Section 2.1 merges the two for both players:
    loss.reconstruct_separate = False.)"""
    name, _, kind = variant.removesuffix("_released").partition("_")
    plain = {} if name == "v" else {"loss.gradient_penalty": weight}
    penalties = {"": plain, "pairwise": {"loss.pairwise_x": weight}, "no_penalty": {}, "direct": DIRECT}
    return LOGAN_LOSSES[name] | penalties[kind]


def logan_toy(variant: str, encoder: bool) -> dict:
    """LOGAN (Sharma, Namboodiri 2018), sections 4.1 and 4.2 and supplement 1.1: fresh points of a toy density, batches
    of 256; z from U(-1, 1)^2, with an encoder from U(-1, 1).

    Four dense layers of 512, leaky relu 0.2, started as in Sussillo and Abbott (gain 1.43), Adam 1e-4 (0.5, 0.9),
    gradient penalties of weight 0.1. 40,000 updates of the discriminator, of every loss: the supplement says 40,000
    steps, and the released program counts the discriminator's, so that w, with 5 of them a step, makes 8,000 updates of
    the generator. Evaluations, lines and pictures come at the same counts.

    The paper gives neither the encoder's end (tanh here, as p(z) is in (-1, 1)) nor what last layers start from (as all
    others here). NAME_released has the program's: linear, and as usual.
    """
    widths, regular = (
        (512,) * 3,
        ("train.log_every", "train.eval_every", "train.sample_every", "train.checkpoint_every"),
    )
    released = {"model.initializer_out": "xavier"} | ({"model.output_e": "linear"} if encoder else {})
    pair = {"model.encoder": True, "model.hidden_e": widths, "model.output_e": "tanh"}
    fields = {
        "variant": variant,
        "data.source": "toy:circle8",
        "data.points": 0,
        "data.batch_size": 256,
        "latent.kind": "uniform",
        "latent.dim": 1 if encoder else 2,
        "model.hidden_g": widths,
        "model.hidden_d": widths,
        "model.activation": "leaky_relu",
        "model.output": "linear",
        "model.initializer": "random_walk",
        "optim.lr": 1e-4,
        "optim.beta1": 0.5,
        "optim.beta2": 0.9,
        "train.chunk": 100,
        "train.log_every": 500,
        "train.eval_every": 4000,
        "train.sample_every": 4000,
        "train.checkpoint_every": 4000,
        **(pair if encoder else {}),
        **(released if variant.endswith("_released") else {}),
        **logan_loss(variant, 0.1),
    }
    return fields | by_discriminator_updates(40_000, fields, *regular)


def logan(variant: str, encoder: bool, samples: int) -> dict:
    """LOGAN (Sharma, Namboodiri 2018), section 4 and supplement, on `samples` images: DCGAN, or a BiGAN.

    z from U(-1, 1)^128, kernels of 4, widths of 64, batch norm in G and E and none in D, batches of 64, Adam 1e-4 (0.5,
    0.9), 256 epochs of the discriminator's batches, gradient penalties of weight 1. The paper does not give the width
    of the discriminator's last hidden layer: that of its features of the image here; NAME_released has the program's,
    640 of a BiGAN (features and z together) and 256 of a GAN.
    """
    epoch, loss = samples // 64, logan_loss(variant, 1.0)
    return {
        "variant": variant,
        "data.batch_size": 64,
        "latent.kind": "uniform",
        "latent.dim": 128,
        "model.name": "dcgan",
        "model.encoder": encoder,
        "model.output_e": "tanh",
        "model.width_g": 64,
        "model.width_d": 64,
        "optim.lr": 1e-4,
        "optim.beta1": 0.5,
        "optim.beta2": 0.9,
        **by_discriminator_updates(256 * epoch, loss),
        **every(epoch),
        **({"model.dense_d": 640 if encoder else 256} if variant.endswith("_released") else {}),
        **loss,
    }
