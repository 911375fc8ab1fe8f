"""Scores of evaluate.py as rows and columns of a table, and the papers' figures likewise."""

from mogan.errors import InputError


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
            "`config.data.classes = NAME,NAME,...` (of its 43 signs the paper does not say which ten it chose), or set "
            f"`config.latent.components = {len(classes)}`"
        )


def by_column(columns, figures: dict[str, str]) -> dict:
    """{row: {column: figure}} of {row: "figure figure ..."}; the last column's has the rest of the words."""
    return {row: dict(zip(columns, text.split(" ", len(columns) - 1), strict=True)) for row, text in figures.items()}


def only(column, figures: dict[str, str]) -> dict:
    """{row: {column: figure}} of {row: figure}."""
    return {row: {column: figure} for row, figure in figures.items()}
