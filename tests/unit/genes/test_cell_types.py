"""Cell types are whole: their sets exist in both species and hold no gene of a cell's state."""

import pandas as pd
import pytest

from innervate.config.circuit import load_circuit
from innervate.genes.cell_types import load_cell_types
from innervate.genes.orthologs import human_to_mouse
from innervate.genes.sets import FOLDER, load_sets, read_weighted
from innervate.runtime.files import RESOURCES

TYPES = load_cell_types()
MARKERS = [*TYPES.lineage_sets.values(), *filter(None, TYPES.frame["set"])]


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_every_marker_set_has_enough_genes(species):
    sets = load_sets(species)
    assert {name: len(sets[name].genes) for name in MARKERS if len(sets[name].genes) < 5} == {}


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_cells_are_not_chosen_by_the_state_that_is_scored_in_them(species):
    sets = load_sets(species)
    circuit = load_circuit(RESOURCES / "circuits/neuroimmune.yaml")
    genes = {gene for node in circuit.nodes.values() for gene in node.genes()}
    genes |= {one.gene for one in circuit.by_cell_type.values() if one.gene}
    if species == "mouse":
        genes = {human_to_mouse().get(gene, gene) for gene in genes}
    for name in ("M1_LIKE", "M2_LIKE", "T_EFFECTOR", "CGRP_RESPONSE"):
        genes |= set(sets[name].genes)
    shared = {name: set(sets[name].genes) & genes for name in MARKERS}
    assert {name: found for name, found in shared.items() if found} == {}


def test_names_and_lineages_fit_together():
    assert TYPES.lineage_of["t_cd8"] == "t_cell"
    assert TYPES.lineage_of["t_cell"] == "t_cell"
    assert TYPES.lineage_of["malignant"] == "epithelial"
    assert TYPES.types_of("nk") == {"nk": ""}
    assert "epithelial" not in TYPES.reference
    assert set(TYPES.known) <= set(TYPES.labels)


def test_the_circuit_names_cell_types_that_there_are():
    circuit = load_circuit(RESOURCES / "circuits/neuroimmune.yaml")
    named = {kind for node in circuit.everything().values() if node.cells
             for kind in node.cells.types}  # fmt: skip
    named |= {kind for one in circuit.by_cell_type.values() for kind in one.types}
    assert named <= set(TYPES.known)


def test_no_gene_of_mouse_neutrophils_chooses_a_macrophage():
    sets = {name: set(one.genes) for name, one in load_sets("mouse").items()}
    known = {"S100a8", "S100a9", "Retnlg", "Ly6g", "Csf3r", "Cxcr2"}
    assert known <= sets["CELL_NEUTROPHIL"]
    for name in ("CELL_MYELOID", "CELL_MACROPHAGE"):
        assert sets[name] & sets["CELL_NEUTROPHIL"] == set()
        # Granulocytes have these as much as macrophages do.
        assert sets[name] & {"Tyrobp", "Fcer1g", "Lyz2", "Cd14", "Fcgr4", "Fcnb"} == set()


def test_native_mouse_sets_name_their_own_source():
    native = read_weighted(FOLDER / "sets_mouse_native.tsv")
    rows = pd.read_csv(FOLDER / "registry_mouse_native.tsv", sep="\t", keep_default_na=False)
    assert dict(zip(rows["set"], rows["genes"], strict=True)) == dict(native["set"].value_counts())
    mouse, human = load_sets("mouse"), load_sets("human")
    assert "pegasus" in mouse["CELL_NEUTROPHIL"].source
    assert "recalled, not verified" in mouse["CELL_NEUTROPHIL"].confidence
    assert mouse["HYPOXIA"].source == human["HYPOXIA"].source
