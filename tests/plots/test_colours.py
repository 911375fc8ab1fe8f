"""Colours: told apart, and a model's the same wherever it is compared with others."""

import numpy as np
import pytest

from mogan.plots.colours import PLACES, SHADES, colours_of, colours_of_models, hex_of


def least_difference(colours):
    """Between any two, in the channel where they differ most."""
    colours = np.asarray(colours)
    return (np.abs(colours[:, None] - colours[None]).max(axis=2) + np.eye(len(colours))).min()


def test_fifty_components_have_fifty_colours_fit_for_white_paper():
    colours = colours_of(50)
    assert least_difference(colours) > 0.05
    assert colours.max() < 0.9 and np.all(colours.min(axis=1) < 0.2)


def test_no_component_has_the_grey_of_the_data():
    colours = colours_of(9)
    assert len(colours) == 9 and np.ptp(colours, axis=1).min() > 0.2
    assert least_difference(colours) > 0.1 and least_difference(SHADES) > 0.05


@pytest.mark.parametrize("name", PLACES)
def test_a_model_has_its_colour_in_whatever_company(name):
    alone, among, more = (
        [hex_of(colour) for colour in colours_of_models(names)]
        for names in ([name], ["nobody's", f"sketches_{name}, best 3", "somebody's"], [f"{name}_k20"])
    )
    assert alone == among[1:2] and len(set(among)) == 3 and more != alone


def test_models_that_tables_compare_have_colours_unlike_each_other():
    for names in (
        ("gan", "gan++", "ensemble", "nx", "moe", "deligan"),
        ("v", "w", "lol1", "lol2", "v_direct", "lol2_direct", "lol1_no_penalty", "lol2_no_penalty", "lol1_pairwise"),
        ("sketches_gan", "sketches_deligan", "sketches_gan_augment", "sketches_deligan_modern"),
    ):
        assert len({hex_of(*colours_of_models([name])) for name in names}) == len(names)


def test_the_same_name_many_times_has_colours_while_they_last():
    assert len(np.unique(colours_of_models(["gan"] * 18), axis=0)) == 18 and len(colours_of_models(["gan"] * 40)) == 40
