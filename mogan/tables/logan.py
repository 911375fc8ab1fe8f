"""LOGAN's tables of images, whose logit losses each have three rows: without a gradient penalty, plain, pair-wise."""

from types import MappingProxyType

from mogan.tables.image import ImageTable
from mogan.tables.reading import inception_score, only, reconstruction_ssim


def readings(loss: str, figure: str) -> dict[str, str]:
    """{row: figure} of one of LOGAN's logit losses on BiGANs. The paper does not say with which gradient penalty it got
    the figure, so it stands beside all three rows, each with the penalty that it would then have had."""
    penalties = {
        f"{loss}_no_penalty": "with none",
        loss: "with the plain one",
        f"{loss}_pairwise": "with the pair-wise",
    }
    return {row: f"{figure}, if {penalty}" for row, penalty in penalties.items()}


RUNNING = 10  # evaluations
LOGGED = {"eval.metrics": ("ssim",), "eval.num_samples": 1000, "train.eval_every": 7810}


def best_running_mean(records) -> dict:
    """A column of the best mean of ten SSIMs that a run logged one after the other; none of a run with fewer."""
    values = [record["ssim/mean"] for record in records if record.get("ssim/mean") is not None]
    means = [sum(values[end - RUNNING : end]) / RUNNING for end in range(RUNNING, len(values) + 1)]
    return {f"best mean of {RUNNING} (Gaussian)": [max(means), None]} if means else {}


LOGITS = ("lol1_no_penalty", "lol1", "lol1_pairwise", "lol2_no_penalty", "lol2", "lol2_pairwise")
UNSAID = """
Rows of lol1 and lol2: without any gradient penalty (_no_penalty), with the plain one, and with the paper's (_pairwise).
The paper does not say which its figures had: "models using and not using the gradient penalty" differ (4.3). Its
program has the pair-wise one or none on BiGANs. So each row has the figure, as the reading that it would be.""".strip()

LOGAN_1 = ImageTable(
    config="cifar10_logan.py",
    variants=("v", "w", "lol1_no_penalty", "lol1", "lol2_no_penalty", "lol2"),
    metrics=("is",),
    read=inception_score,
    paper=only(
        "Inception Score",
        {"v": "6.16 ± 0.07, quoted", "lol1": "6.52 ± 0.15", "lol2": "6.55 ± 0.19"},
    ),
    about="""
# LOGAN, table 1: Inception Score on CIFAR-10, DCGAN

w, lol1 and lol2 have the plain gradient penalty, as section 4.1 says, v and _no_penalty none. The paper quotes 6.16, of
a DCGAN of others (Huang et al. 2017); it stands beside v, the vanilla loss on the paper's own network.""",
)

LOGAN_2 = ImageTable(
    config="cifar10_logan_bigan.py",
    variants=("v", "v_pairwise", *LOGITS),
    metrics=("ssim",),
    read=reconstruction_ssim,
    picture="reconstructions",
    paper=only(
        "SSIM",
        {"v": "0.223 ± 0.08", **readings("lol1", "0.238 ± 0.09"), **readings("lol2", "0.230 ± 0.09")},
    ),
    about=f"""
# LOGAN, table 2: SSIM of reconstructions on CIFAR-10, BiGAN

{UNSAID} Ours is of the last state, and its standard deviation is over images. Its window is that of the released
program, scikit-image's default: uniform, 7 x 7, with sample covariances. The paper has the best moving average, over
what it does not say. Beside ours stands the best mean of {RUNNING} evaluations in a row of the run in training, one
every ten epochs, of SSIM as published (Wang et al. 2004, 11 x 11 Gaussian window).""",
    scored=MappingProxyType({"window": "uniform"}),
    changes=MappingProxyType(LOGGED),
    logged=best_running_mean,
)

LOGAN_3 = LOGAN_2._replace(
    scored=MappingProxyType({}),
    logged=None,
    variants=("v", "v_pairwise", "w", "w_pairwise", *LOGITS),
    metrics=("is",),
    read=inception_score,
    picture="samples",
    paper=only(
        "Inception Score",
        {
            "v": "5.31 ± 0.07",
            "w": "4.8 ± 0.15",
            **readings("lol1", "6.11 ± 0.05"),
            **readings("lol2", "6.23 ± 0.03"),
        },
    ),
    about=f"""
# LOGAN, table 3: Inception Score on CIFAR-10, BiGAN

{UNSAID}""",
)

LOGAN_TABLES = {"logan_1": LOGAN_1, "logan_2": LOGAN_2, "logan_3": LOGAN_3}
