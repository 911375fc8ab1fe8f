"""What scores are made of: samples, and the real images and the network's weights that these are held against."""

import functools
from collections.abc import Callable

from mogan.data import Dataset, load_heldout
from mogan.evaluation.metric import is_asked_for
from mogan.evaluation.reference import HELDOUT, Known, load_known
from mogan.evaluation.settings import Settings
from mogan.evaluation.source import Source
from mogan.metrics.networks import inception
from mogan.metrics.networks.inception_weights import Weights, load_weights


def _of_real(make):
    """A property of Inputs that looks at nothing of the samples."""
    return property(lambda self: self.once(make), doc=make.__doc__)


class Inputs:
    """What scores are made of. What is costly is made when it is first asked for, and remembered.

    settings; source: of the samples; fields: the data group of the reference; load() -> the reference
    features(level) -> Inception's features of the samples, float32 [count, level]

    Data and weights that are missing or unfit raise InputError when they are first asked for.
    """

    def __init__(self, settings: Settings, source: Source, fields, load: Callable, made: dict | None = None):
        self.settings, self.source, self.fields, self._load = settings, source, fields, load
        self._made = {} if made is None else made
        self.features = functools.cache(self._features)

    def of(self, source: Source) -> "Inputs":
        """Inputs with other samples; what is made of real data is made once for all of them."""
        return Inputs(self.settings, source, self.fields, self._load, self._made)

    def at(self, scale: float) -> "Inputs":
        """Inputs with samples of the same noise, the latent's covariance times `scale`."""
        return self.of(self.source._replace(scale=scale))

    def once(self, make: Callable, *arguments):
        """make(self, *arguments), remembered for other samples, too: `make` looks at real data only."""
        if (make, arguments) not in self._made:
            self._made[make, arguments] = make(self, *arguments)
        return self._made[make, arguments]

    @functools.cached_property
    def images(self):
        """The samples uint8 [count, h, w, c]."""
        return self.source.draw(self.source.scale)

    @_of_real
    def unfinished(self) -> list:
        """Folders of the cache with features of samples, from which an evaluation that was interrupted goes on."""
        return []

    @_of_real
    def reference(self) -> Dataset:
        """The real images that samples are compared with."""
        return self._load()

    @_of_real
    def left_out(self) -> Dataset:
        """The images of the same source that the fields leave out of the reference."""
        return load_heldout(self.fields)

    @property
    def unseen(self) -> Dataset | None:
        """What data.holdout leaves out of the reference; None without it, or where that is the reference."""
        return self.left_out if self.fields.holdout and self.settings.reference != HELDOUT else None

    @_of_real
    def known(self) -> Known:
        """What the model was trained on, and real images that it was not trained on."""
        return load_known(self)

    @_of_real
    def weights(self) -> Weights:
        """Inception's."""
        return load_weights()

    def _features(self, level):
        images = self.images
        if not is_asked_for(self.settings):  # of a run in training, whose samples are drawn once
            return inception.features(images, level, self.weights)
        folder = inception.unfinished_folder(images, level, self.weights)
        self.unfinished.append(folder)
        return inception.resumed_features(images, level, self.weights, folder)

    def real_features(self, level: int, unseen: bool = False):
        """Inception's features of the reference, or of what data.holdout leaves out of it, float32 [n, level]."""
        return self.once(_real_features, level, unseen)


def _real_features(inputs, level, unseen):
    dataset = inputs.unseen if unseen else inputs.reference
    return inception.cached_features(dataset.x, level, inputs.weights)
