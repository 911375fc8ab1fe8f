"""What can be scored, by name: a metric a file."""

from mogan.evaluation.scores.clustering import CLUSTERING
from mogan.evaluation.scores.components import COMPONENTS
from mogan.evaluation.scores.distances import FID, KID, PRDC
from mogan.evaluation.scores.inception_score import IS, MIS
from mogan.evaluation.scores.memorization import MEMORIZATION
from mogan.evaluation.scores.modes import MODES
from mogan.evaluation.scores.quality_diversity import QD
from mogan.evaluation.scores.similarity import SSIM
from mogan.evaluation.scores.support import SUPPORT
from mogan.evaluation.scores.untrained import UNTRAINED

METRICS = {
    "is": IS,
    "mis": MIS,
    "fid": FID,
    "kid": KID,
    "prdc": PRDC,
    "untrained": UNTRAINED,
    "memorization": MEMORIZATION,
    "ssim": SSIM,
    "clustering": CLUSTERING,
    "qd": QD,
    "components": COMPONENTS,
    "modes": MODES,
    "support": SUPPORT,
}
