"""Images a second through Inception-v3 to pool_3, the features of the FID: mogan against torch-fidelity.

Both have the same random weights, see the same batches of uint8 images of 32x32 and resize them to 299x299 themselves.
They are measured in turn on this machine; the ratio is the median over rounds of the ratio within a round. First their
features must agree.

pip install -e '.[bench]'
python experiments/bench_inception.py --out=/tmp/bench_inception.json          (three minutes on 2 CPU cores)
"""

import json
import os
import tempfile
from importlib import metadata
from pathlib import Path
from statistics import median

import jax
import numpy as np
from bench_toy import read_arguments, speed, torch

from mogan.commands import run_main
from mogan.errors import InputError, RunError
from mogan.metrics.inception import POOL_3, features
from mogan.metrics.inception_weights import Weights, fold
from mogan.writers import atomic_write

BATCH = 32
TOLERANCE = 1e-4  # of the largest feature


def make_peer():
    """torch-fidelity's network, whose own weights would have to be downloaded, with random ones."""
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise InputError(f"torch-fidelity is missing ({error}): pip install -e '.[bench]'") from error

    class Random(FeatureExtractorInceptionV3):
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


def agreement(ours, theirs) -> float:
    """Largest difference of features, in units of the largest of them. Raises RunError if it is more than rounding."""
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    if difference > TOLERANCE:
        raise RunError(f"features differ by {difference:.1e} of the largest: the two networks are not the same")
    return difference


def main():
    arguments = read_arguments(__doc__, seconds=10.0)
    peer, images = make_peer(), np.random.default_rng(0).integers(0, 256, (BATCH, 32, 32, 3), dtype=np.uint8)
    state = {name: values.numpy() for name, values in peer.state_dict().items()}
    weights = Weights(fold(state, "random"), Path("random"), "")
    tensor = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    difference = agreement(features(images, weights=weights), peer(tensor)[0].numpy())
    runs = {
        "mogan": lambda n: features(images, weights=weights, batch_size=BATCH),
        "torch_fidelity": lambda n: peer(tensor),
    }
    rounds = [
        {name: speed(run, BATCH, arguments.seconds) for name, run in runs.items()} for _ in range(arguments.rounds)
    ]
    results = {
        "images_per_second": {name: median(each[name] for each in rounds) for name in runs},
        "ratio": median(each["mogan"] / each["torch_fidelity"] for each in rounds),
        "largest_difference": difference,
        "rounds": rounds,
        "device": f"{jax.devices()[0].device_kind}, {os.cpu_count()} CPU cores",
        "versions": {name: metadata.version(name) for name in ("mogan", "jax", "jaxlib", "torch", "torch-fidelity")},
    }
    shown = ", ".join(f"{name} {value:.1f}" for name, value in results["images_per_second"].items())
    print(f"images a second: {shown}; mogan {results['ratio']:.2f} times torch-fidelity")
    if arguments.out:
        atomic_write(arguments.out, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    run_main(main)
