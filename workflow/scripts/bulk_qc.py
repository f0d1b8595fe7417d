"""Quality control of the bulk samples."""

import anndata as ad

from innervate.bulk.contracts import BULK_QC, PCA
from innervate.bulk.qc import principal_components, quality_control
from innervate.config.settings import BulkQC
from innervate.genes.sets import load_sets
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    adata = ad.read_h5ad(snakemake.input.counts)
    settings = BulkQC.model_validate(snakemake.params.settings)
    qc, exclusions = quality_control(adata, settings, load_sets(adata.uns["species"]))
    write_table(qc, snakemake.output.qc, BULK_QC)
    write_table(exclusions, snakemake.output.exclusions, EXCLUSIONS)
    write_table(principal_components(adata), snakemake.output.pca, PCA)


run(main, snakemake)
