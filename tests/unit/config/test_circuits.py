"""Every shipped circuit is whole: its sets, genes and cell types exist, its signs agree."""

from itertools import pairwise

import anndata as ad
import pandas as pd
import pytest

from innervate.config.circuit import Circuit, load_circuit
from innervate.config.load import circuit_path, load_run
from innervate.genes.cell_types import load_cell_types
from innervate.genes.orthologs import human_to_mouse
from innervate.genes.sets import FOLDER, load_sets
from innervate.genes.table import load_genes
from innervate.runtime.files import RESOURCES
from innervate.simulate.cell_profiles import CYTOTOXIC, KINDS

FILES = sorted((RESOURCES / "circuits").glob("*.yaml"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def circuit(request):
    return load_circuit(request.param)


def sets_of(circuit: Circuit) -> set[str]:
    """Names of all gene sets of a circuit."""
    named = {name for node in circuit.everything().values() for name in node.sets()}
    return named | {one.set for one in circuit.by_cell_type.values() if one.set}


def genes_of(circuit: Circuit) -> set[str]:
    """Symbols of all genes that a circuit names itself."""
    named = {gene for node in circuit.everything().values() for gene in node.genes()}
    named |= {one.gene for one in circuit.by_cell_type.values() if one.gene}
    for pair in circuit.ligand_receptor:
        named |= {*pair.ligand.split("_"), *pair.receptor.split("_")}
    return named


def test_both_published_circuits_are_shipped():
    assert {path.stem for path in FILES} >= {"neuroimmune", "melanoma_cgrp"}


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_every_set_that_a_circuit_names_exists(circuit, species):
    assert sets_of(circuit) - set(load_sets(species)) == set()


def test_every_gene_that_a_circuit_names_is_an_approved_symbol(circuit):
    assert genes_of(circuit) - set(load_genes("human").by_symbol) == set()


def test_a_misnamed_gene_or_set_would_be_noticed():
    data = load_circuit(circuit_path("melanoma_cgrp")).model_dump()
    data["nodes"]["exhaustion"]["measures"] = [{"kind": "gene", "gene": "PD1"}]
    data["nodes"]["exhaustion"]["adjust_for"] = ["T_CONTENT"]
    circuit = Circuit.model_validate(data)
    assert genes_of(circuit) - set(load_genes("human").by_symbol) == {"PD1"}
    assert sets_of(circuit) - set(load_sets("human")) == {"T_CONTENT"}


def test_every_cell_type_that_a_circuit_names_exists(circuit):
    named = {kind for node in circuit.everything().values() if node.cells
             for kind in node.cells.types}  # fmt: skip
    named |= {kind for one in circuit.by_cell_type.values() for kind in one.types}
    assert named - set(load_cell_types().known) == set()


def test_cells_are_not_chosen_by_a_gene_that_is_looked_at_in_them(circuit):
    sets = load_sets("human")
    markers = {gene for name in sets if name.startswith("CELL_") for gene in sets[name].genes}
    looked_at = {gene for node in circuit.nodes.values() for gene in node.genes()}
    looked_at |= {one.gene for one in circuit.by_cell_type.values() if one.gene}
    assert looked_at & markers == set()


def test_a_gene_node_is_not_corrected_for_itself(circuit):
    sets = load_sets("human")
    for node in circuit.everything().values():
        adjusted = {gene for name in node.adjust_for for gene in sets[name].genes}
        assert node.genes() & adjusted == set()


def test_each_chain_runs_the_way_the_index_counts_its_nodes(circuit):
    signed = 0
    for path in circuit.paths:
        for source, target in pairwise(path):
            if target in circuit.nodes:
                toward = circuit.nodes[source].toward * circuit.nodes[target].toward
                assert circuit.sign(source, target) == toward, f"{source} > {target}"
                signed += 1
    assert signed >= 2
    counted = [name for name, node in circuit.nodes.items() if node.toward]
    assert circuit.call.minimum_nodes <= len(counted)


def test_the_melanoma_axis_lies_in_the_tumor_and_does_not_read_nerves_from_melanoma_genes():
    circuit = load_circuit(circuit_path("melanoma_cgrp"))
    assert {node.tissue for node in circuit.everything().values()} == {"tumor"}
    sets = load_sets("human")
    used = {gene for name in circuit.nodes["nociceptor"].sets() for gene in sets[name].genes}
    # Genes of the neural crest that melanoma cells express themselves.
    assert used & {"SOX10", "S100B", "PLP1", "ERBB3", "CDH19", "FOXD3"} == set()


SECRETED = {"CCL3", "CCL4", "CCL5", "TNF", "IFNG", "XCL1", "XCL2", "CSF2"}
"""What activated T and NK cells secrete, beside their effector genes and their markers."""


def made_by_target(circuit: Circuit, edge, species: str) -> set[str]:
    """Genes of a species by which an edge's target is measured, or its cells are known."""
    types, target = load_cell_types(), circuit.nodes[edge.target]
    kinds = target.cells.types if target.cells else []
    rows = types.frame[types.frame["cell_type"].isin(kinds)]
    names = {*rows["set"], *rows["lineage_set"], *target.sets()} - {""}
    sets = load_sets(species)
    human = set(target.genes())
    if {"t_cd4", "t_cd8", "nk"} & set(kinds):
        human |= SECRETED | {gene for kind in ("t_cd8", "nk") for gene in KINDS[kind].own.split()}
        human |= set(CYTOTOXIC.split())
    pairs = human_to_mouse()
    own = human if species == "human" else {pairs.get(gene, gene.capitalize()) for gene in human}
    return own | {gene for name in names for gene in sets[name].genes}


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_no_proxy_holds_what_the_cells_of_its_target_make(circuit, species):
    registry = pd.read_csv(FOLDER / "registry.tsv", sep="\t").set_index("set")
    sets, shared, asked = load_sets(species), {}, 0
    for edge in circuit.edges:
        if edge.target not in circuit.nodes:
            continue
        made = made_by_target(circuit, edge, species)
        measured = circuit.nodes[edge.source].model_copy(
            update={"adjust_for": [], "second_opinions": [], "cells": None}
        )
        for name in measured.sets():
            if registry.loc[name, "use"] == "proxy":
                asked += 1
                shared[edge.source, edge.target, name] = set(sets[name].genes) & made
    assert asked >= 3
    assert {key: genes for key, genes in shared.items() if genes} == {}


def test_in_blood_no_cell_of_the_target_makes_what_counts_cgrp_down(shared):
    cells = ad.read_h5ad(shared / "data/pbmc3k/cells.h5ad")
    scaled = cells.X.toarray() / cells.X.toarray().sum(axis=1, keepdims=True) * 1e4
    down = {gene for gene, weight in zip(*_weights("CGRP_RESPONSE"), strict=True) if weight < 0}
    found = sorted(down & set(cells.var_names))
    place = [list(cells.var_names).index(gene) for gene in found]
    means = pd.DataFrame(scaled[:, place], columns=found).groupby(cells.obs["label"].array).mean()
    myeloid = means.loc[["CD14+ Mono", "FCGR3A+ Mono", "DC"]].max()
    for kind in ("CD8 T", "NK"):
        assert (means.loc[kind] <= myeloid).all(), f"{kind}:\n{means.to_string()}"
    assert len(found) >= 3


def _weights(name: str):
    return load_sets("human")[name].genes, load_sets("human")[name].weights


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_the_response_to_cgrp_is_still_wide_enough_to_be_measured(species):
    genes = load_sets(species)["CGRP_RESPONSE"].genes
    assert {gene.upper() for gene in genes} == {
        "CREM", "IL10", "SPHK1", "TNFSF14", "IL12B", "CCL2", "CCR2"
    }  # fmt: skip


def test_each_tissue_of_an_edge_has_a_composition_of_its_own(circuit):
    covered = {circuit.controls[name].tissue for name in circuit.evidence.composition}
    assert {node.tissue for node in circuit.nodes.values()} <= covered


def test_every_node_has_a_direction(circuit):
    signs = {name: circuit.direction(name).sign for name in circuit.nodes}
    assert 0 not in signs.values(), signs
    assert circuit.index_direction().sign == -1


def test_a_run_takes_another_circuit_from_the_config_alone(tmp_path):
    cohort = tmp_path / "one.yaml"
    cohort.write_text("{title: A cohort, species: human, samples: {table: samples.tsv}}")
    chosen = load_run({"cohorts": [str(cohort)], "circuit": "melanoma_cgrp"}).circuit
    assert load_circuit(chosen).doi == "10.1038/s41586-022-05374-w"
    own = tmp_path / "own.yaml"
    own.write_bytes(chosen.read_bytes())
    assert load_run({"cohorts": [str(cohort)], "circuit": str(own)}).circuit == own
