"""Cell types are whole: their sets exist in both species and hold no gene of a cell's state."""

import pytest

from innervate.config.circuit import load_circuit
from innervate.genes.cell_types import load_cell_types
from innervate.genes.sets import load_sets
from innervate.runtime.files import RESOURCES

TYPES = load_cell_types()
MARKERS = [*TYPES.lineage_sets.values(), *filter(None, TYPES.frame["set"])]


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_every_marker_set_has_enough_genes(species):
    sets = load_sets(species)
    assert {name: len(sets[name].genes) for name in MARKERS if len(sets[name].genes) < 5} == {}


def test_cells_are_not_chosen_by_the_state_that_is_scored_in_them():
    sets = load_sets("human")
    circuit = load_circuit(RESOURCES / "circuits/neuroimmune.yaml")
    genes = {gene for node in circuit.nodes.values() for gene in node.genes()}
    genes |= {one.gene for one in circuit.by_cell_type.values() if one.gene}
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
