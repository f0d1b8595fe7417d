"""Agreement with R's DESeq2, live where R is installed and with its frozen results elsewhere.

Made anew by running this file: it writes tests/golden/deseq2.tsv.gz and the versions beside it.
"""

import subprocess
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.bulk.differential import differential_expression
from innervate.bulk.normalization import normalize
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
SHARED = Path(__file__).resolve().parents[4] / "shared"
CASES = ("hnscc_myeloid", "macrophage_ifng", "riaz_nivolumab", "simulated")
EVERY = 6
"""The frozen results are those of every sixth gene, to keep them small."""
NOTHING = 1e-6
"""Fold changes (log2) that differ by no more are equal, as one of 6e-5 of 16,519 genes does."""
VST_TOLERANCE = 1e-4
"""log2; where line searches of the dispersions stop a rounding apart, the trend follows."""


def hnscc_myeloid(data):
    counts = pd.read_csv(data / "hnscc_myeloid/counts.tsv.gz", sep="\t", index_col=0)
    samples = pd.read_csv(data / "hnscc_myeloid/samples.tsv", sep="\t", dtype=str, index_col=0)
    samples = samples.rename(columns={"PatientID": "patient", "Tissue": "tested"})
    return counts, samples[["patient", "tested"]], "blood", "tumor"


def macrophage_ifng(data):
    counts = pd.read_csv(data / "macrophage_ifng/counts_gene.csv.gz", index_col=0)
    samples = pd.read_csv(data / "macrophage_ifng/coldata.csv", dtype=str, index_col=0)
    samples = samples[samples["condition_name"].isin(["naive", "IFNg"])]
    samples = samples.rename(columns={"line_id": "patient", "condition_name": "tested"})
    return counts.drop(columns="symbol"), samples[["patient", "tested"]], "naive", "IFNg"


def riaz_nivolumab(data):
    counts = pd.read_csv(data / "riaz_nivolumab/counts.csv.gz", index_col=0)
    samples = pd.read_csv(data / "riaz_nivolumab/samples.csv", dtype=str, index_col=0)
    samples = samples[samples["tp"].eq("On") & samples["resp"].isin(["R", "PD"])]
    return counts, samples.rename(columns={"resp": "tested"})[["tested"]], "PD", "R"


def simulated(_):
    """Few replicates and planted outliers: Cook's distances withhold p-values."""
    rng = np.random.default_rng(7)
    means = rng.lognormal(4, 1.2, 3000)
    fold = np.where(rng.random(3000) < 0.1, rng.normal(0, 1.5, 3000), 0)
    group = np.repeat([0, 1], 5)
    mu = means[:, None] * np.exp2(fold[:, None] * group) * rng.uniform(0.6, 1.6, 10)
    alpha = 0.05 + 2 / means[:, None]
    counts = rng.negative_binomial(1 / alpha, 1 / (1 + alpha * mu))
    counts[np.arange(0, 3000, 60), rng.integers(0, 10, 50)] *= 200
    names = [f"s{i}" for i in range(10)]
    frame = pd.DataFrame(counts, [f"g{i}" for i in range(3000)], names)
    return frame, pd.DataFrame({"tested": np.array(["a", "b"])[group]}, names), "a", "b"


def case(name, data):
    counts, samples, reference, numerator = globals()[name](data)
    # In order of levels, so that R takes the reference first.
    order = samples["tested"].map({reference: 0, numerator: 1}).sort_values(kind="stable").index
    counts, samples = counts[order], samples.loc[order]
    counts.index = counts.index.astype(str)
    counts = counts[(counts >= 10).sum(axis=1) >= 3]
    columns = " + ".join(samples.columns)
    contrast = Contrast(
        formula=f"~ {columns}", variable="tested", numerator=numerator, denominator=reference
    )
    return counts, samples, contrast


def oracle(name, data, folder, rscript="Rscript"):
    counts, samples, _ = case(name, data)
    paths = [str(folder / file) for file in ("counts.tsv", "samples.tsv", "result.tsv")]
    counts.to_csv(paths[0], sep="\t")
    samples.to_csv(paths[1], sep="\t")
    command = [rscript, str(GOLDEN / "deseq2.R"), *paths]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result = pd.read_csv(paths[2], sep="\t", dtype={"gene": str}, float_precision="round_trip")
    return result, done.stdout.strip().splitlines()[-1]


def ours(name, data):
    counts, samples, contrast = case(name, data)
    adata = ad.AnnData(counts.to_numpy(float).T, samples, pd.DataFrame(index=counts.index))
    adata.uns["unit"] = "counts"
    settings = DifferentialExpression(min_count=10, min_samples=3)
    de, _ = differential_expression(adata, contrast, settings, 2)
    qc = pd.DataFrame({"sample": samples.index, "keep": True})
    normalized = normalize(adata, qc)
    de = de.set_index("gene").loc[counts.index]
    return de.assign(vst=np.asarray(normalized.layers["vst"])[0])


def assert_agrees(de, expected):
    expected = expected.set_index("gene")
    de = de.loc[expected.index]
    high = expected["baseMean"] > 10
    assert high.sum() > 300
    lfc = expected["log2FoldChange"]
    near = (de["log2_fold_change"] - lfc).abs() <= (1e-3 * lfc.abs()).clip(lower=NOTHING)
    assert near[high].all(), de[high & ~near]
    np.testing.assert_allclose(de["base_mean"], expected["baseMean"], rtol=1e-6)
    assert (de["pvalue"].isna() == expected["pvalue"].isna()).all()
    assert (de["padj"].isna() == expected["padj"].isna()).all()
    known = expected["padj"].notna() & high
    close = (de["padj"] - expected["padj"]).abs() <= 1e-2 * expected["padj"]
    assert close[known].mean() >= 0.99
    np.testing.assert_allclose(de["vst"], expected["vst"], rtol=0, atol=VST_TOLERANCE)


def data_of(name, request):
    """Return the folder of real data; the simulated case needs none and is never skipped."""
    return None if name == "simulated" else request.getfixturevalue("shared") / "data"


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_frozen_deseq2(name, request):
    frozen = pd.read_csv(
        GOLDEN / "deseq2.tsv.gz", sep="\t", dtype={"gene": str}, float_precision="round_trip"
    )
    expected = frozen[frozen["case"] == name]
    assert_agrees(ours(name, data_of(name, request)), expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_agrees_with_deseq2_on_every_gene(name, request, tmp_path, rscript):
    data = data_of(name, request)
    expected, _ = oracle(name, data, tmp_path, rscript)
    assert_agrees(ours(name, data), expected)
    if name == "simulated":
        assert expected["pvalue"].isna().sum() > 10


def freeze(folder):
    parts = []
    for name in CASES:
        result, versions = oracle(name, SHARED / "data", folder)
        columns = ["gene", "baseMean", "log2FoldChange", "pvalue", "padj", "vst"]
        parts.append(result.loc[::EVERY, columns].assign(case=name))
    pd.concat(parts).to_csv(
        GOLDEN / "deseq2.tsv.gz",
        sep="\t",
        index=False,
        float_format="%.7g",
        compression={"method": "gzip", "mtime": 0},
    )
    (GOLDEN / "deseq2.versions.txt").write_text(f"{versions}\n", encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        freeze(Path(scratch))
