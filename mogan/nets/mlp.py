"""Multi-layer perceptrons for points: DeLiGAN's toy networks and its baselines (section 5.2)."""

import flax.linen as nn
import jax
import jax.numpy as jnp

XAVIER = nn.initializers.xavier_uniform()


class MLP(nn.Module):
    """x [n, i] -> [n, out]: tanh hidden layers of the widths `hidden`, linear output."""

    hidden: tuple[int, ...]
    out: int

    @nn.compact
    def __call__(self, x):
        for width in self.hidden:
            x = nn.tanh(nn.Dense(width, kernel_init=XAVIER)(x))
        return nn.Dense(self.out, kernel_init=XAVIER)(x)


class EnsembleMLP(nn.Module):
    """As MLP, with parameters of its own for each of `members` networks; sample i goes through network component[i].

    One array [members, in, out] a layer, of which each sample reads its own slice.
    """

    members: int
    hidden: tuple[int, ...]
    out: int

    @nn.compact
    def __call__(self, x, component):
        for index, width in enumerate((*self.hidden, self.out)):
            shape = (self.members, x.shape[-1], width)
            kernel = self.param(f"kernel_{index}", nn.initializers.xavier_uniform(batch_axis=(0,)), shape)
            bias = self.param(f"bias_{index}", nn.initializers.zeros, (self.members, width))
            x = jnp.einsum("ni,nio->no", x, kernel[component]) + bias[component]
            x = nn.tanh(x) if index < len(self.hidden) else x
        return x


class PointGenerator(nn.Module):
    """z [n, d], component [n] -> points [n, out] in (-1, 1).

    `experts` > 0: that many generators, one a component (Ensemble-GAN). `one_hot` > 0: the component is appended to z
    as a one-hot vector of that length (MoE-GAN). GAN++ is an extra width at the front of `hidden`, Nx-GAN a wider one.
    """

    hidden: tuple[int, ...]
    out: int
    experts: int = 0
    one_hot: int = 0

    @nn.compact
    def __call__(self, z, component, train: bool):
        if self.one_hot:
            z = jnp.concatenate([z, jax.nn.one_hot(component, self.one_hot)], axis=-1)
        if self.experts:
            return nn.tanh(EnsembleMLP(self.experts, self.hidden, self.out)(z, component))
        return nn.tanh(MLP(self.hidden, self.out)(z))


class PointDiscriminator(nn.Module):
    """Points [n, d] -> logits [n]."""

    hidden: tuple[int, ...]

    @nn.compact
    def __call__(self, x, train: bool):
        return MLP(self.hidden, 1)(x)[:, 0]
