"""Quality control of the bulk samples."""

import anndata as ad

from innervate.bulk.qc import principal_components, quality_control
from innervate.config.settings import BulkQC
from innervate.genes.sets import load_sets
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    adata = ad.read_h5ad(snakemake.input.counts)
    settings = BulkQC.model_validate(snakemake.params.settings)
    qc, exclusions = quality_control(adata, settings, load_sets(adata.uns["species"]))
    write_table(qc, snakemake.output.qc, "bulk_qc")
    write_table(exclusions, snakemake.output.exclusions, "exclusions")
    write_table(principal_components(adata), snakemake.output.pca)


run(main, snakemake)
