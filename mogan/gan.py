"""config -> GAN: the only place, besides nets/, that sees a flax module."""

import jax

from mogan.latents import make_latent
from mogan.nets import make_networks
from mogan.types import GAN


def make_gan(config, shape: tuple[int, ...], classes: int = 0, axis_name: str | None = None) -> GAN:
    """Binds the networks and the latent of `config` for samples of `shape` in so many classes; `axis_name` names a pmap
    axis, if any."""
    generator, discriminator, encoder = make_networks(config, shape, classes, axis_name)
    latent = make_latent(config.latent)

    def init(key):
        latent_key, sample_key, generator_key, discriminator_key, encoder_key = jax.random.split(key, 5)
        prior = latent.init(latent_key)
        draw = latent.sample(prior, sample_key, 2)
        x, g = generator.init_with_output(generator_key, draw.z, draw.component, train=False)
        judged = (x, draw.z) if encoder else (x,)
        variables = {"generator": g, "discriminator": discriminator.init(discriminator_key, *judged, train=False)}
        if encoder:
            variables["encoder"] = encoder.init(encoder_key, x, train=False)
        params = {group: found.pop("params") for group, found in variables.items()}
        return params | {"latent": prior}, variables

    def generate(params, stats, sample, *, key, train):
        return _apply(generator, "generator", params, stats, key, train, sample.z, sample.component)

    def discriminate(params, stats, x, z=None, *, key, train):
        return _apply(discriminator, "discriminator", params, stats, key, train, *((x,) if z is None else (x, z)))

    def encode(params, stats, x, *, key, train):
        return _apply(encoder, "encoder", params, stats, key, train, x)

    return GAN(init, generate, discriminate, latent, encode if encoder else None)


def _apply(module, group, params, stats, key, train, *inputs):
    """(output, stats): `group`'s statistics are read when not training, and updated when training."""
    variables = {"params": params[group], **stats[group]}
    if not train:
        return module.apply(variables, *inputs, train=False), stats
    output, new = module.apply(variables, *inputs, train=True, mutable=list(stats[group]), rngs={"noise": key})
    return output, stats | {group: new}
