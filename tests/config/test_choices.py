"""mogan.config.choices: the names that programs know before JAX is imported are those of the functions behind them."""

import pytest

from mogan import tables
from mogan.algorithm import augment
from mogan.config import choices
from mogan.config.fields import FIELDS
from mogan.errors import InputError
from mogan.evaluation import scores
from mogan.evaluation.judges import JUDGES
from mogan.latents import families
from mogan.metrics.networks.inception_net import LEVELS
from mogan.plots import pictures, views


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (choices.PICTURES, pictures.PICTURES),
        (choices.FIGURES, views.VIEWS),
        (choices.METRICS, scores.METRICS),
        (choices.TABLES, tables.TABLES),
        (choices.AUGMENTATIONS, augment.TRANSFORMATIONS),
        (choices.FAMILIES, families.FAMILIES),
        (FIELDS["eval.classifier"].choices, ("", *JUDGES)),
        (FIELDS["eval.features"].choices, LEVELS),
    ],
)
def test_names_are_those_of_the_functions(names, known):
    assert tuple(names) == tuple(known)


def test_what_is_refused_and_what_is_not():
    choices.check_whole("num", None)
    choices.check_whole("num", 3, 3, 3)
    choices.check_choice("show", "", ("", "a"))
    with pytest.raises(InputError, match="num = 2: give a whole number from 3 to 4"):
        choices.check_whole("num", 2, 3, 4)
    for wrong in (2, 3.0, True, "3"):
        with pytest.raises(InputError, match=f"num = {wrong!r}: give a whole number from 3 to 4"):
            choices.check_whole("num", wrong, 3, 4)
    with pytest.raises(InputError, match="show = 'c': choose one of a, b$"):
        choices.check_choice("show", "c", ("", "a", "b"))
