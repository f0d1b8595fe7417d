"""Differential expression against stock PyDESeq2, in one run: time, peak memory, same answer."""

import json
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.slow

COHORT = """
import json, resource, sys, time, warnings
import anndata as ad, numpy as np, pandas as pd
warnings.simplefilter("ignore")
generator = np.random.default_rng(1)
genes, samples = 3000, 40
means = np.exp(generator.normal(5, 1.2, genes))
fold = np.where(np.arange(genes) < 300, 1.0, 0.0)
group = np.repeat([0, 1], samples // 2)
mu = means[:, None] * 2 ** (fold[:, None] * group)
shape = 1 / (0.1 + 2 / means[:, None])
counts = generator.negative_binomial(shape, shape / (shape + mu)).T
names = [f"g{i}" for i in range(genes)]
obs = pd.DataFrame({"group": np.where(group, "b", "a"), "tissue": "tumor"},
                   index=[f"s{i}" for i in range(samples)])
obs["patient"] = obs.index
obs["sample"] = obs.index
"""

OURS = """
from innervate.bulk.differential import differential_expression
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
adata = ad.AnnData(counts.astype(float), obs=obs, var=pd.DataFrame(index=names))
adata.uns.update(unit="counts", species="human")
contrast = Contrast(formula="~ group", variable="group", numerator="b", denominator="a")
start = time.perf_counter()
de, _ = differential_expression(adata, contrast, DifferentialExpression(min_count=0), 2)
took = time.perf_counter() - start
lfc = de.set_index("gene")["log2_fold_change"].reindex(names)
"""

PEER = """
from pydeseq2.dds import DeseqDataSet
from pydeseq2.ds import DeseqStats
from pydeseq2.default_inference import DefaultInference
inference = DefaultInference(n_cpus=2)
start = time.perf_counter()
dds = DeseqDataSet(counts=pd.DataFrame(counts, obs.index, names), metadata=obs, design="~group",
                   inference=inference, quiet=True)
dds.deseq2()
stats = DeseqStats(dds, contrast=["group", "b", "a"], inference=inference, quiet=True)
stats.summary()
stats.lfc_shrink(coeff="group[T.b]")
took = time.perf_counter() - start
stats = DeseqStats(dds, contrast=["group", "b", "a"], inference=inference, quiet=True)
stats.summary()
lfc = stats.results_df["log2FoldChange"].reindex(names)
"""

PRINT = """
peak = max(resource.getrusage(who).ru_maxrss
           for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
print(json.dumps({"seconds": took, "peak_mb": peak, "lfc": lfc.fillna(0).tolist()}))
"""


def measure(body: str, repo) -> dict:
    """Run a body in a process of its own and return what it printed last."""
    setup = f"import sys; sys.path.insert(0, {str(repo / 'workflow/scripts')!r})\n"
    command = [sys.executable, "-c", setup + COHORT + body + PRINT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_faster_than_stock_pydeseq2_with_the_same_answer(repo):
    ours, peer = measure(OURS, repo), measure(PEER, repo)
    ratio = peer["seconds"] / ours["seconds"]
    print(
        f"\n3,000 genes x 40 samples: {ours['seconds']:.1f} s, {ours['peak_mb']:.0f} MB; "
        f"PyDESeq2 {peer['seconds']:.1f} s, {peer['peak_mb']:.0f} MB (its largest process); "
        f"{ratio:.1f} times as fast"
    )
    assert np.allclose(ours["lfc"], peer["lfc"], atol=0.02)
    assert ratio > 1.5
