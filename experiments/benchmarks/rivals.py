"""PyTorch, which mogan is measured against: whether it is here, on which device, and how its users speed it up."""

import contextlib
import os
import shutil
from collections.abc import Callable

from table import COMPILED, EAGER

from mogan.errors import first_line

try:
    import torch
except ImportError:
    torch = None

PLATFORMS = {"cpu": "cpu", "gpu": "cuda"}  # PyTorch's names of JAX's


def why_not() -> str:
    """Why there is no PyTorch on the device that JAX uses; empty if there is."""
    import jax  # not above: a process of PyTorch's own does not wait for it

    platform = jax.default_backend()
    if torch is None:
        return "PyTorch is not installed"
    if platform not in PLATFORMS or (platform == "gpu" and not torch.cuda.is_available()):
        return f"this PyTorch has no {platform}"
    return ""


def why_not_compiled() -> str:
    """Why torch.compile cannot work, where PyTorch can; empty if it can be tried."""
    if shutil.which(os.environ.get("CXX", "g++")) is None:
        return "no C++ compiler"
    return ""


def contenders(make: Callable) -> dict[str, Callable | str]:
    """{EAGER and COMPILED: run() -> how many were done, or why there is none}.

    make(device, wrap) -> run, on that torch.device; it sends every module through `wrap`, which may compile it.
    """
    if reason := why_not():
        return {EAGER: reason, COMPILED: reason}
    return {EAGER: made(make, compiled=False), COMPILED: why_not_compiled() or _tried(make)}


def made(make: Callable, compiled: bool) -> Callable:
    """make's run on the device that JAX uses."""
    import jax

    return on(torch.device(PLATFORMS[jax.default_backend()]), make, compiled)


def on(device, make: Callable, compiled: bool) -> Callable:
    """make's run, which waits for the device, in float32 as JAX multiplies it by default: on GPUs in TF32."""
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
    run = make(device, (lambda module: torch.compile(module, dynamic=False)) if compiled else lambda module: module)

    def waited():
        done = run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return done

    return waited


def _tried(make):
    """The compiled contender, which has compiled; or what its compiler said, whatever that is: it is not ours."""
    run = made(make, compiled=True)
    try:
        run()
    except RuntimeError as error:
        return f"fails: {first_line(error)[:90]}"
    return run


def adam(config, parameters, **options):
    """torch.optim.Adam of the config's rates, fused unless `options` say otherwise."""
    rates = {"lr": config.optim.lr, "betas": (config.optim.beta1, config.optim.beta2)}
    return torch.optim.Adam(parameters, **rates, **(options or {"fused": True}))


def descend(optimizer, loss):
    """One update. Returns the loss, without its graph."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.detach()


@contextlib.contextmanager
def frozen(module):
    """A context in which a module's own gradients are not computed, those through it are."""
    module.requires_grad_(False)
    yield
    module.requires_grad_(True)
