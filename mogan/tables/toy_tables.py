"""The tables of toy densities: which models, what is counted, and what the papers say."""

from mogan.tables.toy import ToyTable

DELIGAN_TOY = ToyTable(
    config="toy_deligan.py",
    variants=("gan", "gan++", "ensemble", "nx", "moe", "deligan"),
    further=("gan_paper", "gan++_paper", "ensemble_paper", "nx_paper", "moe_paper", "deligan_paper"),
    sources=("unimodal", "bimodal"),
    columns=("void", "share_0", "share_1", "log_likelihood"),
    figures={"samples": None},
    about="""
# DeLiGAN section 5.2, figure 3: toy densities

Share of 10,000 samples in the void (farther than 4 standard deviations from every mode) and in each mode, and the mean
log-likelihood of the samples under the true density; mean ± standard error over seeds. The paper shows one picture a
model and gives no numbers: it finds all models reasonable on the unimodal density, and only DeLiGAN clear of the void
on the bimodal one. Rows NAME_paper, made on request, follow its text where the released program does
otherwise. The last row scores samples of the density itself: a likelihood above it means samples that crowd where the
density is high.""",
)

GMGAN_TOY = ToyTable(
    config="toy_gmgan.py",
    variants=(
        "gan",
        "acgan",
        "infogan",
        "gmgan",
        "gmgan_supervised",
        "gmgan_std",
        "gmgan_supervised_std",
        "gmgan_dynamic",
        "gmgan_supervised_dynamic",
    ),
    sources=("grid9",),
    columns=("log_likelihood", "modes_captured", "high_quality", "mode_kl", "least_share"),
    figures={"samples": None, "sweep": ("gan", "gmgan", "gmgan_std"), "curves": None},
    about="""
# GM-GAN section 4.1, figures 3 to 5: nine Gaussians on a grid

Mean log-likelihood of 10,000 samples under the true density, modes reached, share of samples within 4 standard
deviations of a mode (the modes overlap: nearly all of the plane between them counts), KL divergence of the histogram
over modes from the truth, and the share of the worst-served mode relative to its weight; mean ± standard error over
seeds. _std reads the paper's sigma as a standard deviation, where its formula has a covariance. The paper gives
pictures only: it finds both GM-GANs of higher likelihood than GAN and AC-GAN, faster, and less diverse. The last row
scores samples of the density itself: a likelihood above it means samples that crowd where the density is high.""",
)

DELIFISHER_TOY = ToyTable(
    config="toy_delifisher.py",
    variants=("gan", "wgan", "fisher", "delifisher", "delifisher_weights", "delifisher_sum", "learned_weights"),
    sources=("three",),
    columns=("share_0", "share_1", "share_2", "high_quality", "mode_kl", "log_likelihood", "omega"),
    figures={"samples": None},
    about="""
# Deli-Fisher GAN's parts on three Gaussians of weights 0.7, 0.2 and 0.1

Shares of 10,000 samples that each mode holds, share within 4 standard deviations of any, KL divergence of the
histogram over modes from the truth, mean log-likelihood under the true density, and the critic's second moment Omega,
which its constraint wants at 1 (its last value before the end); mean ± standard error over seeds. Every row makes
60,000 updates of its discriminator. The paper has no toy experiment. Samples are drawn from the generator's moving
average, components with their learned weights.""",
)


def _small(config):
    """Networks 64 wide and a quarter of the row's own steps, at four times the rate: all seeds of all rows fit on a
    small machine, and discriminator updates remain equal in number."""
    fields = {f"model.hidden_{network}": (64, 64, 64) for network in "gde"}
    fields |= {"train.steps": config.train.steps // 4, "train.eval_every": config.train.eval_every // 2}
    return fields | {"optim.lr": 4 * config.optim.lr}


LOGAN_TOY = ToyTable(
    config="toy_logan.py",
    variants=("v", "w", "lol1_no_penalty", "lol1", "lol2_no_penalty", "lol2"),
    sources=("circle8", "square25"),
    columns=("modes_captured", "high_quality", "mode_kl", "least_share"),
    figures={"contours": None},
    changes=_small,
    about="""
# LOGAN section 4.1, figure 3: losses on scattered modes

Modes that hold one of 10,000 samples within 4 standard deviations (0.01), share of samples within 4 of any, KL
divergence of the histogram over modes from the truth, share of the worst-served mode relative to its weight; mean ±
standard error over seeds. w, lol1 and lol2 have the plain gradient penalty, v none. Every row makes equally many
updates of its discriminator: w, with 5 of them a step, a fifth of its rivals' of the generator. The paper gives
pictures only: it finds the logit losses' contours more even.""",
    size="""
So that all seeds fit on a small machine, networks are 64 wide and make 10,000 such updates at a rate of 4e-4 here (512,
40,000 and 1e-4 in the config file and the paper).""",
)

LOGAN_BIGAN_TOY = ToyTable(
    config="toy_logan_bigan.py",
    variants=(
        "v",
        "v_pairwise",
        "v_direct",
        "w",
        "w_pairwise",
        "lol1_no_penalty",
        "lol1",
        "lol1_pairwise",
        "lol2_no_penalty",
        "lol2",
        "lol2_pairwise",
        "lol2_direct",
    ),
    sources=("circle8", "square25", "circle8_rare"),
    columns=("modes_captured", "high_quality", "mode_kl", "least_share", "reconstruction", "reconstruction_worst"),
    figures={"joint": None},
    changes=_small,
    about="""
# LOGAN section 4.2, figure 4: BiGANs with a one-dimensional z, with and without the pair-wise gradient penalty

As in logan_toy.md, and the mean distance of data points to their reconstructions, over all and in the worst mode.
circle8_rare has one mode of weight 0.01. w, lol1 and lol2 have the plain gradient penalty on pairs, _pairwise the
paper's, v, _no_penalty and _direct none; _direct has the L1 losses of section 2.1 and supplement 1.2 on x - G(E(x)) and
z - E(G(z)), which the paper finds hard to balance. The paper gives pictures only: it finds that v loses most modes, and
that lol1 with the penalty recovers rare ones.""",
    size="Networks, updates and rate as there.",
)


def _smaller(config):
    """Networks a quarter as wide, a sixteenth of the row's own steps and eight times the rate: both priors under all
    losses within hours of a CPU."""
    widths = {f"model.hidden_{network}": tuple(w // 4 for w in config.model[f"hidden_{network}"]) for network in "gd"}
    steps = config.train.steps // 16
    return widths | {"train.steps": steps, "train.eval_every": 0, "optim.lr": 8 * config.optim.lr}


LOSSES = (
    "minimax",
    "non_saturating",
    "least_squares",
    "hinge",
    "wasserstein",
    "fisher",
    "lol1",
    "lol2",
    "relativistic",
)
MODES = ToyTable(
    config="toy_modes.py",
    variants=tuple(loss + prior for loss in LOSSES for prior in ("", "_mixture")),
    sources=("ring8", "grid25"),
    columns=("modes_captured", "high_quality", "mode_kl"),
    figures={"samples": None},
    changes=_smaller,
    num=2500,
    about="""
# Mode coverage: the 2-D ring and grid of VEEGAN and PacGAN, every loss with one Gaussian and with a mixture

Modes that hold a sample of high quality, the share of these (within 3 standard deviations of a mode), and the KL
divergence of their histogram from the truth ("reverse KL"), of 2,500 samples; mean ± standard error over seeds. A row
is a loss with a normal prior, or with 50 learned components (_mixture). PacGAN's table 1 gives a GAN 6.3 modes of 8 and
17.3 of 25.""",
    size="""
So that all rows fit on a small machine, networks are a quarter as wide as PacGAN's, and make 25,000 updates of the
discriminator at a rate of 8e-4 (400,000 and 1e-4 in the config file and its program).""",
)


def in_full(table: ToyTable) -> ToyTable:
    """The table at the size of its config file."""
    full = "Networks, updates and rates are those of the config file."
    return table._replace(changes=lambda config: {}, size=full)


TOY_TABLES = {
    "deligan_toy": DELIGAN_TOY,
    "gmgan_toy": GMGAN_TOY,
    "delifisher_toy": DELIFISHER_TOY,
    "logan_toy": LOGAN_TOY,
    "logan_bigan_toy": LOGAN_BIGAN_TOY,
    "modes": MODES,
    "logan_toy_full": in_full(LOGAN_TOY),
    "logan_bigan_toy_full": in_full(LOGAN_BIGAN_TOY),
    "modes_full": in_full(MODES),
}
