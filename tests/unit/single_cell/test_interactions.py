"""A planted pair stands above the background between its own cells, and a missing gene is said."""

import numpy as np
import pandas as pd
import pytest

from innervate.config.cell_settings import Interactions
from innervate.config.circuit import LigandReceptor
from innervate.single_cell.interactions import ligand_receptor

PAIRS = [
    LigandReceptor(ligand="CCL5", receptor="CCR5"),
    LigandReceptor(ligand="CCL5", receptor="CCR3"),
    LigandReceptor(ligand="SLIT2", receptor="NOTAGENE"),
]


@pytest.fixture(scope="module")
def cells(plant):
    """CCL5 in CD8 T cells, CCR5 in macrophages, CCR3 in neither, in two samples."""

    def factor(kind, sample):
        change = pd.Series(1.0, index=["CCL5", "CCR5", "CCR3"])
        change["CCL5"] = 300.0 if kind == "t_cd8" else 0.01
        change["CCR5"] = 100.0 if kind == "macrophage" else 0.01
        change["CCR3"] = 0.001
        return change

    kinds = {"t_cd8": 40, "macrophage": 40, "b_cell": 40}
    cells = plant({"P1_a": kinds, "P2_a": kinds}, factor=factor)
    cells.obs["cell_type"] = cells.obs["truth"]
    cells.obs["tissue"] = "tumor"
    cells.layers["counts"] = cells.X.copy()
    cells.X = cells.X.astype(np.float32)
    total = np.asarray(cells.X.sum(axis=1))
    cells.X = cells.X.multiply(1e4 / total).tocsr()
    cells.X.data = np.log1p(cells.X.data)
    cells.uns["species"] = "human"
    return cells


@pytest.fixture(scope="module")
def table(cells):
    settings = Interactions(background_pairs=60, permutations=20)
    return ligand_receptor(cells, PAIRS, settings, seed=1)


def test_planted_pair_is_strongest_between_its_cells(table):
    rows = table[(table["ligand"] == "CCL5") & (table["receptor"] == "CCR5")]
    best = rows.loc[rows["strength"].idxmax()]
    assert (best["source"], best["target"]) == ("t_cd8", "macrophage")
    assert best["percentile"] > 0.9
    assert (best["n_samples"], best["n_expressed"]) == (2, 2)
    assert best["expressed_share"] == 1.0
    other = rows.set_index(["source", "target"]).loc[("b_cell", "b_cell")]
    assert other["expressed_share"] == 0.0


def test_what_is_not_expressed_or_not_there_has_a_note(table):
    silent = table[table["receptor"] == "CCR3"]
    assert silent["note"].str.startswith("not expressed").all()
    missing = table[table["receptor"] == "NOTAGENE"]
    assert missing["note"].tolist() == ["not in the matrix: NOTAGENE"]
    assert missing["strength"].isna().all()


def test_molecules_are_those_of_the_source_and_the_target(cells, table):
    rows = table[(table["ligand"] == "CCL5") & (table["receptor"] == "CCR5")]
    row = rows.set_index(["source", "target"]).loc[("t_cd8", "macrophage")]
    for column, gene, kind in (("ligand", "CCL5", "t_cd8"), ("receptor", "CCR5", "macrophage")):
        mine = cells[(cells.obs["cell_type"] == kind).to_numpy(), gene].layers["counts"]
        assert row[f"{column}_molecules"] == mine.sum() > 20
