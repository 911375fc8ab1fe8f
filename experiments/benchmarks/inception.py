"""Inception-v3 to pool_3, the features of the FID, against torch-fidelity.

Both have the same random weights, see the same batches of uint8 images of 32x32 and resize them to 299x299 themselves.
First their features must agree.
"""

import importlib
import tempfile
from pathlib import Path

import jax
import numpy as np
import rivals
from rivals import torch
from table import EAGER, Part, Rounds, Row
from timing import in_turn

from mogan.errors import RunError
from mogan.metrics.networks.inception import POOL_3, features
from mogan.metrics.networks.inception_net import parameter_shapes
from mogan.metrics.networks.inception_weights import Weights, fold

BATCH = 32
TOLERANCE = 1e-4  # of the largest feature
OPERATORS = ("nms", "qnms")  # of torchvision's, which torch-fidelity imports and does not call


def without_peer() -> str:
    """Why torch-fidelity cannot be measured; empty if it can."""
    if reason := rivals.why_not():
        return reason
    try:
        importlib.import_module("torchvision")
    except ImportError:
        return "torchvision is not installed"
    except RuntimeError:  # built for another torch, it names operators that it lacks; declared, they need not be there
        library = torch.library.Library("torchvision", "DEF")
        for name in OPERATORS:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        KEPT.append(library)
    try:
        importlib.import_module("torch_fidelity")
    except ImportError:
        return "torch-fidelity is not installed"
    return ""


KEPT = []  # a library that is collected takes its operators with it


def make_peer():
    """torch-fidelity's network, whose own weights would have to be downloaded, with random ones."""
    module = importlib.import_module("torch_fidelity.feature_extractor_inceptionv3")

    class Random(module.FeatureExtractorInceptionV3):
        def load_state_dict(self, state):
            pass

    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        torch.save({}, f"{folder}/none.pth")
        network = Random("random", [str(POOL_3)], f"{folder}/none.pth")
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
    return network


def random_weights() -> Weights:
    """Weights of mogan's own, where there is no peer to share them with."""
    random, shapes = np.random.default_rng(0), parameter_shapes(POOL_3)
    arrays = {name: random.normal(0, 0.03, shape).astype(np.float32) for name, shape in shapes.items()}
    return Weights(arrays, Path("random"), "")


def check(ours, theirs):
    """Raises RunError if features differ by more than rounding, in units of the largest of them."""
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    if difference > TOLERANCE:
        raise RunError(f"features differ by {difference:.1e} of the largest: the two networks are not the same")


def against(images, reason: str):
    """(weights, torch-fidelity's run() -> images done, or the reason against it), after the two have been compared."""
    if reason:
        return random_weights(), reason
    peer = make_peer()
    weights = Weights(fold({name: values.numpy() for name, values in peer.state_dict().items()}, "random"), Path(), "")
    tensor = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    check(features(images, weights=weights), peer(tensor)[0].numpy())
    device = torch.device(rivals.PLATFORMS[jax.default_backend()])
    peer, tensor = peer.to(device), tensor.to(device)

    def run():
        peer(tensor)[0].cpu()  # waits for it
        return len(images)

    return weights, run


def run(rounds: Rounds) -> list[Row]:
    """The row of features of level 2048."""
    images = np.random.default_rng(0).integers(0, 256, (BATCH, 32, 32, 3), dtype=np.uint8)
    weights, theirs = against(images, without_peer())

    def ours():
        return len(features(images, weights=weights, batch_size=BATCH))

    times = in_turn({"mogan": ours, EAGER: theirs}, rounds)
    return [Row("Inception features, against torch-fidelity", "images/s", times["mogan"], {EAGER: times[EAGER]})]


PARTS = (Part("inception", "Inception features of the FID, against torch-fidelity", run),)
