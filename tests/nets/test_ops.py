"""mogan.nets.ops: the forms for CPU against XLA's convolutions, loops in numpy and finite differences."""

import functools
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mogan.nets import cpu_conv, ops
from mogan.nets.layers import Dense

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
kernels = st.tuples(st.integers(1, 5), st.integers(1, 5))
strides = st.integers(1, 3)
channels = st.tuples(*[st.sampled_from([1, 3, 5, 17])] * 2)  # on both sides of what cpu_conv has for few
seeds = st.integers(0, 2**32 - 1)
products = st.sampled_from([0, cpu_conv.PRODUCTS])  # bytes up to which a transpose is one matrix product
compiles = settings(max_examples=9)  # every example has shapes of its own


def normals(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def loop_conv(x, kernel, stride, padding):
    """A convolution by its definition, in float64: a loop over output pixels and taps inside the image."""
    (n, h, w, _), (kh, kw, _, features) = x.shape, kernel.shape
    if padding == "SAME":
        oh, ow = -(-h // stride), -(-w // stride)
        top, left = (max((o - 1) * stride + k - s, 0) // 2 for o, k, s in ((oh, kh, h), (ow, kw, w)))
    else:
        top = left = 0 if padding == "VALID" else padding
        oh, ow = (-(-(length + 2 * top - k + 1) // stride) for length, k in ((h, kh), (w, kw)))
    y = np.zeros((n, oh, ow, features))
    for i, j, a, b in np.ndindex(oh, ow, kh, kw):
        row, column = i * stride + a - top, j * stride + b - left
        if 0 <= row < h and 0 <= column < w:
            y[:, i, j] += x[:, row, column] @ kernel[a, b]
    return y


def loop_conv_transpose(x, kernel, stride, size):
    """Every input pixel adds its kernel to the output pixels that a SAME convolution would have read for it."""
    (n, h, w, _), (kh, kw, _, features) = x.shape, kernel.shape
    top, left = (max((o - 1) * stride + k - s, 0) // 2 for o, k, s in ((h, kh, size[0]), (w, kw, size[1])))
    y = np.zeros((n, *size, features))
    for i, j, a, b in np.ndindex(h, w, kh, kw):
        row, column = i * stride + a - top, j * stride + b - left
        if 0 <= row < size[0] and 0 <= column < size[1]:
            y[:, row, column] += x[:, i, j] @ kernel[a, b]
    return y


def values_and_gradients(forms, x, kernel, cotangent):
    """For each form: its value, and the gradients to x and kernel that `cotangent` gives; one compiled program."""

    def both(x, kernel, cotangent):
        out = []
        for form in forms:
            value, pull = jax.vjp(form, x, kernel)
            out.append((value, *pull(cotangent)))
        return out

    return jax.jit(both)(*(jnp.asarray(array, jnp.float32) for array in (x, kernel, cotangent)))


def assert_close(a, b):
    """Within 1e-5 of the largest value."""
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * (1 + np.max(np.abs(b), initial=0)))


# --- the forms ---


@compiles
@given(
    size=sizes,
    kernel=kernels,
    stride=strides,
    padding=st.sampled_from(["SAME", "VALID", 1, 2]),
    io=channels,
    products=products,
    seed=seeds,
)
def test_conv_forms_agree_with_the_definition(size, kernel, stride, padding, io, products, seed):
    if padding != "SAME":
        size = tuple(map(max, size, kernel))
    x, weights = normals(seed, (2, *size, io[0]), (*kernel, *io))
    expected = loop_conv(x, weights, stride, padding)
    (cotangent,) = normals(seed + 1, expected.shape)
    forms = [lambda x, w, form=form: form(x, w, stride, padding) for form in (ops.conv_cpu, ops.conv_lax)]
    with mock.patch.object(cpu_conv, "PRODUCTS", products):
        cpu, xla = values_and_gradients(forms, x, weights, cotangent)
    assert_close(cpu[0], expected)
    for got, reference in zip(cpu, xla, strict=True):
        assert_close(got, reference)


@compiles
@given(size=sizes, kernel=kernels, stride=strides, io=channels, products=products, seed=seeds)
def test_conv_transpose_forms_agree_with_the_definition(size, kernel, stride, io, products, seed):
    small = tuple(-(-length // stride) for length in size)
    x, weights, cotangent = normals(seed, (2, *small, io[0]), (*kernel, *io), (2, *size, io[1]))
    forms = [lambda x, w, f=f: f(x, w, stride, size) for f in (ops.conv_transpose_cpu, ops.conv_transpose_lax)]
    with mock.patch.object(cpu_conv, "PRODUCTS", products):
        cpu, xla = values_and_gradients(forms, x, weights, cotangent)
    assert_close(cpu[0], loop_conv_transpose(x, weights, stride, size))
    for got, reference in zip(cpu, xla, strict=True):
        assert_close(got, reference)


@settings(max_examples=6)
@given(size=sizes, kernel=kernels, stride=strides, io=channels, seed=seeds)
def test_conv_transpose_is_the_transpose_of_conv(size, kernel, stride, io, seed):
    """<conv(y), x> = <y, conv_transpose(x)>, with the kernel's last axes swapped."""
    small = tuple(-(-length // stride) for length in size)
    y, x, weights = normals(seed, (2, *size, io[0]), (2, *small, io[1]), (*kernel, *io))
    forward, back = jax.jit(
        lambda x, y, w: (
            ops.conv(y, w, stride=stride),
            ops.conv_transpose(x, w.swapaxes(2, 3), stride=stride, size=size),
        )
    )(x, y, weights)
    assert forward.shape == x.shape and back.shape == y.shape
    bound = 1e-5 * np.linalg.norm(forward) * np.linalg.norm(x) + 1e-5
    assert np.vdot(forward, x) == pytest.approx(np.vdot(back, y), rel=0, abs=bound)


def test_one_convolution_by_hand():
    x = jnp.arange(1.0, 10).reshape(1, 3, 3, 1)
    kernel = jnp.array([[1.0, 10], [100, 1000]]).reshape(2, 2, 1, 1)
    np.testing.assert_array_equal(ops.conv(x, kernel, padding="VALID").ravel(), [5421, 6532, 8754, 9865])
    # SAME at an even kernel: the odd zero goes below and to the right, as in TensorFlow
    np.testing.assert_array_equal(ops.conv(x, kernel, stride=2).ravel(), [5421, 603, 87, 9])
    spread = ops.conv_transpose(jnp.arange(1.0, 5).reshape(1, 2, 2, 1), kernel, stride=2, size=(3, 3))
    np.testing.assert_array_equal(spread[0, ..., 0], [[1, 10, 2], [100, 1000, 200], [3, 30, 4]])


@pytest.mark.parametrize("size", [(4, 6), (7, 4), (8, 6), (3, 5)])
def test_a_size_that_no_convolution_takes_to_x_is_an_error(size):
    with pytest.raises(ValueError, match="stride 2 does not take"):
        ops.conv_transpose(jnp.zeros((1, 3, 3, 1)), jnp.zeros((3, 3, 1, 1)), stride=2, size=size)


@pytest.mark.parametrize(
    ("shape", "large", "narrow"),
    [
        ((3, 9, 12), False, False),
        ((3, 8, 12), False, True),
        ((3, 12, 2), False, True),
        ((3, 12, 1), False, False),
        ((4, 300, 250), True, False),
        ((4, 2**15, 2), True, True),
    ],
)
def test_dense_products_and_their_gradients_of_any_order(shape, large, narrow):
    """Kernels of every kind against NumPy in float64, also as the layer of flax has it."""
    n, i, o = shape
    assert (i * o >= ops.LARGE, 1 < min(i, o) <= ops.NARROW) == (large, narrow)
    x, kernel, dy, again = normals(5, (n, i), (i, o), (n, o), (n, i))

    def slopes(x, kernel):
        y, pull = jax.vjp(ops.product, x, kernel)
        dx, dkernel = pull(jnp.asarray(dy, jnp.float32))
        return y, dx, dkernel

    def of_slope(dy, kernel):  # as a gradient penalty has it
        return jnp.vdot(jax.vjp(lambda x: ops.product(x, kernel), jnp.zeros((n, i)))[1](dy)[0], again)

    x32, kernel32, dy32 = (jnp.asarray(array, jnp.float32) for array in (x, kernel, dy))
    expected = x @ kernel, dy @ kernel.T, x.T @ dy, again @ kernel, again.T @ dy
    got = *jax.jit(slopes)(x32, kernel32), *jax.jit(jax.grad(of_slope, (0, 1)))(dy32, kernel32)
    for ours, theirs in zip(got, expected, strict=True):
        assert_close(ours, theirs)
    pairs = jax.vmap(slopes)(jnp.stack([x32, 2 * x32]), jnp.stack([kernel32, kernel32]))
    assert_close(pairs[1][1], expected[1])
    assert_close(pairs[2], np.stack([expected[2], 2 * expected[2]]))
    assert_close(Dense(o).apply({"params": {"kernel": kernel32, "bias": jnp.ones(o)}}, x32), expected[0] + 1)


# --- under transformations ---

SIZE, STRIDE = (5, 4), 2
FORMS = {
    "conv": (lambda x, w: ops.conv(x, w, stride=STRIDE), (2, *SIZE, 2), lambda x, w: loop_conv(x, w, STRIDE, "SAME")),
    "conv_transpose": (
        lambda x, w: ops.conv_transpose(x, w, stride=STRIDE, size=SIZE),
        (2, 3, 2, 2),
        lambda x, w: loop_conv_transpose(x, w, STRIDE, SIZE),
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_under_jit_vmap_and_scan(name):
    form, shape, loop = FORMS[name]
    x, kernel = normals(0, (3, *shape), (3, 3, 3, 2, 3))
    expected = np.stack([loop(one, own) for one, own in zip(x, kernel, strict=True)])
    assert_close(jax.jit(form)(x[0], kernel[0]), expected[0])
    assert_close(form(jnp.asarray(x[0]), jnp.asarray(kernel[0])), expected[0])
    assert_close(jax.jit(jax.vmap(form))(x, kernel), expected)
    assert_close(jax.lax.scan(lambda carry, pair: (carry, form(*pair)), 0, (x, kernel))[1], expected)
    shared = jax.jit(jax.vmap(form, (0, None)))(x, kernel[0])
    assert_close(shared[2], loop(x[2], kernel[0]))


@pytest.mark.parametrize("name", FORMS)
def test_the_gradient_of_a_gradient_penalty_is_a_finite_difference(name):
    """A penalty |d logit / d x|^2 through the layer, leaky relu and the maximum over pixels, to kernel and x."""
    form, shape, _ = FORMS[name]
    x, kernel, dx, dk = normals(3, shape, (3, 3, 2, 3), shape, (3, 3, 2, 3))

    def logit(x, kernel):
        hidden = ops.leaky_relu(form(x, kernel) + 0.1)
        return jnp.sum(jnp.tanh(hidden.max(axis=(1, 2))))

    def penalty(x, kernel):
        return jnp.sum(jax.grad(logit)(x, kernel) ** 2)

    with jax.enable_x64(True):
        penalty = jax.jit(penalty)
        slopes = jax.jit(jax.grad(penalty, (0, 1)))(x, kernel)
        for direction, got in (((dx, 0 * dk), slopes[0]), ((0 * dx, dk), slopes[1])):
            up, down = (penalty(x + s * direction[0], kernel + s * direction[1]) for s in (1e-5, -1e-5))
            inner = float(np.vdot(got, direction[0] if direction[0].any() else direction[1]))
            assert abs(inner) > 1e-3
            assert inner == pytest.approx(float(up - down) / 2e-5, rel=1e-5)


@pytest.mark.parametrize("name", FORMS)
def test_gradients_of_gradients_agree_between_the_forms(name):
    (cpu, xla), shape = {
        "conv": ((ops.conv_cpu, ops.conv_lax), (2, *SIZE, 2)),
        "conv_transpose": ((ops.conv_transpose_cpu, ops.conv_transpose_lax), (2, 3, 2, 2)),
    }[name]
    last = {"conv": "SAME", "conv_transpose": SIZE}[name]
    x, kernel = normals(4, shape, (3, 3, 2, 3))

    @functools.partial(jax.jit, static_argnums=2)
    def slopes(x, kernel, form):
        def total(x, kernel):
            return jnp.sum(jnp.tanh(form(x, kernel, STRIDE, last)))

        def penalty(x, kernel):
            return sum(jnp.sum(slope**2) for slope in jax.grad(total, (0, 1))(x, kernel))

        return jax.grad(penalty, (0, 1))(x, kernel)

    for got, reference in zip(slopes(x, kernel, cpu), slopes(x, kernel, xla), strict=True):
        assert_close(got, reference)


def test_leaky_relu_has_slope_one_fifth():
    np.testing.assert_allclose(ops.leaky_relu(jnp.array([-5.0, 0.0, 2.0])), [-1.0, 0.0, 2.0])


def test_tanh_that_returns():
    """Its values are tanh's, and its slopes too, but where tanh is saturated and descent leads back towards 0."""
    x = jnp.array([-20.0, -2.0, 0.0, 0.5, 3.0, 20.0])
    y, pull = jax.vjp(ops.returning_tanh, x)
    np.testing.assert_array_equal(y, jnp.tanh(x))
    slopes = 1 / np.cosh(np.float64(x)) ** 2
    least = np.maximum(slopes, ops.LEAST_SLOPE)
    np.testing.assert_allclose(pull(jnp.sign(x))[0], np.sign(x) * least, rtol=1e-5)
    np.testing.assert_allclose(pull(-jnp.sign(x))[0], -np.sign(x) * slopes, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(pull(jnp.full(6, 2.0))[0], 2 * np.where(x > 0, least, slopes), rtol=1e-5, atol=1e-7)


def test_images_that_are_all_white_are_led_back_by_adam():
    """As a generator's that has saturated for every z; with tanh itself nothing moves."""

    def after(tanh):
        optimizer = optax.adam(0.1)

        def step(carry, _):
            x, state = carry
            updates, state = optimizer.update(jax.grad(lambda x: jnp.mean((tanh(x) + 0.5) ** 2))(x), state)
            return (x + updates, state), None

        x = jnp.full(4, 20.0)
        return jnp.tanh(jax.jit(lambda: jax.lax.scan(step, (x, optimizer.init(x)), None, 400)[0][0])())

    np.testing.assert_array_equal(after(jnp.tanh), 1)
    np.testing.assert_allclose(after(ops.returning_tanh), -0.5, atol=0.05)
