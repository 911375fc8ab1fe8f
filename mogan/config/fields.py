"""Every configuration field: its default, its meaning and what it may be. All of config works from this table."""

from typing import Any, NamedTuple

from mogan.errors import InputError


class Field(NamedTuple):
    """One configuration value: its default (which fixes its type), what it means, and what it may be."""

    default: Any
    meaning: str
    low: float | None = None  # smallest value allowed
    high: float | None = None  # largest value allowed
    choices: tuple = ()


FIELDS = {
    "variant": Field("", "the model of the paper's table that this config is; set by the part after the colon"),
    "auto": Field((), "images: fields chosen by the data when the run starts, unless they are set: as data.image_size"),
    "data.source": Field(
        "toy:bimodal", "toy:NAME, digits, shapes, stacked_mnist, tfds:NAME or tfds:NAME/CONFIG, npz:FILE or folder:DIR"
    ),
    "data.dir": Field("", "where TensorFlow Datasets keeps prepared data; empty: TFDS_DATA_DIR or TFDS's own default"),
    "data.split": Field("train", "split of a tfds: source"),
    "data.image_size": Field(0, "pixels that images are resized and cropped to; 0: as they are", 0),
    "data.channels": Field(0, "folder: 1 makes all images grey, 3 all coloured; 0: as they are", choices=(0, 1, 3)),
    "data.skip_broken": Field(False, "folder: whether images that cannot be read are left out with a warning"),
    "data.background": Field(
        "white", "folder: what shows through transparent images: white, black or another name of CSS, or #rrggbb"
    ),
    "data.strokes": Field(
        0, "folder: drawings in dark lines become white strokes on black, a pixel of them a square of this odd side", 0
    ),
    "data.classes": Field("", "names of the classes kept, with commas between them; empty: all"),
    "data.flip": Field(False, "whether images are mirrored left to right, each with probability 1/2"),
    "data.points": Field(400, "points drawn once from a toy density; 0: fresh points for every batch", 0, 10**8),
    "data.holdout": Field(
        0.0,
        "never trained on, for scores of unseen data, drawn with data.seed: a share of each class below 1, else a "
        "number; of all without labels; whole tracks of files named TRACK_FRAME; 0: none",
        0.0,
    ),
    "data.per_class": Field(
        0, "images kept of each class, drawn at random with data.seed from what is not held out; 0: all", 0
    ),
    "data.subset": Field(0, "samples kept in all, drawn at random with data.seed from what is not held out; 0: all", 0),
    "data.seed": Field(0, "seed of toy points, of what is held out and of subsets; the same for every train.seed", 0),
    "data.placement": Field(
        "auto",
        "where the data lie: on device; on the host, streamed; auto: on device unless they fill half its memory",
        choices=("auto", "device", "host"),
    ),
    "data.batch_size": Field(50, "samples of an update, over all devices", 1),
    "data.batch_size_g": Field(0, "generated samples of a generator update; 0: data.batch_size", 0),
    "augment.policy": Field(
        (), "images: what the discriminator's are changed by in training, of color,translation,cutout (DiffAugment)"
    ),
    "augment.probability": Field(1.0, "probability of each of them, for each image", 0.0, 1.0),
    "augment.target": Field(
        0.0,
        "the probability rises from augment.probability while the mean sign of real logits is above this, and falls "
        "while it is below (ADA: 0.6); 0: it is fixed",
        0.0,
        0.999,
    ),
    "augment.images": Field(500_000, "target: real images in which the probability can go from 0 to 1", 1),
    "latent.kind": Field("mixture", "prior of z", choices=("mixture", "normal", "uniform")),
    "latent.dim": Field(2, "dimensions of z", 1),
    "latent.components": Field(1, "mixture components; for normal and uniform only a label (MoE-GAN)", 1),
    "latent.mean_range": Field(1.0, "component means start at U(-mean_range, mean_range)", 0.0),
    "latent.family": Field(
        "normal",
        "the components' distribution, scaled to standard deviation 1 before its own scale: normal, uniform, laplace, "
        "logistic or student_t; several, with commas between, are taken by components in turn",
    ),
    "latent.dof": Field(5.0, "student_t: degrees of freedom", 2.001),
    "latent.scale_init": Field(0.2, "component standard deviations at the start", 1e-6),
    "latent.scale_start": Field(
        "constant", "all at scale_init, or drawn from U(-scale_init, scale_init)", choices=("constant", "uniform")
    ),
    "latent.scale_min": Field(0.0, "mixture: component standard deviations are kept from falling below this", 0.0),
    "latent.covariance": Field("diagonal", "shape of a component", choices=("isotropic", "diagonal", "full")),
    "latent.choose": Field("random", "component of each sample", choices=("random", "stratified")),
    "latent.combine": Field("choose", "one component a sample, or the weighted sum of all", choices=("choose", "sum")),
    "latent.trainable": Field("both", "what is learned of the components", choices=("both", "mean", "scale", "none")),
    "latent.weights": Field("equal", "the components' probabilities", choices=("equal", "given", "learned")),
    "latent.weights_given": Field((1.0,), "given, one a component; learned: where they start, if not equal"),
    "latent.penalty": Field(0.0, "weight of the sigma regulariser, mean (target - sigma)^2", 0.0),
    "latent.penalty_target": Field(1.0, "what the sigma regulariser pulls towards"),
    "model.name": Field(
        "mlp",
        "the family of networks",
        choices=("mlp", "deligan", "deligan_cifar", "deligan_sketches", "dcgan", "resnet"),
    ),
    "model.precision": Field(
        "default",
        "what networks compute in: float32 as the platform multiplies it (TF32 on GPUs, bfloat16 on TPUs), exact "
        "float32, or bfloat16; parameters, statistics and losses are float32",
        choices=("default", "float32", "bfloat16"),
    ),
    "model.encoder": Field(False, "whether an encoder learns z from x, and the discriminator judges pairs (BiGAN)"),
    "model.head": Field(
        "real_fake",
        "the discriminator's output: one logit, one a class (GM-GAN), one and the classes (AC-GAN), the classes, or "
        "one and the latent's components (InfoGAN)",
        choices=("real_fake", "sigmoids", "acgan", "semi_supervised", "infogan"),
    ),
    "model.class_of": Field(
        (),
        "sigmoids, acgan: the class of each latent component, by its number (GM-GAN's f), as 0,0,1,1; empty: component "
        "k and class y share an output, k and y modulo the smaller count",
    ),
    "model.hidden_g": Field((32,), "widths of the mlp generator's hidden layers"),
    "model.hidden_d": Field((32,), "widths of the mlp discriminator's hidden layers"),
    "model.hidden_e": Field((32,), "widths of the mlp encoder's hidden layers"),
    "model.activation": Field("tanh", "mlp: of hidden layers", choices=("tanh", "relu", "leaky_relu")),
    "model.output": Field("tanh", "mlp: of the generator", choices=("tanh", "linear")),
    "model.output_e": Field("linear", "of the encoder", choices=("tanh", "linear")),
    "model.batch_norm": Field(False, "mlp: whether the generator's hidden layers have batch norm"),
    "model.maxout": Field(
        0, "mlp: linear pieces of each hidden unit of the discriminator, in place of model.activation; 0: none", 0, 100
    ),
    "model.initializer": Field(
        "xavier",
        "mlp: weights at the start, uniform or normal of deviation 0.02",
        choices=("xavier", "random_walk", "normal"),
    ),
    "model.initializer_out": Field(
        "same", "mlp: of last layers; same: as the others (LOGAN's program: xavier)", choices=("same", "xavier")
    ),
    "model.experts": Field(0, "mlp: generators in the ensemble, one a latent component; 0: one generator", 0),
    "model.one_hot": Field(False, "whether the generator also sees the component, as a one-hot vector"),
    "model.width_g": Field(16, "channels of the generator's last hidden layer; of the encoder's first", 1),
    "model.width_d": Field(16, "channels of the discriminator's first layer", 1),
    "model.dense_d": Field(0, "dcgan: width of the discriminator's last hidden layer; 0: that of the one before", 0),
    "model.kernel": Field(4, "dcgan: kernel size of every convolution", 1),
    "model.norm_g": Field(True, "dcgan: whether the generator has batch norm"),
    "model.norm_d": Field(False, "dcgan: whether the discriminator has"),
    "model.norm_e": Field(True, "dcgan: whether the encoder has"),
    "model.blocks": Field(1, "resnet: residual blocks at each size that images are halved to", 1, 100),
    "model.minibatch_std": Field(False, "dcgan, resnet: whether the discriminator sees how much the batch varies"),
    "model.spectral_norm": Field(
        False, "whether the discriminator's kernels are divided by their largest singular value (Miyato et al. 2018)"
    ),
    "model.extra_g": Field(0, "deligan's: ReLUs of a layer between z and the generator (GAN++); 0: none", 0),
    "model.kernels_g": Field((3, 5, 5), "kernel sizes of the deligan generators' transposed convolutions, in order"),
    "model.kernels_d": Field((5, 5, 3), "kernel sizes of the deligan discriminator's convolutions, in order"),
    "model.minibatch_kernels": Field(64, "kernels of mini-batch discrimination", 1),
    "model.minibatch_dims": Field(5, "dimensions of each of its kernels", 1),
    "model.minibatch_normalize": Field(False, "divide its features by their sum over the batch (released DeLiGAN)"),
    "loss.name": Field(
        "minimax",
        "adversarial loss",
        choices=(
            "minimax",
            "non_saturating",
            "wasserstein",
            "least_squares",
            "hinge",
            "fisher",
            "lol1",
            "lol2",
            "relativistic",
        ),
    ),
    "loss.d_weight": Field(1.0, "weight of the adversarial part of the discriminator's loss", 0.0),
    "loss.class_weight": Field(
        1.0, "acgan, semi_supervised, infogan: weight of the part on classes or components, of both players", 0.0
    ),
    "loss.rho": Field(1e-6, "fisher: weight of the constraint's square, and step of its multiplier", 0.0),
    "loss.lecam": Field(0.0, "weight of LeCam's pull of the discriminator's logits to their moving averages", 0.0),
    "loss.lecam_decay": Field(0.99, "lecam: decay of these averages", 0.0, 0.999999),
    "loss.mode_seeking": Field(
        0.0, "weight of 1 / ratio, the distance of two samples of one component over that of their noise (MSGAN)", 0.0
    ),
    "loss.reconstruct_x": Field(
        0.0, "weight of |x - G(E(x))|, of generator and encoder (LOGAN, direct modelling)", 0.0
    ),
    "loss.reconstruct_z": Field(0.0, "weight of |z - E(G(z))|, likewise", 0.0),
    "loss.reconstruct_separate": Field(
        False, "whether the first trains the generator alone and the second the encoder alone (LOGAN's supplement)"
    ),
    "loss.clip": Field(0.0, "the discriminator's weights are kept within this of 0 (WGAN); 0: not", 0.0),
    "loss.gradient_penalty": Field(0.0, "weight of the gradient penalty between real and generated (WGAN-GP)", 0.0),
    "loss.pairwise_x": Field(0.0, "weight of the pair-wise gradient penalty in x (LOGAN)", 0.0),
    "loss.pairwise_z": Field(0.0, "weight of the pair-wise gradient penalty in z (LOGAN)", 0.0),
    "loss.r1": Field(0.0, "weight gamma of the zero-centred penalty gamma/2 E ||grad||^2 on real samples", 0.0),
    "loss.r2": Field(0.0, "weight gamma of the same on generated samples", 0.0),
    "loss.penalty_every": Field(
        1, "penalties are computed once in this many steps, with their weights multiplied by it", 1
    ),
    "loss.pairwise_squared": Field(False, "whether it is squared (LOGAN's supplement) or not (its text and program)"),
    "schedule.name": Field("alternate", "who is updated when", choices=("alternate", "threshold")),
    "schedule.d_updates": Field(1, "alternate: discriminator updates a step, each on its own batch", 1),
    "schedule.g_updates": Field(1, "alternate: generator updates a step", 1),
    "schedule.slots": Field(5, "threshold: updates a step", 1),
    "schedule.up": Field(0.003, "threshold: raised by this", 0.0),
    "schedule.up_after": Field(3, "threshold: when more generator updates than this have run", 0),
    "schedule.down": Field(0.003, "threshold: lowered by this", 0.0),
    "schedule.down_after": Field(1, "threshold: when more discriminator updates than this have run", 0),
    "schedule.floor": Field(0.7, "threshold: its smallest value", 0.0, 1.0),
    "schedule.count": Field("in_a_row", "threshold: how updates are counted", choices=("in_a_row", "difference")),
    "schedule.extra_d": Field(False, "threshold: one more discriminator update, at half the rate, when it is raised"),
    "optim.name": Field("adam", "the optimizer", choices=("adam", "rmsprop")),
    "optim.lr": Field(2e-4, "learning rate", 0.0),
    "optim.lr_discriminator": Field(0.0, "the discriminator's own; 0: optim.lr", 0.0),
    "optim.lr_latent": Field(0.0, "the latent's own; 0: optim.lr", 0.0),
    "optim.beta1": Field(0.5, "adam: beta1", 0.0, 0.999999),
    "optim.beta2": Field(0.999, "adam: beta2; rmsprop: its decay", 0.0, 0.999999),
    "optim.eps_root": Field(0.0, "adam: added under the root of the second moment (Salimans et al. 2016: 1e-8)", 0.0),
    "optim.warmup": Field(0, "steps in which the rates rise linearly to these; 0: none", 0),
    "optim.decay_start": Field(
        1.0, "share of train.steps after which the rates fall linearly to 0 at the end", 0.0, 1.0
    ),
    "optim.ema": Field(0.0, "decay of the generator's and latent's exponential moving average; 0: none", 0.0, 0.999999),
    "optim.ema_half_life": Field(0.0, "in place of optim.ema: real images in which its weights halve; 0: not", 0.0),
    "optim.ema_warmup": Field(
        False, "whether its decay rises with the steps t from 1/10 to that: min(optim.ema, (1 + t) / (10 + t))"
    ),
    "train.steps": Field(1000, "training steps; what a step is, the schedule says", 1),
    "train.seed": Field(0, "seed of everything random in training", 0, 2**31 - 1),
    "train.seeds": Field(
        1, "runs trained side by side in one program, of seeds train.seed, train.seed + 1, ...", 1, 10**4
    ),
    "train.chunk": Field(0, "steps a call of the device program; 0: chosen by platform and network", 0),
    "train.log_every": Field(100, "steps between lines of the log", 1),
    "train.checkpoint_every": Field(1000, "steps between checkpoints", 1),
    "train.keep": Field(3, "checkpoints kept", 1),
    "train.eval_every": Field(1000, "steps between evaluations; 0: only at the end", 0),
    "train.sample_every": Field(1000, "steps between pictures; 0: only at the end", 0),
    "eval.num_samples": Field(2000, "samples drawn for an evaluation", 1),
    "eval.grid": Field(7, "rows of a sample grid", 1),
    "eval.metrics": Field((), "images: scores of an evaluation, of those of experiments/evaluate.py, as is,fid"),
    "eval.classifier": Field(
        "",
        "the network whose features and classes is, mis and qd use; empty: the default of each",
        choices=("", "inception", "cnn", "linear"),
    ),
    "eval.features": Field(2048, "level of the Inception features", choices=(64, 192, 768, 1280, 2048)),
    "eval.warn": Field(
        False, "images: whether evaluations look for collapse and memorisation, and the run warns of them, once each"
    ),
    "eval.best": Field("", "the score whose best state is kept in WORKDIR/best, as fid/fid or void; empty: none"),
    "eval.report": Field(
        True,
        "whether the run ends with WORKDIR/report.html, a page for the browser; of points in the plane its pictures "
        "then show contours, too",
    ),
    "parallel.mode": Field("jit", "one program over a mesh, or pmap", choices=("jit", "pmap")),
    "parallel.devices": Field(0, "devices used; 0: as many as divide the batch (or the seeds) evenly", 0),
    "parallel.keep_programs": Field(True, "whether compiled programs are kept in $MOGAN_CACHE for the next start"),
}


def check_choices(group: str, values: dict[str, Any]) -> None:
    """Raises InputError for the first of {leaf: value} that the field GROUP.LEAF may not be."""
    for name, value in values.items():
        choices = FIELDS[f"{group}.{name}"].choices
        if value not in choices:
            raise InputError(f"{name} = {value!r}: choose one of {', '.join(choices)}")


class Open(NamedTuple):
    """A field that may be given values of a user's own: those of mogan, and what adds to them."""

    known: tuple[str, ...]
    by: str


OPEN = {
    name: Open(FIELDS[name].choices, by) for name, by in (("loss.name", "losses.add"), ("latent.kind", "latents.add"))
}


def allow(name: str, choice: str) -> None:
    """The field `name`, one of OPEN, may have the value `choice`, too.

    Raises InputError: it is no name, or one of mogan's own."""
    if not (isinstance(choice, str) and choice):
        raise InputError(f"name = {choice!r}: give a name")
    if choice in OPEN[name].known:
        raise InputError(f"name = {choice!r}: config.{name} knows one of mogan's own; choose another name")
    field = FIELDS[name]
    FIELDS[name] = field._replace(choices=(*(other for other in field.choices if other != choice), choice))
