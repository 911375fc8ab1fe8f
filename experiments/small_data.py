"""The study of small, diverse data: does a mixture as prior still help under a modern baseline? No paper reports it.

A variant is DATA_PRIOR, DATA_PRIOR_augment, DATA_PRIOR_modern or, of mixtures, DATA_PRIOR_modern_seek; all train one
DCGAN, 32 wide, for 4,000 steps of 50 images. DATA: `sketches` (400 drawings of five kinds), `mnist` (50 a digit),
`cifar` (2,000 photographs), `signs` (40 photographs of each of ten traffic signs, by track); a quarter of each is held
out for the scores. PRIOR:

gan      one Gaussian
deligan  a mixture learned with the generator (Gurumurthy et al. 2017), 50 components
gmgan    a static mixture (Ben-Yosef, Weinshall 2018), 50 components, sigma read as a standard deviation

_augment adds DiffAugment (Zhao et al. 2020) to the non-saturating loss; _modern, to DiffAugment, the relativistic loss
with R1 and R2 (Huang et al. 2024) and a moving average of the generator; _seek, to these, mode seeking within
components (after Mao et al. 2019) and a floor under their standard deviations. _kN behind any mixture has N components.
The values of the added parts are those of own_images.py, which were chosen on drawn shapes and on sketches.

Cost: at 32x32 on one CPU core, by runs of half as many steps, 3 to 5 minutes plain and 5 to 7 with the parts.

python experiments/run.py --config=experiments/small_data.py:sketches_deligan_modern --workdir=runs/sketches_modern
python experiments/tables.py --table=small_data_sketches  # all rows on one data set
"""

from mogan.config import base, update
from mogan.config.listing import how_to_use

DATA = {
    "sketches": {
        "data.source": "tfds:tu_berlin/32x32_strokes",
        "data.image_size": 32,
        "data.classes": "wineglass,candle,apple,canoe,cup",
    },
    "mnist": {"data.source": "tfds:mnist", "data.image_size": 32, "data.per_class": 50},
    "cifar": {"data.source": "tfds:cifar10", "data.per_class": 200},
    "signs": {"data.source": "tfds:traffic_signs", "data.image_size": 32, "data.per_class": 40},
}
MIXTURE = {"latent.kind": "mixture", "latent.components": 50}
PRIORS = {
    "gan": {"latent.kind": "normal", "latent.components": 1},
    "deligan": MIXTURE | {"latent.choose": "stratified", "latent.scale_init": 0.2, "latent.penalty": 1 / 3},
    "gmgan": MIXTURE | {"latent.mean_range": 0.1, "latent.scale_init": 0.15, "latent.trainable": "none"},
}
AUGMENT = {"augment.policy": "color,translation,cutout"}
MODERN = AUGMENT | {
    "loss.name": "relativistic",
    "loss.r1": 1.0,
    "loss.r2": 1.0,
    "loss.penalty_every": 4,
    "optim.beta1": 0.0,
    "optim.beta2": 0.99,
    "optim.ema": 0.995,
    "optim.ema_warmup": True,
}
PARTS = {"": {}, "_augment": AUGMENT, "_modern": MODERN}
SEEK = {"loss.mode_seeking": 0.02}
MODELS = {
    **{prior + part: fields | added for part, added in PARTS.items() for prior, fields in PRIORS.items()},
    "deligan_modern_seek": PRIORS["deligan"] | MODERN | SEEK | {"latent.scale_init": 0.5, "latent.scale_min": 0.25},
    "gmgan_modern_seek": PRIORS["gmgan"] | MODERN | SEEK,
}
COMPONENTS = tuple(f"deligan_modern_k{k}" for k in (5, 20, 200))
VARIANTS = tuple(f"{data}_{model}" for data in DATA for model in (*MODELS, *COMPONENTS))


def get_config(variant="sketches_deligan_modern"):
    data, _, model = variant.partition("_")
    model, _, components = model.partition("_k")
    return update(
        base(),
        {
            "variant": variant,
            "data.holdout": 0.25,
            "data.batch_size": 50,
            "latent.dim": 64,
            "model.name": "dcgan",
            "model.width_g": 32,
            "model.width_d": 32,
            "loss.name": "non_saturating",
            "train.steps": 4000,
            "train.log_every": 100,
            "train.eval_every": 0,
            "train.sample_every": 1000,
            "train.checkpoint_every": 1000,
            "eval.grid": 8,
        }
        | DATA[data]
        | MODELS[model]
        | ({"latent.components": int(components)} if components else {}),
    )


if __name__ == "__main__":
    how_to_use(__file__)
