"""Join the kept cells of all samples, on the genes that all of them have."""

import anndata as ad
import pandas as pd

from innervate.runtime.files import read_table, write_h5ad, write_table
from innervate.runtime.log import run
from innervate.single_cell.joining import join_samples


def main(snakemake):
    samples = read_table(snakemake.input.samples, "samples")
    joined, lost = join_samples([ad.read_h5ad(path) for path in snakemake.input.kept], samples)
    joined.uns["species"] = snakemake.params.species
    write_h5ad(joined, snakemake.output.joined)
    tables = {name: [read_table(path) for path in snakemake.input[name]]
              for name in ("summaries", "thresholds", "exclusions", "genes")}  # fmt: skip
    write_table(pd.concat(tables["summaries"]), snakemake.output.qc, "cell_qc")
    write_table(pd.concat(tables["thresholds"]), snakemake.output.thresholds)
    write_table(pd.concat([*tables["exclusions"], lost]), snakemake.output.exclusions, "exclusions")
    genes = pd.concat(tables["genes"]).drop_duplicates("input_id")
    write_table(genes, snakemake.output.genes, "genes")


run(main, snakemake)
