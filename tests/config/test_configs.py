"""Every variant of every config file trains, shrunken and offline; the papers' values stand in them."""

import importlib.util

import jax
import numpy as np
import pytest

from mogan.config import base, flatten, shrink, update
from mogan.training.experiment import make_experiment
from mogan.training.train import train
from tests.helpers.support import DATA, EXPERIMENTS, load_setup

PROGRAMS = (
    "run",
    "sample",
    "evaluate",
    "tables",
    "figures",
    "tradeoff",
    "convert_inception",
)


IMAGES = "images of a test"  # in place of tfds: sources, which need a download


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
    if config.data.source.startswith("tfds:"):
        fields |= {"data.source": IMAGES, "data.per_class": 0, "data.image_size": 0, "data.classes": ""}
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
    fields = next(fields for fields, name in DISTINCT.items() if name == reference)
    summary = train(offline(fields, tmp_path), tmp_path / "run")
    assert summary["steps"] == 2 and np.isfinite(summary["metrics"]["d_loss"])


@pytest.mark.parametrize("fields", [pytest.param(f, id=n) for f, n in DISTINCT.items() if n not in FIRST.values()])
def test_every_other_variant_is_a_program_that_keeps_its_state(fields, tmp_path):
    """Traced, not compiled: every operation with its shapes and types, in a tenth of the time."""
    program = make_experiment(offline(fields, tmp_path)).program
    start = jax.eval_shape(program.init)
    ends = program.jaxpr(start, 0, 2).out_avals
    leaves = jax.tree.leaves(start)
    assert [(leaf.shape, leaf.dtype) for leaf in ends[: len(leaves)]] == [(leaf.shape, leaf.dtype) for leaf in leaves]
    assert {tally.shape for tally in ends[len(leaves) :]} == {(2,)}


def test_the_set_ups_of_the_released_deligan_programs():
    toy, mnist = load_setup("toy_deligan.py"), load_setup("mnist500_deligan.py")
    assert (toy.train.steps, toy.data.points, toy.data.batch_size) == (8000 * 8, 400, 50)
    assert (toy.latent.components, toy.latent.dim, toy.latent.scale_init, toy.latent.penalty) == (50, 2, 0.02, 0.1)
    assert (toy.optim.lr, toy.optim.beta1, toy.optim.beta2, toy.optim.decay_start) == (1e-4, 0.5, 0.999, 1.0)
    rule = toy.schedule
    assert (rule.up, rule.up_after, rule.down, rule.down_after, rule.floor) == (0.01, 10, 0.001, 150, 0.73)
    assert (mnist.train.steps, mnist.data.per_class, mnist.latent.dim, mnist.latent.scale_init) == (40_000, 50, 30, 0.2)
    assert (mnist.optim.lr, mnist.optim.decay_start, mnist.latent.penalty) == (5e-4, 0.25, 1 / 3)
    rule = mnist.schedule
    assert (rule.up, rule.up_after, rule.down, rule.down_after, rule.floor) == (0.003, 3, 0.003, 1, 0.7)


def test_deligans_set_ups_of_colour_images_and_sketches():
    paper, program = load_setup("cifar2k_deligan.py:deligan"), load_setup("cifar2k_deligan.py:deligan_released")
    for config in (paper, program):
        assert (config.train.steps, config.data.per_class, config.data.batch_size) == (1200 * 20, 200, 100)
        assert (config.latent.components, config.latent.dim, config.schedule.g_updates) == (100, 100, 3)
        assert (config.optim.lr, config.optim.beta1, config.optim.beta2, config.optim.eps_root) == (
            3e-4,
            0.5,
            0.999,
            1e-8,
        )
        assert config.optim.decay_start * 1200 == pytest.approx(800)
        assert (config.loss.name, config.model.minibatch_kernels, config.model.minibatch_dims) == ("minimax", 100, 5)
    assert (paper.latent.choose, paper.latent.scale_start, paper.model.head) == ("random", "constant", "real_fake")
    assert (program.latent.choose, program.latent.scale_start) == ("stratified", "uniform")
    assert (program.model.head, program.loss.d_weight) == ("semi_supervised", 0.5)
    assert (
        load_setup("cifar2k_deligan.py:moe").latent.kind,
        load_setup("cifar2k_deligan.py:moe_released").latent.kind,
    ) == (
        "uniform",
        "normal",
    )
    assert load_setup("cifar2k_deligan.py:gan++").model.extra_g == 100
    assert load_setup("cifar2k_deligan.py:moe").model.one_hot
    for variant, epoch in (("similar_deligan", 6), ("dissimilar_gan", 8)):
        sketches = load_setup(f"sketches_deligan.py:{variant}")
        assert sketches.train.steps == 3900 * epoch and sketches.optim.decay_start * 3900 == pytest.approx(2600)
        assert (sketches.data.batch_size, sketches.latent.dim, sketches.optim.eps_root) == (100, 100, 1e-8)
        rule = sketches.schedule
        assert (rule.up, rule.up_after, rule.down, rule.down_after, rule.floor) == (0.003, 5, 0.003, 1, 0.7)
        assert rule.extra_d and sketches.data.flip and (sketches.optim.lr, sketches.data.image_size) == (1e-4, 32)
    latent = load_setup("sketches_deligan.py:similar_deligan").latent
    assert (latent.components, latent.choose, latent.penalty) == (100, "stratified", 0.05)


def test_the_set_ups_of_the_other_papers_images():
    logan = load_setup("cifar10_logan_bigan.py:lol1_pairwise")
    assert (logan.latent.kind, logan.latent.dim, logan.data.batch_size) == ("uniform", 128, 64)
    assert (logan.optim.lr, logan.optim.beta1, logan.optim.beta2) == (1e-4, 0.5, 0.9)
    assert (logan.model.norm_g, logan.model.norm_e, logan.model.norm_d, logan.model.kernel) == (True, True, False, 4)
    assert (logan.loss.pairwise_x, logan.loss.pairwise_z, logan.loss.gradient_penalty) == (1.0, 0.0, 0.0)
    assert logan.train.steps == 256 * 781 and load_setup("cifar10_logan.py:w").train.steps == 256 * 781 // 5
    assert load_setup("cifar10_logan.py:lol2").loss.gradient_penalty == 1.0
    assert load_setup("cifar10_logan.py:v").loss.gradient_penalty == 0.0
    none = load_setup("cifar10_logan_bigan.py:lol2_no_penalty").loss
    assert (none.name, none.gradient_penalty, none.pairwise_x, none.pairwise_z) == ("lol2", 0.0, 0.0, 0.0)
    gmgan, narrow = load_setup("mnist_gmgan.py:gmgan_supervised"), load_setup("cifar10_gmgan.py:gmgan_std_k20")
    assert (gmgan.latent.dim, gmgan.latent.components, gmgan.latent.trainable) == (100, 10, "none")
    assert (gmgan.data.batch_size, gmgan.data.batch_size_g, gmgan.optim.lr, gmgan.loss.d_weight) == (64, 128, 2e-4, 0.5)
    assert gmgan.latent.mean_range == 0.1 and gmgan.latent.scale_init**2 == pytest.approx(0.15)
    assert (narrow.latent.components, narrow.latent.scale_init) == (20, 0.15)
    fisher, wgan = load_setup("cifar10_delifisher.py:fisher"), load_setup("cifar10_delifisher.py:wgan")
    assert (fisher.loss.rho, fisher.optim.lr, fisher.schedule.d_updates) == (1e-6, 2e-4, 2)
    assert (wgan.loss.clip, wgan.optim.name, wgan.optim.lr, wgan.schedule.d_updates) == (0.01, "rmsprop", 5e-5, 5)
    assert load_setup("cifar10_delifisher.py:delifisher").optim.lr == 5e-5


COMPARED = {  # discriminator updates of every variant of a file whose models are compared
    "toy_logan.py": 40_000,
    "toy_logan_bigan.py": 40_000,
    "toy_delifisher.py": 60_000,
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
        rule = config.schedule
        assert rule.name == "threshold" or rule.d_updates == 1 or reference.partition(":")[0] in COMPARED
        if rule.name == "alternate":
            updates = config.train.steps * rule.d_updates
            found.setdefault(reference.partition(":")[0], []).append((updates, rule.d_updates))
    for file, counts in found.items():
        most = COMPARED.get(file, counts[0][0])
        assert all(0 <= most - count < a_step for count, a_step in counts), file
    w, lol1 = load_setup("toy_logan.py:w"), load_setup("toy_logan.py:lol1")
    assert (w.train.steps, w.schedule.g_updates, lol1.train.steps) == (8000, 1, 40_000)
    assert w.train.eval_every * w.schedule.d_updates == lol1.train.eval_every


@pytest.mark.skipif(not (DATA / "tfds").is_dir(), reason="needs ../shared/data/tfds, which a clone does not have")
def test_mnist500_on_real_digits(tmp_path):
    config = load_setup("mnist500_deligan.py", f"--config.data.dir={DATA / 'tfds'}")
    summary = train(shrink(config, train__steps=1, schedule__slots=1), tmp_path)
    assert summary["steps"] == 1 and (tmp_path / "samples" / "step_1.png").exists()
