"""Drop the samples that quality control dropped, and normalize the others."""

import anndata as ad

from innervate.bulk.contracts import BULK_QC
from innervate.bulk.normalization import normalize
from innervate.runtime.files import read_table, write_h5ad
from innervate.runtime.log import run


def main(snakemake):
    adata = ad.read_h5ad(snakemake.input.counts)
    qc = read_table(snakemake.input.qc, BULK_QC)
    write_h5ad(normalize(adata, qc), snakemake.output[0])


run(main, snakemake)
