"""Rank the circuit's ligand-receptor pairs among random ones, sample by sample."""

import anndata as ad

from innervate.config.cell_settings import Interactions
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.runtime.files import write_table
from innervate.runtime.log import run
from innervate.single_cell.contracts import LIGAND_RECEPTOR
from innervate.single_cell.interactions import ligand_receptor


def main(snakemake):
    cells = ad.read_h5ad(snakemake.input[0])
    pairs = load_circuit(circuit_path(snakemake.params.circuit)).ligand_receptor
    settings = Interactions.model_validate(snakemake.params.settings)
    found = ligand_receptor(cells, pairs, settings, snakemake.params.seed)
    write_table(found, snakemake.output[0], LIGAND_RECEPTOR)


run(main, snakemake)
