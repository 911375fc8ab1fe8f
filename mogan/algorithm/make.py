"""config -> the parts of its algorithm: what a run is built of, and read back with."""

from mogan.algorithm.augment import augmented, make_augment
from mogan.algorithm.gan import make_gan
from mogan.algorithm.optim import make_optimizers
from mogan.algorithm.schedules import make_schedule
from mogan.losses import make_loss
from mogan.types import ONE_DEVICE, Axis


def make_algorithm(config, shape, classes: int = 0, axis: Axis = ONE_DEVICE):
    """(GAN, Loss, optimizers, Schedule) of `config` for samples of `shape` in so many classes."""
    gan = augmented(make_gan(config, shape, classes, axis.name), make_augment(config, axis.name))
    loss = make_loss(config, classes, axis.reduce)
    return gan, loss, make_optimizers(config), make_schedule(config.schedule)
