"""Layers written out in numpy float64 (convolutions by scipy), to hold networks against."""

import jax
import numpy as np
from scipy.signal import correlate2d


def normals(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def random_variables(module, seed, *inputs, **settings):
    """Variables of the module's own structure with every number drawn anew, so that none is 0 or 1 by chance."""
    shapes = jax.eval_shape(lambda: module.init(jax.random.key(0), *inputs, **settings))
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: rng.uniform(0.2, 1, leaf.shape) * rng.choice([-1, 1], leaf.shape), shapes)


def dense(x, params):
    return x @ params["kernel"] + params["bias"]


def batch_norm(x, params, axes):
    mean, variance = x.mean(axes), x.var(axes)
    return (x - mean) / np.sqrt(variance + 1e-5) * params["scale"] + params["bias"]


def minibatch_features(x, theta, log_gain, normalize):
    """Loops over samples, kernels and dimensions (Salimans et al. 2016, section 3.2)."""
    n, (_, kernels, dims) = len(x), theta.shape
    m = np.zeros((n, kernels, dims))
    for b, c in np.ndindex(kernels, dims):
        column = theta[:, b, c]
        m[:, b, c] = x @ column / np.sqrt((column**2).sum()) * np.exp(log_gain[b, c])
    features = np.zeros((n, kernels))
    for i, j, b in np.ndindex(n, n, kernels):
        if i != j or normalize:
            features[i, b] += np.exp(-abs(m[i, b] - m[j, b]).sum())
    return np.concatenate([x, features / features.sum() if normalize else features], 1)


def pads(length, k, stride):
    total = max((-(-length // stride) - 1) * stride + k - length, 0)
    return total // 2, total - total // 2


def conv(x, params, stride, padding="SAME"):
    kernel = params["kernel"]
    same = [pads(s, k, stride) for s, k in zip(x.shape[1:3], kernel.shape[:2], strict=True)]
    x = np.pad(x, ((0, 0), *(same if padding == "SAME" else [(padding, padding)] * 2), (0, 0)))
    planes = [
        [sum(correlate2d(one[..., i], kernel[..., i, o], "valid") for i in range(kernel.shape[2])) for one in x]
        for o in range(kernel.shape[3])
    ]
    return np.moveaxis(np.array(planes), 0, -1)[:, ::stride, ::stride] + params["bias"]


def conv_transpose(x, params, stride, size):
    kernel = params["kernel"]
    (top, _), (left, _) = (pads(s, k, stride) for s, k in zip(size, kernel.shape[:2], strict=True))
    canvas = np.zeros((len(x), size[0] + 2 * kernel.shape[0], size[1] + 2 * kernel.shape[1], kernel.shape[3]))
    for i, j in np.ndindex(x.shape[1:3]):
        rows, columns = slice(i * stride, i * stride + len(kernel)), slice(j * stride, j * stride + kernel.shape[1])
        canvas[:, rows, columns] += np.einsum("ni,abio->nabo", x[:, i, j], kernel)
    return canvas[:, top : top + size[0], left : left + size[1]] + params["bias"]


def leaky_relu(x):
    return np.where(x > 0, x, 0.2 * x)
