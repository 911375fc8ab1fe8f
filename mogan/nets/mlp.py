"""Multi-layer perceptrons for points: the toy networks of all four papers, DeLiGAN's baselines (section 5.2), and those
of the mode-coverage tests."""

import functools

import flax.linen as nn
import jax.numpy as jnp

from mogan.nets import ops
from mogan.nets.layers import BatchNorm, Dense, with_one_hot

ACTIVATIONS = {"tanh": nn.tanh, "relu": nn.relu, "leaky_relu": ops.leaky_relu, "linear": lambda x: x}

# "random_walk": gain 1.43, with which LOGAN's program starts its toy networks (Sussillo & Abbott 2014); "normal":
# standard deviation 0.02, as DCGAN and PacGAN's program
INITIALIZERS = {
    "xavier": functools.partial(nn.initializers.variance_scaling, 1.0, "fan_avg", "uniform"),
    "random_walk": functools.partial(nn.initializers.variance_scaling, 1.43**2, "fan_in", "uniform"),
    "normal": lambda batch_axis=(): nn.initializers.normal(0.02),
}


class MLP(nn.Module):
    """x [n, i] -> [n, out]: hidden layers of the widths `hidden` with `activation`, linear output. `initializer_out` is
    the last layer's; same: as the others.

    `norm`: batch norm before each activation, in place of biases. `maxout` > 0: in place of the activation, each hidden
    unit is the largest of so many linear ones (Goodfellow et al. 2013).
    """

    hidden: tuple[int, ...]
    out: int
    activation: str = "tanh"
    initializer: str = "xavier"
    initializer_out: str = "same"
    norm: bool = False
    maxout: int = 0
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool = False):
        start, last = INITIALIZERS[self.initializer](), self.initializer_out
        for width in self.hidden:
            x = Dense(width * (self.maxout or 1), use_bias=not self.norm, kernel_init=start)(x)
            x = BatchNorm(self.axis_name)(x, train) if self.norm else x
            x = largest(x, self.maxout) if self.maxout else ACTIVATIONS[self.activation](x)
        return Dense(self.out, kernel_init=start if last == "same" else INITIALIZERS[last]())(x)


def largest(x, pieces: int):
    """[n, pieces * w] -> [n, w]: of numbers that lie w apart the largest, by maxima of slices: XLA on CPU takes twice
    as long for a whole step where it reduces so short an axis."""
    return functools.reduce(jnp.maximum, jnp.split(x, pieces, axis=-1))


class EnsembleMLP(nn.Module):
    """As MLP, with parameters of its own for each of `members` networks; sample i goes through network component[i].

    One array [members, in, out] a layer, of which each sample reads its own slice.
    """

    members: int
    hidden: tuple[int, ...]
    out: int
    activation: str = "tanh"
    initializer: str = "xavier"
    initializer_out: str = "same"

    @nn.compact
    def __call__(self, x, component):
        last = self.initializer if self.initializer_out == "same" else self.initializer_out
        names = *[self.initializer] * len(self.hidden), last
        for index, (width, name) in enumerate(zip((*self.hidden, self.out), names, strict=True)):
            start = INITIALIZERS[name](batch_axis=(0,))
            kernel = self.param(f"kernel_{index}", start, (self.members, x.shape[-1], width))
            bias = self.param(f"bias_{index}", nn.initializers.zeros, (self.members, width))
            x = jnp.einsum("ni,nio->no", x, kernel[component]) + bias[component]
            x = ACTIVATIONS[self.activation](x) if index < len(self.hidden) else x
        return x


class PointGenerator(nn.Module):
    """z [n, d], component [n] -> points [n, out]; `output` "tanh" keeps them in (-1, 1).

    `experts` > 0: that many generators, one a component (Ensemble-GAN). `one_hot` > 0: the component is appended to z
    as a one-hot vector of that length (MoE-GAN). GAN++ is an extra width at the front of `hidden`, Nx-GAN a wider one.
    """

    hidden: tuple[int, ...]
    out: int
    experts: int = 0
    one_hot: int = 0
    activation: str = "tanh"
    initializer: str = "xavier"
    initializer_out: str = "same"
    output: str = "tanh"
    norm: bool = False
    axis_name: str | None = None

    @nn.compact
    def __call__(self, z, component, train: bool):
        z = with_one_hot(z, component, self.one_hot)
        network = self.hidden, self.out, self.activation, self.initializer, self.initializer_out
        if self.experts:
            x = EnsembleMLP(self.experts, *network)(z, component)
        else:
            x = MLP(*network, self.norm, axis_name=self.axis_name)(z, train)
        return ACTIVATIONS[self.output](x)


class PointDiscriminator(nn.Module):
    """Points [n, d], and with an encoder z [n, e] beside them -> logits [n], or [n, heads] where `heads` > 0."""

    hidden: tuple[int, ...]
    heads: int = 0
    activation: str = "tanh"
    initializer: str = "xavier"
    initializer_out: str = "same"
    maxout: int = 0

    @nn.compact
    def __call__(self, x, z=None, *, train: bool):
        pair = x if z is None else jnp.concatenate([x, z], axis=-1)
        network = self.hidden, self.heads or 1, self.activation, self.initializer, self.initializer_out
        logits = MLP(*network, maxout=self.maxout)(pair)
        return logits if self.heads else logits[:, 0]


class PointEncoder(nn.Module):
    """Points [n, d] -> z [n, out]; `output` "tanh" where the prior of z lies in (-1, 1)."""

    hidden: tuple[int, ...]
    out: int
    activation: str = "tanh"
    initializer: str = "xavier"
    initializer_out: str = "same"
    output: str = "linear"

    @nn.compact
    def __call__(self, x, train: bool):
        network = self.hidden, self.out, self.activation, self.initializer, self.initializer_out
        return ACTIVATIONS[self.output](MLP(*network)(x))
