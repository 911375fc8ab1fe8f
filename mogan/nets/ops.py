"""Convolutions that are fast on every platform: XLA's own on GPU and TPU, those of `cpu_conv` on CPU.

Layout: images [n, h, w, c], kernels [kh, kw, in, out].

Each is a jit of its own inside the programs that use it: JAX then traces, differentiates and lowers it once for all
layers and calls of the same shapes, not at each call for each platform. The compiled program is the same.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from mogan.nets import cpu_conv
from mogan.nets.cpu_conv import DIMENSIONS

LARGE, NARROW = 2**16, 8  # on CPU the gradients of dense kernels of so many entries, or so few units, are special
LEAST_SLOPE = 0.001  # of `returning_tanh` on the way back; more is worse where images are black or white themselves


@partial(jax.jit, static_argnames=("stride", "padding"))
def conv(x, kernel, *, stride: int = 1, padding: str | int = "SAME"):
    """Convolution (cross-correlation) of x [n, h, w, i] with kernel [kh, kw, i, o]; `padding` "SAME", "VALID", or so
    many zeros on every side."""
    return lax.platform_dependent(
        jnp.asarray(x),
        jnp.asarray(kernel),
        cpu=lambda x, kernel: conv_cpu(x, kernel, stride, padding),
        default=lambda x, kernel: conv_lax(x, kernel, stride, padding),
    )


@partial(jax.jit, static_argnames=("stride", "size"))
def conv_transpose(x, kernel, *, stride: int, size: tuple[int, int]):
    """The transpose of a SAME convolution with `stride` that maps images of `size` to x's height and width.

    x [n, h, w, i], kernel [kh, kw, i, o] -> [n, *size, o], as tf.nn.conv2d_transpose with its kernel's last axes
    swapped. Raises ValueError if no SAME convolution of that stride maps `size` to x's.
    """
    if x.shape[1:3] != tuple(-(-length // stride) for length in size):
        raise ValueError(f"stride {stride} does not take {tuple(size)} to {x.shape[1:3]}")
    return lax.platform_dependent(
        jnp.asarray(x),
        jnp.asarray(kernel),
        cpu=lambda x, kernel: conv_transpose_cpu(x, kernel, stride, size),
        default=lambda x, kernel: conv_transpose_lax(x, kernel, stride, size),
    )


def conv_lax(x, kernel, stride, padding):
    """`conv` by XLA's convolution."""
    pads = [(padding, padding)] * 2 if isinstance(padding, int) else padding
    return lax.conv_general_dilated(x, kernel, (stride, stride), pads, dimension_numbers=DIMENSIONS)


def conv_cpu(x, kernel, stride, padding):
    """`conv` by `cpu_conv`."""
    if padding == "SAME":
        sizes = zip(x.shape[1:3], kernel.shape[:2], strict=True)
        pads = tuple(same_padding(length, k, stride) for length, k in sizes)
    else:
        pads = ((0 if padding == "VALID" else padding,) * 2,) * 2
    return cpu_conv.conv(x, kernel, stride, pads)


def conv_transpose_lax(x, kernel, stride, size):
    """`conv_transpose` by XLA's convolution over x with zeros inserted."""
    pads = []
    for length, out, k in zip(x.shape[1:3], size, kernel.shape[:2], strict=True):
        low, _ = same_padding(out, k, stride)
        pads.append((k - 1 - low, out - 1 + low - (length - 1) * stride))
    return lax.conv_general_dilated(
        x, kernel[::-1, ::-1], (1, 1), pads, lhs_dilation=(stride, stride), dimension_numbers=DIMENSIONS
    )


def conv_transpose_cpu(x, kernel, stride, size):
    """`conv_transpose` by `cpu_conv`."""
    pads = tuple(same_padding(length, k, stride) for length, k in zip(size, kernel.shape[:2], strict=True))
    return cpu_conv.image_gradient(x, kernel.swapaxes(2, 3), stride, pads, size)


def same_padding(length: int, k: int, stride: int) -> tuple[int, int]:
    """Zeros before and after an axis of `length` for a SAME convolution; the odd one goes after, as in TensorFlow."""
    out = -(-length // stride)
    total = max((out - 1) * stride + k - length, 0)
    return total // 2, total - total // 2


def product(x, kernel, *_, **__):
    """x [n, i] @ kernel [i, o]: the `dot_general` of flax.linen's dense layers, which say nothing else by the rest."""
    return special_product(x, kernel) if x.ndim == 2 and (_large(kernel) or _narrow(kernel)) else x @ kernel


@jax.custom_vjp
def special_product(x, kernel):
    """`product`, with a gradient that is fast on CPU."""
    return x @ kernel


def _special_product_backward(saved, dy):
    x, kernel = saved
    of_x = product_by_turned(dy, kernel) if _large(kernel) else dy @ kernel.T
    return of_x, product_of_turned(x, dy) if _narrow(kernel) else x.T @ dy


special_product.defvjp(lambda x, kernel: (x @ kernel, (x, kernel)), _special_product_backward)
special_product = jax.jit(special_product)  # the jit of its own, as of convolutions


def _large(kernel):
    return kernel.size >= LARGE


def _narrow(kernel):
    return 1 < min(kernel.shape) <= NARROW


def product_by_turned(dy, kernel):
    """dy [n, o] @ kernel.T [o, i]. XLA on CPU takes two to twelve times as long to read a large kernel turned as to
    turn the result, the fewer rows the longer; the barrier keeps it from putting this right."""
    return lax.platform_dependent(
        dy,
        kernel,
        cpu=lambda dy, kernel: lax.optimization_barrier(kernel @ dy.T).T,
        default=lambda dy, kernel: dy @ kernel.T,
    )


def product_of_turned(x, dy):
    """x.T [i, n] @ dy [n, o]. XLA on CPU gives a product of a matrix that it reads turned to no library, and takes up
    to three times as long for few columns, the more so for many such products side by side, as seeds have them."""
    return lax.platform_dependent(
        x,
        dy,
        cpu=lambda x, dy: lax.optimization_barrier(x.T) @ dy,
        default=lambda x, dy: x.T @ dy,
    )


@jax.custom_vjp
def returning_tanh(x):
    """tanh with a gradient that never vanishes on the way back: where descent takes x towards 0, its slope counts as
    LEAST_SLOPE at least (as bounds of tensorflow-compression, gradient="identity_if_towards", do it).

    The slope of tanh itself is 0 in float32 beyond 9, and a generator whose images are all black or white by then can
    never leave. Adam makes up for a small gradient, not for none.
    """
    return jnp.tanh(x)


def _returning_tanh_backward(y, dy):
    slope = 1 - y**2
    return (dy * jnp.where(dy * y > 0, jnp.maximum(slope, LEAST_SLOPE), slope),)


returning_tanh.defvjp(lambda x: (jnp.tanh(x),) * 2, _returning_tanh_backward)


def leaky_relu(x):
    """Leaky ReLU with the slope 0.2 that all four papers use."""
    return jax.nn.leaky_relu(x, 0.2)
