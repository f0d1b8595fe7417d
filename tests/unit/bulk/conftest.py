"""Small cohorts and real matrices for the tests of bulk RNA-seq."""

from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest

SETS = {
    "QC_MITO": ("MT-CO1", "MT-ND1"),
    "QC_RIBOSOMAL": ("RPL3", "RPS4X"),
    "QC_HEMOGLOBIN": ("HBB", "HBA1"),
    "QC_SEX_FEMALE": ("XIST", "Xist"),
    "QC_SEX_MALE": ("RPS4Y1", "DDX3Y", "KDM5D", "UTY", "EIF1AY", "Ddx3y", "Kdm5d"),
    "QC_EPITHELIAL": ("EPCAM", "KRT5", "KRT14"),
}


@pytest.fixture
def sets():
    """Return gene sets as the package's loader gives them."""
    return {name: SimpleNamespace(genes=genes) for name, genes in SETS.items()}


def make_adata(counts, genes, obs, unit="counts", species="human"):
    """Return an AnnData as the workflow's bulk matrix is."""
    obs = pd.DataFrame(obs)
    obs.index = [f"s{number}" for number in range(len(obs))]
    obs.insert(0, "sample", obs.index)
    adata = ad.AnnData(np.asarray(counts, dtype=float), obs, pd.DataFrame(index=list(genes)))
    adata.uns.update(unit=unit, species=species)
    return adata


@pytest.fixture
def make():
    """Return the maker of a small bulk matrix."""
    return make_adata


@pytest.fixture(scope="session")
def hnscc_myeloid(shared):
    """Return the paired tumor and blood counts of HNSCC myeloid cells."""
    folder = shared / "data" / "hnscc_myeloid"
    counts = pd.read_csv(folder / "counts.tsv.gz", sep="\t", index_col=0)
    obs = pd.read_csv(folder / "samples.tsv", sep="\t", dtype=str).set_index("ID", drop=False)
    obs = obs.rename(columns={"ID": "sample", "PatientID": "patient", "Tissue": "tissue"})
    obs.index.name = None
    adata = ad.AnnData(
        counts[obs.index].to_numpy(float).T, obs, pd.DataFrame(index=counts.index.astype(str))
    )
    adata.uns.update(unit="counts", species="human")
    return adata


@pytest.fixture(scope="session")
def macrophage_ifng(shared):
    """Return the counts of macrophages, naive and with interferon gamma."""
    folder = shared / "data" / "macrophage_ifng"
    counts = pd.read_csv(folder / "counts_gene.csv.gz", index_col=0).drop(columns="symbol")
    obs = pd.read_csv(folder / "coldata.csv", dtype=str).set_index("names", drop=False)
    obs = obs.rename(columns={"names": "sample", "line_id": "patient"}).assign(tissue="tumor")
    obs.index.name = None
    adata = ad.AnnData(
        counts[obs.index].to_numpy(float).T, obs, pd.DataFrame(index=counts.index.astype(str))
    )
    adata.uns.update(unit="counts", species="human")
    return adata
