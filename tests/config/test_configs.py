"""Every variant of every config file trains, shrunken and offline; models that are compared train equally long."""

import importlib.util

import jax
import numpy as np
import pytest

from mogan.algorithm.make import init_of, make_algorithm
from mogan.algorithm.seeds import abstract_state
from mogan.config import base, flatten, update
from mogan.runs.folder import read_config
from mogan.training.experiment import make_experiment
from mogan.training.train import train
from tests.helpers.support import DATA, EXPERIMENTS, load_setup, shrink

PROGRAMS = (
    "run",
    "sample",
    "evaluate",
    "report",
    "tables",
    "figures",
    "tradeoff",
    "reproduce",
    "convert_inception",
)


IMAGES = "images of a test"  # in place of tfds: sources, which need a download
DIGITS = {"data.source": "tfds:mnist", "data.dir": str(DATA / "tfds"), "data.per_class": 2}  # real ones, where at hand


def references():
    for path in sorted(EXPERIMENTS.glob("*.py")):
        if path.stem not in PROGRAMS:
            spec = importlib.util.spec_from_file_location(path.stem, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            yield from (f"{path.stem}.py:{variant}" for variant in module.VARIANTS)


def shrunken(reference):
    """{field: value}, offline: one size and number of images for all, two updates of each player at most."""
    config = load_setup(reference)
    assert config.variant == reference.split(":")[1]
    changes = {f"schedule__{name}": min(2, config.schedule[name]) for name in ("slots", "d_updates", "g_updates")}
    if config.data.batch_size_g:
        changes["data__batch_size_g"] = 8
    fields = flatten(shrink(config, train__steps=2, data__batch_size=4, **changes)) | {"variant": ""}
    if config.data.source.startswith(("tfds:", "stacked_mnist")):
        fields |= {"data.source": IMAGES, "data.per_class": 0, "data.image_size": 0, "data.classes": ""}
    if fields["data.source"] == "shapes":  # of 32 pixels, for which residual networks have twice as many levels
        fields |= {"data.image_size": 8, "auto": tuple(name for name in fields["auto"] if name != "data.image_size")}
    return fields


def distinct():
    """{shrunken fields: the first variant that comes to them}: what differs only in size is trained once."""
    found = {}
    for reference in references():
        found.setdefault(tuple(shrunken(reference).items()), reference)
    return found


DISTINCT = distinct()
FIRST = {reference.partition(":")[0]: reference for reference in reversed(DISTINCT.values())}  # of every file


def offline(fields, folder):
    """The config of shrunken fields, images coming from a file in `folder`."""
    fields = dict(fields)
    if fields["data.source"] == IMAGES:
        images = np.random.default_rng(0).integers(0, 256, (20, 18, 18, 3), dtype=np.uint8)
        np.savez(folder / "images.npz", x=images, y=np.arange(20) % 10)
        fields["data.source"] = f"npz:{folder / 'images.npz'}"
    return update(base(), fields)


@pytest.mark.parametrize("reference", FIRST.values())
def test_a_variant_of_every_file_trains(reference, tmp_path):
    """Shrunken; that of MNIST-500 on real digits where ../shared/data/tfds is, which a clone does not have."""
    fields = next(fields for fields, name in DISTINCT.items() if name == reference)
    config = offline(fields, tmp_path)
    if reference.startswith("mnist500") and (DATA / "tfds").is_dir():
        config = update(config, DIGITS)
    summary = train(config, tmp_path / "run")
    assert summary["steps"] == 2 and np.isfinite(summary["metrics"]["d_loss"])
    assert read_config(tmp_path / "run")["auto"] == ()  # all is chosen
    drawn = (tmp_path / "run" / "samples" / "step_2.png").exists()
    assert drawn == (not reference.startswith("toy_logan_line"))  # of one dimension: figures.py draws it


@pytest.mark.parametrize("fields", [pytest.param(f, id=n) for f, n in DISTINCT.items() if n not in FIRST.values()])
def test_every_other_variant_is_a_program_that_keeps_its_state(fields, tmp_path):
    """Traced, not compiled: every operation with its shapes and types, in a tenth of the time."""
    config = offline(fields, tmp_path)
    experiment = make_experiment(config)
    shape, classes = experiment.dataset.x.shape[1:], experiment.dataset.classes
    start = abstract_state(init_of(make_algorithm(config, shape, len(classes))), config, shape)
    ends = experiment.program.jaxpr(start, 0, 2).out_avals
    leaves = jax.tree.leaves(start)
    assert [(leaf.shape, leaf.dtype) for leaf in ends[: len(leaves)]] == [(leaf.shape, leaf.dtype) for leaf in leaves]
    assert {tally.shape for tally in ends[len(leaves) :]} == {(2,)}


@pytest.mark.parametrize(
    ("reference", "released"),
    [
        ("toy_deligan.py:deligan_paper", "toy_deligan.py:deligan"),
        ("mnist500_deligan.py:deligan_paper", "mnist500_deligan.py:deligan"),
        ("sketches_deligan.py:similar_deligan_paper", "sketches_deligan.py:similar_deligan"),
    ],
)
def test_deligans_paper_variants_follow_its_text(reference, released):
    """Random components, eq. 3, players in turn, sigma from 0.2; as many updates as the program makes."""
    paper, program = load_setup(reference), load_setup(released)
    assert (paper.latent.choose, paper.latent.scale_init, paper.loss.name) == ("random", 0.2, "minimax")
    assert (paper.schedule.name, paper.schedule.d_updates, paper.schedule.g_updates) == ("alternate", 1, 1)
    assert 2 * paper.train.steps == program.schedule.slots * program.train.steps
    same = ("data", "optim", "augment", "eval")
    assert all(paper[group] == program[group] for group in same) and paper.latent.penalty == program.latent.penalty


LOGAN_RATES, WGAN_RATES = ("adam", 1e-4, 0.5, 0.9), ("rmsprop", 5e-5, 0.5, 0.99)
RATES = {  # optimizer, learning rate and betas of a file or of one variant, by the papers and their programs
    "toy_deligan.py": ("adam", 1e-4, 0.5, 0.999),
    "mnist500_deligan.py": ("adam", 5e-4, 0.5, 0.999),
    "cifar2k_deligan.py": ("adam", 3e-4, 0.5, 0.999),
    "sketches_deligan.py": ("adam", 1e-4, 0.5, 0.999),
    "cifar10_delifisher.py": ("adam", 5e-5, 0.5, 0.999),
    "cifar10_delifisher.py:fisher": ("adam", 2e-4, 0.5, 0.999),
    "cifar10_delifisher.py:dcgan": ("adam", 2e-4, 0.5, 0.999),
    "cifar10_delifisher.py:wgan": WGAN_RATES,
    **{f"{name}.py": LOGAN_RATES for name in ("toy_logan", "toy_logan_bigan", "toy_logan_line", "cifar10_logan")},
    **{f"{name}_logan_bigan.py": LOGAN_RATES for name in ("cifar10", "celeba", "junction")},
    **{
        f"{name}_gmgan.py": ("adam", 2e-4, 0.5, 0.999)
        for name in ("toy", "mnist", "fashion", "cifar10", "stl10", "signs")
    },
}


def test_learning_rates_are_the_papers():
    """The latent learns at the generator's, but in Deli-Fisher GAN, where it has one of its own (eta')."""
    seen = set()
    for reference in references():
        file = reference.partition(":")[0]
        expected, optim = RATES.get(reference, RATES.get(file)), load_setup(reference).optim
        if expected:
            assert (optim.name, optim.lr, optim.beta1, optim.beta2) == expected, reference
            assert optim.lr_discriminator == 0
            mixture = file == "cifar10_delifisher.py" and "delifisher" in reference.partition(":")[2]
            assert optim.lr_latent == (5e-5 if mixture else 0), reference
            seen |= {file, reference} & RATES.keys()
    assert seen == set(RATES)


COMPARED = {  # discriminator updates of every variant of a file whose models are compared
    "toy_logan.py": 40_000,
    "toy_logan_bigan.py": 40_000,
    "toy_logan_line.py": 40_000,
    "toy_delifisher.py": 60_000,
    "toy_modes.py": 400_000,
    "stacked_mnist.py": 100_000,
    "stacked_mnist.py, small": 6250,
    "cifar10_logan.py": 256 * 781,
    "cifar10_logan_bigan.py": 256 * 781,
    "celeba_logan_bigan.py": 256 * 2543,
    "junction_logan_bigan.py": 256 * 210,
    "cifar10_delifisher.py": 200 * 781,
}


def test_all_models_that_are_compared_make_equally_many_discriminator_updates():
    """As the released program of LOGAN counts them: 40,000 on toys, of which w makes 8,000 of the generator."""
    found = {}
    for reference in references():
        config = load_setup(reference)
        rule, file = config.schedule, reference.partition(":")[0]
        compared = f"{file}, small" if config.variant.startswith("small_") else file
        assert rule.name == "threshold" or rule.d_updates == 1 or compared in COMPARED
        if rule.name == "alternate":
            updates = config.train.steps * rule.d_updates
            on_same_data = compared, config.data.classes
            found.setdefault(on_same_data, []).append((updates, rule.d_updates))
    for (file, _), counts in found.items():
        most = COMPARED.get(file, counts[0][0])
        assert all(0 <= most - count < a_step for count, a_step in counts), file
    w, lol1 = load_setup("toy_logan.py:w"), load_setup("toy_logan.py:lol1")
    assert (w.train.steps, w.schedule.g_updates, lol1.train.steps) == (8000, 1, 40_000)
    assert w.train.eval_every * w.schedule.d_updates == lol1.train.eval_every
