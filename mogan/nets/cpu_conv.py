"""Convolutions and their gradients as CPUs compute them fast.

XLA has two fast programs on CPU, the matrix product and the plain forward convolution, which runs at the speed of a
large one. Its gradient by the kernel is slow (50 times slower still inside a scan), and so is everything that meets
zeros inserted by a stride. Here every convolution and every gradient is written with these two:

- a convolution as XLA's; with few channels in or out as a matrix product with all taps;
- its gradient by the image: a matrix product of the output's gradient with all taps, whose parts are shifted and
  summed; where that would fill the memory, or the stride is 1, convolutions with the turned kernel: a stride s makes
  s^2 of it, each with a part of the taps, whose pixels are then interleaved, so that no product meets an inserted zero;
- its gradient by the kernel: the convolution of the images with the output's gradient, batch and channels changing
  places.

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
FEW = 8  # channels out, up to which XLA's convolution leaves most of its vector unit idle
SINGLE = 4  # channels in, up to which it spends its time on picking patches
PRODUCTS = 2**25  # bytes of a matrix product's result, up to which it pays to write and read it


def conv(x, kernel, stride, pads):
    """Convolution (cross-correlation) of x [n, h, w, i] with kernel [kh, kw, i, o] at `stride`."""
    if kernel.shape[:2] == (1, 1):
        return window(pad(x, pads), stride, (1, 1), (0, 0)) @ kernel[0, 0]
    return larger(x, kernel, stride, pads)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def larger(x, kernel, stride, pads):
    """`conv` with a kernel of more than one tap."""
    *size, channels_in, channels_out = kernel.shape
    if stride == 1 and channels_out <= FEW:
        whole = tuple(length + sum(p) - k + 1 for length, p, k in zip(x.shape[1:3], pads, size, strict=True))
        return conv_transpose(x, turned(kernel), 1, turned_pads(pads, size), whole)
    if stride > 1 and channels_in <= SINGLE:
        return by_patches(x, kernel, stride, pads)
    return forward(x, kernel, stride, pads)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def image_gradient(dy, kernel, stride, pads, size):
    """The gradient of `larger` by its image of `size`, for the output's gradient dy."""
    return conv_transpose(dy, kernel, stride, pads, size)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def kernel_gradient(x, dy, stride, pads, size):
    """The gradient of `larger` by its kernel of `size`, for the output's gradient dy."""
    if stride == 1 and dy.shape[3] < x.shape[3]:  # XLA's convolution is faster with the many as its channels out
        return turned(correlation(dy, x, 1, turned_pads(pads, size), size))
    return correlation(x, dy, stride, pads, size)


def _larger_forward(x, kernel, stride, pads):
    return larger(x, kernel, stride, pads), (x, kernel)


def _larger_backward(stride, pads, saved, dy):
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


larger.defvjp(_larger_forward, _larger_backward)
image_gradient.defvjp(_image_gradient_forward, _image_gradient_backward)
kernel_gradient.defvjp(_kernel_gradient_forward, _kernel_gradient_backward)


def conv_transpose(dy, kernel, stride, pads, size):
    """The transpose of `conv` of images of `size`: dy [n, h', w', o], kernel [kh, kw, i, o] -> [n, *size, i].

    Pixel q * stride + r - pad gets sum_b dy[q - b] kernel[b * stride + r]: phase r has its own taps, and all phases'
    pixels are then interleaved.
    """
    kernel = kernel.swapaxes(2, 3)
    reach = [(low // stride, (out - 1 + low) // stride) for out, (low, _) in zip(size, pads, strict=True)]
    products = dy.nbytes // dy.shape[3] * (kernel.size // kernel.shape[2])  # bytes of all pixels times all taps
    by_products = products <= PRODUCTS if stride > 1 else kernel.shape[3] <= FEW
    phase = (phase_by_products if by_products else phase_by_conv)(dy, kernel, stride, reach)
    rows = [jnp.stack([phase(row, column) for column in range(stride)], axis=3) for row in range(stride)]
    y = jnp.stack(rows, axis=2)  # [n, q, row, q', column, i]
    y = y.reshape(len(y), y.shape[1] * stride, y.shape[3] * stride, kernel.shape[3])
    top, left = (low - first * stride for (low, _), (first, _) in zip(pads, reach, strict=True))
    return y[:, top : top + size[0], left : left + size[1]]


def phase_by_conv(dy, kernel, stride, reach):
    """phase(row, column) -> [n, q, q', i] of `conv_transpose`, each a convolution of stride 1 over q."""

    def phase(row, column):
        own = kernel[row::stride, column::stride][::-1, ::-1]
        if 0 in own.shape:  # no tap of a kernel shorter than the stride
            return jnp.zeros((len(dy), *(last + 1 - first for first, last in reach), kernel.shape[3]), dy.dtype)
        own_pads = zip(own.shape[:2], reach, dy.shape[1:3], strict=True)
        return conv(
            dy, own, 1, tuple((taps - 1 - first, last + 1 - length) for taps, (first, last), length in own_pads)
        )

    return phase


def phase_by_products(dy, kernel, stride, reach):
    """`phase_by_conv` from one matrix product of all pixels with all taps, whose parts are shifted and summed."""
    kh, kw, channels_in, _ = kernel.shape
    y = dy @ kernel.transpose(2, 0, 1, 3).reshape(channels_in, -1)
    parts = dict(zip(taps(kh, kw), jnp.split(y, kh * kw, axis=-1), strict=True))
    empty = jnp.zeros((len(dy), *(last + 1 - first for first, last in reach), kernel.shape[3]), dy.dtype)

    def shifted(tap):
        steps = [(b // stride, *rest) for b, *rest in zip(tap, reach, dy.shape[1:3], strict=True)]
        return pad(parts[tap], [(step - first, last + 1 - length - step) for step, (first, last), length in steps])

    def phase(row, column):
        own = [tap for tap in parts if (tap[0] % stride, tap[1] % stride) == (row, column)]
        return sum(map(shifted, own), empty)

    return phase


def by_patches(x, kernel, stride, pads):
    """`conv` as one matrix product with the pixels under all taps."""
    *size, _, channels_out = kernel.shape
    x = pad(x, pads)
    patches = jnp.concatenate([window(x, stride, size, tap) for tap in taps(*size)], axis=-1)
    return patches @ kernel.reshape(-1, channels_out)


def correlation(x, dy, stride, pads, size):
    """`kernel_gradient` as a convolution of x with dy, batch and channels changing places."""
    reach = [(out - 1) * stride + k - length for out, k, length in zip(dy.shape[1:3], size, x.shape[1:3], strict=True)]
    pads = [(low, rows - low) for (low, _), rows in zip(pads, reach, strict=True)]
    gradient = forward(x.transpose(3, 1, 2, 0), dy.transpose(1, 2, 0, 3), 1, pads, stride)
    return gradient.transpose(1, 2, 0, 3)


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
    rows, columns = (
        slice(start, start + max((length - k) // stride + 1, 0) * stride, stride)
        for start, length, k in zip(tap, x.shape[1:3], size, strict=True)
    )
    return x[:, rows, columns]


def turned(kernel):
    """The kernel of the transpose of a convolution of stride 1."""
    return kernel[::-1, ::-1].swapaxes(2, 3)


def turned_pads(pads, size):
    """The zeros of the transpose of a convolution of stride 1 with a kernel of `size`."""
    return tuple((k - 1 - low, k - 1 - high) for (low, high), k in zip(pads, size, strict=True))


def pad(x, pads):
    """Zeros around images x [n, h, w, c]; negative pads crop."""
    return lax.pad(x, jnp.zeros((), x.dtype), ((0, 0, 0), *[(*p, 0) for p in pads], (0, 0, 0)))
