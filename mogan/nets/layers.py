"""Layers that flax.linen lacks, or has in another form. Initial values are those of the released DeLiGAN programs."""

import functools
from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp

from mogan.nets import ops

TRUNCATED = nn.initializers.truncated_normal(0.02)

Dense = functools.partial(nn.Dense, dot_general=ops.product)


class Conv(nn.Module):
    """`ops.conv` with a bias: x [n, h, w, i] -> [n, h', w', features], kernel x kernel, SAME or VALID."""

    features: int
    kernel: int
    stride: int = 1
    padding: str = "SAME"
    initializer: Callable = TRUNCATED

    @nn.compact
    def __call__(self, x):
        kernel = self.param("kernel", self.initializer, (self.kernel, self.kernel, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        return ops.conv(x, kernel, stride=self.stride, padding=self.padding) + bias


class ConvTranspose(nn.Module):
    """`ops.conv_transpose` with a bias: x [n, h, w, i] -> [n, *size, features]."""

    features: int
    kernel: int
    stride: int
    size: tuple[int, int]
    initializer: Callable = TRUNCATED

    @nn.compact
    def __call__(self, x):
        kernel = self.param("kernel", self.initializer, (self.kernel, self.kernel, x.shape[-1], self.features))
        bias = self.param("bias", nn.initializers.zeros, (self.features,))
        return ops.conv_transpose(x, kernel, stride=self.stride, size=self.size) + bias


class BatchNorm(nn.Module):
    """Batch normalisation over all axes but the last, with running averages (decay 0.9) when not training.

    With `axis_name` the moments are those of the batch over all devices of that pmap axis.
    """

    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool):
        return nn.BatchNorm(
            use_running_average=not train,
            momentum=0.9,
            epsilon=1e-5,
            scale_init=lambda key, shape, dtype: 1.0 + 0.02 * jax.random.normal(key, shape, dtype),
            axis_name=self.axis_name,
            use_fast_variance=False,  # E[x^2] - E[x]^2 cancels where the mean is large
        )(x)


class MinibatchDiscrimination(nn.Module):
    """Appends to each sample how close it lies to the others of its batch (Salimans et al. 2016, section 3.2).

    x [n, d] -> [n, d + kernels]. With M = x W, W [d, kernels, dims] of unit columns times a learned gain:
    o_ib = sum_{j != i} exp(-|M_ib - M_jb|_1). With `normalize` (the released DeLiGAN program) j = i is counted too and
    o is divided by its sum over batch and kernels. With `fitted` (the released programs for CIFAR-10 and sketches) the
    gains start such that, in every kernel, a sample of the batch is at a mean distance of 2 from its nearest other one;
    at 1 otherwise. With `axis_name` the batch is that of all devices of the pmap axis.
    """

    kernels: int
    dims: int
    normalize: bool = False
    axis_name: str | None = None
    fitted: bool = False

    @nn.compact
    def __call__(self, x):
        theta = self.param("theta", nn.initializers.normal(0.05), (x.shape[-1], self.kernels, self.dims))
        unit = theta / jnp.linalg.norm(theta, axis=0)
        start = (lambda *_: fitted_log_gain(x, unit)) if self.fitted else nn.initializers.zeros
        log_gain = self.param("log_gain", start, (self.kernels, self.dims))
        weight = unit * jnp.exp(log_gain)
        m = jnp.einsum("ni,ikd->dnk", x, weight, preferred_element_type=jnp.float32)
        if self.axis_name is None or self.is_initializing():
            everyone, first = m, 0
        else:
            everyone = jax.lax.all_gather(m, self.axis_name, axis=1, tiled=True)
            first = jax.lax.axis_index(self.axis_name) * len(x)
        # term by term: an array of all pairs, kernels and dims would take twice as long
        closeness = jnp.exp(-sum(jnp.abs(own[:, None] - other[None]) for own, other in zip(m, everyone, strict=True)))
        if self.normalize:
            features = closeness.sum(1)
            total = features.sum()
            if self.axis_name is not None and not self.is_initializing():
                total = jax.lax.psum(total, self.axis_name)
            return jnp.concatenate([x, features / total], axis=-1)
        itself = jnp.arange(everyone.shape[1]) == first + jnp.arange(len(x))[:, None]
        return jnp.concatenate([x, jnp.where(itself[..., None], 0.0, closeness).sum(1)], axis=-1)


def fitted_log_gain(x, unit):
    """The logarithms [kernels, dims] of the gains that put the samples x [n, d] of a batch at a mean distance of 2 from
    their nearest other ones under `unit` [d, kernels, dims]; 0 where they do not differ, or there is but one."""
    m = jnp.einsum("ni,ikd->nkd", jnp.float32(x), unit)
    distances = jnp.abs(m[:, None] - m[None]).sum(-1) + jnp.diag(jnp.full(len(x), jnp.inf))[..., None]
    nearest = distances.min(1).mean(0)
    gains = jnp.where((nearest > 0) & (nearest < jnp.inf), 2 / nearest, 1.0)
    return jnp.broadcast_to(jnp.log(gains)[:, None], unit.shape[1:])


class MinibatchStd(nn.Module):
    """Appends to each sample how much the batch varies (Karras et al. 2018, section 3): x [n, d] -> [n, d + 1].

    The standard deviation of each number over the whole batch, sqrt(variance + 1e-8) as in the released program, and
    the mean of them all; for every sample the same. With `axis_name` the batch is that of all devices of the pmap axis.
    """

    axis_name: str | None = None

    @nn.compact
    def __call__(self, x):
        def over_batch(values):
            mean = values.mean(0)
            return mean if self.axis_name is None or self.is_initializing() else jax.lax.pmean(mean, self.axis_name)

        exact = x.astype(jnp.float32)
        variance = over_batch((exact - over_batch(exact)) ** 2)
        varies = jnp.sqrt(variance + 1e-8).mean()
        return jnp.concatenate([x, jnp.full((len(x), 1), varies, x.dtype)], axis=-1)


class GaussianNoise(nn.Module):
    """x plus noise of standard deviation `std`, in training only; `axis_name` as for `batch_draw`."""

    std: float
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool):
        if not train:
            return x
        axis_name = None if self.is_initializing() else self.axis_name
        noise = batch_draw(jax.random.normal, self.make_rng("noise"), x.shape, axis_name)
        return x + (self.std * noise).astype(x.dtype)


class Dropout(nn.Module):
    """Each number is 0 with probability 1/2, or doubled, in training only; `axis_name` as for `batch_draw`."""

    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool):
        if not train:
            return x
        axis_name = None if self.is_initializing() else self.axis_name
        heads = batch_draw(coins, self.make_rng("noise"), x.shape, axis_name)
        return jnp.where(heads, 2 * x, 0)


def coins(key, shape):
    """A fair coin, bool, for each number of `shape` [n, ...].

    Each bit of a random word is one: drawing a word a number, as jax.random.bernoulli does, is most of a dropout
    layer's time on CPU.
    """
    words = jax.random.bits(key, (-(-shape[0] // 32), 1, *shape[1:]))
    shifts = jnp.arange(32, dtype=words.dtype).reshape(32, *[1] * (len(shape) - 1))
    return (words >> shifts & 1).reshape(-1, *shape[1:])[: shape[0]].astype(bool)


def batch_draw(sample, key, shape, axis_name):
    """sample(key, shape), `shape` being [n, ...]; with `axis_name` this device's part of what is drawn for the batch of
    all devices of that pmap axis: they share the key, and no two get the same numbers."""
    if axis_name is None:
        return sample(key, shape)
    everyone = sample(key, (shape[0] * jax.lax.axis_size(axis_name), *shape[1:]))
    return jax.lax.dynamic_slice_in_dim(everyone, jax.lax.axis_index(axis_name) * shape[0], shape[0])


def with_one_hot(z, component, count: int):
    """z [n, d] and behind it component [n] as a one-hot vector of length `count`; z itself if that is 0."""
    if not count:
        return z
    return jnp.concatenate([z, jax.nn.one_hot(component, count, dtype=jnp.result_type(z))], axis=-1)
