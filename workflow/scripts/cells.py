"""Call macrophage states, bring together what is known of each cell, and sum cells by type."""

import anndata as ad

from innervate.config.cell_settings import CellPolarization
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.genes.sets import load_sets
from innervate.inputs.contracts import SAMPLES
from innervate.macrophages.cell_table import assemble_cells
from innervate.macrophages.contracts import MACROPHAGE_AXES
from innervate.runtime.files import read_table, write_h5ad, write_parquet, write_table
from innervate.runtime.log import run
from innervate.single_cell.contracts import ANNOTATION, CELLS, MALIGNANT_CELLS
from innervate.single_cell.joining import log_normalized
from innervate.single_cell.pseudobulk import sum_cells


def main(snakemake):
    joined = log_normalized(ad.read_h5ad(snakemake.input.joined))
    species = joined.uns["species"]
    made = assemble_cells(
        joined,
        ad.read_h5ad(snakemake.input.embedding),
        read_table(snakemake.input.annotation, ANNOTATION).set_index("cell"),
        read_table(snakemake.input.malignant, MALIGNANT_CELLS).set_index("cell"),
        load_circuit(circuit_path(snakemake.params.circuit)),
        load_sets(species),
        CellPolarization.model_validate(snakemake.params.settings),
        snakemake.params.min_coverage,
        snakemake.params.seed,
    )
    write_h5ad(made.cells, snakemake.output.h5ad)
    write_parquet(made.table, snakemake.output.parquet, CELLS)
    write_table(made.axes, snakemake.output.axes, MACROPHAGE_AXES)
    samples = read_table(snakemake.input.samples, SAMPLES)
    write_h5ad(sum_cells(made.cells, samples, species), snakemake.output.pseudobulk)


run(main, snakemake)
