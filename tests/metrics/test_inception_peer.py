"""Inception-v3 against torch-fidelity's with equal random weights, which come to ours by way of the converter."""

import hashlib
import io
from pathlib import Path

import jax
import numpy as np
import pytest

from mogan import metrics
from mogan.config.commands import load_config
from mogan.data import load
from mogan.errors import InputError
from mogan.metrics.networks import inception_weights
from mogan.metrics.networks.inception import class_probs, features, logits
from mogan.metrics.networks.inception_net import LEVELS, Inception
from mogan.metrics.networks.inception_weights import convert, fold, graph_name, load_weights, parameters
from tests.helpers import peers
from tests.helpers.support import DATA, EXPERIMENTS, call

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
IMAGES[1] //= 4  # unlike each other also in the mean, or features of noise would hardly differ
IMAGES[2] = np.linspace(0, 255, 32, dtype=np.uint8)[:, None]


def assert_close(found, expected, tolerance):
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


class Peer:
    """torch-fidelity's network with random numbers in every layer, and its state dict under the digest it has."""

    def __init__(self, folder):
        module = peers.torch_fidelity("feature_extractor_inceptionv3")
        self.torch = pytest.importorskip("torch")
        self.torch.manual_seed(0)

        class Network(module.FeatureExtractorInceptionV3):
            def load_state_dict(self, state):
                pass

        self.torch.save({}, folder / "empty.pth")
        self.levels = ["64", "192", "768", "2048", "logits_unbiased", "logits"]
        self.network = Network("peer", self.levels, str(folder / "empty.pth"))
        for layer in self.network.modules():
            self._randomise(layer)
        self.source = name_by_digest(folder / "state.pth", self.network.state_dict())

    def _randomise(self, layer):
        nn = self.torch.nn
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
        elif isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.2)  # or every image would be of every class alike
        elif isinstance(layer, nn.BatchNorm2d):
            for low, high, values in ((0.7, 1.3, layer.weight), (0.7, 1.3, layer.running_var)):
                nn.init.uniform_(values, low, high)
            for values in (layer.bias, layer.running_mean):
                nn.init.normal_(values, std=0.2)

    def __call__(self, images):
        """Features of every level by its width, and the logits by name."""
        kept = []
        hook = self.network.Mixed_7a.register_forward_hook(lambda *call: kept.append(call[-1].mean((2, 3))))
        found = self.network(self.torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))
        hook.remove()
        found = dict(zip(self.levels, found, strict=True)) | {"1280": kept[0]}
        return {int(name) if name.isdigit() else name: values.numpy() for name, values in found.items()}


def name_by_digest(path, state) -> Path:
    """Saves the state dict where the published files' naming wants it: NAME-FIRST_8_DIGITS.pth."""
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    return write_by_digest(path, buffer.getvalue())


def write_by_digest(path, data) -> Path:
    path = path.with_name(f"{path.stem}-{hashlib.sha256(data).hexdigest()[:8]}.pth")
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    return Peer(tmp_path_factory.mktemp("peer"))


@pytest.fixture(scope="module")
def converted(peer):
    """Weights of the peer, by way of the converter, and what it returned."""
    out = peer.source.parent / "weights.npz"
    return convert(peer.source, out), load_weights(out)


@pytest.fixture(scope="module")
def both(peer, converted):
    """(ours, theirs) of four images: features by level, logits by name."""
    params = {"params": parameters(converted[1], 2048)}
    ours = jax.tree.map(np.asarray, jax.jit(Inception().apply)(params, IMAGES))
    ours["logits_unbiased"] = logits(ours[2048], converted[1])
    ours["logits"] = logits(ours[2048], converted[1], bias=True)
    return ours, peer(IMAGES)


@pytest.mark.parametrize("level", [*LEVELS, "logits_unbiased", "logits"])
def test_network_is_torch_fidelitys(both, level):
    ours, theirs = both
    spread = np.abs(theirs[level] - theirs[level].mean(0)).max()
    assert spread > 0.05 * np.abs(theirs[level]).max()  # or a network blind to its input would pass
    assert_close(ours[level], theirs[level], 1e-5)


def test_class_probabilities_are_of_logits_without_bias(both, converted):
    ours, theirs = both
    exponents = theirs["logits_unbiased"].astype(np.float64)
    exponents = np.exp(exponents - exponents.max(1, keepdims=True))
    expected = exponents / exponents.sum(1, keepdims=True)
    np.testing.assert_allclose(class_probs(ours[2048], converted[1]), expected, rtol=1e-4)


@pytest.fixture(scope="module")
def real_images(peer, converted):
    """(our features, their features by level) of two sets of CIFAR-10's images, one with less contrast."""
    own = ["--config.data.source=tfds:cifar10", f"--config.data.dir={DATA / 'tfds'}", "--config.data.per_class=0"]
    images = load(load_config(f"{EXPERIMENTS}/cifar2k_deligan.py", own).data, "test").x[:32]
    sets = images[:16], images[16:] // 2 + 64
    return [features(images, weights=converted[1]) for images in sets], [peer(images) for images in sets]


@pytest.mark.skipif(not (DATA / "tfds").is_dir(), reason="needs ../shared/data/tfds, which a clone does not have")
def test_scores_of_real_images_end_to_end(real_images, converted):
    ours, theirs = real_images
    (real, fake), logits = peers.tensors(*(found[2048] for found in theirs)), theirs[1]["logits_unbiased"]
    fid = peers.torch_fidelity("metric_fid")
    # through 256 directions that mix all 2048, the same for both: theirs takes the root of a matrix of that size
    directions = np.linalg.qr(np.random.default_rng(0).normal(size=(2048, 256)))[0].astype(np.float32)
    statistics = [fid.fid_features_to_statistics(values @ peers.tensors(directions)[0]) for values in (real, fake)]
    expected = fid.fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert metrics.frechet_distance(*(found @ directions for found in ours)) == pytest.approx(expected, rel=1e-3)

    options = {"kid_subsets": 5, "kid_subset_size": 10, "verbose": False}
    expected = peers.torch_fidelity("metric_kid").kid_features_to_metric(real, fake, **options)
    found = metrics.kernel_inception_distance(*ours, subsets=5, subset_size=10)
    assert found[0] == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-5)

    expected = peers.torch_fidelity("metric_isc").isc_features_to_metric(*peers.tensors(logits))
    shuffled = class_probs(ours[1], converted[1])[np.random.RandomState(2020).permutation(len(logits))]
    assert expected["inception_score_mean"] > 1.01  # or any network would pass
    assert metrics.inception_score(shuffled)[0] == pytest.approx(expected["inception_score_mean"], abs=1e-5)

    expected = peers.torch_fidelity("metric_prc").prc_features_to_metric(fake, real, prc_neighborhood=3, verbose=False)
    assert metrics.precision_recall(*ours, 3) == pytest.approx((expected["precision"], expected["recall"]), abs=1e-6)


@pytest.mark.parametrize(
    ("theirs", "ours"),  # from torch-fidelity's util_convert_inception_weights.py
    [
        ("Conv2d_4a_3x3", "conv_4"),
        ("Mixed_5b.branch3x3dbl_3", "mixed_tower_1_conv_2"),
        ("Mixed_5d.branch5x5_2", "mixed_2_tower_conv_1"),
        ("Mixed_6a.branch3x3", "mixed_3_conv"),
        ("Mixed_6a.branch3x3dbl_1", "mixed_3_tower_conv"),
        ("Mixed_6c.branch7x7dbl_5", "mixed_5_tower_1_conv_4"),
        ("Mixed_7a.branch7x7x3_4", "mixed_8_tower_1_conv_3"),
        ("Mixed_7b.branch3x3_2b", "mixed_9_tower_mixed_conv_1"),
        ("Mixed_7c.branch3x3dbl_2", "mixed_10_tower_1_conv_1"),
        ("Mixed_7c.branch3x3dbl_3a", "mixed_10_tower_1_mixed_conv"),
        ("Mixed_7c.branch_pool", "mixed_10_tower_2_conv"),
    ],
)
def test_names(theirs, ours):
    assert graph_name(theirs) == ours


def test_converter_tells_and_keeps_digests(peer, converted):
    digests, weights = converted
    assert digests.source == hashlib.sha256(peer.source.read_bytes()).hexdigest()
    assert digests.result == weights.sha256 == hashlib.sha256(weights.path.read_bytes()).hexdigest()
    with np.load(weights.path) as file:
        assert str(file["source_sha256"]) == digests.source
        assert len(file.files) == 188 + 2 + 1
        assert all(file[name].dtype == np.float32 for name in file.files if name != "source_sha256")


def test_program_converts_to_the_default_place(peer, converted, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MOGAN_INCEPTION", str(tmp_path / "new" / "weights.npz"))
    assert call("convert_inception", f"--source={peer.source}", monkeypatch=monkeypatch) == 0
    assert capsys.readouterr().out.split()[::2] == list(converted[0])
    assert load_weights().sha256 == converted[0].result
    assert call("convert_inception", f"--source={tmp_path}/none.pth", monkeypatch=monkeypatch) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_first_use_downloads_and_converts(peer, converted, tmp_path, monkeypatch):
    digest = hashlib.sha256(peer.source.read_bytes()).hexdigest()
    monkeypatch.setenv("MOGAN_OFFLINE", "0")
    monkeypatch.setenv("MOGAN_CACHE", str(tmp_path))
    monkeypatch.delenv("MOGAN_INCEPTION", raising=False)
    named = {"URLS": (peer.source.as_uri(),), "PUBLISHED": peer.source.name, "SHA256": digest}
    for name, value in named.items():
        monkeypatch.setattr(inception_weights, name, value)
    assert load_weights().sha256 == converted[0].result
    assert (tmp_path / peer.source.name).read_bytes() == peer.source.read_bytes()
    monkeypatch.setattr(inception_weights, "URLS", ())
    assert load_weights().path == tmp_path / "inception.npz"


def test_state_dict_without_counters_is_the_same(peer, converted):
    state = {name: tensor.numpy() for name, tensor in peer.network.state_dict().items()}
    state = {name: values for name, values in state.items() if not name.endswith("num_batches_tracked")}
    for name, values in fold(state, "file").items():
        np.testing.assert_array_equal(values, converted[1].arrays[name])
    with pytest.raises(InputError, match=r"file is not Inception-v3 of 2015-12-05 .*Mixed_7c\.branch_pool\.bn\.bias"):
        fold({name: values for name, values in state.items() if name != "Mixed_7c.branch_pool.bn.bias"}, "file")
    with pytest.raises(InputError, match=r"weights_softmax of shape \[1000, 2048\].*has \[1008, 2048\]"):
        fold(state | {"fc.weight": state["fc.weight"][:1000]}, "file")
    with pytest.raises(InputError, match="is not Inception-v3 .*AuxLogits"):
        fold(state | {"AuxLogits.conv0.conv.weight": state["fc.weight"]}, "file")


def test_source_must_be_what_its_name_says(tmp_path):
    def refused(source, message, out="weights.npz"):
        with pytest.raises(InputError, match=message):
            convert(source, tmp_path / out)
        assert not list(tmp_path.glob("*.npz"))

    good = write_by_digest(tmp_path / "weights.pth", b"no pickle")
    refused(good, r"out = .*weights\.dat': give a name that ends in \.npz", out="weights.dat")
    refused(tmp_path / "none.pth", "there is no file .*none.pth: download https://")
    (tmp_path / "plain.pth").write_bytes(b"no pickle")
    refused(tmp_path / "plain.pth", "ends in no digest; keep the name .*-6726825d.pth")
    good.write_bytes(b"tampered")
    refused(good, f"its SHA-256 is {hashlib.sha256(b'tampered').hexdigest()}, not .* download it again")


@pytest.mark.parametrize("data", [b"no pickle", b"", b"PK\x03\x04", b"\x80\x02]q\x00."])
def test_source_without_state_dict(data, tmp_path):
    with pytest.raises(InputError, match="holds no state dict of PyTorch"):
        convert(write_by_digest(tmp_path / "weights.pth", data), tmp_path / "weights.npz")
