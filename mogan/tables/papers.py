"""The papers' tables of images: which runs and scores make each, and the figures as printed."""

from types import MappingProxyType

from mogan.errors import InputError
from mogan.tables.image import ImageTable

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck", "overall")
SIMILAR = ("apple", "tomato", "pear", "candle", "overall")
DISSIMILAR = ("wineglass", "candle", "apple", "canoe", "cup", "overall")
SUPERVISED = ("gmgan_supervised", "gmgan_supervised_k20", "gmgan_supervised_k30")


def modified_inception_scores(scores, row, classes):
    """A column a class, and overall."""
    found = scores["mis"]
    overall = {"overall": [found["mean"], found["std"]]}
    return {row: dict(zip(classes, found["per_class"], strict=True)) | overall}


def inception_score(scores, row, classes):
    """One column, and its deviation over splits."""
    return {row: {"Inception Score": [scores["is"]["mean"], scores["is"]["std"]]}}


def reconstruction_ssim(scores, row, classes):
    """One column, and its deviation over images."""
    return {row: {"SSIM": [scores["ssim"]["mean"], scores["ssim"]["std"]]}}


def clusterings(scores, row, classes):
    """Rows for the model and both baselines."""
    rows = {"K-means": "kmeans_", "autoencoder + K-means": "autoencoder_", row: ""}
    found = scores["clustering"]
    return {
        name: {score.upper(): [found[prefix + score], None] for score in ("acc", "nmi", "ari")}
        for name, prefix in rows.items()
    }


def one_cluster_a_class(config, classes) -> None:
    """Raises InputError unless the latent has as many components as the data have classes."""
    if len(classes) != config.latent.components:
        raise InputError(
            f"config.latent.components = {config.latent.components} for the {len(classes)} classes of "
            f"{config.data.source}: clustering is scored with one component a class. Name the classes by "
            "--config.data.classes=NAME,NAME,... (of its 43 signs the paper does not say which ten it chose), or set "
            f"--config.latent.components={len(classes)}"
        )


def by_column(columns, figures: dict[str, str]) -> dict:
    """{row: {column: figure}} of {row: "figure figure ..."}; the last column's has the rest of the words."""
    return {row: dict(zip(columns, text.split(" ", len(columns) - 1), strict=True)) for row, text in figures.items()}


def only(column, figures: dict[str, str]) -> dict:
    """{row: {column: figure}} of {row: figure}."""
    return {row: {column: figure} for row, figure in figures.items()}


def readings(loss: str, figure: str) -> dict[str, str]:
    """{row: figure} of one of LOGAN's logit losses on BiGANs: the paper does not say with which gradient penalty it got
    the figure, so that it stands beside all three rows, and each says as which reading."""
    penalties = {
        f"{loss}_no_penalty": "with none",
        loss: "with the plain one",
        f"{loss}_pairwise": "with the pair-wise",
    }
    return {row: f"{figure}, if {penalty}" for row, penalty in penalties.items()}


LOGITS = ("lol1_no_penalty", "lol1", "lol1_pairwise", "lol2_no_penalty", "lol2", "lol2_pairwise")
UNSAID = """
Rows of lol1 and lol2: without any gradient penalty (_no_penalty), with the plain one, and with the paper's (_pairwise).
The paper does not say which its figures had: "models using and not using the gradient penalty" differ (4.3). Its
program has the pair-wise one or none on BiGANs. So each row has the figure, as the reading that it would be.""".strip()

DELIGAN_1 = ImageTable(
    config="cifar2k_deligan.py",
    variants=("gan", "deligan", "moe", "gan++"),
    metrics=("mis",),
    read=modified_inception_scores,
    paper=by_column(
        CIFAR10,
        {
            "gan": "2.72 2.02 2.21 2.43 2.06 2.22 1.82 2.12 1.19 2.16 2.15 ± 0.25",
            "deligan": "2.78 2.36 2.44 2.17 2.31 1.27 2.31 3.63 1.51 2.00 2.28 ± 0.62",
            "moe": "2.69 2.08 2.01 2.19 2.16 1.85 1.84 2.14 1.60 1.85 2.04 ± 0.28",
            "gan++": "2.44 1.73 1.68 2.27 2.23 1.73 1.56 1.21 1.25 1.53 1.76 ± 0.40",
        },
    ),
    scored=MappingProxyType({"data": {"data.per_class": 0}}),
    about="""
# DeLiGAN, table 1: modified inception score of models of 2,000 images of CIFAR-10

The classifier is a softmax on Inception features, trained on nine tenths of CIFAR-10's 50,000 training images. Scores
of models compare under one classifier only.""",
)

DELIGAN_2 = ImageTable(
    config="sketches_deligan.py",
    variants=("similar_gan", "similar_deligan"),
    metrics=("mis",),
    read=modified_inception_scores,
    paper=by_column(
        SIMILAR,
        {"similar_gan": "1.31 1.39 1.49 1.25 1.36 ± 0.09", "similar_deligan": "1.40 1.9 1.47 1.22 1.35 ± 0.10"},
    ),
    about="""
# DeLiGAN, table 2: modified inception score of models of sketches, similar classes

The classifier is a softmax on Inception features, trained on nine tenths of the 320 drawings. The paper's 1.9 is as
printed; it cannot average to 1.35.""",
)

DELIGAN_3 = DELIGAN_2._replace(
    variants=("dissimilar_gan", "dissimilar_deligan"),
    paper=by_column(
        DISSIMILAR,
        {
            "dissimilar_gan": "1.80 1.48 1.50 1.53 1.74 1.61 ± 0.13",
            "dissimilar_deligan": "2.09 1.57 1.65 1.75 1.87 1.79 ± 0.18",
        },
    ),
    about="""
# DeLiGAN, table 3: modified inception score of models of sketches, dissimilar classes

The classifier is a softmax on Inception features, trained on nine tenths of the 400 drawings.""",
)

DELIFISHER = ImageTable(
    config="cifar10_delifisher.py",
    variants=("dcgan", "wgan", "fisher", "delifisher", "delifisher_weights"),
    metrics=("is",),
    read=inception_score,
    paper=only(
        "Inception Score",
        {
            "dcgan": "6.16 ± 0.07, 2 to 3 in their own runs",
            "wgan": "5.4586 ± 0.0222",
            "fisher": "6.8978 ± 0.0919",
            "delifisher": "7.3902 7.1033 7.4197 7.4921 7.2027",
        },
    ),
    seeds=5,
    about="""
# Deli-Fisher GAN, tables 1 and 2: Inception Score on CIFAR-10""",
)

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

{UNSAID} Ours is of the last state and its standard deviation is over images; the paper has the best moving
average.""",
)

LOGAN_3 = LOGAN_2._replace(
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

GMGAN_2_CIFAR10 = ImageTable(
    config="cifar10_gmgan.py",
    variants=("gan", "gmgan", "gmgan_k20", "gmgan_k30", "acgan", *SUPERVISED),
    metrics=("is",),
    read=inception_score,
    paper=only(
        "Inception Score",
        {
            "gan": "5.71 ± 0.06",
            "gmgan": "5.92 ± 0.07",
            "gmgan_k20": "5.91 ± 0.05",
            "gmgan_k30": "5.98 ± 0.05",
            "acgan": "6.23 ± 0.07",
            "gmgan_supervised": "6.84 ± 0.03",
            "gmgan_supervised_k20": "6.81 ± 0.04",
            "gmgan_supervised_k30": "6.83 ± 0.02",
        },
    ),
    seeds=10,
    about="""
# GM-GAN, table 2: Inception Score on CIFAR-10""",
)

GMGAN_2_STL10 = GMGAN_2_CIFAR10._replace(
    config="stl10_gmgan.py",
    paper=only(
        "Inception Score",
        {
            "gan": "6.80 ± 0.07",
            "gmgan": "7.06 ± 0.11",
            "gmgan_k20": "6.58 ± 0.16",
            "gmgan_k30": "7.03 ± 0.10",
            "acgan": "7.45 ± 0.10",
            "gmgan_supervised": "8.32 ± 0.06",
            "gmgan_supervised_k20": "8.16 ± 0.05",
            "gmgan_supervised_k30": "8.08 ± 0.07",
        },
    ),
    about="""
# GM-GAN, table 2: Inception Score on STL-10""",
)


def clustering_table(config: str, data: str, kmeans: str, autoencoder: str, gmgan: str) -> ImageTable:
    """GM-GAN's table 3 for one data set, of the paper's "ACC NMI" for each method."""
    figures = {"K-means": kmeans, "autoencoder + K-means": autoencoder, "gmgan": gmgan, "gmgan_std": gmgan}
    return ImageTable(
        config=config,
        variants=("gmgan", "gmgan_std"),
        metrics=("clustering",),
        read=clusterings,
        paper=by_column(("ACC", "NMI"), figures),
        picture="components",
        check=one_cluster_a_class,
        about=f"""
# GM-GAN, table 3: clustering of {data}

Unsupervised, one component a class, ten in the paper; the images are those trained on. The paper's sigma is a factor of
the covariance (gmgan); gmgan_std takes the same number as a standard deviation. The paper's figures stand beside
both.""",
    )


GMGAN_3_MNIST = clustering_table("mnist_gmgan.py", "MNIST", "0.5349 0.500", "0.8184 -", "0.9924 0.9618")
GMGAN_3_FASHION = clustering_table(
    "fashion_gmgan.py", "Fashion-MNIST", "0.4714 0.5115", "0.5353 0.5261", "0.5816 0.5690"
)
GMGAN_3_SIGNS = clustering_table("signs_gmgan.py", "traffic signs", "0.2447 0.1977", "0.2932 0.2738", "0.8974 0.9274")

IMAGE_TABLES = {
    "deligan_1": DELIGAN_1,
    "deligan_2": DELIGAN_2,
    "deligan_3": DELIGAN_3,
    "delifisher": DELIFISHER,
    "logan_1": LOGAN_1,
    "logan_2": LOGAN_2,
    "logan_3": LOGAN_3,
    "gmgan_2_cifar10": GMGAN_2_CIFAR10,
    "gmgan_2_stl10": GMGAN_2_STL10,
    "gmgan_3_mnist": GMGAN_3_MNIST,
    "gmgan_3_fashion": GMGAN_3_FASHION,
    "gmgan_3_signs": GMGAN_3_SIGNS,
}
