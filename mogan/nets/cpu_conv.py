"""Convolutions and their gradients as CPUs compute them fast.

XLA has one fast convolution on CPU, the plain forward one, which runs at the speed of a large matrix product. Its
gradient by the kernel is slow (50 times slower still inside a scan), and so is everything that meets zeros inserted by
a stride. Here every gradient is written with forward convolutions of stride 1:

- by the image: the convolution of the output's gradient with the turned kernel; a stride s makes s^2 of it, each with
  a part of the taps, whose pixels are then interleaved, so that no product meets an inserted zero;
- by the kernel: the convolution of the images with the output's gradient, batch and channels changing places.

The three are the partial derivatives of one form that is linear in image, kernel and output's gradient, so each one's
gradients are the other two: derivatives of any order, as gradient penalties take them, are as fast.

Programs of them are compiled with the options of `mogan.machine.jit`.

Layout: images [n, h, w, c], kernels [kh, kw, in, out]; `pads` are zeros ((above, below), (left, right)).
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax

DIMENSIONS = ("NHWC", "HWIO", "NHWC")
FEW = 16  # channels out, up to which XLA's convolution leaves most of its vector unit idle


def conv(x, kernel, stride, pads):
    """Convolution (cross-correlation) of x [n, h, w, i] with kernel [kh, kw, i, o] at `stride`."""
    kh, kw, _, channels_out = kernel.shape
    if (kh, kw) == (1, 1):
        return window(pad(x, pads), stride, (1, 1), (0, 0)) @ kernel[0, 0]
    if channels_out <= FEW and stride == 1:
        return by_shifts(x, kernel, pads)
    return wide(x, kernel, stride, pads)


def conv_transpose(dy, kernel, stride, pads, size):
    """The transpose of `conv` of images of `size`: dy [n, h', w', o], kernel [kh, kw, i, o] -> [n, *size, i].

    Pixel q * stride + r - pad gets sum_b dy[q - b] kernel[b * stride + r]: for each phase r a convolution of stride 1
    over q.
    """
    kernel = kernel.swapaxes(2, 3)
    reach = [(low // stride, (out - 1 + low) // stride) for out, (low, _) in zip(size, pads, strict=True)]

    def phase(row, column):
        own = kernel[row::stride, column::stride][::-1, ::-1]
        if 0 in own.shape:  # no tap of a kernel shorter than the stride
            return jnp.zeros((len(dy), *(last + 1 - first for first, last in reach), kernel.shape[3]), dy.dtype)
        own_pads = zip(own.shape[:2], reach, dy.shape[1:3], strict=True)
        return conv(
            dy, own, 1, tuple((taps - 1 - first, last + 1 - length) for taps, (first, last), length in own_pads)
        )

    rows = [jnp.stack([phase(row, column) for column in range(stride)], axis=3) for row in range(stride)]
    y = jnp.stack(rows, axis=2)  # [n, q, row, q', column, i]
    y = y.reshape(len(y), y.shape[1] * stride, y.shape[3] * stride, -1)
    top, left = (low - first * stride for (low, _), (first, _) in zip(pads, reach, strict=True))
    return y[:, top : top + size[0], left : left + size[1]]


def by_shifts(x, kernel, pads):
    """`conv` of stride 1 as one matrix product with all taps, whose parts are shifted and summed: for few channels
    out."""
    kh, kw, channels_in, channels_out = kernel.shape
    y = x @ kernel.transpose(2, 0, 1, 3).reshape(channels_in, -1)
    parts = jnp.split(pad(y, pads), kh * kw, axis=-1)
    return sum(window(part, 1, (kh, kw), tap) for part, tap in zip(parts, taps(kh, kw), strict=True))


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def wide(x, kernel, stride, pads):
    """`conv` by XLA's own convolution: for many channels."""
    return forward(x, kernel, stride, pads)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def image_gradient(dy, kernel, stride, pads, size):
    """The gradient of `wide` by its image of `size`, for the output's gradient dy."""
    return conv_transpose(dy, kernel, stride, pads, size)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def kernel_gradient(x, dy, stride, pads, size):
    """The gradient of `wide` by its kernel of `size`, for the output's gradient dy."""
    reach = [(out - 1) * stride + k - length for out, k, length in zip(dy.shape[1:3], size, x.shape[1:3], strict=True)]
    pads = [(low, rows - low) for (low, _), rows in zip(pads, reach, strict=True)]
    gradient = forward(x.transpose(3, 1, 2, 0), dy.transpose(1, 2, 0, 3), 1, pads, stride)
    return gradient.transpose(1, 2, 0, 3)


def _wide_forward(x, kernel, stride, pads):
    return wide(x, kernel, stride, pads), (x, kernel)


def _wide_backward(stride, pads, saved, dy):
    x, kernel = saved
    dx = image_gradient(dy, kernel, stride, pads, x.shape[1:3])
    return dx, kernel_gradient(x, dy, stride, pads, kernel.shape[:2])


def _image_gradient_forward(dy, kernel, stride, pads, size):
    return image_gradient(dy, kernel, stride, pads, size), (dy, kernel)


def _image_gradient_backward(stride, pads, size, saved, dx):
    dy, kernel = saved
    return conv(dx, kernel, stride, pads), kernel_gradient(dx, dy, stride, pads, kernel.shape[:2])


def _kernel_gradient_forward(x, dy, stride, pads, size):
    return kernel_gradient(x, dy, stride, pads, size), (x, dy)


def _kernel_gradient_backward(stride, pads, size, saved, dkernel):
    x, dy = saved
    return image_gradient(dy, dkernel, stride, pads, x.shape[1:3]), conv(x, dkernel, stride, pads)


wide.defvjp(_wide_forward, _wide_backward)
image_gradient.defvjp(_image_gradient_forward, _image_gradient_backward)
kernel_gradient.defvjp(_kernel_gradient_forward, _kernel_gradient_backward)


def forward(x, kernel, stride, pads, dilation=1):
    """XLA's convolution, the kernel's taps `dilation` apart; one after the other under vmap, as groups of channels take
    them four times as long."""
    if any(k > length for k, length in zip(kernel.shape[:2], x.shape[1:3], strict=True)):
        # XLA has no fast convolution with a kernel larger than the image; the barrier keeps it from undoing the padding
        x, pads = lax.optimization_barrier(pad(x, pads)), ((0, 0), (0, 0))

    @jax.custom_batching.sequential_vmap
    def convolve(x, kernel):
        return lax.conv_general_dilated(
            x, kernel, (stride,) * 2, pads, rhs_dilation=(dilation,) * 2, dimension_numbers=DIMENSIONS
        )

    return convolve(x, kernel)


def taps(kh: int, kw: int):
    """The (row, column) of every tap of a kernel."""
    return [(a, b) for a in range(kh) for b in range(kw)]


def window(x, stride, size, tap):
    """The pixels of padded images x [n, h, w, c] that meet `tap` of a kernel of `size` at `stride`."""
    (kh, kw), (a, b) = size, tap
    oh, ow = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
    return x[:, a : a + (oh - 1) * stride + 1 : stride, b : b + (ow - 1) * stride + 1 : stride]


def pad(x, pads):
    """Zeros around images x [n, h, w, c]; negative pads crop."""
    return lax.pad(x, jnp.zeros((), x.dtype), ((0, 0, 0), *[(*p, 0) for p in pads], (0, 0, 0)))
