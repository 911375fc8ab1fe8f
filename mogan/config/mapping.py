"""GM-GAN's map f from latent components to the classes of the data, as the config gives it."""

from mogan.errors import InputError


def class_of(config, classes: int) -> tuple[int, ...]:
    """GM-GAN's map f as config.model.class_of gives it: the class, 0 to classes - 1, of each latent component; () where
    classes and components share columns.

    Raises:
      InputError: a class that the data do not have.
    """
    for name in config.model.class_of:
        if not name.isdecimal() or int(name) >= classes:
            raise InputError(
                f"config.model.class_of = {','.join(config.model.class_of)!r}: {name} is none of the classes 0 to "
                f"{classes - 1} of config.data.source = {config.data.source!r}"
            )
    return tuple(map(int, config.model.class_of))
