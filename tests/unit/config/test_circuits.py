"""Every shipped circuit is whole: its sets, genes and cell types exist, its signs agree."""

from itertools import pairwise

import pytest

from innervate.config.circuit import Circuit, load_circuit
from innervate.config.load import circuit_path, load_run
from innervate.genes.cell_types import load_cell_types
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes
from innervate.runtime.files import RESOURCES

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


def test_a_run_takes_another_circuit_from_the_config_alone(tmp_path):
    cohort = tmp_path / "one.yaml"
    cohort.write_text("{title: A cohort, species: human, samples: {table: samples.tsv}}")
    chosen = load_run({"cohorts": [str(cohort)], "circuit": "melanoma_cgrp"}).circuit
    assert load_circuit(chosen).doi == "10.1038/s41586-022-05374-w"
    own = tmp_path / "own.yaml"
    own.write_bytes(chosen.read_bytes())
    assert load_run({"cohorts": [str(cohort)], "circuit": str(own)}).circuit == own
