"""What an evaluation is asked for, and the checks that need nothing but what is asked."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from mogan.config.choices import METRICS, check_choice, check_scales, check_whole, given
from mogan.config.commands import check_out
from mogan.config.fields import FIELDS
from mogan.errors import InputError, nearest
from mogan.runs.names import CHECKPOINTS


class Settings(NamedTuple):
    """What is asked for; experiments/evaluate.py has flags of the same names, and says what they mean.

    Exactly one of workdir, samples and a file of features is given; "" and None stand for what is not. data:
    {"data.field": value}, changes to the reference's fields.
    """

    metrics: tuple[str, ...]
    workdir: str = ""
    samples: str = ""
    reference: str = ""
    heldout: str = ""
    classifier: str = ""
    features: int | str = FIELDS["eval.features"].default
    num: int | None = None
    splits: int = 10
    scales: tuple[float, ...] = ()
    steps: bool = False
    members: bool = False
    epochs: int = 20
    seed: int = 0
    member: int = 0
    checkpoint: str = "last"
    ema: bool | None = None
    batch_stats: bool = False
    window: str = "gaussian"
    save_stats: str = ""
    data: Mapping = MappingProxyType({})


def statistics_file(settings: Settings) -> str:
    """FILE of reference = "stats:FILE", else ""."""
    scheme, _, path = settings.reference.partition(":")
    return path if scheme == "stats" else ""


def feature_file(settings: Settings) -> str:
    """FILE of features = "npz:FILE", else ""."""
    scheme, _, path = str(settings.features).partition(":")
    return path if scheme == "npz" else ""


def asked_for(metric: str) -> str:
    """A metric that is asked for, as errors name it."""
    return given("metrics", metric)


def check_known(settings: Settings, asked: Callable = asked_for) -> None:
    """Raises InputError for a name that is no metric, which it gives as asked(name)."""
    for name in settings.metrics:
        if name not in METRICS:
            near = nearest(name, METRICS)
            raise InputError(f"{asked(name)} is none; did you mean {near}? There are {', '.join(METRICS)}")


def check_settings(settings: Settings) -> None:
    """Raises InputError for settings out of range, unknown, or that do not go together."""
    _check_types(settings)
    check_known(settings)
    for name, low in {"num": 1, "splits": 1, "epochs": 1, "seed": 0, "member": 0}.items():
        check_whole(name, getattr(settings, name), low)
    check_choice("classifier", settings.classifier, FIELDS["eval.classifier"].choices)
    if not feature_file(settings):
        check_choice("features", settings.features, (*FIELDS["eval.features"].choices, "npz:FILE"))
    check_choice("checkpoint", settings.checkpoint, CHECKPOINTS)
    check_choice("window", settings.window, ("gaussian", "uniform"))
    if not settings.metrics:
        raise InputError(f"`metrics` is empty: give some of {', '.join(METRICS)}")
    if bool(settings.workdir) + bool(settings.samples) + bool(feature_file(settings)) != 1:
        both = f"{given('workdir', settings.workdir)} {given('samples', settings.samples)}"
        raise InputError(f"{both}: give one of the two, or features = npz:FILE without them")
    _check_options(settings)


def _check_types(settings):
    for name in ("workdir", "samples", "reference", "heldout", "classifier", "checkpoint", "window", "save_stats"):
        if not isinstance(getattr(settings, name), str):
            raise InputError(f"{given(name, getattr(settings, name))}: give text")
    if not isinstance(settings.data, Mapping):
        raise InputError(f"{given('data', settings.data)}: give {{'data.field': value}}")
    check_scales("scales", settings.scales)


def _check_options(settings):
    if settings.save_stats:
        check_out(settings.save_stats, ".npz", argument="save_stats")
        told = given("save_stats", settings.save_stats)
        if "fid" not in settings.metrics or statistics_file(settings):
            raise InputError(f"{told}: that is of the features of a reference of images; ask for fid of one")
    of_a_run = ("checkpoint", "ema", "batch_stats", "member", "scales", "steps", "members")
    if not settings.workdir and any(getattr(settings, name) != Settings._field_defaults[name] for name in of_a_run):
        told = "`checkpoint`, `ema`, `batch_stats`, `member`, `scales`, `steps` and `members`"
        raise InputError(f"{told} choose what is drawn from a run; give `workdir`, or leave them")
    if settings.heldout and "memorization" not in settings.metrics:
        told = given("heldout", settings.heldout)
        raise InputError(f"{told}: only {asked_for('memorization')} asks for it; leave it out")
    for name in settings.data:
        if not name.startswith("data."):
            raise InputError(f"`config.{name}`: only the fields of the reference, `config.data.*`, can be set here")
