"""Join the kept cells of all samples, on the genes that all of them have."""

import anndata as ad
import pandas as pd

from innervate.inputs.contracts import GENES, SAMPLES
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import read_table, write_h5ad, write_table
from innervate.runtime.log import run
from innervate.single_cell.contracts import CELL_QC, CELL_SUMMARY, INPUT_GENES, THRESHOLDS
from innervate.single_cell.joining import join_samples


def main(snakemake):
    samples = read_table(snakemake.input.samples, SAMPLES)
    joined, lost = join_samples([ad.read_h5ad(path) for path in snakemake.input.kept], samples)
    joined.uns["species"] = snakemake.params.species
    write_h5ad(joined, snakemake.output.joined)
    contracts = {
        "summaries": CELL_SUMMARY,
        "thresholds": THRESHOLDS,
        "exclusions": EXCLUSIONS,
        "genes": INPUT_GENES,
    }
    tables = {
        name: pd.concat([read_table(path, contract) for path in snakemake.input[name]])
        for name, contract in contracts.items()
    }
    write_table(tables["summaries"], snakemake.output.qc, CELL_QC)
    write_table(tables["thresholds"], snakemake.output.thresholds, THRESHOLDS)
    write_table(pd.concat([tables["exclusions"], lost]), snakemake.output.exclusions, EXCLUSIONS)
    genes = tables["genes"].drop_duplicates("input_id")
    write_table(genes, snakemake.output.genes, GENES)


run(main, snakemake)
