"""The configuration: every field with its default, range and meaning in one table, and the checks on it."""

import difflib
from typing import Any, NamedTuple

import ml_collections

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
    "data.source": Field("toy:bimodal", "toy:NAME, digits, tfds:NAME or npz:FILE"),
    "data.dir": Field("", "where TensorFlow Datasets keeps prepared data; empty: TFDS_DATA_DIR or TFDS's own default"),
    "data.split": Field("train", "split of a tfds: source"),
    "data.points": Field(400, "points drawn once from a toy density; 0: fresh points for every batch", 0),
    "data.per_class": Field(0, "images kept of each class, drawn at random with data.seed; 0: all", 0),
    "data.subset": Field(0, "samples kept in all, drawn at random with data.seed; 0: all", 0),
    "data.seed": Field(0, "seed of toy points and of subsets; the same for every train.seed", 0),
    "data.batch_size": Field(50, "real samples of an update, over all devices", 1),
    "latent.kind": Field("mixture", "prior of z", choices=("mixture", "normal", "uniform")),
    "latent.dim": Field(2, "dimensions of z", 1),
    "latent.components": Field(1, "mixture components; for normal and uniform only a label (MoE-GAN)", 1),
    "latent.mean_range": Field(1.0, "component means start at U(-mean_range, mean_range)", 0.0),
    "latent.scale_init": Field(0.2, "component standard deviations at the start", 1e-6),
    "latent.choose": Field("random", "component of each sample", choices=("random", "stratified")),
    "latent.trainable": Field(True, "whether means and standard deviations are learned"),
    "latent.penalty": Field(0.0, "weight of the sigma regulariser, mean (target - sigma)^2", 0.0),
    "latent.penalty_target": Field(1.0, "what the sigma regulariser pulls towards"),
    "model.name": Field("mlp", "the pair of networks", choices=("mlp", "deligan")),
    "model.hidden_g": Field((32,), "widths of the mlp generator's hidden layers"),
    "model.hidden_d": Field((32,), "widths of the mlp discriminator's hidden layers"),
    "model.experts": Field(0, "mlp: generators in the ensemble, one a latent component; 0: one generator", 0),
    "model.one_hot": Field(False, "whether the generator also sees the component, as a one-hot vector"),
    "model.width_g": Field(16, "channels of the deligan generator's last hidden layer", 1),
    "model.width_d": Field(16, "channels of the deligan discriminator's first layer", 1),
    "model.kernels_g": Field((3, 5, 5), "kernel sizes of the deligan generator's transposed convolutions, in order"),
    "model.kernels_d": Field((5, 5, 3), "kernel sizes of the deligan discriminator's convolutions, in order"),
    "model.minibatch_kernels": Field(64, "kernels of mini-batch discrimination", 1),
    "model.minibatch_dims": Field(5, "dimensions of each of its kernels", 1),
    "model.minibatch_normalize": Field(False, "divide its features by their sum over the batch (released DeLiGAN)"),
    "loss.name": Field("minimax", "adversarial loss", choices=("minimax", "non_saturating")),
    "schedule.name": Field("alternate", "who is updated when", choices=("alternate", "threshold")),
    "schedule.d_updates": Field(1, "alternate: discriminator updates a step, each on its own batch", 1),
    "schedule.g_updates": Field(1, "alternate: generator updates a step", 1),
    "schedule.slots": Field(5, "threshold: updates a step", 1),
    "schedule.up": Field(0.003, "threshold: raised by this", 0.0),
    "schedule.up_after": Field(3, "threshold: when more generator updates than this have run", 0),
    "schedule.down": Field(0.003, "threshold: lowered by this", 0.0),
    "schedule.down_after": Field(1, "threshold: when more discriminator updates than this have run", 0),
    "schedule.floor": Field(0.7, "threshold: its smallest value", 0.0),
    "schedule.count": Field("in_a_row", "threshold: how updates are counted", choices=("in_a_row", "difference")),
    "schedule.extra_d": Field(False, "threshold: one more discriminator update, at half the rate, when it is raised"),
    "optim.lr": Field(2e-4, "Adam's learning rate", 0.0),
    "optim.lr_discriminator": Field(0.0, "the discriminator's own; 0: optim.lr", 0.0),
    "optim.lr_latent": Field(0.0, "the latent's own; 0: optim.lr", 0.0),
    "optim.beta1": Field(0.5, "Adam's beta1", 0.0, 0.999999),
    "optim.beta2": Field(0.999, "Adam's beta2", 0.0, 0.999999),
    "optim.decay_start": Field(
        1.0, "share of train.steps after which the rates fall linearly to 0 at the end", 0.0, 1.0
    ),
    "optim.ema": Field(0.0, "decay of the generator's and latent's exponential moving average; 0: none", 0.0, 0.999999),
    "train.steps": Field(1000, "training steps; what a step is, the schedule says", 1),
    "train.seed": Field(0, "seed of everything random in training", 0, 2**31 - 1),
    "train.seeds": Field(1, "runs trained side by side in one program, seeds train.seed, train.seed + 1, ...", 1),
    "train.chunk": Field(0, "steps a call of the device program; 0: chosen by platform and network", 0),
    "train.log_every": Field(100, "steps between lines of metrics.jsonl", 1),
    "train.checkpoint_every": Field(1000, "steps between checkpoints", 1),
    "train.keep": Field(3, "checkpoints kept", 1),
    "train.eval_every": Field(1000, "steps between evaluations; 0: only at the end", 0),
    "train.sample_every": Field(1000, "steps between pictures; 0: only at the end", 0),
    "eval.num_samples": Field(2000, "samples drawn for an evaluation", 1),
    "eval.grid": Field(7, "rows of a sample grid", 1),
    "parallel.mode": Field("jit", "one program over a mesh, or pmap", choices=("jit", "pmap")),
    "parallel.devices": Field(0, "devices used; 0: as many as divide the batch (or the seeds) evenly", 0),
}


def base() -> ml_collections.ConfigDict:
    """The defaults of every field, locked: a config file changes what differs, and an unknown field is an error."""
    nested: dict[str, Any] = {}
    for name, field in FIELDS.items():
        group, _, leaf = name.rpartition(".")
        (nested.setdefault(group, {}) if group else nested)[leaf] = field.default
    return ml_collections.ConfigDict(nested).lock()


def flatten(config) -> dict[str, Any]:
    """{"group.field": value} of a ConfigDict or nested dict; tuples where JSON made lists."""
    flat = {}
    for name, value in config.items():
        if hasattr(value, "items"):
            flat.update({f"{name}.{leaf}": leaf_value for leaf, leaf_value in flatten(value).items()})
        else:
            flat[name] = tuple(value) if isinstance(value, list) else value
    return flat


def update(config: ml_collections.ConfigDict, values: dict[str, Any]) -> ml_collections.ConfigDict:
    """A validated copy of `config` with {"group.field": value} changed.

    Raises:
      InputError: an unknown field (the nearest known name is given), a wrong type, a value out of range.
    """
    config = config.copy_and_resolve_references()
    with config.unlocked():
        for name, value in values.items():
            group, _, leaf = name.rpartition(".")
            check_known(name)
            target = config[group] if group else config
            target[leaf] = _typed(name, value)
    return validate(config)


def check_known(name: str) -> None:
    """Raises InputError, with the nearest known name, unless `name` is a field."""
    if name not in FIELDS:
        near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.0)[0]
        raise InputError(f"config.{name} is not a field; did you mean config.{near}?")


def _typed(name, value):
    default = FIELDS[name].default
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        if all(type(width) is int and width > 0 for width in value):
            return tuple(value)
        raise InputError(f"config.{name} = {value!r}: give whole numbers above 0, e.g. {default!r}")
    if type(value) is not type(default):
        raise InputError(
            f"config.{name} = {value!r} is {type(value).__name__}; give {type(default).__name__}, e.g. {default!r}"
        )
    return value


def validate(config: ml_collections.ConfigDict) -> ml_collections.ConfigDict:
    """`config` itself if every field is known, of its type, in range, and all agree; else raises InputError."""
    values = flatten(config)
    for name, value in values.items():
        check_known(name)
        _check_range(name, _typed(name, value))
    missing = sorted(set(FIELDS) - set(values))
    if missing:
        raise InputError(f"config.{missing[0]} is missing; start from mogan.config.base()")
    _check_together(config)
    return config


def _check_range(name, value):
    field = FIELDS[name]
    if field.choices and value not in field.choices:
        raise InputError(f"config.{name} = {value!r}: choose one of {', '.join(field.choices)}")
    if isinstance(value, float) and value != value or value in (float("inf"), -float("inf")):
        raise InputError(f"config.{name} = {value!r}: give a finite number")
    if field.low is not None and value < field.low:
        raise InputError(f"config.{name} = {value!r}: give at least {field.low!r}")
    if field.high is not None and value > field.high:
        raise InputError(f"config.{name} = {value!r}: give at most {field.high!r}")


def _check_together(config):
    model, latent = config.model, config.latent
    if model.experts and model.name != "mlp":
        raise InputError(f"config.model.experts = {model.experts}: only model.name = mlp has an ensemble; set it to 0")
    if model.experts and latent.components > model.experts:
        raise InputError(
            f"config.latent.components = {latent.components}: the ensemble holds config.model.experts = "
            f"{model.experts} generators, one a component; raise experts or lower components"
        )
    if config.train.seeds > 1 and config.parallel.mode == "pmap":
        raise InputError(f"config.train.seeds = {config.train.seeds}: with pmap give 1, or set parallel.mode = jit")


def shrink(config: ml_collections.ConfigDict, **changes) -> ml_collections.ConfigDict:
    """A copy small enough for a test: a few steps, narrow networks, small batches; `changes` are nested by "__"."""
    small = {
        "train.steps": 4,
        "train.log_every": 2,
        "train.checkpoint_every": 4,
        "train.eval_every": 0,
        "train.sample_every": 0,
        "eval.num_samples": 16,
        "eval.grid": 2,
        "data.batch_size": min(8, config.data.batch_size),
        "latent.components": min(4, config.latent.components),
        "model.width_g": min(4, config.model.width_g),
        "model.width_d": min(4, config.model.width_d),
        "model.minibatch_kernels": min(4, config.model.minibatch_kernels),
    }
    return update(config, small | {name.replace("__", "."): value for name, value in changes.items()})
