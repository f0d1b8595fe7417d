"""Single-cell cohorts that are odd end in a clear result or a clear message."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import sparse

from innervate.genes.cell_types import load_cell_types
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes

TYPES = load_cell_types().frame.set_index("cell_type")
SETS = load_sets("human")
FACTS = load_genes("human").facts


def genes_of(kinds, without=()):
    named = {gene for one in SETS.values() for gene in one.genes if one.name not in without}
    coding = FACTS.index[(FACTS["biotype"] == "protein_coding")][::25]
    return sorted((named | set(coding)) & set(FACTS.index))


def draw(kinds, depth=3000, without=(), seed=0):
    """Cells of given types: {type: number} to AnnData of raw counts."""
    rng = np.random.default_rng(seed)
    genes = genes_of(kinds, without)
    base = pd.Series(np.random.default_rng(9).lognormal(0, 1, len(genes)), index=genes)
    markers = {g for one in SETS.values() if one.name.startswith("CELL_") for g in one.genes}
    base[base.index.isin(markers)] = 0.05
    rows = []
    for kind, number in kinds.items():
        level = base.copy()
        names = [name for name in (TYPES.loc[kind, "lineage_set"], TYPES.loc[kind, "set"]) if name]
        own = {gene for name in names for gene in SETS[name].genes}
        level[level.index.isin(own)] = 20.0
        sizes = depth * rng.lognormal(0, 0.3, number)
        rows.append(rng.poisson(sizes[:, None] * (level / level.sum()).to_numpy()))
    counts = sparse.csr_matrix(np.vstack(rows).astype(np.float32))
    obs = pd.DataFrame(index=[f"BC{number}" for number in range(counts.shape[0])])
    return ad.AnnData(counts, obs=obs, var=pd.DataFrame(index=genes))


@pytest.fixture
def odd(workspace, tmp_path):
    """Return a function that makes a cohort of h5ad files: {sample: AnnData}."""

    def make(samples, **settings):
        source = tmp_path / "odd.yaml"
        folder = tmp_path / "cells"
        folder.mkdir()
        for name, cells in samples.items():
            cells.write_h5ad(folder / f"{name}.h5ad")
        sheet = pd.DataFrame(
            {"sample": list(samples), "patient": [name.split("_")[0] for name in samples],
             "assay": "single_cell", "tissue": "tumor", "file": [f"{n}.h5ad" for n in samples]}
        )  # fmt: skip
        sheet.to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
        cohort = {
            "title": "Odd cells",
            "species": "human",
            "samples": {"table": str(tmp_path / "sheet.tsv")},
            "single_cell": {
                "inputs": [{"format": "h5ad", "folder": str(folder), "file_column": "file"}]
            },
            "settings": settings,
        }
        source.write_text(yaml.safe_dump(cohort))
        return workspace(source)

    return make


FULL = {"t_cd4": 60, "macrophage": 60, "fibroblast": 60, "epithelial": 40}


def table(work, path):
    return pd.read_csv(work.folder / "results/odd" / path, sep="\t")


@pytest.mark.slow
@pytest.mark.long
def test_a_sample_without_cells_after_qc_and_one_of_one_type(odd):
    """Two oddities in one run: the others' results stand, and each is said."""
    work = odd(
        {"A_1": draw(FULL), "B_1": draw(FULL, depth=30, seed=1), "C_1": draw({"t_cd4": 80}, seed=2)}
    )
    work.snakemake()
    qc = table(work, "single_cell/qc.tsv").set_index("sample")
    assert qc.loc["B_1", "n_kept"] == 0
    exclusions = table(work, "exclusions.tsv")
    row = exclusions[(exclusions["level"] == "sample") & (exclusions["id"] == "B_1")]
    assert row["reason"].str.contains("none of 220 cells was kept").any()
    cells = pd.read_parquet(work.folder / "results/odd/single_cell/cells.parquet")
    assert set(cells["sample"]) == {"A_1", "C_1"}
    kinds = cells[cells["sample"] == "C_1"]["cell_type"].value_counts(normalize=True)
    assert kinds["t_cd4"] > 0.9
    assert "B_1" in (work.folder / "results/odd/report.html").read_text()


@pytest.mark.slow
@pytest.mark.long
def test_one_sample_and_a_missing_marker_set(odd):
    """A cohort of one sample is not integrated; T-cell markers are not in the matrix."""
    kinds = {"t_cd4": 60, "macrophage": 80, "fibroblast": 60, "epithelial": 40}
    cells = draw(kinds, without=())
    lost = set(SETS["CELL_T"].genes) | set(SETS["M1_LIKE"].genes)
    work = odd({"A_1": cells[:, ~cells.var_names.isin(lost)].copy()})
    work.snakemake()
    exclusions = table(work, "exclusions.tsv")
    assert ("gene_set", "CELL_T") in set(zip(exclusions["level"], exclusions["id"], strict=True))
    axes = table(work, "single_cell/macrophage_axes.tsv").set_index("axis")
    assert "too few of its genes" in axes.loc["m1", "note"]
    integration = table(work, "single_cell/integration.tsv")
    assert set(integration["representation"]) == {"pca"}
    nodes = table(work, "circuit/nodes.tsv").set_index("node")
    assert (nodes["status"] == "not measurable").all()
    assert nodes["reason"].notna().all()


def test_duplicated_barcodes_are_refused_and_duplicated_genes_are_summed(odd):
    cells = draw({"t_cd4": 60})
    twice = cells.copy()
    twice.obs_names = ["BC0", "BC0", *twice.obs_names[2:]]
    doubled = ad.concat([cells, cells[:, :5]], axis=1)
    doubled.obs = cells.obs
    work = odd({"A_1": twice, "B_1": doubled})
    target = "results/odd/single_cell/{}/summary.tsv"
    failed = work.snakemake(target.format("A_1"), check=False)
    text = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "1 barcodes several times: BC0" in text
    assert "each barcode once" in text
    work.snakemake(target.format("B_1"))
    genes = pd.read_csv(work.folder / "results/odd/single_cell/B_1/genes.tsv.gz", sep="\t")
    assert (genes["status"] == "merged").sum() == 10
    kept = ad.read_h5ad(work.folder / "results/odd/single_cell/B_1/kept.h5ad")
    first = cells.var_names[0]
    before = np.asarray(cells[kept.obs["barcode"].to_numpy()][:, first].X.todense())
    assert np.asarray(kept[:, first].X.todense()) == pytest.approx(2 * before)


def test_no_cells_at_all_stops_with_what_to_do(odd):
    work = odd({"A_1": draw({"t_cd4": 40}, depth=20)})
    failed = work.snakemake("results/odd/single_cell/joined.h5ad", check=False)
    assert failed.returncode != 0
    assert "no sample has a cell that passed quality control" in failed.stdout + failed.stderr


def test_problems_are_listed_before_anything_computes(odd):
    work = odd({"A_1": draw({"t_cd4": 20}), "B_1": draw({"t_cd4": 20})})
    (work.folder.parent / "cells/B_1.h5ad").unlink()
    work.cohort(
        "odd",
        settings={"cell_qc": {"fixed_by_sample": {"Z_9": {"min_counts": 10}}}},
        single_cell__labels={"column": "x", "values": {"T": "t_sell"}},
        single_cell__contrasts={"q": {"formula": "~ arm", "variable": "arm",
                                      "numerator": "a", "denominator": "b"}},
    )  # fmt: skip
    failed = work.snakemake("--dry-run", check=False)
    text = failed.stdout + failed.stderr
    assert failed.returncode != 0
    for problem in ("B_1.h5ad", "t_sell", "column arm", "fixed_by_sample.Z_9"):
        assert problem in text, problem


def test_a_sample_name_never_becomes_a_path(odd):
    work = odd({"A_1": draw({"t_cd4": 20})})
    sheet = work.folder.parent / "sheet.tsv"
    sheet.write_text(sheet.read_text().replace("A_1\tA", "../../up\tA"))
    planned = work.snakemake("--dry-run", "--printshellcmds")
    assert "single_cell/up-" in planned.stdout + planned.stderr
    assert "single_cell/../" not in planned.stdout + planned.stderr
