"""The colours of components, by their number, and of models, by their name: one has the same in every picture."""

import zlib
from collections.abc import Sequence

import numpy as np

from mogan.plots.canvas import hsv_to_rgb, to_rgb

# By Paul Tol, which the colour-blind can tell apart; in place of his sand, which white paper swallows, his yellow.
MUTED = ("#332288", "#cc6677", "#117733", "#ccbb44", "#88ccee", "#882255", "#44aa99", "#aa4499", "#999933")
PALETTE = np.array([to_rgb(colour) for colour in MUTED])
SHADES = np.concatenate([PALETTE, 0.55 * PALETTE])  # of models: darker ones for those of a name and something more

# Models that tables and configs compare with one another have places of their own; a column is a place in the palette.
FAMILIES = (
    ("gan", "gmgan", "deligan", "gan++", "ensemble", "nx", "moe"),
    ("", "", "", "acgan", "infogan", "gmgan_std", "gmgan_dynamic", "gmgan_supervised", "gmgan_supervised_std"),
    ("dcgan", "wgan", "delifisher", "delifisher_sum", "learned_weights", "delifisher_weights", "", "fisher"),
    ("v", "w", "lol1", "lol2", "v_pairwise", "w_pairwise", "lol1_pairwise", "lol2_pairwise", "v_direct", "lol2_direct"),
    ("", "", "", "gan_augment", "gmgan_augment", "deligan_augment", "gan_modern", "gmgan_modern", "deligan_modern"),
    ("non_saturating", "wasserstein", "", "", "minimax", "least_squares", "hinge", "", "relativistic"),
    ("", "", "", "recipe", "supervised"),
)
PLACES = {name: place for family in FAMILIES for place, name in enumerate(family) if name}


def colours_of(count: int) -> np.ndarray:
    """RGB [count, 3]: PALETTE while that lasts, then hues around the circle, dark enough for white paper."""
    if count <= len(PALETTE):
        return PALETTE[:count]
    hues = np.arange(count) / count
    return hsv_to_rgb(np.stack([hues, np.full(count, 0.9), np.full(count, 0.82)], axis=1))


def colours_of_models(names: Sequence[str]) -> list[np.ndarray]:
    """An RGB colour for each model, unlike those of the others, of up to 18.

    A model of PLACES has its own, whatever stands before its name, to an underscore (sketches_gan), or after a space
    or a comma; followed by more (gmgan_k20), it has a darker one. Any other name has a colour by its letters. Where
    two have the same place, the later one has the next that is free.
    """
    plain = [name.lower().replace(",", " ").split(" ")[0] for name in names]
    known = [_known(name) for name in plain]
    free, chosen = set(range(len(SHADES))), {}
    for index in sorted(range(len(plain)), key=lambda index: known[index] is None):
        place = zlib.crc32(plain[index].encode()) % len(PALETTE) if known[index] is None else known[index]
        free = free or set(range(len(SHADES)))
        chosen[index] = min(free, key=lambda other: (other - place) % len(SHADES))
        free.remove(chosen[index])
    return [SHADES[chosen[index]] for index in range(len(plain))]


def _known(name):
    """The place of the longest name of PLACES that the words of `name` hold; None if they hold none."""
    words = name.split("_")
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            place = PLACES.get("_".join(words[start : start + length]))
            if place is not None:
                return place + len(PALETTE) * (start + length < len(words))
    return None


def hex_of(colour) -> str:
    """The colour RGB in [0, 1] as "#rrggbb"."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour[:3])
