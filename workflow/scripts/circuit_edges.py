"""Test each edge of the circuit, and what could explain it."""

import anndata as ad

from innervate.circuit.contracts import EDGE_CONTROLS, EDGES
from innervate.circuit.edges import assess_edges
from innervate.circuit.ends import read_patients
from innervate.circuit.specificity import backgrounds_of
from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import EdgeTests, Scoring
from innervate.genes.sets import load_sets
from innervate.runtime.files import write_table
from innervate.runtime.log import run
from innervate.scoring.backgrounds import Backgrounds


def main(snakemake):
    params, given = snakemake.params, snakemake.input
    circuit = load_circuit(circuit_path(params.circuit))
    bulk = ad.read_h5ad(given.bulk) if given.bulk else None
    sums = ad.read_h5ad(given.pseudobulk) if given.pseudobulk else None
    patients, scores = read_patients(dict(given), Cohort.model_validate(params.cohort))
    backgrounds = Backgrounds(
        bulk,
        sums,
        circuit,
        load_sets((sums if bulk is None else bulk).uns["species"]),
        Scoring.model_validate(params.scoring),
        params.min_cells,
        params.seed,
    )
    background = backgrounds_of(patients, scores, backgrounds)
    settings = EdgeTests.model_validate(params.settings)
    tested = assess_edges(patients, circuit, background, settings, params.seed)
    write_table(tested.edges, snakemake.output.edges, EDGES)
    write_table(tested.controls, snakemake.output.controls, EDGE_CONTROLS)


run(main, snakemake)
