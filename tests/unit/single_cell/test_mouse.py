"""Mouse cells by native markers: neutrophils are no macrophages, macrophages stay macrophages.

The labels of the tumor cells are those of Zilionis 2019, of which no marker set was made.
"""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.config.cell_settings import Annotation
from innervate.genes.cell_types import load_cell_types
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes
from innervate.single_cell.annotation import annotate, marker_scores
from innervate.single_cell.joining import log_normalized

LINEAGES = dict(zip(["B cells", "NK cells", "Neutrophils", "T cells"],
                    ["b_cell", "nk", "neutrophil", "t_cell"], strict=True))  # fmt: skip
FEWEST = {"B cells": 0.95, "NK cells": 0.8, "Neutrophils": 0.9, "T cells": 0.7}

MYELOID = ("Tyrobp", "Fcer1g", "Lyz2", "Lst1", "Spi1", "Cd14", "Fcgr3", "Cst3")
"""Genes that neutrophils and macrophages of the mouse share."""
OWN = {
    "neutrophil": ("S100a8", "S100a9", "Csf3r", "Cxcr2", "Retnlg", "Il1r2"),
    "macrophage": ("C1qa", "C1qb", "C1qc", "Csf1r", "Cd68", "Adgre1", "Fcgr1", "Ms4a7"),
    "nk": ("Klrb1c", "Ncr1", "Klrk1", "Klre1", "Klra8", "Tyrobp", "Fcer1g", "Nkg7", "Gzma"),
    "t_cell": ("Cd3d", "Cd3e", "Cd3g", "Trac", "Thy1", "Lef1", "Nkg7"),
}


def types_of(cells):
    """Types of cells that have no neighbors."""
    scores, _ = marker_scores(log_normalized(cells), load_cell_types(), load_sets("mouse"))
    alone = sparse.csr_matrix((cells.n_obs, cells.n_obs))
    return annotate(scores, alone, load_cell_types(), Annotation())


def draw(kinds, number=60, depth=2000):
    """Cells in which two thirds of their kind's genes are high, among many that are low."""
    rng = np.random.default_rng(3)
    genes = load_genes("mouse").facts.query("biotype == 'protein_coding'").index
    markers = {gene for one in load_sets("mouse").values() for gene in one.genes}
    genes = sorted({*genes, *markers, *MYELOID, *(gene for own in OWN.values() for gene in own)})
    base = pd.Series(np.random.default_rng(9).lognormal(0, 1, len(genes)), index=genes)
    base[sorted(markers)] = 0.05
    rows = []
    for kind in kinds:
        own = [*OWN[kind], *(MYELOID if kind in ("neutrophil", "macrophage") else ())]
        for _ in range(number):
            level = base.copy()
            level[rng.choice(own, size=2 * len(own) // 3, replace=False)] = 200.0
            rows.append(rng.poisson(depth * level / level.sum()))
    obs = pd.DataFrame({"truth": np.repeat(list(kinds), number)})
    obs.index = obs.index.astype(str)
    counts = sparse.csr_matrix(np.array(rows, dtype=np.float32))
    return ad.AnnData(counts, obs=obs, var=pd.DataFrame(index=genes))


def test_kinds_are_told_apart_though_they_share_genes():
    cells = draw(OWN)
    table = pd.crosstab(cells.obs["truth"], types_of(cells)["lineage"])
    print("\n", table.to_string())
    right = {kind: {"macrophage": "myeloid"}.get(kind, kind) for kind in OWN}
    assert all(table.loc[kind, lineage] >= 55 for kind, lineage in right.items())
    assert table.loc["neutrophil"].get("myeloid", 0) == 0


@pytest.mark.slow
def test_published_kinds_are_recovered_and_no_macrophage_is_called(mouse_tumor):
    confusion = mouse_tumor.confusion
    print("\n", confusion.to_string())
    lineage = mouse_tumor.annotation["lineage"]
    truth = mouse_tumor.joined.obs["input_label"].astype(str)
    recall = {kind: (lineage[truth == kind] == name).mean() for kind, name in LINEAGES.items()}
    print({kind: round(share, 3) for kind, share in recall.items()})
    assert all(recall[kind] >= fewest for kind, fewest in FEWEST.items())
    assert not {"macrophage", "myeloid", "dendritic"} & set(confusion.columns)


@pytest.mark.slow
def test_without_macrophages_there_is_no_m2_share(mouse_tumor):
    found = mouse_tumor.scored.polarization
    assert len(found) == 4
    assert found[["fraction_m1", "fraction_m2", "fraction_m2_low"]].isna().all(axis=None)
    assert set(found["call"]) == {"not measurable"}
    assert set(found["reason"]) == {"none of the sample's cells is a macrophage"}
    assert set(mouse_tumor.assembled.axes["note"]) == {"0 macrophages, 40 needed"}
    assert set(mouse_tumor.assembled.table["polarization"]) == {""}


@pytest.mark.parametrize("name", ["bmdm_cal27", "bmdm_factorial"])
def test_macrophages_of_bone_marrow_are_macrophages(shared, name):
    """Bulk profiles of pure macrophages, thinned to 1,500 counts a cell."""
    counts = pd.read_csv(shared / f"data/{name}/counts.tsv.gz", sep="\t", index_col=0)
    counts = counts.select_dtypes("number")
    by_alias = load_genes("mouse").by_alias
    counts.index = [by_alias.get(gene, gene) for gene in counts.index.astype(str)]
    profiles = counts.groupby(level=0).sum()
    rng = np.random.default_rng(0)
    drawn = [rng.multinomial(1500, p / p.sum()) for p in profiles.to_numpy(float).T for _ in "abc"]
    matrix = sparse.csr_matrix(np.array(drawn, dtype=np.float32))
    found = types_of(ad.AnnData(matrix, var=pd.DataFrame(index=profiles.index)))
    print("\n", found["cell_type"].value_counts().to_string())
    assert (found["cell_type"] == "macrophage").mean() > 0.9
    assert not (found["lineage"] == "neutrophil").any()
