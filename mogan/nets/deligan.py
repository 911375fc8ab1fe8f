"""DeLiGAN's image networks: those for MNIST (section 5.3, figure 2), and the generator of all its experiments."""

import flax.linen as nn

from mogan.nets import ops
from mogan.nets.layers import TRUNCATED, BatchNorm, Conv, ConvTranspose, Dense, MinibatchDiscrimination, with_one_hot
from mogan.nets.weight_norm import DIRECTION, WeightNormConvTranspose


class ImageGenerator(nn.Module):
    """z [n, d], component [n] -> images [n, h, w, c] in (-1, 1).

    A dense layer to the smallest size, then a transposed convolution of stride 2 for each of `kernels`, whose channels
    halve down to `width` and then to c; batch norm and relu after each but the last, tanh there. `weight_norm`
    (CIFAR-10, sketches): the last layer is weight-normed and starts at a standard deviation of 0.1, the others' weights
    at N(0, 0.05^2). `extra` > 0: z first goes through a dense layer of so many ReLUs (GAN++). `one_hot` > 0: the
    component is appended to z as a one-hot vector of that length (MoE-GAN). All starts are the released programs'.
    """

    shape: tuple[int, int, int]
    width: int
    kernels: tuple[int, ...]
    one_hot: int = 0
    axis_name: str | None = None
    weight_norm: bool = False
    extra: int = 0

    @nn.compact
    def __call__(self, z, component, train: bool):
        plain = nn.initializers.xavier_uniform(), TRUNCATED
        dense_start, start = (DIRECTION, DIRECTION) if self.weight_norm else plain
        z = with_one_hot(z, component, self.one_hot)
        if self.extra:
            z = nn.relu(Dense(self.extra, kernel_init=dense_start, name="extra")(z))
        stages = len(self.kernels)
        sizes = [tuple(-(-length // 2**left) for length in self.shape[:2]) for left in range(stages, -1, -1)]
        channels = self.width * 2 ** (stages - 1)
        x = Dense(sizes[0][0] * sizes[0][1] * channels, kernel_init=dense_start)(z)
        x = nn.relu(BatchNorm(self.axis_name)(x, train)).reshape(-1, *sizes[0], channels)
        for kernel, size in zip(self.kernels[:-1], sizes[1:-1], strict=True):
            channels //= 2
            x = nn.relu(BatchNorm(self.axis_name)(ConvTranspose(channels, kernel, 2, size, start)(x), train))
        last = self.shape[2], self.kernels[-1], 2, sizes[-1]
        if self.weight_norm:
            return nn.tanh(WeightNormConvTranspose(*last, std=0.1, train_gain=True)(x))
        return nn.tanh(ConvTranspose(*last)(x))


class ImageDiscriminator(nn.Module):
    """Images [n, h, w, c] -> logits [n], or [n, heads] where `heads` > 0.

    A convolution of stride 2 for each of `kernels`, `width` channels first and doubling, leaky relu, batch norm on all
    but the first; the maximum over what is left of the image; mini-batch discrimination; one dense layer.
    """

    width: int
    kernels: tuple[int, ...]
    minibatch_kernels: int
    minibatch_dims: int
    minibatch_normalize: bool = False
    heads: int = 0
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x, train: bool):
        for level, kernel in enumerate(self.kernels):
            x = Conv(self.width * 2**level, kernel, stride=2)(x)
            x = ops.leaky_relu(BatchNorm(self.axis_name)(x, train) if level else x)
        x = MinibatchDiscrimination(
            self.minibatch_kernels, self.minibatch_dims, self.minibatch_normalize, self.axis_name
        )(x.max(axis=(1, 2)))
        logits = Dense(self.heads or 1, kernel_init=nn.initializers.normal(0.02))(x)
        return logits if self.heads else logits[:, 0]
