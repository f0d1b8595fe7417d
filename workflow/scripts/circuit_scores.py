"""Score each node of the circuit in each sample, and call macrophage polarization."""

import anndata as ad

from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.config.settings import Scoring
from innervate.files import write_table
from innervate.genes.sets import load_sets
from innervate.log import run
from innervate.scoring.nodes import score_nodes
from innervate.scoring.polarization import bulk_polarization


def main(snakemake):
    adata = ad.read_h5ad(snakemake.input.bulk)
    circuit = load_circuit(circuit_path(snakemake.params.circuit))
    sets = load_sets(adata.uns["species"])
    settings = Scoring.model_validate(snakemake.params.settings)
    seed = snakemake.params.seed
    scored = score_nodes(adata, circuit, sets, settings, seed)
    polarization = bulk_polarization(adata, scored.scores, circuit, sets, settings, seed)
    write_table(scored.scores, snakemake.output.scores, "scores")
    write_table(scored.nodes, snakemake.output.nodes)
    write_table(scored.agreement, snakemake.output.agreement)
    write_table(polarization, snakemake.output.polarization, "polarization")


run(main, snakemake)
