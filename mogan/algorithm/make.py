"""config -> Algorithm; and what is made of one: the state of step 0, and the step."""

from mogan.algorithm.augment import augmented, make_augment
from mogan.algorithm.gan import make_gan
from mogan.algorithm.optim import average_decay, make_optimizers
from mogan.algorithm.schedules import make_schedule
from mogan.algorithm.step import make_init, make_train_step
from mogan.losses import make_loss, make_mode_seeking, make_penalty, make_reconstruction
from mogan.types import ONE_DEVICE, Algorithm, Axis, TrainStep


def make_algorithm(config, shape: tuple[int, ...], classes: int = 0, axis: Axis = ONE_DEVICE) -> Algorithm:
    """The algorithm of `config`, for samples of `shape` in so many classes, 0 where the data have no labels."""
    return Algorithm(
        gan=augmented(make_gan(config, shape, classes, axis.name), make_augment(config, axis.name)),
        loss=make_loss(config, classes, axis.reduce),
        optimizers=make_optimizers(config),
        schedule=make_schedule(config.schedule),
        batch_size=config.data.batch_size,
        batch_size_g=config.data.batch_size_g,
        penalty=make_penalty(config),
        mode_seeking=make_mode_seeking(config, axis.reduce),
        reconstruction=make_reconstruction(config),
        ema=average_decay(config),
        ema_warmup=config.optim.ema_warmup,
    )


def init_of(algorithm: Algorithm):
    """init(key, x [n, ...]) -> the TrainState of step 0."""
    return make_init(algorithm.gan, algorithm.loss, algorithm.optimizers, algorithm.schedule, algorithm.ema)


def step_of(algorithm: Algorithm, axis: Axis = ONE_DEVICE) -> TrainStep:
    """The training step; `axis` is the one that the algorithm was made for."""
    return make_train_step(
        algorithm.gan,
        algorithm.loss,
        algorithm.optimizers,
        algorithm.schedule,
        algorithm.batch_size,
        algorithm.batch_size_g,
        penalty=algorithm.penalty,
        mode_seeking=algorithm.mode_seeking,
        reconstruction=algorithm.reconstruction,
        ema=algorithm.ema,
        ema_warmup=algorithm.ema_warmup,
        axis=axis,
    )
