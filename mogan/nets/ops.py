"""Convolutions that are fast on every platform.

On GPU and TPU these are XLA's own convolutions. On CPU XLA's weight gradient of a convolution is slow (50 times slower
still inside a scan), and so are the gradients of a transposed one; there the same sums are written as one matrix
product over patches (im2col), whose gradients are matrix products too. A transposed convolution becomes a stride-1
convolution to stride^2 times the channels followed by depth-to-space, so that no product meets an inserted zero.

Layout: images [n, h, w, c], kernels [kh, kw, in, out].
"""

import jax
import jax.numpy as jnp
from jax import lax

DIMENSIONS = ("NHWC", "HWIO", "NHWC")


def conv(x, kernel, *, stride: int = 1, padding: str = "SAME"):
    """Convolution (cross-correlation) of x [n, h, w, i] with kernel [kh, kw, i, o]; `padding` "SAME" or "VALID"."""
    return lax.platform_dependent(
        x,
        kernel,
        cpu=lambda x, kernel: conv_matmul(x, kernel, stride, padding),
        default=lambda x, kernel: conv_lax(x, kernel, stride, padding),
    )


def conv_transpose(x, kernel, *, stride: int, size: tuple[int, int]):
    """The transpose of a SAME convolution with `stride` that maps images of `size` to x's height and width.

    x [n, h, w, i], kernel [kh, kw, i, o] -> [n, *size, o], as tf.nn.conv2d_transpose with its kernel's last axes
    swapped. Raises ValueError if no SAME convolution of that stride maps `size` to x's.
    """
    if x.shape[1:3] != tuple(-(-length // stride) for length in size):
        raise ValueError(f"stride {stride} does not take {tuple(size)} to {x.shape[1:3]}")
    return lax.platform_dependent(
        x,
        kernel,
        cpu=lambda x, kernel: conv_transpose_matmul(x, kernel, stride, size),
        default=lambda x, kernel: conv_transpose_lax(x, kernel, stride, size),
    )


def conv_lax(x, kernel, stride, padding):
    """`conv` by XLA's convolution."""
    return lax.conv_general_dilated(x, kernel, (stride, stride), padding, dimension_numbers=DIMENSIONS)


def conv_matmul(x, kernel, stride, padding):
    """`conv` as one matrix product over patches."""
    kh, kw = kernel.shape[:2]
    if padding == "SAME":
        pads = [same_padding(length, k, stride) for length, k in zip(x.shape[1:3], (kh, kw), strict=True)]
        x = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    return patches(x, kh, kw, stride) @ kernel.reshape(-1, kernel.shape[-1])


def conv_transpose_lax(x, kernel, stride, size):
    """`conv_transpose` by XLA's convolution over x with zeros inserted."""
    pads = []
    for length, out, k in zip(x.shape[1:3], size, kernel.shape[:2], strict=True):
        low, _ = same_padding(out, k, stride)
        pads.append((k - 1 - low, out - 1 + low - (length - 1) * stride))
    return lax.conv_general_dilated(
        x, kernel[::-1, ::-1], (1, 1), pads, lhs_dilation=(stride, stride), dimension_numbers=DIMENSIONS
    )


def conv_transpose_matmul(x, kernel, stride, size):
    """`conv_transpose` as a stride-1 convolution and depth-to-space.

    Output pixel q * stride + r - low gets sum_b x[q - b] kernel[b * stride + r]: for each phase r a small convolution
    over q, all stride^2 phases at once as channels.
    """
    x, kernel = jnp.asarray(x), jnp.asarray(kernel)
    kh, kw, channels_in, channels_out = kernel.shape
    th, tw = -(-kh // stride), -(-kw // stride)
    kernel = jnp.pad(kernel, ((0, th * stride - kh), (0, tw * stride - kw), (0, 0), (0, 0)))
    kernel = kernel.reshape(th, stride, tw, stride, channels_in, channels_out)[::-1, :, ::-1]
    kernel = kernel.transpose(0, 2, 4, 1, 3, 5).reshape(th, tw, channels_in, stride * stride * channels_out)
    lows, pads = [], []
    for length, out, k, taps in zip(x.shape[1:3], size, (kh, kw), (th, tw), strict=True):
        low, _ = same_padding(out, k, stride)
        last = (out - 1 + low) // stride  # the last q that reaches the image
        lows.append(low)
        pads.append((taps - 1, last + 1 - length))
    x = lax.pad(x, jnp.zeros((), x.dtype), ((0, 0, 0), *[(*p, 0) for p in pads], (0, 0, 0)))
    y = patches(x, th, tw, 1) @ kernel.reshape(-1, kernel.shape[-1])
    n, qh, qw = y.shape[:3]
    y = y.reshape(n, qh, qw, stride, stride, channels_out).transpose(0, 1, 3, 2, 4, 5)
    y = y.reshape(n, qh * stride, qw * stride, channels_out)
    return y[:, lows[0] : lows[0] + size[0], lows[1] : lows[1] + size[1]]


def same_padding(length: int, k: int, stride: int) -> tuple[int, int]:
    """Zeros before and after an axis of `length` for a SAME convolution; the odd one goes after, as in TensorFlow."""
    out = -(-length // stride)
    total = max((out - 1) * stride + k - length, 0)
    return total // 2, total - total // 2


def patches(x, kh: int, kw: int, stride: int):
    """Every kh x kw window of x [n, h, w, c] at `stride`, flattened: [n, oh, ow, kh * kw * c]."""
    oh, ow = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    windows = [
        x[:, a : a + (oh - 1) * stride + 1 : stride, b : b + (ow - 1) * stride + 1 : stride]
        for a in range(kh)
        for b in range(kw)
    ]
    return jnp.concatenate(windows, axis=-1)


def leaky_relu(x):
    """Leaky ReLU with the slope 0.2 that all four papers use."""
    return jax.nn.leaky_relu(x, 0.2)
