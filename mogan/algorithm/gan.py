"""config -> GAN: the only place, besides nets/, that sees a flax module."""

import jax
import jax.numpy as jnp

from mogan.algorithm.spectral_norm import spectrally_normed
from mogan.latents import make_latent
from mogan.nets import make_networks
from mogan.types import GAN


def make_gan(config, shape: tuple[int, ...], classes: int = 0, axis_name: str | None = None) -> GAN:
    """Binds the networks and the latent of `config` for samples of `shape` in so many classes; `axis_name` names a pmap
    axis, if any. Whatever config.model.precision, float32 goes in and comes out, and initial values are made in it."""
    generator, discriminator, encoder = make_networks(config, shape, classes, axis_name)
    latent = make_latent(config.latent)
    apply = PRECISIONS[config.model.precision](_apply)

    def init(key, x):
        latent_key, sample_key, generator_key, discriminator_key, encoder_key = jax.random.split(key, 5)
        prior = latent.init(latent_key)
        draw = latent.sample(prior, sample_key, len(x))
        judged = (x, draw.z) if encoder else (x,)
        variables = {
            "generator": _start(generator, generator_key, draw.z, draw.component),
            "discriminator": _start(discriminator, discriminator_key, *judged),
        }
        if encoder:
            variables["encoder"] = _start(encoder, encoder_key, x)
        params = {group: variables[group].pop("params") for group in variables}
        return params | {"latent": prior}, variables

    def generate(params, stats, sample, *, key, train):
        return apply(generator, "generator", params, stats, key, train, sample.z, sample.component)

    def discriminate(params, stats, x, z=None, *, key, train):
        return apply(discriminator, "discriminator", params, stats, key, train, *((x,) if z is None else (x, z)))

    def encode(params, stats, x, *, key, train):
        return apply(encoder, "encoder", params, stats, key, train, x)

    gan = GAN(init, generate, discriminate, latent, encode if encoder else None)
    return spectrally_normed(gan) if config.model.spectral_norm else gan


def _start(module, key, *inputs):
    """Initial variables, those that depend on data from a training pass of `inputs`."""
    return module.init({"params": key, "noise": jax.random.fold_in(key, 1)}, *inputs, train=True)


def _apply(module, group, params, stats, key, train, *inputs):
    """(output, stats): `group`'s statistics are read when not training, and updated when training."""
    variables = {"params": params[group], **stats[group]}
    if not train:
        return module.apply(variables, *inputs, train=False), stats
    output, new = module.apply(variables, *inputs, train=True, mutable=list(stats[group]), rngs={"noise": key})
    return output, stats | {group: new}


def _exact(apply):
    """`apply` with products of float32 and not of what the platform takes for it (TF32, bfloat16)."""

    def exact(*arguments):
        with jax.default_matmul_precision("float32"):
            return apply(*arguments)

    return exact


def _half(apply):
    """`apply` in bfloat16 but for its statistics, which stay float32, as the parameters themselves do."""

    def half(module, group, params, stats, key, train, *inputs):
        params = {group: _cast(params[group], jnp.bfloat16)}
        output, new = apply(module, group, params, stats, key, train, *_cast(inputs, jnp.bfloat16))
        return output.astype(jnp.float32), new

    return half


def _cast(tree, dtype):
    return jax.tree.map(lambda leaf: leaf.astype(dtype) if leaf.dtype == jnp.float32 else leaf, tree)


PRECISIONS = {"default": lambda apply: apply, "float32": _exact, "bfloat16": _half}
